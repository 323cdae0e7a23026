"""The discriminator: pictures to logits."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from studio.generate.networks.config import DiscriminatorConfig
from studio.generate.networks.layers import TAPS, Convolution, FullyConnected
from studio.generate.networks.mapping import Mapping
from studio.generate.networks.ops import downsample, low_pass, minibatch_stddev


class DiscriminatorBlock(nn.Module):
    """One halving of the resolution."""

    resample_filter: Tensor

    def __init__(self, config: DiscriminatorConfig, resolution: int, trainable: Iterator[bool]):
        super().__init__()
        self.architecture = config.architecture
        self.half_precision = config.half_precision(resolution)
        self.first = resolution == config.resolution
        inner, outputs = config.channels(resolution), config.channels(resolution // 2)
        layer: dict[str, Any] = {"activation": "lrelu", "clamp": config.conv_clamp}
        self.register_buffer("resample_filter", low_pass(TAPS))
        if self.first or config.architecture == "skip":
            self.fromrgb = Convolution(
                config.img_channels, inner, 1, trainable=next(trainable), **layer
            )
        self.conv0 = Convolution(inner, inner, 3, trainable=next(trainable), **layer)
        self.conv1 = Convolution(inner, outputs, 3, down=2, trainable=next(trainable), **layer)
        if config.architecture == "resnet":
            self.skip = Convolution(
                inner, outputs, 1, bias=False, down=2, trainable=next(trainable)
            )

    def forward(self, x: Tensor | None, img: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Features and picture at half the size; the picture only in the skip architecture."""
        device = (x if x is not None else img).device  # type: ignore[union-attr]
        dtype = torch.float16 if self.half_precision and device.type == "cuda" else torch.float32
        x = None if x is None else x.to(dtype)
        if img is not None and hasattr(self, "fromrgb"):
            y = self.fromrgb(img.to(dtype))
            x = y if x is None else x + y
            skip = self.architecture == "skip"
            img = downsample(img, self.resample_filter) if skip else None
        assert x is not None
        if self.architecture != "resnet":
            return self.conv1(self.conv0(x)), img
        beside = self.skip(x, gain=math.sqrt(0.5))
        return beside + self.conv1(self.conv0(x), gain=math.sqrt(0.5)), img


class Epilogue(nn.Module):
    """From 4 × 4 features to one logit, or to its factors where a class weighs them."""

    def __init__(self, config: DiscriminatorConfig, cmap_dim: int) -> None:
        super().__init__()
        self.group, self.extra = config.mbstd_group, config.mbstd_channels
        width = config.channels(4)
        if config.architecture == "skip":
            self.fromrgb = Convolution(config.img_channels, width, 1, activation="lrelu")
        self.conv = Convolution(
            width + self.extra, width, 3, activation="lrelu", clamp=config.conv_clamp
        )
        self.fc = FullyConnected(width * 16, width, activation="lrelu")
        self.out = FullyConnected(width, cmap_dim or 1)

    def forward(self, x: Tensor, img: Tensor | None, cmap: Tensor | None) -> Tensor:
        x = x.float()
        if hasattr(self, "fromrgb"):
            x = x + self.fromrgb(img)
        if self.extra:
            x = minibatch_stddev(x, self.group, self.extra)
        x = self.out(self.fc(self.conv(x).flatten(1)))
        if cmap is not None:
            x = (x * cmap).sum(dim=1, keepdim=True) / math.sqrt(cmap.shape[1])
        return x


class Discriminator(nn.Module):
    """Pictures `[N, C, R, R]` (and one-hot classes `[N, c_dim]`) to logits `[N, 1]`."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        trainable = (layer >= config.freeze_layers for layer in range(1000))
        self.halvings = config.resolutions[:0:-1]
        for resolution in self.halvings:
            setattr(self, f"b{resolution}", DiscriminatorBlock(config, resolution, trainable))
        cmap_dim = config.channels(4) if config.c_dim else 0
        if cmap_dim:
            self.mapping = Mapping(0, config.c_dim, cmap_dim, None, config.mapping_layers)
        self.b4 = Epilogue(config, cmap_dim)

    def forward(self, img: Tensor, c: Tensor | None = None) -> Tensor:
        x: Tensor | None = None
        picture: Tensor | None = img.float()
        for resolution in self.halvings:
            x, picture = getattr(self, f"b{resolution}")(x, picture)
        assert x is not None
        cmap = self.mapping(None, c) if self.config.c_dim else None
        return self.b4(x, picture, cmap)
