"""What a network is trained on, in memory or mapped from disk."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RejectedFile:
    """A file that is not trained on, and why, in a sentence."""

    file: str
    sentence: str


@dataclass(frozen=True)
class TrainingImages:
    """Pictures `[N, C, R, R]` (uint8, RGB or gray; perhaps a read-only memory map).

    `classes` `[N]` are indices into `names`; None and `()` without classes. `files` names each
    picture within `source`, itself a name without its path. `sha256` is of pixels, files, classes
    and groups, if any: two runs with the same one saw the same pictures, and with the same seed and
    part held out they learnt from the same. `notes` are sentences about the set as a whole, such as
    how many pictures were enlarged. `groups` `[N]` are equal for pictures that no split may part,
    such as crops of one photograph; None where each stands alone.
    """

    pixels: NDArray[np.uint8]
    classes: NDArray[np.int64] | None
    names: tuple[str, ...]
    files: tuple[str, ...]
    left_out: tuple[RejectedFile, ...]
    sha256: str
    source: str
    notes: tuple[str, ...] = ()
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def counts(self) -> dict[str, int]:
        """How many pictures each class has; empty without classes."""
        if self.classes is None:
            return {}
        found = np.bincount(self.classes, minlength=len(self.names))
        return {name: int(n) for name, n in zip(self.names, found, strict=True)}
