"""Resampling by 2 with an orthogonal wavelet, and bilinear sampling that differentiates twice.

The low-pass of the sym6 wavelet (Daubechies, "Ten lectures on wavelets", 1992) doubles
the picture before it is sampled and halves it after, which keeps a warp free of aliasing. It is
orthogonal: doubling and halving give the picture back.
"""

import torch
import torch.nn.functional as fn
from torch import Tensor

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

LOW_PASS = torch.tensor(SYM6, dtype=torch.float64) / sum(SYM6)
REACH = len(SYM6) // 4
"""Pixels of the small picture that half the filter covers at the doubled size."""


def double(x: Tensor) -> Tensor:
    """`[N, C, H, W]` at twice the size, zeros around it."""
    # Zero insertion leaves even taps for even pixels and odd taps for odd ones: two filters of
    # half the length over the small picture, of seven taps so that both sit centred.
    taps = (LOW_PASS.flip(0) * 2).to(x)
    phases = torch.stack([fn.pad(taps[0::2], (0, 1)), fn.pad(taps[1::2], (1, 0))])
    return _double_rows(_double_rows(x, phases).mT, phases).mT


def _double_rows(x: Tensor, phases: Tensor) -> Tensor:
    n, c, h, w = x.shape
    y = fn.conv2d(x.reshape(n * c, 1, h, w), phases[:, None, None], padding=(0, REACH))
    return y.reshape(n, c, 2, h, w).permute(0, 1, 3, 4, 2).reshape(n, c, h, w * 2)


def halve(x: Tensor) -> Tensor:
    """The inverse of `double` on a picture with `REACH` more pixels of the small size around it.

    `[N, C, 2 (H + 2 REACH), 2 (W + 2 REACH)]` -> `[N, C, H, W]`.
    """
    n, c, h, w = x.shape
    taps = LOW_PASS.to(x)
    y = x[..., 1:-1, 1:-1].reshape(n * c, 1, h - 2, w - 2)
    y = fn.conv2d(y, taps[None, None, None, :], stride=(1, 2))
    y = fn.conv2d(y, taps[None, None, :, None], stride=(2, 1))
    return y.reshape(n, c, *y.shape[2:])


def sample(x: Tensor, grid: Tensor) -> Tensor:
    """Bilinear samples of `x` at the points of `grid` `[N, h, w, 2]`, zeros outside.

    Coordinates are those of `grid_sample` with `align_corners=False`. Twice differentiable in
    `x`; `grid` gets no gradient.
    """
    result: Tensor = _Sample.apply(x, grid)
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
    def backward(ctx, slope: Tensor):  # type: ignore[no-untyped-def, override]
        (grid,) = ctx.saved_tensors
        return _Spread.apply(slope, grid, ctx.shape), None


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
    def backward(ctx, slope: Tensor):  # type: ignore[no-untyped-def, override]
        (grid,) = ctx.saved_tensors
        return _Sample.apply(slope, grid), None, None
