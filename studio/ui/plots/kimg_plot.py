"""A small plot over thousands of pictures shown: losses, ADA, KID with its interval."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush

from studio.results.scores import Floats
from studio.ui.plots.line_plot import LinePlot, Series, Ticks
from studio.ui.plots.style import pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID


class KimgPlot(LinePlot):
    """Lines over kimg. `target` is a level that one of them is led to, `cursor` where one looks,
    `ring` the point that is the best. With `log` the y axis is logarithmic."""

    x_name = "kimg"

    def __init__(
        self,
        theme: Theme,
        name: str,
        note: str,
        form: str = ".3f",
        floor: float | None = None,
        ceiling: float | None = None,
        log: bool = False,
    ) -> None:
        self.target: float | None = None
        self.cursor_at: float | None = None
        self.ring: tuple[float, float] | None = None
        self._log, self.scaled = log, not log
        super().__init__(theme, name, note, form, floor, ceiling)
        # Beside the name: several of these stand one below the other, where height is dear.
        self.column.removeWidget(self.key)
        self.key.set_most(1)
        self.head.insertWidget(1, self.key, 100)
        self.head.setSpacing(GRID)

    def show_lines(self, lines: Sequence[Series], end: float) -> None:
        super().show_lines(lines, end if end > 0 else 1.0)

    def set_cursor(self, kimg: float | None) -> None:
        """Mark the place that is looked at."""
        if kimg != self.cursor_at:
            self.cursor_at = kimg
            self.draw()

    def ticks(self, end: float) -> Ticks:
        step = nice_step(end, 4)
        last = int(end / step + 1e-9)
        return [(0.0, "0 kimg"), *((step * i, f"{step * i:,.6g}") for i in range(1, last + 1))]

    def up(self, values: Floats) -> Floats:
        if not self._log:
            return values
        return np.log10(values, out=np.full(values.shape, np.nan), where=values > 0)

    def draw(self) -> None:
        super().draw()
        low, high = self._span()
        if self.target is not None:
            line = pen(self._theme.color("quiet"), 1, Qt.PenStyle.DashLine)
            self._marks.line(np.array([0, self._end]), np.full(2, self.target), line)
        if self.cursor_at is not None:
            line = pen(self._theme.color("text"), 1)
            self._marks.line(np.full(2, self.cursor_at), np.array([low, high]), line)
        if self.ring is not None:
            x, y = self.ring
            outline = pen(self._theme.color("text"), 1.75)
            self._marks.dot(x, y, 11, outline, QBrush(Qt.BrushStyle.NoBrush))
        if self._log:
            decades = range(math.floor(low), math.ceil(high) + 1)
            step = max(1, len(decades) // 3)
            self.left.setTicks([[(d, f"{10.0**d:g}") for d in decades[::step]]])

    def _span(self) -> tuple[float, float]:
        low, high = super()._span()
        if self.target is not None:
            low, high = min(low, self.target - 0.05), max(high, self.target + 0.05)
        if self._log and self.lines and high - low < 1:
            middle = (high + low) / 2
            low, high = middle - 0.5, middle + 0.5
        return low, high


def nice_step(end: float, most: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten of which at most `most` fit into `end`."""
    raw = end / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= raw * (1 - 1e-9))
