"""What a detector of crop boxes is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.imaging import Square

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
