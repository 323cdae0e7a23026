"""Synthesis on a CPU, several times faster than the plain network and equal to it.

What makes the difference, one picture at a time:

- what depends on the weights alone is computed once: their power for the demodulation, the
  transposed and the folded weights of the up-sampling layers;
- the modulation goes to whichever is smaller, features or weights, and the demodulation with the
  gain of the activation into the pass that adds bias and noise;
- 3 × 3 convolutions of pictures of 64 px and more run in NNPACK (Winograd), which torch carries
  but does not choose by itself;
- up-sampling layers from 128 px on are folded (`folding.py`): no transposed convolution and no
  filter over four times the pixels;
- scale, noise, activation and clamp pass over a few channels at a time, while those are in the
  cache.

NNPACK differs from the plain convolution by less than 1e-4, relative. Where it is missing, or
fails, the ordinary convolution takes its place.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as fn
from torch import Tensor

from studio.generate.networks.generator import NoiseMode, Synthesis, SynthesisBlock
from studio.generate.networks.layers import SynthesisLayer, ToRGB
from studio.generate.networks.ops import fir_resample, upsample
from studio.generate.render.folding import UP_GAIN, folded_weight

NNPACK_FROM = 64  # pixels; below, packing the weights costs more than Winograd saves
FOLD_FROM = 128  # pixels of the smaller picture
CACHE_PIXELS = 1 << 18  # features that stay in a core's cache between two passes
LEAK = 0.2
GAIN = math.sqrt(2)


def supported(synthesis: Synthesis) -> bool:
    """Only the skip architecture, on a CPU."""
    return (
        synthesis.config.architecture == "skip"
        and next(synthesis.parameters()).device.type == "cpu"
    )


class FastSynthesis:
    """The same pictures as `Synthesis`, in evaluation, without gradients.

    Weights are read once, when it is made: make a new one after a training step.
    """

    def __init__(self, synthesis: Synthesis) -> None:
        self.synthesis = synthesis
        self.layers = {
            layer: _Prepared.of(layer)
            for block in synthesis.blocks()
            for layer in (getattr(block, "conv0", None), block.conv1)
            if layer is not None
        }

    @torch.no_grad()
    def __call__(
        self, ws: Tensor, noise_mode: NoiseMode = "const", upto: int | None = None
    ) -> Tensor:
        """`[N, num_ws, w_dim]` to `[N, C, R, R]`, where R is `upto` or the full resolution."""
        return torch.cat([self._one(w[None], noise_mode, upto) for w in ws.float()])

    def _one(self, ws: Tensor, noise_mode: NoiseMode, upto: int | None) -> Tensor:
        x = img = None
        for block, rows in zip(self.synthesis.blocks(), self.synthesis.rows(ws), strict=True):
            x, img = self._block(block, x, img, rows, noise_mode)
            if block.resolution == upto:
                break
        assert img is not None
        return img

    def _block(
        self,
        block: SynthesisBlock,
        x: Tensor | None,
        img: Tensor | None,
        rows: Tensor,
        noise_mode: NoiseMode,
    ) -> tuple[Tensor, Tensor]:
        if x is None:
            x = self._layer(block.conv1, block.const[None], rows[:, 0], noise_mode)
        else:
            x = self._layer(block.conv0, x, rows[:, 0], noise_mode)
            x = self._layer(block.conv1, x, rows[:, 1], noise_mode)
        colours = _colours(block.torgb, x, rows[:, -1])
        return x, colours if img is None else colours.add_(upsample(img, block.resample_filter))

    def _layer(self, layer: SynthesisLayer, x: Tensor, w: Tensor, noise_mode: NoiseMode) -> Tensor:
        x, scale = self.layers[layer].convolve(x, layer.affine(w))
        noise = layer.noise(1, noise_mode)
        noise = None if noise is None else noise.reshape(noise.shape[-2:]) * GAIN
        _activate(x, scale, layer.bias * GAIN, noise, layer.clamp)
        return x


@dataclass(frozen=True, eq=False)
class _Prepared:
    """What a layer's weights give once and for all.

    `weight` is `[out, in, 3, 3]`; `[in, out, 3, 3]` for a transposed convolution; folded
    `[4 out, in, 3, 3]`. `power` `[out, in]` is the sum of squares of each original kernel.
    """

    kind: Literal["plain", "transposed", "folded"]
    weight: Tensor
    power: Tensor
    kernel: Tensor

    @classmethod
    def of(cls, layer: SynthesisLayer) -> "_Prepared":
        weight, kernel = layer.weight.detach(), layer.resample_filter
        power = weight.square().sum(dim=(2, 3))
        if layer.up == 1:
            return cls("plain", weight, power, kernel)
        if layer.resolution // 2 >= FOLD_FROM:
            return cls("folded", folded_weight(weight, kernel), power, kernel)
        return cls("transposed", weight.transpose(0, 1).contiguous(), power, kernel)

    def convolve(self, x: Tensor, styles: Tensor) -> tuple[Tensor, Tensor | None]:
        """Features `[1, out, H, W]`, and the scale `[out]` that they still need, if any."""
        scale = (styles.square() @ self.power.T + 1e-8).rsqrt()[0] * GAIN
        if x.numel() < self.weight.numel() or self.kind == "transposed":
            return self._resampled(x * styles[..., None, None], self.weight), scale
        weight = self.weight * styles[0, None, :, None, None]
        repeated = scale.repeat_interleave(len(weight) // len(scale))
        weight *= repeated[:, None, None, None]
        return self._resampled(x, weight), None

    def _resampled(self, x: Tensor, weight: Tensor) -> Tensor:
        if self.kind == "plain":
            return _convolve3(x, weight)
        if self.kind == "folded":
            return fn.pixel_shuffle(_convolve3(x, weight), 2)
        x = fn.conv_transpose2d(x, weight, stride=2)
        return fir_resample(x, self.kernel, padding=1, gain=UP_GAIN)


def _convolve3(x: Tensor, weight: Tensor) -> Tensor:
    if x.shape[-1] >= NNPACK_FROM and _NNPACK.usable:
        return _NNPACK.convolve(x, weight)
    return fn.conv2d(x, weight, padding=1)


@dataclass
class _Nnpack:
    """NNPACK's convolution, until it fails once: its errors depend on the machine, not on us."""

    usable: bool = bool(torch.backends.nnpack.is_available())  # type: ignore[no-untyped-call]

    def convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        try:
            result: Tensor = torch._nnpack_spatial_convolution(x, weight, None, padding=(1, 1))
        except RuntimeError:
            self.usable = False
            return fn.conv2d(x, weight, padding=1)
        return result


_NNPACK = _Nnpack()


def _activate(
    x: Tensor, scale: Tensor | None, bias: Tensor, noise: Tensor | None, clamp: float | None
) -> None:
    """Scale, noise, bias, leaky ReLU and clamp in place; the gain is in the numbers already."""
    some = max(1, CACHE_PIXELS // (x.shape[-1] * x.shape[-2]))
    for start in range(0, x.shape[1], some):
        part = slice(start, start + some)
        features = x[0, part]
        if scale is not None:
            features *= scale[part, None, None]
        features += bias[part, None, None]
        if noise is not None:
            features += noise
        fn.leaky_relu_(features, LEAK)
        if clamp is not None:
            features.clamp_(-clamp, clamp)


def _colours(torgb: ToRGB, x: Tensor, w: Tensor) -> Tensor:
    styles = torgb.affine(w) * torgb.weight_gain
    weight = torgb.weight[:, :, 0, 0] * styles
    picture = (weight @ x[0].flatten(1)).reshape(1, -1, *x.shape[2:])
    picture += torgb.bias[:, None, None]
    return picture if torgb.clamp is None else picture.clamp_(-torgb.clamp, torgb.clamp)
