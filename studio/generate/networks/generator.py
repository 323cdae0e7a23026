"""The generator: mapping and synthesis."""

import math
from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor, nn

from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.layers import TAPS, Convolution, SynthesisLayer, ToRGB
from studio.generate.networks.mapping import Mapping
from studio.generate.networks.ops import low_pass, upsample

NoiseMode = Literal["const", "random", "none"]


class SynthesisBlock(nn.Module):
    """All that happens at one resolution: one (at 4 px) or two convolutions, and colours."""

    resample_filter: Tensor

    def __init__(self, config: GeneratorConfig, resolution: int) -> None:
        super().__init__()
        self.resolution = resolution
        self.architecture = config.architecture
        self.half_precision = config.half_precision(resolution)
        first, last = resolution == 4, resolution == config.resolution
        outputs = config.channels(resolution)
        options: dict[str, Any] = {"use_noise": config.use_noise, "clamp": config.conv_clamp}
        self.register_buffer("resample_filter", low_pass(TAPS))
        if first:
            self.const = nn.Parameter(torch.randn(outputs, 4, 4))
        else:
            inputs = config.channels(resolution // 2)
            self.conv0 = SynthesisLayer(inputs, outputs, config.w_dim, resolution, up=2, **options)
        self.conv1 = SynthesisLayer(outputs, outputs, config.w_dim, resolution, **options)
        if last or config.architecture == "skip":
            self.torgb = ToRGB(outputs, config.img_channels, config.w_dim, config.conv_clamp)
        if config.architecture == "resnet" and not first:
            self.skip = Convolution(inputs, outputs, 1, bias=False, up=2)
        self.num_conv = 1 if first else 2
        self.num_torgb = int(hasattr(self, "torgb"))

    def forward(
        self,
        x: Tensor | None,
        img: Tensor | None,
        ws: Tensor,
        noise_mode: NoiseMode,
        per_sample: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """Features and picture `[N, C, R, R]` from those of half the resolution.

        `ws`: `[N, num_conv + num_torgb, w_dim]`, the last row for the colours.
        """
        half = self.half_precision and ws.device.type == "cuda"
        dtype = torch.float16 if half else torch.float32
        rows = iter(ws.unbind(dim=1))
        if x is None:
            x = self.const.to(dtype)[None].repeat(len(ws), 1, 1, 1)
            x = self.conv1(x, next(rows), noise_mode, per_sample)
        else:
            x = self._convolutions(x.to(dtype), rows, noise_mode, per_sample)
        if img is not None:
            img = upsample(img, self.resample_filter)
        if self.num_torgb:
            y = self.torgb(x, next(rows), per_sample).float()
            img = y if img is None else img + y
        return x, img

    def _convolutions(
        self, x: Tensor, rows: Iterator[Tensor], noise_mode: NoiseMode, per_sample: bool
    ) -> Tensor:
        if self.architecture != "resnet":
            x = self.conv0(x, next(rows), noise_mode, per_sample)
            return self.conv1(x, next(rows), noise_mode, per_sample)
        beside = self.skip(x, gain=math.sqrt(0.5))
        x = self.conv0(x, next(rows), noise_mode, per_sample)
        return beside + self.conv1(x, next(rows), noise_mode, per_sample, gain=math.sqrt(0.5))


class Synthesis(nn.Module):
    """ws `[N, num_ws, w_dim]` to pictures `[N, C, R, R]` in about −1 … 1."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.num_ws = config.num_ws
        for resolution in config.resolutions:
            setattr(self, f"b{resolution}", SynthesisBlock(config, resolution))

    def blocks(self) -> list[SynthesisBlock]:
        return [getattr(self, f"b{r}") for r in self.config.resolutions]

    def forward(
        self,
        ws: Tensor,
        noise_mode: NoiseMode = "random",
        per_sample: bool | None = None,
        upto: int | None = None,
    ) -> Tensor:
        """`per_sample` convolutions are by default for inference only.

        `upto` stops a skip generator early, with the picture at that resolution.
        """
        per_sample = not self.training if per_sample is None else per_sample
        x = img = None
        for block, rows in zip(self.blocks(), self.rows(ws.float()), strict=True):
            x, img = block(x, img, rows, noise_mode, per_sample)
            if block.resolution == upto:
                break
        assert img is not None, "only the skip architecture has a picture before the last block"
        return img

    def rows(self, ws: Tensor) -> list[Tensor]:
        """The rows of ws that each block uses; its colours share the next block's first."""
        parts, at = [], 0
        for block in self.blocks():
            parts.append(ws[:, at : at + block.num_conv + block.num_torgb])
            at += block.num_conv
        return parts


class Generator(nn.Module):
    """Mapping and synthesis in one, as training and the official files know it."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.synthesis = Synthesis(config)
        self.mapping = Mapping(
            config.z_dim, config.c_dim, config.w_dim, config.num_ws, config.mapping_layers
        )

    def forward(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
        noise_mode: NoiseMode = "random",
    ) -> Tensor:
        ws = self.mapping(z, c, truncation_psi, truncation_cutoff)
        return self.synthesis(ws, noise_mode)
