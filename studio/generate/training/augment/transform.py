"""What each part of an augmentation has in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class AugmentTransform(ABC):
    """One part of what happens to a batch: tensors with a row for each picture."""

    @abstractmethod
    def __call__(self, images: Tensor) -> Tensor:
        """Let it happen to `images` `[N, C, H, W]`, N as drawn."""

    def take(self, rows: Tensor | slice) -> Self:
        """The share of some pictures."""
        if isinstance(rows, slice):
            return self._each(lambda tensor: tensor[rows])
        return self._each(lambda tensor: tensor[rows.to(tensor.device)])

    def to(self, device: torch.device | str) -> Self:
        """The same on another device."""
        return self._each(lambda tensor: moved(tensor, device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Self:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        tensors = {name: value for name, value in values.items() if isinstance(value, Tensor)}
        return replace(self, **{name: change(tensor) for name, tensor in tensors.items()})


def moved(tensor: Tensor, device: torch.device | str) -> Tensor:
    """On another device. From the CPU, a GPU is not waited for: CUDA has copied what is not pinned
    when the call returns."""
    to_gpu = tensor.device.type == "cpu" and torch.device(device).type == "cuda"
    return tensor.to(device, non_blocking=to_gpu)
