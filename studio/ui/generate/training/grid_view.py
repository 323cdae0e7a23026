"""The grid of a snapshot, large: zoomed and moved by hand, and standing still from one to the
next."""

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.picture_layer import PictureLayer
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL
from studio.ui.view_transform import ViewTransform

STEP = 1.25  # of one zoom step
_MARGIN = 4  # px around a fitted grid


class GridView(QWidget):
    """Shows one picture at a time. `finer_wanted` when the preview has too few pixels for it."""

    finer_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._layer = PictureLayer()
        self.view = ViewTransform()
        self.fitted = True
        self.note = ""  # in its place while there is no picture
        self._grip: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self.setAccessibleName(self.tr("Grid of synthetic pictures"))
        theme.changed.connect(self.update)

    @property
    def empty(self) -> bool:
        return self._layer.empty

    def show_picture(
        self, width: int, height: int, preview: QImage | None, full: QImage | None
    ) -> None:
        """Another picture of `width` × `height` px in the tiers that are here; where it has the
        size of the last one, zoom and place stay."""
        same = (width, height) == (self._layer.width, self._layer.height)
        if same and preview is self._layer.preview and full is self._layer.full:
            return
        self._layer.set_size(width, height)
        self._layer.preview, self._layer.full = preview, full
        if not same:
            self.fitted = True
        self._moved()

    def clear(self, note: str = "") -> None:
        """Show no picture, but why."""
        self._layer.set_size(0, 0)
        self.note, self.fitted = note, True
        self.update()

    # Zoom

    def fit(self) -> None:
        """All of it."""
        self.fitted = True
        self._moved()

    def pixels(self) -> None:
        """One pixel for one pixel, about the middle of the view."""
        factor = 1 / (self.view.scale * self.devicePixelRatioF())
        self.zoom(factor, QPointF(self.width() / 2, self.height() / 2))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a point of the view, its middle unless another is given."""
        if self.empty:
            return
        at = at or QPointF(self.width() / 2, self.height() / 2)
        smallest = self._fit().scale
        self.view = self.view.zoomed(factor, at.x(), at.y(), smallest)
        self.fitted = self.view.scale <= smallest * 1.0001
        self._moved()

    def _fit(self) -> ViewTransform:
        return ViewTransform.fit(
            self._layer.width, self._layer.height, self.width(), self.height(), _MARGIN
        )

    def _moved(self) -> None:
        if self.fitted:
            self.view = self._fit()
        else:
            self.view = self.view.bounded(
                self._layer.width, self._layer.height, self.width(), self.height()
            )
        preview = self._layer.preview
        if preview is not None and self._layer.full is None:
            wanted = self.view.scale * self.devicePixelRatioF() * self._layer.width
            if wanted > 1.05 * preview.width() < self._layer.width:
                self.finer_wanted.emit()
        self.update()

    # Hands

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(STEP ** (event.angleDelta().y() / 120), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._grip = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None or self.empty:
            return
        by = event.position() - self._grip
        self._grip = event.position()
        if not self.fitted:
            self.view = self.view.panned(by.x(), by.y())
            self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.fitted:
            self.zoom(2.5, event.position())
        else:
            self.fit()

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._moved()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ground = self._theme.color("canvas")
        if self.empty:
            self._paint_note(painter)
        else:
            ratio = self.devicePixelRatioF()
            painter.drawPixmap(0, 0, self._layer.pixmap(self.size(), ratio, self.view, ground))
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_note(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), self._theme.color("panel"))
        painter.setFont(self._theme.font(SMALL))
        painter.setPen(self._theme.color("quiet"))
        place = self.rect().adjusted(GRID, GRID, -GRID, -GRID)
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(place, flags, self.note)
