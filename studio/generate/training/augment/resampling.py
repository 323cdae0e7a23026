"""Resampling by 2 with an orthogonal wavelet, and bilinear sampling that differentiates twice.

The low-pass of the sym6 wavelet (Daubechies, "Ten lectures on wavelets", 1992) doubles
the picture before it is sampled and halves it after, which keeps a warp free of aliasing. It is
orthogonal: doubling and halving give the picture back.
"""

import torch
import torch.nn.functional as fn
from torch import Tensor

from studio.generate.training.augment.transform import moved

SYM6 = (
    0.015404109327027373,
    0.0034907120842174702,
    -0.11799011114819057,
    -0.048311742585633,
    0.4910559419267466,
    0.787641141030194,
    0.3379294217276218,
    -0.07263752278646252,
    -0.021060292512300564,
    0.04472490177066578,
    0.0017677118642428036,
    -0.007800708325034148,
)
"""Low-pass taps of unit norm; their sum is √2."""

TAPS = torch.tensor(SYM6, dtype=torch.float64) / sum(SYM6)
REACH = len(SYM6) // 4
"""Pixels of the small picture that half the filter covers at the doubled size."""

# Rows and columns are filtered by matrix products. They multiply many zeros, and are still several
# times faster than convolutions of one channel, forward and in both derivatives, for pictures of
# all sizes that are trained. The larger product of each pair is that along rows: there all rows of
# all pictures make one matrix.


def mirror_and_double(x: Tensor, margins: tuple[int, int, int, int]) -> Tensor:
    """`[N, C, H, W]` with mirrored margins (left, right, top, bottom), at twice the size."""
    left, right, top, bottom = margins
    across = _doubling(x.shape[3], left, right, x)
    down = _doubling(x.shape[2], top, bottom, x)
    return (down @ x) @ across.T


def halve(x: Tensor) -> Tensor:
    """The inverse of doubling, for a picture with `REACH` more small pixels on each side.

    `[N, C, 2 (H + 2 REACH), 2 (W + 2 REACH)]` -> `[N, C, H, W]`.
    """
    across, down = _halving(x.shape[3], x), _halving(x.shape[2], x)
    return down @ (x @ across.T)


def _doubling(size: int, before: int, after: int, like: Tensor) -> Tensor:
    """`[2 (before + size + after), size]`: mirror, insert a zero behind each pixel, convolve."""
    places = torch.arange(-before, size + after, device=like.device)
    mirrored = (size - 1) - (places.abs() - (size - 1)).abs()
    inserted = 2 * torch.arange(len(places), device=like.device)
    doubled = torch.arange(2 * len(places), device=like.device)[:, None]
    filtered = 2 * _taps(doubled - inserted + len(TAPS) // 2 - 1, like)
    return like.new_zeros(len(doubled), size).index_add(1, mirrored, filtered)


def _halving(doubled: int, like: Tensor) -> Tensor:
    """`[doubled / 2 - 2 REACH, doubled]`: correlate, keep every second pixel, drop the border."""
    kept = 2 * torch.arange(doubled // 2 - 2 * REACH, device=like.device)[:, None]
    return _taps(torch.arange(doubled, device=like.device) - kept - 1, like)


def _taps(index: Tensor, like: Tensor) -> Tensor:
    """The filter's taps at these indices, zeros beyond its ends."""
    inside = (index >= 0) & (index < len(TAPS))
    taps = moved(TAPS.to(like.dtype), like.device)
    return taps[index.clamp(0, len(TAPS) - 1)] * inside


def sample(x: Tensor, grid: Tensor) -> Tensor:
    """Bilinear samples of `x` at the points of `grid` `[N, h, w, 2]`, zeros outside.

    Coordinates are those of `grid_sample` with `align_corners=False`. Twice differentiable in
    `x`; `grid` gets no gradient.
    """
    result: Tensor = _Sample.apply(x, grid)  # type: ignore[no-untyped-call]
    return result


# Not every supported torch can differentiate its own bilinear sampling twice. In `x` it is linear,
# so it is enough to know that it and its adjoint are each other's derivative.
_BILINEAR, _ZEROS, _CORNERS = 0, 0, False


class _Sample(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, grid: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(grid)
        ctx.shape = x.shape
        return fn.grid_sample(x, grid, "bilinear", "zeros", align_corners=_CORNERS)

    @staticmethod
    def backward(ctx, slope: Tensor):  # type: ignore[no-untyped-def]
        (grid,) = ctx.saved_tensors
        return _Spread.apply(slope, grid, ctx.shape), None  # type: ignore[no-untyped-call]


class _Spread(torch.autograd.Function):
    """The adjoint: each sample handed back to the four pixels that it was made of."""

    @staticmethod
    def forward(ctx, y: Tensor, grid: Tensor, shape: torch.Size) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(grid)
        blank = y.new_zeros(()).expand(shape)
        spread, _ = torch.ops.aten.grid_sampler_2d_backward(
            y.contiguous(), blank, grid, _BILINEAR, _ZEROS, _CORNERS, (True, False)
        )
        return spread

    @staticmethod
    def backward(ctx, slope: Tensor):  # type: ignore[no-untyped-def]
        (grid,) = ctx.saved_tensors
        return _Sample.apply(slope, grid), None, None  # type: ignore[no-untyped-call]
