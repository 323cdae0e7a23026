"""Direct labels of a plot: a sample of each line and what it is."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.ui.plots.style import faded
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL

_LINE = 18  # px
_INSET = 14  # px from the frame of the plot
_WIDEST = 0.8  # of the plot
_NARROW = 280  # px, which are taken all the same
_LEAST = 132  # px, even where they cover a curve: a name and its figure


@dataclass(frozen=True)
class KeyLine:
    """One label; no pen, no sample. `strong` for what the plot is about, `shorter` for less and
    less room."""

    text: str
    pen: QPen | None = None
    strong: bool = False
    shorter: tuple[str, ...] = ()


class _Labels(QWidget):
    sample, gap = 22, GRID  # px

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines: list[KeyLine] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def set_lines(self, lines: list[KeyLine]) -> None:
        """Replace the labels."""
        self.lines = lines
        self.setAccessibleName("; ".join(line.text for line in lines))
        self.position_parts()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint in the colours of another theme."""
        self._theme = theme

    def position_parts(self) -> None:
        """Take the room that the labels need."""

    def paint(self, painter: QPainter) -> None:
        """Paint all labels, from the painter's origin."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter)
        painter.end()

    def paint_line(self, painter: QPainter, line: KeyLine, x: float, y: float, end: float) -> None:
        """Paint one label with its sample from `x` to `end`."""
        if line.pen is not None:
            painter.setPen(line.pen)
            middle = y + _LINE / 2
            painter.drawLine(QPointF(x, middle), QPointF(x + self.sample, middle))
        painter.setFont(self._theme.font(SMALL, strong=line.strong))
        painter.setPen(self._theme.color("text" if line.strong else "quiet"))
        place = QRectF(x + self.sample + self.gap, y, end - x - self.sample - self.gap, _LINE)
        if line.pen is None:
            place.setLeft(x)
        metrics, texts = painter.fontMetrics(), (line.text, *line.shorter)
        fitting = (one for one in texts if metrics.horizontalAdvance(one) <= place.width())
        text = metrics.elidedText(
            next(fitting, texts[-1]), Qt.TextElideMode.ElideRight, int(place.width())
        )
        painter.drawText(
            place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text
        )

    def width_of(self, line: KeyLine) -> int:
        """Pixels that a label wants, with its sample."""
        metrics = QFontMetrics(self._theme.font(SMALL, strong=line.strong))
        return metrics.horizontalAdvance(line.text) + self.sample + self.gap + 2


class Key(_Labels):
    """Lines in the lower right corner of a view, over a veil that lets them be read.

    `free_width(height)` says how wide labels of that height may be there, with their distance from
    the frame, until they cover what is drawn. Both are in pixels.
    """

    def __init__(
        self,
        theme: Theme,
        view: QWidget,
        left: int,
        bottom: int,
        right: int,
        free_width: Callable[[int], float] = lambda height: math.inf,
    ) -> None:
        super().__init__(theme, view)
        self._free_width = free_width
        self.elsewhere = False  # the labels stand outside of the plot
        self._view, self._left, self._bottom, self._right = view, left, bottom, right

    def fits(self, side: int, free_width: Callable[[int], float]) -> bool:
        """Whether the labels cover nothing in a plot of `side` px, at their shortest."""
        height = len(self.lines) * _LINE + GRID + _INSET
        shortest = [replace(line, text=(line.text, *line.shorter)[-1]) for line in self.lines]
        wanted = max((self.width_of(line) for line in shortest), default=0) + 2 * GRID
        return height <= side and wanted <= free_width(height) - 2 * _INSET

    def position_parts(self) -> None:
        if not self.lines or self.elsewhere:
            self.hide()
            return
        room = self._view.width() - self._left - self._right
        wanted = max(self.width_of(line) for line in self.lines) + 2 * GRID
        width = min(wanted, max(int(room * _WIDEST), min(_NARROW, room - 2 * _INSET)))
        height = len(self.lines) * _LINE + GRID
        free = self._free_width(height + _INSET) - 2 * _INSET
        width = int(min(width, max(free, _LEAST)))
        x = self._view.width() - self._right - width - _INSET
        y = self._view.height() - self._bottom - height - _INSET
        self.setGeometry(x, max(y, 0), width, height)
        self.show()

    def paint(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(self._theme.color("canvas"), 0.82))
        painter.drawRect(self.rect())
        for number, line in enumerate(self.lines):
            top = GRID / 2 + number * _LINE
            self.paint_line(painter, line, GRID, top, self.width() - GRID / 2)


class KeyStrip(_Labels):
    """Labels beside one another above a plot, in as many rows as they need, `most` of them."""

    sample, gap = 12, GRID // 2

    def __init__(self, theme: Theme, parent: QWidget | None = None, most: int = 12) -> None:
        super().__init__(theme, parent)
        self._most = most
        self.setFixedHeight(_LINE)

    def position_parts(self) -> None:
        self.setFixedHeight(self.height_at(self.width()))

    def set_most(self, rows: int) -> None:
        """Take at most so many rows."""
        self._most = rows
        self.position_parts()

    def height_at(self, width: int) -> int:
        """The height that the labels take in a width, px."""
        return _LINE * (self._flow(width)[-1][2] + 1 if self.lines else 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.position_parts()

    def paint(self, painter: QPainter) -> None:
        for line, x, row, end in self._flow(self.width()):
            if row < self._most:
                self.paint_line(painter, line, x, row * _LINE, end)

    def _flow(self, width: int) -> list[tuple[KeyLine, float, int, float]]:
        """Each label with its left edge, row and right edge: the longest texts that fit."""
        shortest = max((len(line.shorter) for line in self.lines), default=0)
        found: list[tuple[KeyLine, float, int, float]] = []
        for less in range(shortest + 1):
            found, x, row = [], 0.0, 0
            for line in self.lines:
                texts = (line.text, *line.shorter)[less:] or (line.text, *line.shorter)[-1:]
                shown = replace(line, text=texts[0], shorter=texts[1:])
                wanted = min(self.width_of(shown), width)
                if x and x + wanted > width:
                    x, row = 0.0, row + 1
                found.append((shown, x, row, x + wanted))
                x += wanted + 2 * GRID
            if row < self._most and all(self._fits(line, width) for line, *_ in found):
                break
        return found

    def _fits(self, line: KeyLine, width: int) -> bool:
        return self.width_of(line) <= width
