"""The noise images of a generator as part of what a projection finds.

They may carry fine texture, but not the picture: the penalty on their autocorrelation, at every
scale down to 8 px, keeps them noise, and after each step they are brought back to zero mean and
unit variance.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as fn
from torch import Tensor

from studio.generate.networks.generator import Synthesis

SMALLEST = 8  # pixels


def noise_maps(synthesis: Synthesis) -> dict[str, Tensor]:
    """The `noise_const` buffers `[R, R]` by name; empty for a network without noise."""
    return {name: buf for name, buf in synthesis.named_buffers() if name.endswith("noise_const")}


def autocorrelation(maps: Iterable[Tensor]) -> Tensor:
    """Σ of the squared mean products with the neighbour to the right and below, over a pyramid."""
    total = torch.zeros([])
    for one in maps:
        level = one[None, None]
        while True:
            for axis in (3, 2):
                total = total + (level * level.roll(1, dims=axis)).mean().square()
            if level.shape[-1] <= SMALLEST:
                break
            level = fn.avg_pool2d(level, 2)
    return total


@torch.no_grad()
def renormalise(maps: Iterable[Tensor]) -> None:
    for one in maps:
        one -= one.mean()
        one *= one.square().mean().rsqrt()
