"""Perceptual distances from networks at hand, each under its own name.

Features of several stages are brought to unit length at every pixel, so that each stage speaks
with the same voice, and averaged over the pixels (after Zhang et al. 2018, without their learned
weights: this is not LPIPS and is not called so).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.compute import backbones
from studio.errors import UsageError
from studio.generate.projection.distance import Distance
from studio.generate.projection.lpips import Lpips

STAGES = (1, 2, 3, 4)  # strides 4 to 32: texture to shape


@dataclass(eq=False)
class BackboneDistance:
    """Stage features of a timm network; `name` says which and with what weights."""

    name: str
    stages: Callable[[Tensor], list[Tensor]]
    mean: float
    std: float

    def features(self, pictures: Tensor) -> Tensor:
        """Pictures `[N, 3, R, R]` in 0 … 255 to features `[N, F]`."""
        x = (pictures / 255 - self.mean) / self.std
        parts = []
        for stage in self.stages(x):
            pixels = stage.shape[-1] * stage.shape[-2]
            unit = stage / (stage.square().sum(dim=1, keepdim=True) + 1e-10).sqrt()
            parts.append(unit.flatten(1) / pixels**0.5)
        return torch.cat(parts, dim=1)


def lite0() -> Distance:
    """EfficientNet-Lite0 with its ImageNet weights, the classifier backbone of the studio.

    StudioError when its weights are neither installed nor to be had.
    """
    network: Any
    network, record = backbones.create("efficientnet_lite0", "auto")
    network.eval().requires_grad_(False)

    def stages(x: Tensor) -> list[Tensor]:
        features: list[Tensor] = network.forward_intermediates(
            x, indices=list(STAGES), intermediates_only=True
        )
        return features

    return BackboneDistance("lite0", stages, float(record.mean[0]), float(record.std[0]))


NAMES = ("lite0", "lpips:FILE")


def by_name(name: str) -> Distance:
    """`lite0`, or `lpips:` and the path of its weights; UsageError names the ones there are."""
    if name == "lite0":
        return lite0()
    kind, _, path = name.partition(":")
    if kind == "lpips" and path:
        return Lpips.load(Path(path))
    raise UsageError(f"There is no perceptual distance “{name}”; there are: {', '.join(NAMES)}.")
