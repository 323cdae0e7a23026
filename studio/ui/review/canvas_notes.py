"""Words painted over the canvas: a badge, a banner, a message in place of the picture."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette

from studio.ui.review.box_painter import PLATE, PLATE_TEXT


def _plate(painter: QPainter, area: QRectF, text: str, font: QFont) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(area, 5, 5)
    painter.setPen(PLATE_TEXT)
    painter.setFont(font)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_badge(painter: QPainter, rect: QRect, text: str, font: QFont) -> None:
    """A small plate in the lower left corner."""
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text) + 20, metrics.height() + 8
    at = QPointF(rect.left() + 12, rect.bottom() - height - 11)
    _plate(painter, QRectF(at.x(), at.y(), width, height), text, font)


def paint_banner(
    painter: QPainter, rect: QRect, text: str, font: QFont, *, at_top: bool = False
) -> None:
    """A plate in the middle of the lower edge, or of the upper one."""
    large = QFont(font)
    large.setPixelSize(16)
    metrics = QFontMetricsF(large)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width() - 72)
    width, height = metrics.horizontalAdvance(text) + 32, metrics.height() + 16
    left = rect.center().x() - width / 2
    top = rect.top() + 48 if at_top else rect.bottom() - height - 48
    _plate(painter, QRectF(left, top, width, height), text, large)


def paint_message(
    painter: QPainter, rect: QRect, title: str, text: str, palette: QPalette, font: QFont
) -> None:
    """A title and a sentence in the middle, wrapped and never as rich text."""
    box = QRectF(rect.adjusted(32, 32, -32, -32))
    width = min(box.width(), 560.0)
    box.setLeft(rect.center().x() - width / 2)
    box.setWidth(width)
    large = QFont(font)
    large.setPixelSize(20)
    flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
    title_height = QFontMetricsF(large).boundingRect(box, flags, title).height()
    text_height = QFontMetricsF(font).boundingRect(box, flags, text).height() if text else 0
    top = max(rect.center().y() - (title_height + text_height + 12) / 2, box.top())
    painter.setFont(large)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(QRectF(box.left(), top, width, title_height + 4), flags, title)
    painter.setFont(font)
    quiet = QColor(palette.color(QPalette.ColorRole.PlaceholderText))
    painter.setPen(quiet)
    area = QRectF(box.left(), top + title_height + 12, width, max(box.bottom() - top, 40))
    painter.drawText(area, flags, text)
