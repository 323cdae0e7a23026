"""Which box or handle lies under the pointer, and what dragging it makes of the square.

Pure functions over squares in one frame; the canvas passes distances already divided by its scale.
"""

from collections.abc import Sequence
from enum import Enum

from studio.imaging import Square

MIN_SIDE = 16.0  # pixels; a lesion in a smaller box cannot be judged


class Handle(Enum):
    """The five handles of a square; a corner's value is the direction it points to."""

    CENTRE = (0, 0)
    NW = (-1, -1)
    NE = (1, -1)
    SE = (1, 1)
    SW = (-1, 1)


def handle_points(square: Square) -> dict[Handle, tuple[float, float]]:
    """Where the five handles lie."""
    half = square.side / 2
    return {h: (square.cx + h.value[0] * half, square.cy + h.value[1] * half) for h in Handle}


def hit_handle(square: Square, x: float, y: float, reach: float) -> Handle | None:
    """The nearest handle within `reach` (square neighbourhood); corners win over the centre."""
    found: list[tuple[float, bool, Handle]] = []
    for handle, (hx, hy) in handle_points(square).items():
        distance = max(abs(x - hx), abs(y - hy))
        if distance <= reach:
            found.append((distance, handle is Handle.CENTRE, handle))
    return min(found, key=lambda f: (f[1], f[0]))[2] if found else None


def hit_box(squares: Sequence[Square], x: float, y: float) -> int | None:
    """The index of the smallest square that contains the point: nested boxes stay reachable."""
    inside = [i for i, s in enumerate(squares) if s.contains(x, y)]
    return min(inside, key=lambda i: squares[i].side) if inside else None


def dragged(start: Square, handle: Handle, dx: float, dy: float) -> Square:
    """`start` with one handle moved by (dx, dy).

    The centre moves the square; a corner changes the side by the mean of both movements along its
    diagonal while the opposite corner stays where it is.
    """
    if handle is Handle.CENTRE:
        return start.moved(dx, dy)
    sx, sy = handle.value
    side = max(start.side + (dx * sx + dy * sy) / 2, MIN_SIDE)
    grown = side - start.side
    return Square(start.cx + sx * grown / 2, start.cy + sy * grown / 2, side)


def resized(square: Square, factor: float) -> Square:
    """The side times `factor` about the centre, at least MIN_SIDE."""
    return Square(square.cx, square.cy, max(square.side * factor, MIN_SIDE))


def within(square: Square, width: float, height: float) -> Square:
    """The centre kept inside the picture and the side at most twice its long side.

    A square may stick out: the crop that comes of it is shifted, then shrunk, and the crop panel
    says so.
    """
    return Square(
        min(max(square.cx, 0.0), width),
        min(max(square.cy, 0.0), height),
        min(max(square.side, MIN_SIDE), 2.0 * max(width, height)),
    )
