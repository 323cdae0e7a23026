"""Accuracies with their intervals, one row a reader, against chance and its margin."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush

from studio.ui.plots.plot import Plot
from studio.ui.plots.style import brush, pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SMALL

_NAMES = 132  # px for readers' names
_TICKS = [(value / 10, f"{10 * value} %") for value in range(0, 11, 2)]


@dataclass(frozen=True)
class AccuracyRow:
    """One reader, or all together (`strong`); bounds are NaN without an interval.

    `inner` is the interval that equivalence is read from, 90 % for tests at 5 %; it lies within
    `low`..`high`, which are of the same method.
    """

    name: str
    value: float
    low: float
    high: float
    inner: tuple[float, float]
    equivalent: bool
    series: int = 0
    strong: bool = False


class AccuracyPlot(Plot):
    """A full dot where equivalence was shown, a hollow one where it was not."""

    def __init__(self, theme: Theme, note: str) -> None:
        self.rows: list[AccuracyRow] = []
        self.margin = 0.1
        super().__init__(
            theme, self.tr("Accuracy by reader"), "Accuracy (95 % thin, 90 % thick)", "", note
        )
        self.left.setWidth(_NAMES)
        self.bottom.setTicks([_TICKS])
        self.box.setRange(xRange=(-0.02, 1.02), yRange=(0, 1), padding=0)

    def show_rows(self, rows: Sequence[AccuracyRow], margin: float) -> None:
        """Draw readers from above in the order given."""
        self.rows, self.margin = list(rows), margin
        self.box.setRange(yRange=(0, max(len(rows), 3) + 0.5), padding=0)
        self._draw()

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = [
            (
                r.name,
                *(f"{value:.6g}" for value in (r.value, r.low, r.high, *r.inner)),
                int(r.equivalent),
            )
            for r in self.rows
        ]
        return ["reader", "accuracy", "low", "high", "low_90", "high_90", "equivalent"], rows

    def apply_theme(self) -> None:
        super().apply_theme()
        self._draw()

    def _draw(self) -> None:
        marks, theme = self._marks, self._theme
        marks.clear()
        top = max(len(self.rows), 3) + 0.5
        ends, floor = np.array([0.5 - self.margin, 0.5 + self.margin]), np.zeros(2)
        marks.area(ends, floor, floor + top, brush(theme.color("quiet"), 0.22))
        for x in ends:
            marks.line(np.array([x, x]), np.array([0, top]), pen(theme.color("control")))
        chance = pen(theme.color("quiet"), 1, Qt.PenStyle.DashLine)
        marks.line(np.array([0.5, 0.5]), np.array([0, top]), chance)
        for number, one in enumerate(self.rows):
            self._draw_row(top - 0.75 - number, one)
        names = [(top - 0.75 - n, self._shortened(one.name)) for n, one in enumerate(self.rows)]
        self.left.setTicks([names])

    def _draw_row(self, y: float, one: AccuracyRow) -> None:
        color = self._theme.color("text") if one.strong else self._theme.series(one.series)
        level = np.array([y, y])
        if not np.isnan(one.low):
            self._marks.line(np.array([one.low, one.high]), level, pen(color, 1.25))
        if not np.isnan(one.inner[0]):
            self._marks.line(np.array(one.inner), level, pen(color, 4))
        inside = color if one.equivalent else self._theme.color("canvas")
        self._marks.dot(one.value, y, 11, pen(color, 2), QBrush(inside))

    def _shortened(self, name: str) -> str:
        metrics = self.fontMetrics()
        return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAMES - SMALL)
