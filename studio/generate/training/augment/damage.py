"""Damaging pictures: additive noise, and a hole."""

from dataclasses import dataclass

import torch
from torch import Tensor

from studio.generate.training.augment.strengths import Strengths
from studio.generate.training.augment.transform import AugmentTransform
from studio.generate.training.augment.transform_sampler import TransformSampler


@dataclass(frozen=True)
class Noise(AugmentTransform):
    """What is added to each pixel."""

    pattern: Tensor  # [N, C, H, W]

    def __call__(self, images: Tensor) -> Tensor:
        if images.shape != self.pattern.shape:
            drawn, given = tuple(self.pattern.shape), tuple(images.shape)
            raise ValueError(f"noise drawn for pictures of {drawn} does not fit {given}")
        return images + self.pattern.to(images)


@dataclass(frozen=True)
class Hole(AugmentTransform):
    """What is blanked to 0, the middle of the range."""

    centre: Tensor  # [N, 2], x and y as shares of the picture's sides
    side: Tensor  # [N], share of the picture's sides

    def __call__(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        columns = self._outside(0, width, images)[:, None, None, :]
        rows = self._outside(1, height, images)[:, None, :, None]
        return images * (columns | rows)

    def _outside(self, axis: int, pixels: int, images: Tensor) -> Tensor:
        """`[N, pixels]`: whether each pixel's centre lies beside the hole."""
        places = (torch.arange(pixels, device=images.device) + 0.5) / pixels
        centre = self.centre[:, axis, None].to(images.device)
        return (places - centre).abs() >= self.side[:, None].to(images.device) / 2


def draw_noise(
    rng: TransformSampler, strengths: Strengths, channels: int, height: int, width: int
) -> Noise | None:
    """Throw noise; None when no picture gets any."""
    if not strengths.noise:
        return None
    sigma = rng.happens(rng.half_normal() * strengths.noise_std, 0, strengths.noise)
    pattern = rng.true_normal(channels, height, width)
    return Noise(pattern * sigma[:, None, None, None]) if bool(sigma.any()) else None


def draw_hole(rng: TransformSampler, strengths: Strengths) -> Hole | None:
    """Throw holes; None when no picture gets one."""
    if not strengths.cutout:
        return None
    full = torch.full((rng.n,), strengths.cutout_size, device=rng.device)
    side = rng.happens(full, 0, strengths.cutout)
    centre = rng.uniform(2)
    return Hole(centre, side) if bool(side.any()) else None
