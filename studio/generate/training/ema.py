"""The moving average of the generator: what is rendered, measured and shipped."""

import torch
from torch import nn


def ema_beta(images: int, batch: int, half_life: float, ramp_up: float | None) -> float:
    """How much of the average stays in one step (Karras et al. 2020b).

    `images` shown before this step; `half_life` in pictures, and early on no more than `ramp_up`
    of what was shown.
    """
    if ramp_up is not None:
        half_life = min(half_life, images * ramp_up)
    return 0.5 ** (batch / max(half_life, 1e-8))


@torch.no_grad()
def update_ema(average: nn.Module, network: nn.Module, beta: float) -> None:
    """Move the average towards the network; buffers are copied."""
    for kept, now in zip(average.parameters(), network.parameters(), strict=True):
        kept.copy_(now.lerp(kept, beta))
    for copy, buffer in zip(average.buffers(), network.buffers(), strict=True):
        copy.copy_(buffer)
