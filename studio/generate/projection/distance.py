"""How different two pictures look, by features of a network that is at hand.

A distance turns a picture `[N, 3, R, R]` in 0 … 255 into features `[N, F]`; the squared L2 norm of
their difference is the distance. Pictures past 256 px are area-averaged down to 256 first.
"""

from typing import Protocol

import torch.nn.functional as fn
from torch import Tensor

LARGEST = 256  # pixels


class Distance(Protocol):
    """A named feature space."""

    name: str

    def features(self, pictures: Tensor) -> Tensor: ...


def to_255(pictures: Tensor) -> Tensor:
    """Network output in −1 … 1 to 0 … 255, three channels, at most 256 px."""
    pictures = (pictures + 1) * (255 / 2)
    if pictures.shape[-1] > LARGEST:
        pictures = fn.interpolate(pictures, size=(LARGEST, LARGEST), mode="area")
    return pictures.expand(-1, 3, -1, -1) if pictures.shape[1] == 1 else pictures


def between(a: Tensor, b: Tensor) -> Tensor:
    """Squared distance of features `[N, F]`, summed."""
    return (a - b).square().sum()
