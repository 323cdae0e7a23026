"""From stored uint8 rows to normalised batches on the device, in a reproducible order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from studio.imaging.packs import PackedRows

# Pixels may take this part of the accelerator's free memory before they stay on disk.
_DEVICE_SHARE = 0.4
# How far `classical` goes: the zoom either way, and the part by which brightness, contrast and
# saturation change. A lesion keeps its asymmetry and its border, and most of its colour.
_ZOOM, _COLOUR = 1.25, 0.2


class PixelSet:
    """Pictures of one split: uint8 ``[N, S, S, 3]`` with class numbers ``[N]``.

    They are kept on an accelerator when they fit; on a CPU rows are read from files mapped into
    memory, which the operating system caches.
    """

    def __init__(
        self,
        rows: PackedRows,
        targets: npt.NDArray[np.int64],
        device: torch.device,
    ) -> None:
        self.device = device
        self.targets = torch.from_numpy(targets).to(device)
        self._rows = rows
        self._resident: Tensor | None = None
        if device.type == "cuda" and _fits(rows, device):
            self._resident = torch.from_numpy(rows.take(np.arange(len(rows)))).to(device)

    def __len__(self) -> int:
        return len(self._rows)

    def pixels(self, chosen: Tensor) -> Tensor:
        """uint8 ``[B, S, S, 3]`` on the device for positions ``chosen`` (int64, CPU)."""
        if self._resident is not None:
            return self._resident[chosen.to(self.device)]
        batch = torch.from_numpy(self._rows.take(chosen.numpy()))
        if self.device.type == "cuda":
            batch = batch.pin_memory()
        return batch.to(self.device, non_blocking=True)

    def classes(self, chosen: Tensor) -> Tensor:
        """Class numbers int64 ``[B]`` on the device."""
        return self.targets[chosen.to(self.device)]


class Normalise:
    """uint8 ``[B, S, S, 3]`` to float32 ``[B, 3, S, S]``, channels last in memory."""

    def __init__(
        self, mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
    ) -> None:
        # One multiplication and one addition a pixel: (x / 255 - mean) / std.
        self.scale = (1 / (255 * torch.tensor(std, device=device))).view(1, 3, 1, 1)
        self.shift = (-torch.tensor(mean) / torch.tensor(std)).to(device).view(1, 3, 1, 1)

    def __call__(self, pixels: Tensor) -> Tensor:
        # Pixels lie as NHWC already, so the permutation alone makes them channels_last.
        return pixels.permute(0, 3, 1, 2).float().mul_(self.scale).add_(self.shift)


def augment(pixels: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    """Change each picture of uint8 ``[B, S, S, 3]`` at random.

    ``none``: as they are. ``flips``: left-right and top-bottom with probability one half each, as
    the paper. ``dihedral``: a transposition as well, so that all eight positions of a square occur;
    a lesion has no upright. ``classical``: after these, turned by any angle, zoomed by 0.8 to 1.25,
    and brightness, contrast and saturation changed by a fifth at most.
    """
    if kind == "none":
        return pixels
    draws = 2 if kind == "flips" else 3
    choice = torch.rand(draws, len(pixels), generator=generator) < 0.5
    moves = choice.to(pixels.device).view(draws, -1, 1, 1, 1)
    pixels = torch.where(moves[0], pixels.flip(2), pixels)
    pixels = torch.where(moves[1], pixels.flip(1), pixels)
    if draws == 3:
        pixels = torch.where(moves[2], pixels.transpose(1, 2), pixels)
    return _classical(pixels, generator) if kind == "classical" else pixels


def _classical(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Turn, zoom and recolour uint8 ``[B, S, S, 3]``; what comes from outside is a reflection."""
    drawn = torch.rand(5, len(pixels), generator=generator).to(pixels.device)
    angle = 2 * torch.pi * drawn[0]
    zoom = _ZOOM ** (2 * drawn[1] - 1)
    cos, sin, zero = angle.cos() * zoom, angle.sin() * zoom, torch.zeros_like(angle)
    turn = torch.stack([cos, -sin, zero, sin, cos, zero], 1).view(-1, 2, 3)
    images = pixels.permute(0, 3, 1, 2).float()
    grid = functional.affine_grid(turn, list(images.shape), align_corners=False)
    images = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    brightness, contrast, saturation = (1 + _COLOUR * (2 * drawn[2:] - 1)).view(3, -1, 1, 1, 1)
    grey = images.mean(1, keepdim=True)
    images = grey + saturation * (images - grey)
    middle = images.mean((1, 2, 3), keepdim=True)
    images = brightness * (middle + contrast * (images - middle))
    changed: Tensor = images.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
    return changed


class Sampler:
    """The order of pictures within epochs; its state makes a resumed run go on exactly.

    Positions are counted in pictures, not in batches, so that the batch size may change within an
    epoch. The generator also draws the augmentation. ``epoch_images`` is the length of an epoch
    where it is not that of the data: fewer pictures are a part of them drawn anew each time, more
    are whole rounds of them and such a part.
    """

    def __init__(self, count: int, seed: int, epoch_images: int | None = None) -> None:
        self.count = count
        self.length = epoch_images or count
        self.generator = torch.Generator().manual_seed(seed)
        self.order = torch.empty(0, dtype=torch.int64)
        self.position = 0

    def begin_epoch(self) -> None:
        """Draw a new order."""
        rounds = -(-self.length // self.count) if self.count else 1
        drawn = [torch.randperm(self.count, generator=self.generator) for _ in range(rounds)]
        self.order = torch.cat(drawn)[: self.length]
        self.position = 0

    def take(self, batch: int) -> Tensor | None:
        """The next positions, None at the end of the epoch.

        A single picture at the very end joins the last batch: batch normalisation cannot learn
        from one.
        """
        left = len(self.order) - self.position
        if left <= 0:
            return None
        size = batch + 1 if left == batch + 1 else min(batch, left)
        chosen = self.order[self.position : self.position + size]
        self.position += size
        return chosen

    def give_back(self, chosen: Tensor) -> None:
        """Undo the last ``take``: its batch did not fit into memory."""
        self.position -= len(chosen)

    def state_dict(self) -> dict[str, Any]:
        """Everything that ``load_state_dict`` needs, as tensors and numbers."""
        return {
            "order": self.order,
            "position": self.position,
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where ``state_dict`` was taken."""
        self.order = state["order"]
        self.position = int(state["position"])
        self.generator.set_state(state["generator"])


def _fits(rows: PackedRows, device: torch.device) -> bool:
    free, _ = torch.cuda.mem_get_info(device)
    return len(rows) * int(np.prod(rows.shape)) < free * _DEVICE_SHARE
