"""How closely the canvas looks, and where: fit, one box, or a scale of the reader's own.

The reader's zoom may be kept over boxes and images; then each new box comes to the middle at the
same scale, or fills the canvas as the one before did.
"""

from enum import Enum

from studio.imaging import Square
from studio.ui.view_transform import MAX_SCALE, ViewTransform

BOX_SHARE = 0.6  # of the canvas that a box fills when it is zoomed to
SEEN_WHOLE = 0.9  # of a box that fits the canvas, from which it counts as seen
SEEN_PART = 0.25  # of what a canvas can show of a box that is larger

Corners = tuple[float, float, float, float]


class Zoom(Enum):
    """What decides the scale."""

    FIT = "fit"  # the whole picture
    BOX = "box"  # the current box
    FREE = "free"  # the reader


def corners_of(square: Square, width: float, height: float) -> Corners:
    """The part of a square that lies in the picture, (x0, y0, x1, y1): no other can be seen."""
    x0, y0 = max(square.x0, 0.0), max(square.y0, 0.0)
    return x0, y0, max(min(square.x1, width), x0), max(min(square.y1, height), y0)


def is_seen(view: ViewTransform, corners: Corners, width: float, height: float) -> bool:
    """Whether enough of a box is on a canvas of this size for a decision about it."""
    wide, high = corners[2] - corners[0], corners[3] - corners[1]
    whole = wide * view.scale <= width and high * view.scale <= height
    return view.share_in_sight(corners, width, height) >= (SEEN_WHOLE if whole else SEEN_PART)


def around_box(square: Square, width: float, height: float) -> ViewTransform:
    """The view in which a square fills its share of a canvas of this size, in the middle."""
    scale = min(BOX_SHARE * min(width, height) / square.side, MAX_SCALE)
    return ViewTransform(scale).centred(square.cx, square.cy, width, height)


def whole_in_sight(
    view: ViewTransform, corners: Corners, width: float, height: float
) -> ViewTransform:
    """Panned, and zoomed out where that is not enough, so that all of a rectangle is in sight."""
    room = 0.95
    wide, high = max(corners[2] - corners[0], 1.0), max(corners[3] - corners[1], 1.0)
    most = min(room * width / wide, room * height / high)
    if view.scale > most:
        view = ViewTransform(most, view.dx, view.dy)
    return view.showing(corners, width, height, margin=0)
