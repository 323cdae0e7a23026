"""The operators of StyleGAN2 (Karras et al. 2020), as plain differentiable torch.

Pictures and features are `[N, C, H, W]` float tensors. Everything here can be differentiated
twice, which path-length regularisation and R1 need; speed belongs to the render engine.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as fn
from torch import Tensor

Padding = int | Sequence[int]
"""Pixels added (cropped when negative): one number, `(x, y)` or `(left, right, top, bottom)`."""


def low_pass(taps: Sequence[float] | Tensor, gain: float = 1.0) -> Tensor:
    """A two-dimensional FIR filter `[K, K]` of unit sum times `gain` from its 1-d or 2-d taps."""
    kernel = torch.as_tensor(taps, dtype=torch.float32)
    if kernel.ndim == 1:
        kernel = torch.outer(kernel, kernel)
    return kernel / kernel.sum() * gain


def four_sides(padding: Padding) -> tuple[int, int, int, int]:
    """Any form of `Padding` as `(left, right, top, bottom)`."""
    if isinstance(padding, int):
        return (padding,) * 4
    if len(padding) == 2:
        x, y = padding
        return (x, x, y, y)
    left, right, top, bottom = padding
    return (left, right, top, bottom)


def fir_resample(
    x: Tensor,
    kernel: Tensor,
    *,
    up: int = 1,
    down: int = 1,
    padding: Padding = 0,
    correlate: bool = False,
    gain: float = 1.0,
) -> Tensor:
    """Insert `up - 1` zeros after each pixel, pad, filter, keep every `down`-th pixel.

    The filter is applied as a convolution, or as a correlation on request; each channel alone.
    """
    n, c, h, w = x.shape
    if up > 1:
        x = fn.pad(x.reshape(n, c, h, 1, w, 1), (0, up - 1, 0, 0, 0, up - 1))
        x = x.reshape(n, c, h * up, w * up)
    x = fn.pad(x, four_sides(padding))
    kernel = (kernel * gain).to(x.dtype)
    if not correlate:
        kernel = kernel.flip((0, 1))
    return fn.conv2d(x, kernel.expand(c, 1, *kernel.shape), stride=down, groups=c)


def upsample(x: Tensor, kernel: Tensor) -> Tensor:
    """Twice the size, filtered so that a constant stays what it was."""
    before, after = (kernel.shape[-1] + 1) // 2, (kernel.shape[-1] - 2) // 2
    return fir_resample(x, kernel, up=2, padding=(before, after) * 2, gain=4)


def downsample(x: Tensor, kernel: Tensor) -> Tensor:
    """Half the size, filtered first."""
    before, after = (kernel.shape[-1] - 1) // 2, (kernel.shape[-1] - 2) // 2
    return fir_resample(x, kernel, down=2, padding=(before, after) * 2)


@dataclass(frozen=True)
class Activation:
    """A nonlinearity and the gain that keeps the variance of its input."""

    function: Callable[[Tensor], Tensor]
    gain: float = 1.0

    def __call__(self, x: Tensor) -> Tensor:
        return self.function(x)


ACTIVATIONS = {
    "linear": Activation(lambda x: x),
    "relu": Activation(fn.relu, math.sqrt(2)),
    "lrelu": Activation(partial(fn.leaky_relu, negative_slope=0.2), math.sqrt(2)),
    "tanh": Activation(torch.tanh),
    "sigmoid": Activation(torch.sigmoid),
    "elu": Activation(fn.elu),
    "selu": Activation(fn.selu),
    "softplus": Activation(fn.softplus),
    "swish": Activation(fn.silu, math.sqrt(2)),
}


def bias_act(
    x: Tensor,
    bias: Tensor | None = None,
    activation: str = "linear",
    *,
    gain: float | None = None,
    clamp: float | None = None,
) -> Tensor:
    """Add `bias` along dimension 1, activate, multiply by `gain`, clamp to ± `clamp`.

    `gain` is by default the activation's own.
    """
    act = ACTIVATIONS[activation]
    if bias is not None:
        x = x + bias.to(x.dtype).reshape([-1 if d == 1 else 1 for d in range(x.ndim)])
    x = act(x)
    gain = act.gain if gain is None else gain
    if gain != 1:
        x = x * gain
    return x if clamp is None else x.clamp(-clamp, clamp)


def convolve(
    x: Tensor,
    weight: Tensor,
    kernel: Tensor | None = None,
    *,
    up: int = 1,
    down: int = 1,
    padding: int = 0,
    groups: int = 1,
    flip: bool = False,
) -> Tensor:
    """Convolve and resample by 2 with the low-pass `kernel` (none is used at `up = down = 1`).

    `weight` is `[out, in / groups, K, K]` and correlated with `x`, or convolved when `flip`.
    `padding` is that of the convolution alone; the resampling keeps the picture centred.
    """
    if flip and weight.shape[-1] > 1:
        weight = weight.flip((2, 3))
    if up == 1 and down == 1:
        return fn.conv2d(x, weight, padding=padding, groups=groups)
    assert kernel is not None, "resampling needs its low-pass filter"
    return (
        _convolve_up(x, weight, kernel, padding, groups)
        if up == 2
        else _convolve_down(x, weight, kernel, padding, groups)
    )


def _convolve_down(x: Tensor, weight: Tensor, kernel: Tensor, padding: int, groups: int) -> Tensor:
    taps = kernel.shape[-1]
    sides = (padding + (taps - 1) // 2, padding + (taps - 2) // 2) * 2
    if weight.shape[-1] == 1:  # nothing to gain from filtering pixels that the stride drops
        return fn.conv2d(fir_resample(x, kernel, down=2, padding=sides), weight, groups=groups)
    return fn.conv2d(fir_resample(x, kernel, padding=sides), weight, stride=2, groups=groups)


def _convolve_up(x: Tensor, weight: Tensor, kernel: Tensor, padding: int, groups: int) -> Tensor:
    taps, size = kernel.shape[-1], weight.shape[-1]
    before, after = padding + (taps + 1) // 2, padding + (taps - 2) // 2
    if size == 1:
        x = fn.conv2d(x, weight, groups=groups)
        return fir_resample(x, kernel, up=2, padding=(before, after) * 2, gain=4)
    # Zero insertion, correlation and low-pass commute: the first two together are a transposed
    # convolution with the turned weight, whose output starts size - 1 pixels further out.
    # Of the zeros that insertion adds behind the last pixel it leaves one out.
    out, inner = weight.shape[0] // groups, weight.shape[1]
    turned = weight.flip((2, 3)).reshape(groups, out, inner, size, size).transpose(1, 2)
    x = fn.conv_transpose2d(
        x, turned.reshape(groups * inner, out, size, size), stride=2, groups=groups
    )
    sides = (before - (size - 1), after - (size - 1) + 1) * 2
    return fir_resample(x, kernel, padding=sides, gain=4)


def modulated_convolve(
    x: Tensor,
    weight: Tensor,
    styles: Tensor,
    kernel: Tensor | None = None,
    *,
    noise: Tensor | None = None,
    up: int = 1,
    padding: int = 0,
    demodulate: bool = True,
    per_sample: bool = False,
) -> Tensor:
    """Convolve with weights scaled by `styles` `[N, in]` and brought back to unit variance.

    Two ways to the same result: scale the activations around one shared convolution, or, when
    `per_sample`, give every sample its own weights in one grouped convolution. In half precision
    weights and styles are normalised first, so that the products stay in range.
    """
    n = x.shape[0]
    if x.dtype == torch.float16 and demodulate:
        fan_in = weight[0].numel()
        peak = weight.abs().amax(dim=(1, 2, 3), keepdim=True)
        weight = weight / (peak * math.sqrt(fan_in))
        styles = styles / styles.abs().amax(dim=1, keepdim=True)
    scale = demodulation(weight, styles) if demodulate else None
    joined = partial(convolve, kernel=kernel, up=up, padding=padding, flip=up > 1)
    if per_sample:
        w = weight * styles[:, None, :, None, None]
        if scale is not None:
            w = w * scale[:, :, None, None, None]
        w = w.to(x.dtype).flatten(0, 1)
        y = joined(x.reshape(1, -1, *x.shape[2:]), w, groups=n)
        y = y.reshape(n, -1, *y.shape[2:])
    else:
        y = joined(x * styles.to(x.dtype)[:, :, None, None], weight.to(x.dtype))
        if scale is not None:
            y = y * scale.to(y.dtype)[:, :, None, None]
    return y if noise is None else y + noise.to(y.dtype)


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """1 / the norm of each output's modulated weights: `[N, out]` (Karras et al. 2020a, eq. 3)."""
    power = weight.square().sum(dim=(2, 3))
    return (styles.square() @ power.T + 1e-8).rsqrt()


def minibatch_stddev(x: Tensor, group: int | None, channels: int = 1) -> Tensor:
    """`x` with `channels` maps appended: how much each group of samples differs among itself.

    Samples `i, i + N / group, …` form a group; the whole batch does when `group` is None.
    """
    n, c, h, w = x.shape
    size = n if group is None else min(group, n)
    y = x.reshape(size, -1, channels, c // channels, h, w)
    y = (y - y.mean(dim=0)).square().mean(dim=0)
    y = (y + 1e-8).sqrt().mean(dim=(2, 3, 4))
    return torch.cat([x, y.reshape(-1, channels, 1, 1).repeat(size, 1, h, w)], dim=1)


def unit_second_moment(x: Tensor) -> Tensor:
    """Each row of `[N, K]` scaled to a mean square of 1."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
