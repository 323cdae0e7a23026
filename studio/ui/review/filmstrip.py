"""The film strip: the queue as thumbnails, painted for the rows in sight only.

One widget for any number of images: 132,673 rows are a scroll range, not objects.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from studio.ui.theme import Theme
from studio.ui.words import plain_tip
from studio.wording import count

ROW = 92
PAD = 8


@dataclass(frozen=True)
class FilmRow:
    """What one row of the strip says."""

    image_id: int
    file: str
    mark: str  # "✓" all decided, "" something open, "–" no box
    synthetic: bool = False
    thumb: QImage | None = None
    error: str | None = None  # why there is no thumbnail, in a word or two


class FilmStrip(QAbstractScrollArea):
    """Shows `count` rows; asks `row(index)` for those in sight when it paints."""

    chosen = Signal(int)  # index
    scrolled = Signal()  # other rows are in sight

    def __init__(
        self, theme: Theme, row: Callable[[int], FilmRow], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = row
        self._count = 0
        self._current = -1
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrow keys browse from anywhere
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName(self.tr("Film strip of the queue"))
        self.verticalScrollBar().valueChanged.connect(self.scrolled)

    def set_count(self, count: int) -> None:
        """Another queue of so many rows."""
        self._count = count
        self._range()
        self.viewport().update()

    def set_current(self, index: int) -> None:
        """The row that is on the canvas; scrolled into the middle unless well in sight."""
        self._current = index
        bar = self.verticalScrollBar()
        top = index * ROW - bar.value()
        room = self.viewport().height()
        if top < ROW or top + 2 * ROW > room:
            bar.setValue(index * ROW - (room - ROW) // 2)
        self.viewport().update()

    def in_sight(self) -> range:
        """The rows that can be seen now."""
        first = self.verticalScrollBar().value() // ROW
        last = (self.verticalScrollBar().value() + self.viewport().height()) // ROW
        return range(max(first, 0), min(last + 1, self._count))

    def refresh(self) -> None:
        self.viewport().update()

    def _range(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(ROW // 2)
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(self._count * ROW - self.viewport().height(), 0))

    def resizeEvent(self, event: object) -> None:
        self._range()
        if self._current >= 0:
            self.set_current(self._current)
        self.scrolled.emit()

    def sizeHint(self) -> QSize:
        return QSize(136, 400)

    def _rect(self, index: int) -> QRect:
        top = index * ROW - self.verticalScrollBar().value()
        return QRect(0, top, self.viewport().width(), ROW)

    def index_at(self, y: float) -> int | None:
        index = int(y + self.verticalScrollBar().value()) // ROW
        return index if 0 <= index < self._count else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().y())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(index)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.index_at(event.pos().y())
            if index is not None:
                QToolTip.showText(event.globalPos(), plain_tip(self._row(index).file[:300]), self)
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.color("panel"))
        for index in self.in_sight():
            self._paint_row(painter, self._rect(index), index)
        painter.end()

    def _paint_row(self, painter: QPainter, rect: QRect, index: int) -> None:
        row = self._row(index)
        current = index == self._current
        frame = QRectF(rect.adjusted(PAD, 3, -PAD, -3))
        painter.fillRect(frame, self._theme.color("raised" if current else "canvas"))
        picture = frame.adjusted(3, 3, -3, -17)
        if row.thumb is not None:
            paint_fitted(painter, row.thumb, picture, self.devicePixelRatioF())
        elif row.error is not None:
            painter.setPen(self._theme.color("quiet"))
            painter.drawText(picture, Qt.AlignmentFlag.AlignCenter, row.error)
        self._paint_caption(painter, frame, row, index)
        if current:
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRect(frame.adjusted(1, 1, -1, -1))

    def _paint_caption(self, painter: QPainter, frame: QRectF, row: FilmRow, index: int) -> None:
        painter.setFont(self._theme.font(12))
        caption = QRectF(frame.left() + 6, frame.bottom() - 17, frame.width() - 12, 16)
        painter.setPen(self._theme.color("text" if index == self._current else "quiet"))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        number = count(index + 1)
        painter.drawText(
            caption,
            left,
            self.tr("{} · synthetic").format(number)
            if row.synthetic and caption.width() > 110
            else number,
        )
        painter.setPen(
            self._theme.state("accepted") if row.mark == "✓" else self._theme.color("quiet")
        )
        painter.drawText(caption, right, row.mark)


def paint_fitted(painter: QPainter, image: QImage, area: QRectF, ratio: float) -> None:
    """The image as large as fits in `area`, centred, never upscaled."""
    scale = min(area.width() * ratio / image.width(), area.height() * ratio / image.height(), 1.0)
    width, height = image.width() * scale / ratio, image.height() * scale / ratio
    at = area.center() - QPointF(width / 2, height / 2)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(at.x(), at.y(), width, height), image, QRectF(image.rect()))
