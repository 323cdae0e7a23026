"""A small plot of figures over the length of a training: lines, intervals, a target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QBrush, QPainter, QPen

from studio.results.scores import Floats, shortened
from studio.ui.plots.key import KeyLine, KeyStrip
from studio.ui.plots.plot import Plot
from studio.ui.plots.style import PATTERNS, brush, pen
from studio.ui.theme import Theme

_NAME = 12  # characters of a line's name where there is no room for all of it
_KEY_GAP = 2  # px between the labels and the plot in a figure
_MOST_DOTS = 60  # on a line; more would run into one another
Ticks = list[tuple[float, str]]


@dataclass(frozen=True)
class Series:
    """A line: `x` and `y` [N], NaN where there is nothing; `low`, `high` [N] an interval."""

    name: str
    x: Floats
    y: Floats
    series: int
    pattern: int = 0
    low: Floats | None = None
    high: Floats | None = None
    dots: bool = True

    @property
    def last(self) -> float | None:
        known = self.y[np.isfinite(self.y)]
        return float(known[-1]) if known.size else None


class LinePlot(Plot):
    """Lines over 0 to `end`; the y axis fits what is there, `floor` and `ceiling` bound it."""

    x_name = "x"  # in the copied table

    def __init__(
        self,
        theme: Theme,
        name: str,
        note: str,
        form: str = ".3f",
        floor: float | None = None,
        ceiling: float | None = None,
    ) -> None:
        self.lines: list[Series] = []
        self._end = 1.0
        self._form, self._floor, self._ceiling = form, floor, ceiling
        self._ticked = 0.0
        self.key = KeyStrip(theme)
        super().__init__(theme, name, "", "", note)
        self.column.insertWidget(1, self.key)
        self.left.setStyle(tickTextWidth=40)

    def show_lines(self, lines: Sequence[Series], end: float) -> None:
        """Draw lines on an axis from 0 to `end`."""
        self.lines, self._end = list(lines), end
        self.draw()

    def ticks(self, end: float) -> Ticks:
        """The numbers under the axis."""
        raise NotImplementedError

    def apply_theme(self) -> None:
        super().apply_theme()
        self.draw()

    def set_theme(self, theme: Theme) -> None:
        self.key.set_theme(theme)
        super().set_theme(theme)

    def fit_figure(self) -> None:
        super().fit_figure()
        self.key.resize(self.view.width(), self.key.height())

    def body_size(self) -> QSize:
        return super().body_size() + QSize(0, self._key_height())

    def paint_body(self, painter: QPainter) -> None:
        self.key.paint(painter)
        painter.translate(0, self._key_height())
        self.paint_view(painter)

    def _key_height(self) -> int:
        """The room of the labels above the plot in a figure, px."""
        return self.key.height_at(self.view.width()) + _KEY_GAP

    def draw(self) -> None:
        """Everything anew."""
        self._marks.clear()
        self._scale()
        for line in self.lines:
            self._draw_line(line)
        known = [(line, line.last) for line in self.lines]
        labels = [
            KeyLine(
                f"{line.name} {last:{self._form}}".strip(),
                self._pen(line),
                shorter=(f"{shortened(line.name, _NAME)} {last:{self._form}}".strip(),),
            )
            for line, last in known
            if last is not None
        ]
        self.key.set_lines(labels)
        self.view.setAccessibleDescription(", ".join(one.text for one in labels))

    def _scale(self) -> None:
        low, high = self._span()
        self.box.setRange(
            xRange=(-0.05 * self._end, self._end * 1.03), yRange=(low, high), padding=0
        )
        if self._ticked != self._end:
            self._ticked = self._end
            self.bottom.setTicks([self.ticks(self._end)])

    def up(self, values: Floats) -> Floats:
        """Where values stand on the y axis."""
        return values

    def _draw_line(self, line: Series) -> None:
        up = self.up(line.y)
        known = np.isfinite(up)
        x, y = line.x[known], up[known]
        if not x.size:
            return
        if line.low is not None and line.high is not None:
            self._draw_interval(line, self.up(line.low), self.up(line.high))
        self._marks.line(x, y, self._pen(line))
        if (line.dots and x.size <= _MOST_DOTS) or x.size == 1:
            fill = QBrush(self._theme.series(line.series))
            for at, value in zip(x.tolist(), y.tolist(), strict=True):
                self._marks.dot(at, value, 5, None, fill)

    def _draw_interval(self, line: Series, low: Floats, high: Floats) -> None:
        known = np.isfinite(low) & np.isfinite(high)
        color = self._theme.series(line.series)
        if known.sum() == 1:
            x, bounds = line.x[known][0], np.concatenate([low[known], high[known]])
            self._marks.line(np.array([x, x]), bounds, pen(color, 1))
        elif known.any():
            self._marks.area(line.x[known], low[known], high[known], brush(color, 0.18))

    def _pen(self, line: Series) -> QPen:
        return pen(self._theme.series(line.series), 1.75, PATTERNS[line.pattern])

    def _span(self) -> tuple[float, float]:
        parts = [self.up(v) for s in self.lines for v in (s.y, s.low, s.high) if v is not None]
        values = np.concatenate(parts) if parts else np.empty(0)
        values = values[np.isfinite(values)]
        if not values.size:
            return (self._floor or 0.0, self._ceiling or 1.0)
        low, high = float(values.min()), float(values.max())
        room = (high - low) * 0.08 or abs(high) * 0.1 or 0.1
        low, high = low - room, high + room
        if self._floor is not None:
            low = min(self._floor, low) if self._ceiling is not None else max(self._floor, low)
        if self._ceiling is not None:
            high = self._ceiling
        return low, high

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = []
        for line in self.lines:
            nothing = np.full(line.y.shape, np.nan)
            low = nothing if line.low is None else line.low
            high = nothing if line.high is None else line.high
            for values in zip(line.x, line.y, low, high, strict=True):
                cells = ("" if np.isnan(value) else f"{value:.6g}" for value in values)
                rows.append((line.name, *cells))
        return ["line", self.x_name, "value", "low", "high"], rows


class EpochPlot(LinePlot):
    """Lines over whole epochs."""

    x_name = "epoch"

    def show_lines(self, lines: Sequence[Series], end: float) -> None:
        super().show_lines(lines, max(1.0, end))

    def ticks(self, end: float) -> Ticks:
        epochs = round(end)
        step = max(1, -(-epochs // 5))
        return [(e, str(e)) for e in range(0, epochs + 1, step)]
