"""The photograph with its boxes: draws, zooms, pans, and reports what the mouse means.

The canvas knows no project and decides nothing. Squares are in pixels of the upright picture at
full resolution.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.imaging import Square
from studio.project import BoxState
from studio.ui.review.box_painter import DrawnBox, paint_box, paint_handles
from studio.ui.review.canvas_notes import paint_badge, paint_banner, paint_message
from studio.ui.review.canvas_view import CanvasView
from studio.ui.review.hit import hit_box, resized, within
from studio.ui.review.pointer import Drag, cursor_for, drag_to, grip, pans, past_click
from studio.ui.review.zoom import Zoom

LOUPE_SIDE = 320
FLASH_MS = 2500
WHEEL_STEP = 120.0  # eighths of a degree in one notch
ZOOM_STEP = 1.25
SIDE_STEP = 1.04


class Canvas(CanvasView):
    """See the module."""

    box_clicked = Signal(int)  # index in the boxes that were set
    square_changed = Signal(object)  # Square being edited or placed
    square_placed = Signal(object)  # Square of a new box, by the second click
    canvas_shown = Signal()  # what was set has been painted: the picture, and the box asked about

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Photograph with its boxes"))
        self.ground = QColor("#1c1c1c")
        self.accent = QColor("#56b4e9")
        self.boxes: list[DrawnBox] = []
        self.editing: Square | None = None
        self.placing: Square | None = None
        self._placed_centre = False
        self._drag: Drag | None = None
        self._pointer: QPointF | None = None
        self._boxes_hidden = False
        self._loupe = False
        self._synthetic = False
        self._message = ("", "")
        self._banner = self._flash = ""
        self._announced = True
        self._flash_timer = QTimer(self)
        self._flash_timer.setSingleShot(True)
        self._flash_timer.setInterval(FLASH_MS)
        self._flash_timer.timeout.connect(self.end_flash)

    # --- what to show -------------------------------------------------------------------------

    def set_picture(
        self, width: int, height: int, *, synthetic: bool = False, same: bool = False
    ) -> None:
        """A picture, of which the size is known and the tiers are to come.

        It is fitted to the canvas, unless the zoom is kept or it is the `same` picture again.
        """
        self.layer.set_size(width, height)
        self._synthetic = synthetic
        self._message = ("", "")
        self._announced = False
        self._flash = ""
        self.editing = self.placing = None
        self._drag = None
        if self.zoom_kind is Zoom.FIT or not (same or self.keep_zoom):
            self.fit()

    def announce_next_paint(self) -> None:
        """Say, by `canvas_shown`, when the canvas has been painted as it is now."""
        self._announced = False
        self.update()

    def set_tiers(self, preview: QImage | None, full: QImage | None) -> None:
        """The decoded tiers that are here by now."""
        self.layer.preview = preview or self.layer.preview
        self.layer.full = full or self.layer.full
        self.update()

    def set_aid(self, image: QImage | None) -> None:
        """Show this version of the preview instead; None shows the photograph again."""
        self.layer.aid = image
        self.update()

    def set_boxes(self, boxes: Sequence[DrawnBox]) -> None:
        self.boxes = list(boxes)
        self.update()

    def set_message(self, title: str, text: str = "") -> None:
        """Words in place of a picture, such as why a file cannot be read."""
        self._message = (title, text)
        self._announced = True
        self.update()

    def set_banner(self, text: str) -> None:
        """One line over the lower edge, such as the reasons to choose from; "" takes it away."""
        self._banner = text
        self.update()

    def flash(self, text: str) -> None:
        """One line over the lower edge for a moment."""
        self._flash = text
        self._flash_timer.start()
        self.update()

    def end_flash(self) -> None:
        """Take the line away before its time: what it was about is over."""
        self._flash = ""
        self.update()

    def set_boxes_hidden(self, hidden: bool) -> None:
        self._boxes_hidden = hidden
        self.update()

    def set_loupe(self, on: bool) -> None:
        self._loupe = on
        self.update()

    def held_tools(self) -> dict[str, bool]:
        """The looking tools that are on: boxes hidden, loupe."""
        held = {"boxes_hidden": self._boxes_hidden, "loupe": self._loupe}
        return {name: True for name, on in held.items() if on}

    def clear(self) -> None:
        self.layer.set_size(0, 0)
        self.boxes = []
        self.editing = self.placing = None
        self._banner = ""
        self._synthetic = False
        self.update()

    # --- editing and placing ------------------------------------------------------------------

    def set_editing(self, square: Square | None) -> None:
        """The square under the handles, or None to leave editing."""
        self.editing = square
        self._drag = None
        if square is not None:
            self.reveal(square)
        self.unsetCursor()
        self.update()

    def start_placing(self, side: float) -> None:
        """Let the next click choose the centre of a new box of this side."""
        x, y = self._pointed_place()
        vx, vy = self.view.to_view(x, y)
        if not self.rect().contains(QPointF(vx, vy).toPoint()):
            x, y = self.view.to_image(self.width() / 2, self.height() / 2)
        self.placing = within(Square(x, y, side), self.layer.width, self.layer.height)
        self._reveal_active()
        self._placed_centre = False
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()

    def stop_placing(self) -> None:
        self.placing = None
        self.unsetCursor()
        self.update()

    def resize_active(self, factor: float) -> None:
        """The edited or placed square, times `factor` about its centre."""
        if self.editing is not None:
            self._set_active(resized(self.editing, factor))
        elif self.placing is not None:
            self._set_active(resized(self.placing, factor))
        self._reveal_active()

    def move_active(self, dx: float, dy: float) -> None:
        """The edited or placed square, moved by image pixels."""
        if self.editing is not None:
            self._set_active(self.editing.moved(dx, dy))
        elif self.placing is not None:
            self._placed_centre = True  # a hand on the mouse must not take it back
            self._set_active(self.placing.moved(dx, dy))
        self._reveal_active()

    def _reveal_active(self) -> None:
        active = self.active_square
        if active is not None and not self.is_in_sight(active):
            self.reveal(active)

    def _set_active(self, square: Square) -> None:
        square = within(square, self.layer.width, self.layer.height)
        if self.editing is not None:
            self.editing = square
        else:
            self.placing = square
        self.square_changed.emit(square)
        self.update()

    @property
    def current_square(self) -> Square | None:
        """The square of the box asked about."""
        return next((box.square for box in self.boxes if box.current), None)

    @property
    def active_square(self) -> Square | None:
        """The square that is edited or placed."""
        return self.editing or self.placing

    def _pointed_place(self) -> tuple[float, float]:
        """The image point under the mouse, else the centre of the current box or picture."""
        if self._pointer is not None and self.rect().contains(self._pointer.toPoint()):
            return self.view.to_image(self._pointer.x(), self._pointer.y())
        square = self.current_square
        if square is not None:
            return square.cx, square.cy
        return self.layer.width / 2, self.layer.height / 2

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if pans(event) or event.button() != Qt.MouseButton.LeftButton:
            self._drag = Drag(at, last=at, moved=True) if pans(event) else None
            return
        x, y = self.view.to_image(at.x(), at.y())
        self._drag = Drag(at, last=at)
        if self.editing is not None:
            self._drag.handle = grip(self.editing, x, y, self.view.scale)
            self._drag.square = self.editing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._pointer = event.position()
        x, y = self.view.to_image(at.x(), at.y())
        drag = self._drag
        if drag is None:
            self._hover(x, y)
        elif past_click(drag, at):
            drag.moved = True
            square = drag_to(drag, at, self.view.scale)
            if square is not None:
                self._set_active(square)
            else:
                step = at - drag.last
                self._set_free(self.view.panned(step.x(), step.y()))
        if drag is not None:
            drag.last = at

    def _hover(self, x: float, y: float) -> None:
        if self.placing is not None and not self._placed_centre:
            self._set_active(Square(x, y, self.placing.side))
        elif self.editing is not None:
            self.setCursor(cursor_for(grip(self.editing, x, y, self.view.scale)))
        if self._loupe:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        if drag is None or drag.moved or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        x, y = self.view.to_image(at.x(), at.y())
        if self.placing is not None:
            self._click_placing(x, y)
        elif self.editing is None:
            index = hit_box([b.square for b in self.boxes], x, y)
            if index is not None and not self._boxes_hidden:
                self.box_clicked.emit(index)

    def _click_placing(self, x: float, y: float) -> None:
        assert self.placing is not None
        if self._placed_centre:
            self.square_placed.emit(self.placing)
            return
        self._placed_centre = True
        self._set_active(Square(x, y, self.placing.side))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.placing is None:
            self.fit()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / WHEEL_STEP
        if not notches or self.layer.empty:
            return
        if self.editing is not None or self.placing is not None:
            self.resize_active(SIDE_STEP**notches)
        else:
            self.zoom(ZOOM_STEP**notches, event.position())
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer = event.position()

    def leaveEvent(self, event: object) -> None:
        self._pointer = None

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    # --- paint --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if self._message[0]:
            painter.fillRect(self.rect(), self.ground)
            paint_message(painter, self.rect(), *self._message, self.palette(), self.font())
        else:
            ground = self.layer.pixmap(self.size(), ratio, self.view, self.ground)
            painter.drawPixmap(0, 0, ground)
            if not self._boxes_hidden and not self.layer.empty:
                self._paint_boxes(painter)
            if self._synthetic:
                paint_badge(painter, self.rect(), self.tr("synthetic sample"), self.font())
            if self._loupe and not self.layer.empty:
                self._paint_loupe(painter, ratio)
        if self._flash or self._banner:
            words, at_top = self._flash or self._banner, self._is_low(self.current_square)
            paint_banner(painter, self.rect(), words, self.font(), at_top=at_top)
        painter.end()
        if not self._announced and not self.layer.empty:
            self._announced = True
            self.canvas_shown.emit()

    def _is_low(self, square: Square | None) -> bool:
        """Whether a box reaches so far down that words at the lower edge would cover it."""
        if square is None:
            return False
        left, _, _, bottom = self._corners(square)
        return self.view.to_view(left, bottom)[1] > self.height() * 0.85

    def _paint_boxes(self, painter: QPainter) -> None:
        for box in sorted(self.boxes, key=lambda b: b.current):
            if box.current and self.editing is not None:
                state, title = BoxState.ADJUSTED, box.title
                box = DrawnBox(self.editing, state, title, current=True, edited=True)
            paint_box(painter, box, self.view, self.font())
        if self.editing is not None:
            paint_handles(painter, self.editing, self.view, self.accent)
        if self.placing is not None:
            state, title = BoxState.ACCEPTED, self.tr("new box")
            ghost = DrawnBox(self.placing, state, title, current=True, edited=True)
            paint_box(painter, ghost, self.view, self.font())

    def _paint_loupe(self, painter: QPainter, ratio: float) -> None:
        x, y = self._pointed_place()
        vx, vy = self.view.to_view(x, y)
        half = LOUPE_SIDE / 2
        vx = min(max(vx, half + 4), max(self.width() - half - 4, half + 4))
        vy = min(max(vy, half + 4), max(self.height() - half - 4, half + 4))
        target = QRectF(vx - half, vy - half, LOUPE_SIDE, LOUPE_SIDE)
        painter.fillRect(target, self.ground)
        self.layer.draw_loupe(painter, x, y, target, ratio)
        painter.setPen(QPen(QColor(16, 16, 16), 4))
        painter.drawRect(target)
        painter.setPen(QPen(QColor(240, 240, 240), 1.5))
        painter.drawRect(target)
