"""The photograph under the boxes: which tier to draw, kept as one pixmap until something moves.

A decision repaints only the boxes; blitting the kept pixmap is what makes it visible within a
frame.
"""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from studio.ui.view_transform import ViewTransform


class PictureLayer:
    """One picture in up to two tiers; `width` and `height` are of the upright full picture."""

    def __init__(self) -> None:
        self.width = 0
        self.height = 0
        self.preview: QImage | None = None
        self.full: QImage | None = None
        self.aid: QImage | None = None  # the preview as a held display aid shows it
        self._kept: QPixmap | None = None
        self._kept_for: tuple[object, ...] = ()

    @property
    def empty(self) -> bool:
        return self.preview is None and self.full is None

    def set_size(self, width: int, height: int) -> None:
        """Begin another picture: forget the tiers of the last one."""
        self.width, self.height = width, height
        self.preview = self.full = self.aid = None
        self._kept = None

    def best(self, view: ViewTransform, ratio: float) -> QImage | None:
        """The smallest tier that still has a pixel for each device pixel, or the best there is.

        A tier much finer than the view would alias, since drawing samples it bilinearly.
        """
        if self.aid is not None:
            return self.aid
        if self.preview is None or self.full is None:
            return self.preview or self.full
        wanted = view.scale * ratio * self.width
        return self.full if wanted > 1.05 * self.preview.width() else self.preview

    def pixmap(self, size: QSize, ratio: float, view: ViewTransform, ground: QColor) -> QPixmap:
        """The canvas without boxes, `size` in device independent pixels."""
        source = self.best(view, ratio)
        made_for = (size.toTuple(), ratio, view, ground.rgb(), source and source.cacheKey())
        if self._kept is None or self._kept_for != made_for:
            kept = QPixmap(size * ratio)
            kept.setDevicePixelRatio(ratio)
            painter = QPainter(kept)
            self._fill_around(painter, size, view, ground, source is not None)
            if source is not None:
                self._draw(painter, source, size, view, ratio)
            painter.end()
            self._kept, self._kept_for = kept, made_for
        return self._kept

    def _fill_around(
        self, painter: QPainter, size: QSize, view: ViewTransform, ground: QColor, drawn: bool
    ) -> None:
        """The ground where no picture will be: filling all of it costs as much as the picture."""
        width, height = size.width(), size.height()
        if not drawn:
            painter.fillRect(0, 0, width, height, ground)
            return
        x0, y0 = view.to_view(0, 0)
        x1, y1 = view.to_view(self.width, self.height)
        left, right = max(int(x0) + 2, 0), min(int(x1) - 2, width)
        top, bottom = max(int(y0) + 2, 0), min(int(y1) - 2, height)
        painter.fillRect(0, 0, width, top, ground)
        painter.fillRect(0, bottom, width, height - bottom, ground)
        painter.fillRect(0, top, left, bottom - top, ground)
        painter.fillRect(right, top, width - right, bottom - top, ground)

    def _draw(
        self, painter: QPainter, source: QImage, size: QSize, view: ViewTransform, ratio: float
    ) -> None:
        x0, y0 = view.to_image(0, 0)
        x1, y1 = view.to_image(size.width(), size.height())
        shown = QRectF(x0, y0, x1 - x0, y1 - y0) & QRectF(0, 0, self.width, self.height)
        if shown.isEmpty():
            return
        left, top = view.to_view(shown.left(), shown.top())
        target = QRectF(left, top, shown.width() * view.scale, shown.height() * view.scale)
        sx, sy = source.width() / self.width, source.height() / self.height
        part = QRectF(shown.left() * sx, shown.top() * sy, shown.width() * sx, shown.height() * sy)
        smooth = view.scale * ratio / sx < 4  # from 4 device pixels on, show the pixels themselves
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, source, part)

    def draw_loupe(
        self, painter: QPainter, x: float, y: float, target: QRectF, ratio: float
    ) -> None:
        """Image point (x, y) in the middle of `target`, one image pixel to one device pixel."""
        source = self.full or self.preview
        if source is None:
            return
        sx, sy = source.width() / self.width, source.height() / self.height
        width, height = target.width() * ratio * sx, target.height() * ratio * sy
        part = QRectF(x * sx - width / 2, y * sy - height / 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.full is None)
        painter.drawImage(target, source, part)
