"""LPIPS (Zhang et al. 2018) with weights that the user supplies.

One file of tensors, `.safetensors` or `.pth`: the convolutions of VGG16 under torchvision's names
(`features.0.weight`, …) and the five learned weightings under those of the published LPIPS files
(`lin0.model.1.weight`, …). Without the weightings it would not be LPIPS, and is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as fn
from torch import Tensor

from studio.compute.weights import read_state
from studio.errors import StudioError

# Indices of the convolutions in torchvision's `features`; LPIPS listens after the last of each.
STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


@dataclass(eq=False)
class Lpips:
    """Squared distances of its features are LPIPS values."""

    state: Mapping[str, Tensor]
    name: str = "lpips"

    @classmethod
    def load(cls, path: Path) -> "Lpips":
        """StudioError when a tensor is missing or has another shape than VGG16's."""
        state, _ = read_state(path)
        channels = 3
        for number, stage in enumerate(STAGES):
            width = 64 * min(2**number, 8)
            for index in stage:
                _expect(state, f"features.{index}.weight", (width, channels, 3, 3), path)
                _expect(state, f"features.{index}.bias", (width,), path)
                channels = width
            _expect(state, f"lin{number}.model.1.weight", (1, width, 1, 1), path)
        return cls(state)

    def features(self, pictures: Tensor) -> Tensor:
        """Pictures `[N, 3, R, R]` in 0 … 255 to features `[N, F]`."""
        shift, scale = (pictures.new_tensor(v)[:, None, None] for v in (SHIFT, SCALE))
        x = (pictures / 127.5 - 1 - shift) / scale
        parts = []
        for number, stage in enumerate(STAGES):
            if number:
                x = fn.max_pool2d(x, 2)
            for index in stage:
                weight, bias = (self.state[f"features.{index}.{end}"] for end in ("weight", "bias"))
                x = fn.relu(fn.conv2d(x, weight, bias, padding=1))
            unit = x / (x.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)
            weighting = self.state[f"lin{number}.model.1.weight"].clamp_min(0).sqrt()
            parts.append((unit * weighting).flatten(1) / (x.shape[-1] * x.shape[-2]) ** 0.5)
        return torch.cat(parts, dim=1)


def _expect(state: Mapping[str, Tensor], name: str, shape: tuple[int, ...], path: Path) -> None:
    if name not in state or tuple(state[name].shape) != shape:
        found = "is missing" if name not in state else f"has the shape {list(state[name].shape)}"
        raise StudioError(
            f"{path.name} does not hold LPIPS: {name} {found}. Give one file with VGG16's "
            "features and the lin weights."
        )
