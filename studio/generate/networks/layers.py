"""The layers of both networks, with the official names of parameters and buffers.

Weights are stored at unit variance and scaled when used (equalised learning rate, Karras et al.
2018): by 1 / √fan-in, times the layer's own learning-rate multiplier.
"""

import math

import torch
from torch import Tensor, nn

from studio.generate.networks import ops

TAPS = (1, 3, 3, 1)


class FullyConnected(nn.Module):
    """`[N, in]` to `[N, out]`, with bias and activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        activation: str = "linear",
        lr_multiplier: float = 1.0,
        bias_init: float = 0.0,
    ) -> None:
        super().__init__()
        self.activation = activation
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((outputs,), float(bias_init)))
        self.weight_gain = lr_multiplier / math.sqrt(inputs)
        self.bias_gain = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        weight = (self.weight * self.weight_gain).to(x.dtype)
        bias = (self.bias * self.bias_gain).to(x.dtype)
        return ops.bias_act(x @ weight.T, bias, self.activation)


class Convolution(nn.Module):
    """An ordinary convolution, resampled by 2 on request; the discriminator's layer."""

    resample_filter: Tensor
    weight: Tensor
    bias: Tensor | None

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: int,
        *,
        bias: bool = True,
        activation: str = "linear",
        up: int = 1,
        down: int = 1,
        clamp: float | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__()
        self.activation, self.up, self.down, self.clamp = activation, up, down, clamp
        self.padding = size // 2
        self.weight_gain = 1 / math.sqrt(inputs * size**2)
        self.register_buffer("resample_filter", ops.low_pass(TAPS))
        weight = torch.randn(outputs, inputs, size, size)
        offset = torch.zeros(outputs) if bias else None
        if trainable:
            self.weight = nn.Parameter(weight)
            self.bias = None if offset is None else nn.Parameter(offset)
        else:  # frozen weights are buffers, so that no optimiser finds them
            self.register_buffer("weight", weight)
            self.register_buffer("bias", offset)

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        x = ops.convolve(
            x,
            (self.weight * self.weight_gain).to(x.dtype),
            self.resample_filter,
            up=self.up,
            down=self.down,
            padding=self.padding,
            flip=self.up > 1,
        )
        act_gain = ops.ACTIVATIONS[self.activation].gain * gain
        clamp = None if self.clamp is None else self.clamp * gain
        return ops.bias_act(x, self.bias, self.activation, gain=act_gain, clamp=clamp)


class SynthesisLayer(nn.Module):
    """A 3 × 3 convolution whose weights one row of w modulates, then noise, bias, activation."""

    resample_filter: Tensor
    noise_const: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        resolution: int,
        *,
        up: int = 1,
        use_noise: bool = True,
        clamp: float | None = None,
    ) -> None:
        super().__init__()
        self.resolution, self.up, self.use_noise, self.clamp = resolution, up, use_noise, clamp
        self.register_buffer("resample_filter", ops.low_pass(TAPS))
        self.affine = FullyConnected(w_dim, inputs, bias_init=1)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        if use_noise:
            self.register_buffer("noise_const", torch.randn(resolution, resolution))
            self.noise_strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(
        self, x: Tensor, w: Tensor, noise_mode: str, per_sample: bool, gain: float = 1.0
    ) -> Tensor:
        x = ops.modulated_convolve(
            x,
            self.weight,
            self.affine(w),
            self.resample_filter,
            noise=self.noise(len(x), noise_mode),
            up=self.up,
            padding=1,
            per_sample=per_sample,
        )
        clamp = None if self.clamp is None else self.clamp * gain
        return ops.bias_act(x, self.bias, "lrelu", gain=math.sqrt(2) * gain, clamp=clamp)

    def noise(self, n: int, mode: str) -> Tensor | None:
        """What is added to the features: `[N, 1, H, W]`, `[H, W]` or nothing."""
        if not self.use_noise or mode == "none":
            return None
        if mode == "const":
            return self.noise_const * self.noise_strength
        shape = (n, 1, self.resolution, self.resolution)
        return torch.randn(shape, device=self.noise_const.device) * self.noise_strength


class ToRGB(nn.Module):
    """Features to picture channels: a modulated 1 × 1 convolution without demodulation."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, clamp: float | None) -> None:
        super().__init__()
        self.clamp = clamp
        self.affine = FullyConnected(w_dim, inputs, bias_init=1)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.weight_gain = 1 / math.sqrt(inputs)

    def forward(self, x: Tensor, w: Tensor, per_sample: bool) -> Tensor:
        styles = self.affine(w) * self.weight_gain
        x = ops.modulated_convolve(x, self.weight, styles, demodulate=False, per_sample=per_sample)
        return ops.bias_act(x, self.bias, clamp=self.clamp)
