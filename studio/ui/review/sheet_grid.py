"""The tiles of one contact sheet page, painted by one widget."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from studio.ui.review.box_painter import PLATE, PLATE_TEXT
from studio.ui.review.filmstrip import paint_fitted
from studio.ui.review.sheet_page import PageLayout, SheetPage, layout_for, page_layout
from studio.ui.theme import Theme

TILE = 156  # px, the side that a tile should have at least
GAP = 8
CAPTION = 22


@dataclass(frozen=True)
class Tile:
    """What one tile shows."""

    crop: QImage | None
    score: str
    file: str
    synthetic: bool = False
    error: str | None = None
    label: str = ""  # where it has one of its own


class SheetGrid(QAbstractScrollArea):
    """Click or X marks a tile; a tile counts as seen once its crop has been painted in sight."""

    toggled = Signal(int)  # box id
    menu_requested = Signal(int, object)  # box id, by right click, and where (QPoint, global)
    seen_changed = Signal()
    resized = Signal()

    def __init__(
        self, theme: Theme, tile: Callable[[int], Tile], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tile = tile
        self.page = SheetPage([])
        self._layout = PageLayout(1, 1, TILE)
        self.cursor_index = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Contact sheet of crops"))

    def set_page(self, page: SheetPage) -> None:
        kept = self.current_box
        self.page = page
        self.cursor_index = page.box_ids.index(kept) if kept in page.box_ids else 0
        self._lay_out()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    @property
    def current_box(self) -> int | None:
        ids = self.page.box_ids
        return ids[self.cursor_index] if 0 <= self.cursor_index < len(ids) else None

    def move_cursor(self, right: int, down: int) -> None:
        """Move the tile cursor; the tile comes into sight."""
        step = right + down * self._columns()
        if not self.page.box_ids:
            return
        self.cursor_index = min(max(self.cursor_index + step, 0), len(self.page.box_ids) - 1)
        rect = self._rect(self.cursor_index)
        bar = self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - GAP)
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + GAP)
        self.viewport().update()

    def refresh(self) -> None:
        self.viewport().update()

    def capacity(self) -> int:
        """How many tiles a page has that fits the view."""
        return self._full_page().size

    def _full_page(self) -> PageLayout:
        view = self.viewport()
        return page_layout(view.width(), view.height(), GAP, CAPTION, TILE)

    def _lay_out(self) -> None:
        """Lay the tiles out for the view as it is now."""
        count, view = len(self.page.box_ids), self.viewport()
        self._layout = self._full_page()
        if count > self._layout.size:  # the view has become smaller
            self._layout = layout_for(count, view.width(), view.height(), GAP, CAPTION)
        self._range()

    def _columns(self) -> int:
        return self._layout.columns

    def _side(self) -> int:
        return self._layout.side

    def _rect(self, index: int) -> QRect:
        columns, side = self._columns(), self._side()
        row, column = divmod(index, columns)
        left = max((self.viewport().width() - GAP - columns * (side + GAP)) // 2, 0)
        x = left + GAP + column * (side + GAP)
        y = GAP + row * (side + CAPTION + GAP) - self.verticalScrollBar().value()
        return QRect(x, y, side, side + CAPTION)

    def _range(self) -> None:
        rows = -(-len(self.page.box_ids) // self._columns())
        height = GAP + rows * (self._side() + CAPTION + GAP)
        bar = self.verticalScrollBar()
        bar.setSingleStep(48)
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(height - self.viewport().height(), 0))

    def resizeEvent(self, event: object) -> None:
        self._lay_out()
        self.resized.emit()

    def _index_at(self, at: QPointF) -> int | None:
        for index in range(len(self.page.box_ids)):
            if self._rect(index).contains(at.toPoint()):
                return index
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index is None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.cursor_index = index
            self.toggled.emit(self.page.box_ids[index])
        elif event.button() == Qt.MouseButton.RightButton:
            self.cursor_index = index
            self.viewport().update()
            place = event.globalPosition().toPoint()
            self.menu_requested.emit(self.page.box_ids[index], place)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.color("canvas"))
        inside = self.viewport().rect()
        before = len(self.page.seen)
        for index, box_id in enumerate(self.page.box_ids):
            rect = self._rect(index)
            if rect.intersects(inside):
                tile = self._tile(box_id)
                self._paint_tile(painter, rect, index, box_id, tile)
                if tile.crop is not None and self._mostly_in_sight(rect):
                    self.page.seen.add(box_id)
        painter.end()
        if len(self.page.seen) != before:
            self.seen_changed.emit()

    def _mostly_in_sight(self, rect: QRect) -> bool:
        shown = rect & self.viewport().rect()
        return shown.height() * 10 >= rect.height() * 9

    def _paint_tile(
        self, painter: QPainter, rect: QRect, index: int, box_id: int, tile: Tile
    ) -> None:
        marked = box_id in self.page.marked
        side = self._side()
        square = QRectF(rect.x(), rect.y(), side, side)
        painter.fillRect(square, self._theme.color("panel"))
        if tile.crop is not None:
            painter.setOpacity(0.45 if marked else 1.0)
            self._paint_crop(painter, square, tile.crop)
            painter.setOpacity(1.0)
        elif tile.error is not None:
            painter.setPen(self._theme.color("quiet"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(square.adjusted(8, 8, -8, -8), flags, tile.error)
        self._paint_caption(painter, rect, tile, marked)
        if tile.label and not marked:
            self._paint_label(painter, square, tile.label)
        if marked:
            self._paint_mark(painter, square)
        if index == self.cursor_index:
            painter.setPen(QPen(self._theme.color("accent"), 3))
            painter.drawRect(square.adjusted(1, 1, -1, -1))

    def _paint_crop(self, painter: QPainter, square: QRectF, crop: QImage) -> None:
        ratio = self.devicePixelRatioF()
        if crop.width() >= square.width() * ratio:
            paint_fitted(painter, crop, square, ratio)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(square, crop, QRectF(crop.rect()))

    def _paint_label(self, painter: QPainter, square: QRectF, name: str) -> None:
        """The label that this crop is given alone, on a plate over its lower edge."""
        painter.save()
        painter.setFont(self._theme.font(12))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(square.width()) - 24)
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 6)
        plate.moveBottomLeft(square.bottomLeft() + QPointF(6, -6))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(PLATE_TEXT)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _paint_caption(self, painter: QPainter, rect: QRect, tile: Tile, marked: bool) -> None:
        painter.setFont(self._theme.font(12))
        area = QRectF(rect.x() + 2, rect.bottom() - 20, rect.width() - 4, 20)
        painter.setPen(self._theme.color("text" if marked else "quiet"))
        word = self.tr("✕ rejected") if marked else tile.score
        metrics = painter.fontMetrics()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, right, word)
        room = int(area.width()) - metrics.horizontalAdvance(word) - 8
        name = self.tr("synthetic · {}").format(tile.file) if tile.synthetic else tile.file
        side = Qt.TextElideMode.ElideRight if tile.synthetic else Qt.TextElideMode.ElideMiddle
        name = metrics.elidedText(name, side, room)
        painter.drawText(area, left, name)

    def _paint_mark(self, painter: QPainter, square: QRectF) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = square.adjusted(10, 10, -10, -10)
        lines = [
            QLineF(inner.topLeft(), inner.bottomRight()),
            QLineF(inner.topRight(), inner.bottomLeft()),
        ]
        for color, width in (("canvas", 7.0), ("state.rejected", 3.0)):
            pen = QPen(self._theme.color(color), width)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLines(lines)
        pen = QPen(self._theme.color("state.rejected"), 3)
        pen.setDashPattern([5.0, 3.0])
        painter.setPen(pen)
        painter.drawRect(square.adjusted(2, 2, -2, -2))
        painter.restore()
