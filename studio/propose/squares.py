"""The context square of a blob: what a reader wants to see of a lesion."""

from studio.imaging import Square, fit_square
from studio.propose.blobs import Blob

CONTEXT = 2.0
"""Side of the square in diameters of the lesion: a margin of half a lesion all around."""

LEAST_SHARE = 0.085
"""Least side as a share of the short side: the floor of the published ModelDerm boxes
(256 pixels of 3,024)."""

LEAST_PIXELS = 128
"""Least side in pixels: fewer show nothing to judge."""

CLOSE_UP = 0.45
"""Diameter as a share of the short side from which a picture counts as a close-up of it."""

CLOSE_UP_SIDE = 0.8
"""Side of a close-up's square as a share of the short side, as in 40 % of the CAN lists."""


def side_for_diameter(diameter: float, width: int, height: int) -> float:
    """Side in pixels of the square for a lesion of `diameter` pixels in a picture.

    May exceed a picture of less than 128 pixels; `fit_square` shrinks it then.
    """
    short = min(width, height)
    if diameter > CLOSE_UP * short:
        return CLOSE_UP_SIDE * short
    return max(CONTEXT * diameter, LEAST_SHARE * short, LEAST_PIXELS)


def context_side(blob: Blob, width: int, height: int) -> float:
    """Side in pixels of a blob's square."""
    return side_for_diameter(2 * blob.radius, width, height)


def context_square(blob: Blob, width: int, height: int) -> Square:
    """The square around a blob, shifted and then shrunk until it lies in the picture."""
    square = Square(cx=blob.x, cy=blob.y, side=context_side(blob, width, height))
    return fit_square(square, width, height)
