"""The whole path as a strip of small pictures, under the slider and as wide."""

from PySide6.QtCore import QEvent, QRect, QSize, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SMALL

SMALLEST, LARGEST = 56, 96  # px; the side of a tile
GAP = 2


class PathStrip(QWidget):
    """Tiles by t along the path; a click goes there. Keys belong to the slider above."""

    chosen = Signal(float)
    fits_changed = Signal(int)  # how many tiles fit now
    ends_changed = Signal(float)  # px from either end of the strip to the middle of its last tile

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.ts: list[float] = []
        self.images: dict[float, QImage] = {}
        self._t = 0.0
        self._fits = self._side = 0
        self.setFixedHeight(SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Strip of the whole path, synthetic pictures"))
        self.setToolTip(self.tr("Synthetic pictures. Click one to go there."))
        theme.changed.connect(self.update)

    @property
    def fits(self) -> int:
        """How many square tiles fit."""
        return max(2, self.width() // (SMALLEST + GAP))

    @property
    def side(self) -> int:
        """The side of a tile: they fill the width as far as they may grow."""
        room = self.width() // max(len(self.ts), 2) - GAP
        return min(max(room, SMALLEST), LARGEST)

    def set_ts(self, ts: list[float]) -> None:
        """Another path, or another spacing of it."""
        self.ts, self.images = ts, {}
        self._fit_height()
        self.update()

    def set_image(self, t: float, image: QImage) -> None:
        self.images[t] = image
        self.update()

    def set_t(self, t: float) -> None:
        """Where the slider is."""
        self._t = t
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(9 * SMALLEST, self.side)

    def tile(self, index: int) -> QRect:
        """Where a tile is drawn: the first at the left edge, the last at the right."""
        span = self.width() - self.side
        left = round(index * span / max(len(self.ts) - 1, 1))
        return QRect(left, 0, self.side, self.side)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        inside = [
            t for i, t in enumerate(self.ts) if self.tile(i).contains(event.position().toPoint())
        ]
        if inside:
            self.chosen.emit(inside[-1])

    def _fit_height(self) -> None:
        self.setFixedHeight(self.side)
        if self.side != self._side:
            self._side = self.side
            self.ends_changed.emit(self.side / 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_height()
        if self.fits != self._fits:
            self._fits = self.fits
            self.fits_changed.emit(self._fits)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self._theme.font(SMALL))
        nearest = min(self.ts, key=lambda t: abs(t - self._t), default=None)
        for index, t in enumerate(self.ts):
            place = self.tile(index)
            image = self.images.get(t)
            if image is None:
                painter.fillRect(place, self._theme.color("panel"))
            else:
                painter.drawImage(place, image)
            if t == nearest:
                painter.setPen(QPen(self._theme.color("accent"), 2))
                painter.drawRect(place.adjusted(1, 1, -1, -1))
        painter.end()
