"""What a detector of crop boxes is, and the detectors by name.

A new detector is a class with a line in `DETECTORS`; tests/propose/test_detectors.py tries each of
them by the same contract.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.errors import UsageError
from studio.imaging import Square, decode, probe

WORKING_SIDE = 1024
"""Long side in pixels of the picture that a detector is given: the smallest lesions seen in
wide-field photographs (0.9 % of the short side) still span seven pixels there."""


@dataclass(frozen=True)
class Proposal:
    """A crop box to look at: `square` in pixels of the picture, `score` in 0..1."""

    square: Square
    score: float


class Detector(Protocol):
    """Finds crop boxes in a picture. The same pixels always give the same proposals.

    `name` (up to 40 characters, without blanks) and `version` (up to 20) are written with every
    box; boxes of one name and version are one ranking.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def propose(
        self, rgb: NDArray[np.uint8], keep: int = 10, *, full_size: tuple[int, int] | None = None
    ) -> list[Proposal]:
        """At most `keep` squares of a picture, best first, by a score in 0..1.

        `rgb` is uint8 [H, W, 3] and is not changed. Squares are in the frame of `rgb`, or, where
        `rgb` is a reduced decode, in the frame of the full picture whose (width, height) is
        `full_size`, and lie inside it. A picture in which nothing is found has none. Raises
        ValueError for another shape or type.
        """
        ...


def _blob() -> Detector:
    from studio.propose.blob_detector import BlobDetector

    return BlobDetector()


DETECTORS: dict[str, Callable[[], Detector]] = {"blob": _blob}
"""What makes each detector, by the name it has."""


def detector_by_name(name: str) -> Detector:
    """The detector of this name. Raises UsageError, with the names that there are, for another."""
    made = DETECTORS.get(name)
    if made is None:
        raise UsageError(f"There is no detector {name!r}: use one of {', '.join(DETECTORS)}.")
    return made()


def propose_file(path: Path, keep: int = 10, detector: Detector | None = None) -> list[Proposal]:
    """Proposals for a file, in its raw (un-rotated) frame, through a reduced decode.

    By the blob detector unless another is given. Raises `studio.imaging.ImageError` when the file
    cannot be read.
    """
    info = probe(path)
    rgb = decode(path, frame="raw", max_side=WORKING_SIDE)
    chosen = detector or detector_by_name("blob")
    return chosen.propose(rgb, keep, full_size=(info.width, info.height))
