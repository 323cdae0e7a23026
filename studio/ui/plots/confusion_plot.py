"""The confusion matrix of K classes: truth in rows, call in columns; a cell gives its images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio import wording
from studio.ui.plots.plot_frame import PlotFrame
from studio.ui.plots.style import faded, pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, GRID, SMALL
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.words import plain_tip

Counts = npt.NDArray[np.int64]
_TOP, _LEFT = 44, 150  # px of the names of the classes
_MOST = 96  # px of a cell, in either direction
_TALL = 44  # px from which a cell has room for its share too
_FIGURE = QSize(640, 560)
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class MatrixGrid(QWidget):
    """Cells shaded by their share of the row; `chosen(truth, call)` by a click, Enter or Space."""

    chosen = Signal(int, int)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.theme = theme
        self.classes: tuple[str, ...] = ()
        self.counts: Counts = np.zeros((0, 0), np.int64)
        self.call = ""
        self.cell: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self.setAccessibleName(name)
        self.setMouseTracking(True)

    def show_counts(self, classes: Sequence[str], counts: Counts, call: str) -> None:
        """Show counts [K, K]; the chosen cell stays where the classes are the same."""
        if tuple(classes) != self.classes:
            self.cell = None
        self.classes, self.counts, self.call = tuple(classes), counts, call
        self._describe()
        self.update()

    def choose(self, cell: tuple[int, int]) -> None:
        """Choose a cell."""
        self.cell = cell
        self._describe()
        self.update()
        self.chosen.emit(*cell)

    def words(self, cell: tuple[int, int]) -> str:
        """What a cell counts."""
        truth, call = cell
        words = self.tr("Truly {0}, called {1}: {2} of {3} ({4})")
        total, count = int(self.counts[truth].sum()), int(self.counts[truth, call])
        return words.format(
            self.classes[truth], self.classes[call], count, total, _share(count, total)
        )

    def _describe(self) -> None:
        self.setAccessibleDescription(self.words(self.cell) if self.cell else self.call)

    # Where things are

    def _cells(self, size: QSize) -> QRectF:
        """The square of the cells in a drawing of that size."""
        k = max(1, len(self.classes))
        width = min((size.width() - _LEFT - GRID) / k, _MOST * 1.5)
        height = min((size.height() - _TOP - GRID) / k, _MOST)
        return QRectF(_LEFT, _TOP, k * max(width, 1), k * max(height, 1))

    def _rect(self, cell: tuple[int, int], size: QSize) -> QRectF:
        area, k = self._cells(size), len(self.classes)
        width, height = area.width() / k, area.height() / k
        truth, call = cell
        return QRectF(area.left() + call * width, area.top() + truth * height, width, height)

    def cell_at(self, place: QPoint | QPointF) -> tuple[int, int] | None:
        """The cell under a place of the widget."""
        k = len(self.classes)
        cells = [(truth, call) for truth in range(k) for call in range(k)]
        at = QPointF(place)
        return next((cell for cell in cells if self._rect(cell, self.size()).contains(at)), None)

    # Painting

    def paint(self, painter: QPainter, size: QSize, focus: bool) -> None:
        """Paint all of it into an area of that size."""
        theme, k = self.theme, len(self.classes)
        if not k:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_names(painter, size)
        for truth in range(k):
            for call in range(k):
                self._paint_cell(painter, (truth, call), size)
        if self.cell is not None and focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen(theme.color("accent"), 2))
            painter.drawRect(self._rect(self.cell, size).adjusted(2, 2, -2, -2))

    def _paint_names(self, painter: QPainter, size: QSize) -> None:
        theme, area = self.theme, self._cells(size)
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color("quiet"))
        centre = int(Qt.AlignmentFlag.AlignCenter)
        called = QRectF(area.left(), 0, area.width(), _TOP / 2)
        painter.drawText(called, centre, self.tr("Called"))
        painter.drawText(QRectF(0, 0, _LEFT - GRID, _TOP), _right_low(), self.tr("Truly"))
        painter.setPen(theme.color("text"))
        metrics = painter.fontMetrics()
        elide = Qt.TextElideMode.ElideRight
        for number, name in enumerate(self.classes):
            cell = self._rect((0, number), size)
            place = QRectF(cell.left() + 2, _TOP / 2, cell.width() - 4, _TOP / 2)
            words = metrics.elidedText(name, elide, int(place.width()))
            painter.drawText(place, centre, words)
            row = self._rect((number, 0), size)
            place = QRectF(0, row.top(), _LEFT - GRID, row.height())
            total = wording.count(int(self.counts[number].sum()))
            room = _LEFT - 2 * GRID - metrics.horizontalAdvance(f"  {total}")
            words = f"{metrics.elidedText(name, elide, room)}  {total}"
            painter.drawText(place, int(_RIGHT), words)

    def _paint_cell(self, painter: QPainter, cell: tuple[int, int], size: QSize) -> None:
        theme, (truth, call) = self.theme, cell
        area = self._rect(cell, size).adjusted(1, 1, -1, -1)
        total, count = int(self.counts[truth].sum()), int(self.counts[truth, call])
        share = count / total if total else 0.0
        right = truth == call
        # Rightly called and wrongly called differ in the outline too, so that no colour is needed.
        color = theme.series(4 if right else 1)
        painter.setBrush(faded(color, 0.06 + 0.5 * share if count else 0.0))
        painter.setPen(pen(theme.color("control" if right else "line"), 2 if right else 1))
        painter.drawRect(area)
        painter.setPen(theme.color("text" if count else "quiet"))
        painter.setFont(theme.font(BODY, strong=right))
        centre = int(Qt.AlignmentFlag.AlignCenter)
        if area.height() < _TALL:
            painter.drawText(area, centre, wording.count(count))
            return
        half = area.height() / 2
        lower = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        upper = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        painter.drawText(area.adjusted(0, 0, 0, -half), lower, wording.count(count))
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color("text" if share > 0.3 else "quiet"))
        painter.drawText(area.adjusted(0, half, 0, 0), upper, _share(count, total))

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter, self.size(), True)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _ARROWS.get(Qt.Key(event.key()))
        k = len(self.classes)
        if not k or (step is None and event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Space)):
            super().keyPressEvent(event)
            return
        truth, call = self.cell or (0, 0)
        if step is not None and self.cell is not None:
            truth = min(max(truth + step[0], 0), k - 1)
            call = min(max(call + step[1], 0), k - 1)
        self.choose((truth, call))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            text = plain_tip(self.words(cell)) if cell is not None else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return bool(super().event(event))


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _right_low() -> int:
    return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)


def _share(count: int, total: int) -> str:
    return wording.percent(count / total if total else None, 0)


class ConfusionPlot(PlotFrame):
    """A `MatrixGrid` that can be copied and saved."""

    def __init__(self, theme: Theme, name: str, note: str) -> None:
        super().__init__(theme, name, note)
        self.grid = MatrixGrid(theme, name)
        self._figure = QSize()
        self.call_words = ElidedLabel(role="quiet")
        self.head.insertSpacing(1, GRID)
        self.head.insertWidget(2, self.call_words, 100)
        layout = QVBoxLayout(self.holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.grid)
        self.apply_theme()

    def show_counts(self, classes: Sequence[str], counts: Counts, call: str) -> None:
        """Show counts [K, K] by true class (row) and called class; `call` says how it was made."""
        self.grid.show_counts(classes, counts, call)
        self.call_words.set_text(self._call())

    def apply_theme(self) -> None:
        self.grid.theme = self._theme
        self.grid.update()

    def heading(self) -> str:
        return " · ".join(part for part in (self.title, self._call()) if part)

    def _call(self) -> str:
        return self.tr("called: {0}").format(self.grid.call) if self.grid.call else ""

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        grid = self.grid
        rows = [
            (truth, called, int(grid.counts[i, j]))
            for i, truth in enumerate(grid.classes)
            for j, called in enumerate(grid.classes)
        ]
        return ["true_class", "called_class", "images"], rows

    def facts(self) -> dict[str, Any]:
        return {
            "classes": list(self.grid.classes),
            "call": self.grid.call,
            "matrix": self.grid.counts.tolist(),
        }

    def fit_figure(self) -> None:
        height = _TOP + len(self.grid.classes) * _MOST + GRID
        self._figure = QSize(_FIGURE.width(), min(height, _FIGURE.height()))

    def position_parts(self) -> None:
        self._figure = QSize()

    def body_size(self) -> QSize:
        return self.grid.size() if self._figure.isEmpty() else self._figure

    def paint_body(self, painter: QPainter) -> None:
        self.grid.paint(painter, self.body_size(), False)
