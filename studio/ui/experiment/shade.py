"""The colours of differences: blue where a mix is better than the baseline, orange where worse.

Each cell has its sign and its figure too, so that no difference is told by colour alone.
"""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL
from studio.ui.words import plain_tip
from studio.wording import signed

WHOLE = 0.1
"""Difference of AUCs that has the strongest colour."""
STRONGEST = 0.38
"""Share of the colour in the surface under a cell's text, at `WHOLE` and above."""
BETTER, WORSE = 1, 0  # series of the theme: blue and orange, which every eye tells apart
_BAR = 96  # px


def shade(theme: Theme, difference: float) -> QColor:
    """The surface of a cell by its difference to the baseline."""
    share = min(1.0, abs(difference) / WHOLE) * STRONGEST
    over, under = theme.series(BETTER if difference > 0 else WORSE), theme.color("panel")
    parts = [
        round(share * one + (1 - share) * other)
        for one, other in (
            (over.red(), under.red()),
            (over.green(), under.green()),
            (over.blue(), under.blue()),
        )
    ]
    return QColor(*parts)


class ShadeKey(QWidget):
    """The scale of the colours with its ends in figures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._baseline = theme, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_baseline(self, baseline: str) -> None:
        """Say which mix the differences are to; without one there is no scale."""
        self._baseline = baseline
        words = self.words()
        self.setToolTip(plain_tip(words[-1]))
        self.setAccessibleName(" ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_BAR * 3, 20)

    def words(self) -> tuple[str, ...]:
        """Both ends, and what the colours are of."""
        if not self._baseline:
            return (self.tr("Mean AUC (SD) over seeds"),)
        named = self.tr("Mean AUC (SD) over seeds; colour: ▲ above, ▼ below {0}")
        return f"▼ {signed(-WHOLE, 2)}", f"▲ {signed(WHOLE, 2)}", named.format(self._baseline)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color("quiet"))
        metrics, words = painter.fontMetrics(), self.words()
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        x = 0
        for number, text in enumerate(words):
            last = number == len(words) - 1
            room = self.width() - x if last else metrics.horizontalAdvance(text) + 1
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(x, 0, room, self.height()), middle, shown)
            x += room + GRID
            if number == 0 and not last:
                self._paint_bar(painter, x)
                x += _BAR + GRID
        painter.end()

    def _paint_bar(self, painter: QPainter, x: int) -> None:
        theme = self._theme
        bar = QRectF(x, self.height() / 2 - 5, _BAR, 10)
        blend = QLinearGradient(bar.topLeft(), bar.topRight())
        for share in (-1.0, 0.0, 1.0):
            blend.setColorAt((share + 1) / 2, shade(theme, share * WHOLE))
        painter.save()
        painter.setBrush(blend)
        painter.setPen(theme.color("control"))
        painter.drawRect(bar)
        painter.restore()
