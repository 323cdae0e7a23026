"""Squares in continuous pixel coordinates: pixel i covers [i, i + 1), x to the right, y down."""

import math
from dataclasses import dataclass

from studio.errors import StudioError
from studio.imaging.orientation import check_orientation, displayed_size


@dataclass(frozen=True, slots=True)
class Square:
    """A square by its centre and side, in pixels; finite, with a side above zero.

    Raises StudioError for numbers that make no square, so that none can enter a project.
    """

    cx: float
    cy: float
    side: float

    def __post_init__(self) -> None:
        numbers = (self.cx, self.cy, self.side)
        if not all(map(math.isfinite, numbers)) or self.side <= 0:
            raise StudioError(
                f"Centre ({self.cx}, {self.cy}) with side {self.side} is not a square: "
                "give finite numbers and a side above zero."
            )

    @classmethod
    def from_corners(cls, x0: float, y0: float, x1: float, y1: float) -> "Square":
        """The square around the centre of a rectangle whose side is its longer side."""
        return cls((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0))

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.cx - self.side / 2

    @property
    def y0(self) -> float:
        """Top edge."""
        return self.cy - self.side / 2

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.cx + self.side / 2

    @property
    def y1(self) -> float:
        """Bottom edge."""
        return self.cy + self.side / 2

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.side * self.side

    def iou(self, other: "Square") -> float:
        """Intersection over union with another square, 0..1."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.y1, other.y1) - max(self.y0, other.y0)
        if wide <= 0 or high <= 0:
            return 0.0
        shared = wide * high
        return min(1.0, shared / (self.area + other.area - shared))

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies in the square, edges included."""
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    def scaled(self, factor: float) -> "Square":
        """The same centre with the side multiplied by `factor` (above zero)."""
        return Square(self.cx, self.cy, self.side * factor)

    def moved(self, dx: float, dy: float) -> "Square":
        """The same side with the centre moved by (dx, dy) pixels."""
        return Square(self.cx + dx, self.cy + dy, self.side)


_INVERSE = {6: 8, 8: 6}  # the quarter turns; every other orientation undoes itself


def to_exif(square: Square, width: int, height: int, orientation: int) -> Square:
    """A square of the raw frame, whose `width` and `height` these are, in the displayed frame."""
    x, y = square.cx, square.cy
    check_orientation(orientation)
    match orientation:
        case 2:
            x, y = width - x, y
        case 3:
            x, y = width - x, height - y
        case 4:
            x, y = x, height - y
        case 5:
            x, y = y, x
        case 6:
            x, y = height - y, x
        case 7:
            x, y = height - y, width - x
        case 8:
            x, y = y, width - x
    return Square(x, y, square.side)


def to_raw(square: Square, width: int, height: int, orientation: int) -> Square:
    """The inverse of `to_exif`; `width` and `height` are again those of the raw frame."""
    shown = displayed_size(width, height, orientation)
    return to_exif(square, *shown, _INVERSE.get(orientation, orientation))


def fit_square(square: Square, width: int, height: int) -> Square:
    """The square moved, and only where that is not enough shrunk, to lie inside the picture.

    Commutes with the orientations: fitting and turning give the same square in either order.
    """
    side = min(square.side, width, height)
    half = side / 2
    cx = min(max(square.cx, half), width - half)
    cy = min(max(square.cy, half), height - half)
    return Square(cx, cy, side)
