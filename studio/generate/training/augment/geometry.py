"""Moving pixels: every geometric transform of a picture folded into one affine map.

Maps are `[N, 3, 3]` on homogeneous `(x, y, 1)` in pixels from the picture's centre, and lead from
the augmented picture back to the given one: the inverse of what they do to it.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import torch
import torch.nn.functional as fn
from torch import Tensor

from studio.generate.training.augment.resampling import REACH, halve, mirror_and_double, sample
from studio.generate.training.augment.strengths import Strengths
from studio.generate.training.augment.transform import AugmentTransform, moved
from studio.generate.training.augment.transform_sampler import TransformSampler


@dataclass(frozen=True)
class Warp(AugmentTransform):
    """How a batch of pictures is moved."""

    theta: Tensor  # [N, 2, 3] for `affine_grid`
    moved: Tensor  # [N] bool on the CPU: the others stay as they are
    margins: tuple[int, int, int, int]  # left, right, top, bottom pixels to mirror, for all N

    def to(self, device: torch.device | str) -> Self:
        return replace(self, theta=moved(self.theta, device))

    def __call__(self, images: Tensor) -> Tensor:
        if not self.moved.any():
            return images
        if self.moved.all():
            return _warp(images, self.theta.to(images), self.margins)
        rows = moved(self.moved.nonzero()[:, 0], images.device)
        changed = _warp(images[rows], self.theta[rows].to(images), self.margins)
        return images.index_copy(0, rows, changed)


def draw_warp(rng: TransformSampler, strengths: Strengths, height: int, width: int) -> Warp | None:
    """Throw for all geometric transforms; None when no picture moves."""
    inverse = _draw_inverse(rng, strengths, height, width).cpu()
    changed = (inverse != torch.eye(3)).flatten(1).any(dim=1)
    if not changed.any():
        return None
    margins = _margins(inverse, height, width)
    return Warp(_theta(inverse, height, width, margins), changed, margins)


def _draw_inverse(rng: TransformSampler, s: Strengths, height: int, width: int) -> Tensor:
    inverse = torch.eye(3, device=rng.device).expand(rng.n, 3, 3)
    if s.xflip:
        flipped = rng.happens((rng.uniform() * 2).floor(), 0, s.xflip)
        inverse = inverse @ _scaling(1 - 2 * flipped, torch.ones_like(flipped))
    if s.rotate90:
        quarters = rng.happens((rng.uniform() * 4).floor(), 0, s.rotate90)
        inverse = inverse @ _turning(quarters * (math.pi / 2))
    if s.xint:
        steps = rng.happens(rng.symmetric(2) * s.xint_max, 0, s.xint)
        inverse = inverse @ _shifting(
            (steps[:, 0] * width).round().neg(), (steps[:, 1] * height).round().neg()
        )
    if s.scale:
        factor = rng.happens((rng.normal() * s.scale_std).exp2(), 1, s.scale)
        inverse = inverse @ _scaling(1 / factor, 1 / factor)
    # Two rotations, before and after the stretching, that together happen as often as asked.
    half = 1 - math.sqrt(min(max(1 - s.rotate * rng.p, 0), 1))
    if s.rotate:
        angle = rng.happens_at(rng.symmetric() * (math.pi * s.rotate_max), 0, half)
        inverse = inverse @ _turning(angle)
    if s.aniso:
        factor = rng.happens((rng.normal() * s.aniso_std).exp2(), 1, s.aniso)
        inverse = inverse @ _scaling(1 / factor, factor)
    if s.rotate and not rng.fixed:
        angle = rng.happens_at(rng.symmetric() * (math.pi * s.rotate_max), 0, half)
        inverse = inverse @ _turning(angle)
    if s.xfrac:
        share = rng.happens(rng.normal(2) * s.xfrac_std, 0, s.xfrac)
        inverse = inverse @ _shifting(-share[:, 0] * width, -share[:, 1] * height)
    return inverse


def _margins(inverse: Tensor, height: int, width: int) -> tuple[int, int, int, int]:
    """How far beyond each side the batch's pictures look: left, right, top, bottom pixels.

    Mirroring cannot go further than a picture's own size; beyond that there is nothing, 0.
    """
    x, y = (width - 1) / 2, (height - 1) / 2
    corners = torch.tensor([[-x, -y, 1], [x, -y, 1], [x, y, 1], [-x, y, 1]])
    seen = (inverse @ corners.T)[:, :2]  # [N, 2, 4]
    low, high = seen.amin(dim=(0, 2)), seen.amax(dim=(0, 2))
    reach = 2 * REACH  # the filters of both resamplings look this far around a point
    needed = torch.stack([-low[0] - x, high[0] - x, -low[1] - y, high[1] - y]) + reach
    most = torch.tensor([width - 1, width - 1, height - 1, height - 1])
    left, right, top, bottom = needed.clamp(min=0).minimum(most).ceil().to(torch.int64).tolist()
    return left, right, top, bottom


def _theta(inverse: Tensor, height: int, width: int, margins: tuple[int, int, int, int]) -> Tensor:
    """The map between the doubled pictures, in the -1..1 coordinates of `affine_grid`."""
    left, right, top, bottom = margins
    # Uneven margins move the centre.
    off = torch.tensor([[(left - right) / 2], [(top - bottom) / 2]])
    linear, shift = inverse[:, :2, :2], inverse[:, :2, 2:] + off
    # Doubling inserts zeros behind the pixels: what lay at x from the centre lies at 2 x - 1/2
    # then, at both ends of the map.
    half = torch.full((2, 1), 0.5)
    shift = 2 * shift + linear @ half - half
    given = torch.tensor([[width + left + right], [height + top + bottom]], dtype=torch.float32)
    wanted = torch.tensor([[width + 2 * REACH], [height + 2 * REACH]], dtype=torch.float32)
    return torch.cat([linear * wanted.T / given, shift / given], dim=2)


def _warp(images: Tensor, theta: Tensor, margins: tuple[int, int, int, int]) -> Tensor:
    n, c, height, width = images.shape
    wide = mirror_and_double(images, margins)
    size = (n, c, 2 * (height + 2 * REACH), 2 * (width + 2 * REACH))
    grid = fn.affine_grid(theta, list(size), align_corners=False)
    return halve(sample(wide, grid))


def _scaling(x: Tensor, y: Tensor) -> Tensor:
    return _matrices(x, 0, 0, 0, y, 0)


def _turning(angle: Tensor) -> Tensor:
    sine, cosine = angle.sin(), angle.cos()
    return _matrices(cosine, -sine, 0, sine, cosine, 0)


def _shifting(x: Tensor, y: Tensor) -> Tensor:
    return _matrices(1, 0, x, 0, 1, y)


def _matrices(*upper: Tensor | float) -> Tensor:
    """`[N, 3, 3]` from the six entries of their upper rows, each `[N]` or one number for all."""
    like = next(entry for entry in upper if isinstance(entry, Tensor))
    entries = [torch.as_tensor(e, dtype=like.dtype, device=like.device) for e in (*upper, 0, 0, 1)]
    return torch.stack([e.expand_as(like) for e in entries], dim=1).reshape(-1, 3, 3)
