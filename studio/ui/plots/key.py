"""Direct labels inside a plot: a sample of each line and what it is."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.plots.style import faded
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL

_LINE = 18  # px
_SAMPLE = 22  # px
INSET = 20  # px from the frame of the plot


@dataclass(frozen=True)
class KeyLine:
    """One label; no pen, no sample. `strong` for what the plot is about."""

    text: str
    pen: QPen | None = None
    strong: bool = False


class Key(QWidget):
    """Lines in a corner of the view, over a veil that lets them be read."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self.lines: list[KeyLine] = []
        self.top = False
        self.bottom_margin = 40
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def set_lines(self, lines: list[KeyLine]) -> None:
        """Replace the labels."""
        self.lines = lines
        self.setAccessibleName("; ".join(line.text for line in lines))
        self.place()
        self.update()

    def place(self) -> None:
        """Stand in the lower (or upper) right corner of the plot."""
        if not self.lines:
            self.hide()
            return
        metrics = QFontMetrics(self._theme.font(SMALL, strong=True))
        widest = max(metrics.horizontalAdvance(line.text) for line in self.lines)
        width = min(widest + _SAMPLE + 3 * GRID, max(self._view.width() - 60, 40))
        height = len(self.lines) * _LINE + GRID
        x = self._view.width() - width - INSET
        y = INSET if self.top else self._view.height() - height - INSET - self.bottom_margin
        self.setGeometry(x, max(y, 0), width, height)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(self._theme.color("canvas"), 0.82))
        painter.drawRect(self.rect())
        for number, line in enumerate(self.lines):
            self._paint_line(painter, line, GRID / 2 + number * _LINE)
        painter.end()

    def _paint_line(self, painter: QPainter, line: KeyLine, top: float) -> None:
        if line.pen is not None:
            painter.setPen(line.pen)
            middle = top + _LINE / 2
            painter.drawLine(QPointF(GRID, middle), QPointF(GRID + _SAMPLE, middle))
        painter.setFont(self._theme.font(SMALL, strong=line.strong))
        painter.setPen(self._theme.color("text" if line.strong else "quiet"))
        x = GRID * 2 + _SAMPLE
        place = QRectF(x, top, self.width() - x, _LINE)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        text = painter.fontMetrics().elidedText(
            line.text, Qt.TextElideMode.ElideMiddle, int(place.width())
        )
        painter.drawText(place, int(flags), text)
