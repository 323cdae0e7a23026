"""One picture in a sheet, painted by a delegate or standing alone."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL


def paint_tile(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    image: QImage | None,
    caption: str = "",
    selected: bool = False,
    badge: str = "",
) -> None:
    """Draw a picture fitted into `rect` over its lines of caption; a grey square while it loads.

    `badge` is a word on the picture itself, such as that it is synthetic.
    """
    lines, line = caption.splitlines(), SMALL + 8
    below = len(lines) * line
    frame = rect.adjusted(GRID // 2, GRID // 2, -GRID // 2, -GRID // 2 - below)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    target = frame
    if image is None or image.isNull():
        painter.fillRect(frame, theme.color("panel"))
    else:
        size = image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
        # Never enlarged: a small crop shows its own pixels.
        size = size if size.width() <= image.width() else image.size()
        target = QRect(frame.center().x() - size.width() // 2, 0, size.width(), size.height())
        target.moveTop(frame.center().y() - size.height() // 2)
        painter.drawImage(target, image)
    if badge:
        _paint_badge(painter, target, theme, badge)
    if selected:
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -1))
    painter.setFont(theme.font(SMALL))
    painter.setPen(theme.color("quiet"))
    for number, words in enumerate(lines):
        place = QRect(frame.left(), frame.bottom() + 1 + number * line, frame.width(), line)
        text = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def _paint_badge(painter: QPainter, frame: QRect, theme: Theme, text: str) -> None:
    painter.setFont(theme.font(SMALL))
    width = painter.fontMetrics().horizontalAdvance(text) + GRID
    place = QRect(frame.left() + 4, frame.bottom() - SMALL - 9, width, SMALL + 6)
    backdrop = theme.color("panel")
    backdrop.setAlpha(225)  # read on any skin, and the skin still seen
    painter.fillRect(place, backdrop)
    painter.setPen(theme.color("text"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


class ImageTile(QWidget):
    """A picture with a caption, fitted and never enlarged."""

    def __init__(self, theme: Theme, caption: str = "", side: int = 128) -> None:
        super().__init__()
        self._theme, self._caption, self._side = theme, caption, side
        self._image: QImage | None = None
        self.setAccessibleName(caption or self.tr("Picture"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.update)

    def set_image(self, image: QImage | None, caption: str | None = None) -> None:
        self._image = image
        if caption is not None:
            self._caption = caption
            self.setAccessibleName(caption)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_tile(painter, self.rect(), self._theme, self._image, self._caption)
        painter.end()
