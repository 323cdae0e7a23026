"""Changing colours: every colour transform of a picture folded into one affine map.

Maps are `[N, 3, 4]` on homogeneous `(r, g, b, 1)` with colours in -1..1, from the given colours to
the augmented ones.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.generate.training.augment.strengths import Strengths
from studio.generate.training.augment.transform import AugmentTransform
from studio.generate.training.augment.transform_sampler import TransformSampler


@dataclass(frozen=True)
class Recolour(AugmentTransform):
    """How the colours of a batch change."""

    matrix: Tensor  # [N, 3, 4]

    def __call__(self, images: Tensor) -> Tensor:
        matrix = self.matrix.to(images)
        if images.shape[1] == 1:  # what the mean of its three equal colours becomes
            row = matrix.mean(dim=1)
            slope, offset = row[:, :3].sum(dim=1), row[:, 3]
            return images * slope[:, None, None, None] + offset[:, None, None, None]
        colours = torch.baddbmm(matrix[:, :, 3:], matrix[:, :, :3], images.flatten(2))
        return colours.reshape(images.shape)


def draw_recolour(rng: TransformSampler, strengths: Strengths, channels: int) -> Recolour | None:
    """Throw for all colour transforms; None when no picture changes.

    Hue and saturation are not thrown for gray pictures: they have neither.
    """
    s, start = strengths, torch.eye(3, 4, device=rng.device)
    # Gray axis of the colour cube: luma along it, hue around it, saturation away from it.
    along = torch.full((3, 3), 1 / 3, device=rng.device)
    across = torch.eye(3, device=rng.device) - along
    matrix = start.expand(rng.n, 3, 4)
    if s.brightness:
        offset = rng.happens(rng.normal() * s.brightness_std, 0, s.brightness)
        shift = torch.zeros_like(matrix)
        shift[:, :, 3] = offset[:, None]
        matrix = matrix + shift
    if s.contrast:
        factor = rng.happens((rng.normal() * s.contrast_std).exp2(), 1, s.contrast)
        matrix = matrix * factor[:, None, None]
    if s.lumaflip:
        flipped = rng.happens((rng.uniform() * 2).floor(), 0, s.lumaflip)
        matrix = matrix - 2 * flipped[:, None, None] * (along @ matrix)
    if s.hue and channels > 1:
        angle = rng.happens(rng.symmetric() * (math.pi * s.hue_max), 0, s.hue)
        matrix = _hue(angle) @ matrix
    if s.saturation and channels > 1:
        factor = rng.happens((rng.normal() * s.saturation_std).exp2(), 1, s.saturation)
        matrix = (along + across * factor[:, None, None]) @ matrix
    changed = bool((matrix != start).any())
    return Recolour(matrix) if changed else None


def _hue(angle: Tensor) -> Tensor:
    """`[N, 3, 3]`: rotations around the gray axis (Rodrigues' formula)."""
    sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
    u = 1 / math.sqrt(3)
    turn = torch.tensor([[0, -u, u], [u, 0, -u], [-u, u, 0]], device=angle.device)
    return cosine * torch.eye(3, device=angle.device) + sine * turn + (1 - cosine) / 3
