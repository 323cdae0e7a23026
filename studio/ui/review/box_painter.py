"""Boxes over the photograph: the state is in the line itself, the colour only repeats it.

Undecided boxes are open (four corner brackets), decided ones closed: accepted solid, edited
double, rejected dashed with a cross, unsure dotted. Every stroke lies on a dark halo, so that it
reads on pale and on dark skin and in greyscale. Rejected boxes step far back until somebody asks
for them.
"""

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from studio.imaging import Square
from studio.project import BoxState
from studio.ui.review.hit import handle_points
from studio.ui.theme.tokens import load_tokens
from studio.ui.view_transform import ViewTransform

HALO = QColor(0, 0, 0, 150)
PLATE = QColor(16, 16, 16, 215)
PLATE_TEXT = QColor(240, 240, 240)
OPEN = QColor(245, 245, 245)

# The dark theme's colours in both themes: what lies under a box is skin, not the window.
STATE_COLORS: dict[BoxState, QColor] = {
    **{BoxState(name): QColor(color) for name, color in load_tokens("dark").state.items()},
    BoxState.UNDECIDED: OPEN,
    BoxState.DISPUTED: QColor(load_tokens("dark").state[BoxState.UNSURE.value]),
}
STATE_MARKS: dict[BoxState, str] = {
    BoxState.UNDECIDED: "",
    BoxState.ACCEPTED: "✓",
    BoxState.ADJUSTED: "✓",
    BoxState.REJECTED: "✕",
    BoxState.UNSURE: "?",
    BoxState.DISPUTED: "≠",
}
EDITED_MARK = "✎"
FAINT = 0.28  # opacity
_DOTTED = (BoxState.UNSURE, BoxState.DISPUTED)


@dataclass(frozen=True)
class DrawnBox:
    """A box as the canvas shows it; the square is in pixels of the upright picture."""

    square: Square
    state: BoxState
    title: str = ""
    current: bool = False
    faint: bool = False
    edited: bool = False  # what is shown is not saved yet


def view_rect(square: Square, view: ViewTransform) -> QRectF:
    """Where the square lies on the canvas."""
    x, y = view.to_view(square.x0, square.y0)
    side = square.side * view.scale
    return QRectF(x, y, side, side)


def _brackets(rect: QRectF) -> QPainterPath:
    arm = min(max(rect.width() * 0.22, 8.0), 36.0, rect.width() / 2)
    path = QPainterPath()
    for x, y, dx, dy in (
        (rect.left(), rect.top(), 1, 1),
        (rect.right(), rect.top(), -1, 1),
        (rect.right(), rect.bottom(), -1, -1),
        (rect.left(), rect.bottom(), 1, -1),
    ):
        path.moveTo(x + dx * arm, y)
        path.lineTo(x, y)
        path.lineTo(x, y + dy * arm)
    return path


def _closed(rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(rect)
    return path


def _outline(rect: QRectF, state: BoxState) -> tuple[QPainterPath, Qt.PenStyle | list[float]]:
    if state is BoxState.UNDECIDED:
        return _brackets(rect), Qt.PenStyle.SolidLine
    path = _closed(rect)
    if state is BoxState.ADJUSTED:
        path.addPath(_closed(rect.adjusted(5, 5, -5, -5)))
    if state is BoxState.REJECTED:
        return path, [6.0, 4.0]
    if state in _DOTTED:
        return path, [0.1, 2.6]
    return path, Qt.PenStyle.SolidLine


def paint_box(painter: QPainter, box: DrawnBox, view: ViewTransform, font: QFont) -> None:
    """One box; others than the current one step back."""
    # Upright lines on whole pixels are crisp without smoothing, and several times as fast.
    rect = QRectF(view_rect(box.square, view).toRect())
    color = QColor(STATE_COLORS[box.state])
    width = 1.0 if box.faint else 3.0 if box.current else 2.0
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, box.state in _DOTTED)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setOpacity(FAINT if box.faint else 1.0 if box.current else 0.85)
    path, style = _outline(rect, box.state)
    painter.setPen(QPen(HALO, width + 2))
    painter.drawPath(path)
    pen = QPen(color, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if isinstance(style, list):
        if box.state in _DOTTED:
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setWidthF(width + 0.8)
        pen.setDashPattern(style)
    painter.setPen(pen)
    painter.drawPath(path)
    if box.state is BoxState.REJECTED and not box.faint:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_cross(painter, rect, color, width)
    painter.restore()
    if box.current and box.title:
        paint_plate(painter, rect, box, font)


def _paint_cross(painter: QPainter, rect: QRectF, color: QColor, width: float) -> None:
    arm = min(max(rect.width() * 0.08, 5.0), 14.0)
    at = rect.topRight() + QPointF(-arm - 5, arm + 5)
    lines = [
        QLineF(at.x() - arm, at.y() - arm, at.x() + arm, at.y() + arm),
        QLineF(at.x() - arm, at.y() + arm, at.x() + arm, at.y() - arm),
    ]
    for pen in (QPen(HALO, width + 2.4), QPen(color, width)):
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLines(lines)


def plate_text(box: DrawnBox) -> str:
    """What the name plate says: the title after the mark of the state, or of an edit."""
    mark = EDITED_MARK if box.edited else STATE_MARKS[box.state]
    return f"{mark} {box.title}" if mark else box.title


def paint_plate(painter: QPainter, rect: QRectF, box: DrawnBox, font: QFont) -> None:
    """The name plate of the current box, above it, or inside when there is no room above."""
    text = plate_text(box)
    metrics = QFontMetricsF(font)
    area = QRectF(painter.viewport())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, 320)
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 6)
    plate.moveTopLeft(QPointF(rect.left(), rect.top() - plate.height() - 6))
    if plate.top() < 4:
        plate.moveTop(rect.bottom() + 6)
    if plate.bottom() > area.height() - 4:
        plate.moveTop(rect.top() + 8)
        plate.moveLeft(rect.left() + 8)
    plate.moveLeft(min(max(plate.left(), 4.0), max(area.width() - plate.width() - 4, 4.0)))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setFont(font)
    painter.setPen(PLATE_TEXT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_handles(painter: QPainter, square: Square, view: ViewTransform, accent: QColor) -> None:
    """The five handles of the square being edited."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(16, 16, 16), 1.5))
    painter.setBrush(QColor(255, 255, 255))
    for handle, (x, y) in handle_points(square).items():
        vx, vy = view.to_view(x, y)
        if handle.value == (0, 0):
            painter.setPen(QPen(HALO, 4))
            painter.drawLines([QLineF(vx - 8, vy, vx + 8, vy), QLineF(vx, vy - 8, vx, vy + 8)])
            painter.setPen(QPen(accent, 1.8))
            painter.drawLines([QLineF(vx - 8, vy, vx + 8, vy), QLineF(vx, vy - 8, vx, vy + 8)])
            painter.setPen(QPen(QColor(16, 16, 16), 1.5))
        else:
            painter.drawRect(QRectF(vx - 5, vy - 5, 10, 10))
    painter.restore()
