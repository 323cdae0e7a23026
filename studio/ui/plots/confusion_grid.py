"""The confusion matrix as four buttons: choose one to see its images."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QSizePolicy, QWidget

from studio.results.cells import CELLS, Cell
from studio.stats import Confusion
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL, TITLE
from studio.ui.widgets import label
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import count

_HEIGHT = 60  # px


class ConfusionCell(QAbstractButton):
    """A count with its name; wrong calls have a corner cut, so that no colour is needed."""

    def __init__(self, theme: Theme, words: str, wrong: bool) -> None:
        super().__init__()
        self._theme, self._words, self._wrong = theme, words, wrong
        self._count = 0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.set_count(None)

    @property
    def count(self) -> int:
        return self._count

    def set_count(self, count: int | None) -> None:
        self._count = count or 0
        self.setEnabled(count is not None)
        self.setAccessibleName(f"{self._words}: {self._count}")
        self.setToolTip(self.tr("{0}: show these images").format(self._words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        chosen = self.isChecked()
        edge = theme.color("accent" if self.hasFocus() or chosen else "line")
        painter.setPen(QPen(edge, 2 if self.hasFocus() or chosen else 1))
        painter.setBrush(theme.color("hover" if self.underMouse() or chosen else "raised"))
        painter.drawRoundedRect(area, 4, 4)
        if self._wrong:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("error"))
            painter.drawEllipse(QRectF(self.width() - 16, 8, 7, 7))
        painter.setPen(theme.color("text" if self.isEnabled() else "disabled"))
        painter.setFont(theme.font(TITLE))
        inner = self.rect().adjusted(GRID + 4, 6, -GRID, -6)
        shown = count(self._count) if self.isEnabled() else "–"
        painter.drawText(QRect(inner.left(), inner.top(), inner.width(), 28), _left(), shown)
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color("quiet"))
        place = QRect(inner.left(), inner.bottom() - 18, inner.width(), 18)
        words = painter.fontMetrics().elidedText(
            self._words, Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, _left(), words)
        painter.end()


def _left() -> int:
    return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class ConfusionGrid(QWidget):
    """Truth in rows, call in columns. `chosen(cell)` when a cell is pressed."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Confusion matrix"))
        words: dict[Cell, str] = {
            "tp": self.tr("true positive"),
            "fn": self.tr("missed"),
            "fp": self.tr("false alarm"),
            "tn": self.tr("true negative"),
        }
        self.cells = {
            cell: ConfusionCell(theme, words[cell], cell in ("fn", "fp")) for cell in CELLS
        }
        self._group = QButtonGroup(self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        self.called = (label(self.tr("Called positive"), "small"), label("", "small"))
        self.called[1].setText(self.tr("Called negative"))
        self.truth = (ElidedLabel(role="small"), ElidedLabel(role="small"))
        for column, heading in enumerate(self.called):
            layout.addWidget(heading, 0, column)
        for number, cell in enumerate(CELLS):
            button = self.cells[cell]
            self._group.addButton(button)
            top = 1 + 2 * (number // 2)
            if number % 2 == 0:
                layout.addWidget(self.truth[number // 2], top, 0, 1, 2)
            layout.addWidget(button, top + 1, number % 2)
            button.clicked.connect(lambda _=False, c=cell: self.chosen.emit(c))

    def show_counts(self, counts: Confusion | None, name: str) -> None:
        """Show counts of class `name` against the rest; None when there is no curve."""
        for cell, button in self.cells.items():
            button.set_count(getattr(counts, cell) if counts is not None else None)
        words = self.tr("Truly {0}").format(name) if name else self.tr("Truly positive")
        rest = self.tr("Truly another class")
        if counts is not None:
            words = f"{words} ({count(counts.tp + counts.fn)})"
            rest = f"{rest} ({count(counts.fp + counts.tn)})"
        self.truth[0].set_text(words)
        self.truth[1].set_text(rest)

    def choose(self, cell: Cell) -> None:
        """Mark a cell without pressing it."""
        self.cells[cell].setChecked(True)
