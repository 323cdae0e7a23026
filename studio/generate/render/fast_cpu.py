"""Synthesis on a CPU, several times faster than the plain network and equal to it.

What makes the difference, one picture at a time:

- the modulation goes into the weights, with demodulation and activation gain, so that no pass
  over the features is spent on scaling;
- 3 × 3 convolutions of pictures of 32 px and more run in NNPACK (Winograd), which torch carries
  but does not choose by itself;
- up-sampling layers from 128 px on are folded (`folding.py`): no transposed convolution and no
  filter over four times the pixels;
- noise, activation and clamp pass over a few channels at a time, while those are in the cache.

NNPACK differs from the plain convolution by less than 1e-4, relative. Where it is missing, or
fails, the ordinary convolution takes its place.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as fn
from torch import Tensor

from studio.generate.networks.generator import NoiseMode, Synthesis, SynthesisBlock
from studio.generate.networks.layers import SynthesisLayer, ToRGB
from studio.generate.networks.ops import convolve, demodulation, upsample
from studio.generate.render.folding import folded_weight

NNPACK_FROM = 32  # pixels; below, packing the weights costs more than Winograd saves
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
        self.folded = {
            block.resolution: folded_weight(block.conv0.weight.detach(), block.resample_filter)
            for block in synthesis.blocks()
            if block.resolution // 2 >= FOLD_FROM
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
            folded = self.folded.get(block.resolution)
            x = self._layer(block.conv0, x, rows[:, 0], noise_mode, folded)
            x = self._layer(block.conv1, x, rows[:, 1], noise_mode)
        colours = _colours(block.torgb, x, rows[:, -1])
        return x, colours if img is None else colours.add_(upsample(img, block.resample_filter))

    def _layer(
        self,
        layer: SynthesisLayer,
        x: Tensor,
        w: Tensor,
        noise_mode: NoiseMode,
        folded: Tensor | None = None,
    ) -> Tensor:
        styles = layer.affine(w)
        scale = demodulation(layer.weight, styles)[0] * GAIN
        if folded is not None:
            scale = scale.repeat_interleave(4)
            weight = folded * styles[0, None, :, None, None] * scale[:, None, None, None]
            x = fn.pixel_shuffle(_convolve3(x, weight), 2)
        else:
            weight = layer.weight * styles[0, None, :, None, None] * scale[:, None, None, None]
            if layer.up == 2:
                x = convolve(x, weight, layer.resample_filter, up=2, padding=1, flip=True)
            else:
                x = _convolve3(x, weight)
        noise = layer.noise(1, noise_mode)
        _activate(x, layer.bias * GAIN, None if noise is None else noise * GAIN, layer.clamp)
        return x


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


def _activate(x: Tensor, bias: Tensor, noise: Tensor | None, clamp: float | None) -> None:
    """Bias, noise, leaky ReLU and clamp in place; the gain is in the numbers already."""
    some = max(1, CACHE_PIXELS // (x.shape[-1] * x.shape[-2]))
    for features, offset in zip(torch.split(x[0], some), torch.split(bias, some), strict=True):
        features += offset[:, None, None]
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
