"""A square that is dragged in: two directions at once."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.theme import Theme
from studio.wording import signed

SIDE = 176  # px
_MARK = 6.0  # radius of the mark
_STEP, _LARGE_STEP = 0.1, 0.5  # standard deviations for an arrow key, and with Shift


class PlanePad(QWidget):
    """`moved(x, y)` in standard deviations, from −reach to reach; the arrows move it too.

    A double click, or the key 0, goes back to the middle.
    """

    moved = Signal(float, float)

    def __init__(self, theme: Theme, reach: float) -> None:
        super().__init__()
        self._theme, self._reach = theme, reach
        self.x_amount = self.y_amount = 0.0
        self.setFixedSize(QSize(SIDE, SIDE))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownArrows", True)  # the arrows are not actions here
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Plane of two directions"))
        theme.changed.connect(self.update)

    def show_amounts(self, x: float, y: float) -> None:
        """Put the mark somewhere without telling of it."""
        self.x_amount, self.y_amount = x, y
        self.setAccessibleDescription(f"{signed(x, 1)} σ, {signed(y, 1)} σ")
        self.update()

    def move_to(self, x: float, y: float) -> None:
        """Move the mark, within the square, and tell of it."""
        x, y = (min(max(value, -self._reach), self._reach) for value in (x, y))
        if (x, y) != (self.x_amount, self.y_amount):
            self.show_amounts(x, y)
            self.moved.emit(x, y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.move_to(0.0, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        large = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = _LARGE_STEP if large else _STEP
        steps = {
            Qt.Key.Key_Left: (-step, 0.0),
            Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, step),
            Qt.Key.Key_Down: (0.0, -step),
        }
        by = steps.get(Qt.Key(event.key()))
        if by is not None:
            self.move_to(round(self.x_amount + by[0], 6), round(self.y_amount + by[1], 6))
        elif event.key() == Qt.Key.Key_0:
            self.move_to(0.0, 0.0)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        color = self._theme.color
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(frame, color("field"))
        focused = QPen(color("accent" if self.hasFocus() else "control"))
        focused.setWidthF(2.0 if self.hasFocus() else 1.0)
        painter.setPen(QPen(color("line")))
        middle = frame.center()
        painter.drawLine(QPointF(frame.left(), middle.y()), QPointF(frame.right(), middle.y()))
        painter.drawLine(QPointF(middle.x(), frame.top()), QPointF(middle.x(), frame.bottom()))
        painter.setPen(focused)
        painter.drawRect(frame)
        painter.setPen(QPen(color("text"), 2))
        painter.setBrush(color("accent"))
        painter.drawEllipse(self._place(), _MARK, _MARK)
        painter.end()

    def _go_to(self, at: QPointF) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        room = SIDE / 2 - _MARK
        x = (at.x() - SIDE / 2) / room * self._reach
        y = (SIDE / 2 - at.y()) / room * self._reach
        self.move_to(round(x, 2), round(y, 2))

    def _place(self) -> QPointF:
        room = (SIDE / 2 - _MARK) / self._reach
        return QPointF(SIDE / 2 + self.x_amount * room, SIDE / 2 - self.y_amount * room)
