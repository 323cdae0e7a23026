"""What the mouse does on the canvas: select, drag a handle, pan, place a new box."""

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from studio.imaging import Square
from studio.ui.review.hit import Handle, dragged, hit_handle

REACH = 11.0  # view pixels around a handle that still take hold of it
CLICK = 4.0  # view pixels of movement that are still a click


@dataclass
class Drag:
    """A button held down: where it began and what it holds."""

    start: QPointF
    handle: Handle | None = None  # None pans
    square: Square | None = None  # as it was when the drag began
    moved: bool = False
    last: QPointF = field(default_factory=QPointF)


def grip(square: Square, x: float, y: float, scale: float) -> Handle | None:
    """The handle under image point (x, y); anywhere else inside the square moves it."""
    reach = min(REACH / scale, square.side / 3)
    handle = hit_handle(square, x, y, reach)
    if handle is None and square.contains(x, y):
        return Handle.CENTRE
    return handle


def drag_to(drag: Drag, at: QPointF, scale: float) -> Square | None:
    """The square that this drag makes, or None when it pans."""
    if drag.handle is None or drag.square is None:
        return None
    delta = (at - drag.start) / scale
    return dragged(drag.square, drag.handle, delta.x(), delta.y())


def past_click(drag: Drag, at: QPointF) -> bool:
    """Whether the pointer has moved too far for a release to count as a click."""
    return drag.moved or (at - drag.start).manhattanLength() > CLICK


def cursor_for(handle: Handle | None) -> Qt.CursorShape:
    """The cursor that says what a press would take hold of."""
    if handle is None:
        return Qt.CursorShape.ArrowCursor
    if handle is Handle.CENTRE:
        return Qt.CursorShape.SizeAllCursor
    if handle in (Handle.NW, Handle.SE):
        return Qt.CursorShape.SizeFDiagCursor
    return Qt.CursorShape.SizeBDiagCursor


def pans(event: QMouseEvent) -> bool:
    """The middle button pans in every mode."""
    return event.button() == Qt.MouseButton.MiddleButton
