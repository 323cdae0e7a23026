"""A small plot of figures over the length of a training: lines, intervals, a target."""

import math
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
from studio.wording import number, power, significant

_NAME = 12  # characters of a line's name where there is no room for all of it
_KEY_GAP = 2  # px between the labels and the plot in a figure
_MOST_DOTS = 60  # on a line; more would run into one another
Ticks = list[tuple[float, str]]


@dataclass(frozen=True)
class Series:
    """A line: `x` and `y` [N], NaN where there is nothing; `low`, `high` [N] an interval. `raw`
    (x, y) is what a line that is an average was made of; it is in the table only."""

    name: str
    x: Floats
    y: Floats
    series: int
    pattern: int = 0
    low: Floats | None = None
    high: Floats | None = None
    dots: bool = True
    raw: tuple[Floats, Floats] | None = None

    @property
    def last(self) -> float | None:
        known = self.y[np.isfinite(self.y)]
        return float(known[-1]) if known.size else None


class LinePlot(Plot):
    """Lines over 0 to `end`; the y axis fits what is there, `floor` and `ceiling` bound it."""

    x_name = "x"  # in the copied table
    scaled = True  # whether the axis is one of values that a power of ten can be taken out of

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
        self._factor = 1.0
        self.key = KeyStrip(theme)
        self.power = ""  # of ten, that all numbers at the left are multiples of: "× 10⁻⁴"
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

    def heading(self) -> str:
        return " ".join(part for part in (super().heading(), self.power) if part)

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
                f"{line.name} {self._figure(last)}".strip(),
                self._pen(line),
                shorter=(f"{shortened(line.name, _NAME)} {self._figure(last)}".strip(),),
            )
            for line, last in known
            if last is not None
        ]
        self.key.set_lines([KeyLine(self.power), *labels] if self.power else labels)
        self.view.setAccessibleDescription(", ".join(one.text for one in labels))

    def _scale(self) -> None:
        low, high = self._span()
        self._show_power(low, high)
        self.box.setRange(
            xRange=(-0.05 * self._end, self._end * 1.03), yRange=(low, high), padding=0
        )
        if self._ticked != self._end:
            self._ticked = self._end
            self.bottom.setTicks([self.ticks(self._end)])

    def _show_power(self, low: float, high: float) -> None:
        exponent = power_of_ten(low, high) if self.scaled else 0
        self._factor = 10.0**-exponent
        self.left.setScale(self._factor)
        self.power = f"× {power(exponent)}" if exponent else ""

    def _figure(self, value: float) -> str:
        """A value in the labels, as a multiple of the power of ten that stands beside the name."""
        digits = int(self._form[1:-1])
        if self._form.endswith("f") and self._factor == 1:
            return number(value, digits)
        return significant(value * self._factor, digits)

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
            each = self.tr("{0}, each step").format(line.name)
            rows += [
                (each, f"{x:.6g}", f"{y:.6g}", "", "") for x, y in zip(*raw_of(line), strict=True)
            ]
        return ["line", self.x_name, "value", "low", "high"], rows


def raw_of(line: Series) -> tuple[list[float], list[float]]:
    """The points that a line was averaged from, those that are known; none where it was not."""
    if line.raw is None:
        return [], []
    x, y = line.raw
    known = np.isfinite(y)
    return x[known].tolist(), y[known].tolist()


def power_of_ten(low: float, high: float) -> int:
    """The power of ten that numbers of an axis are best written as multiples of; 0 where they can
    be written out: between 0.01 and 9,999 at their largest."""
    most = max(abs(low), abs(high))
    if not math.isfinite(most) or most == 0 or 0.01 <= most < 10_000:
        return 0
    return math.floor(math.log10(most) + 1e-9)


def running_mean(x: Floats, y: Floats, window: float, least: int = 3) -> tuple[Floats, Floats]:
    """The mean of the points of the last `window` along x, of `least` of them at least, at the mean
    of their x. It begins with the first whole window, so that no single point begins a line; what
    is shorter than one becomes one point. NaN in `y` is left out."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    if not x.size:
        return x, y
    if x[-1] - x[0] < window or x.size < least:
        return x.mean(keepdims=True), y.mean(keepdims=True)
    at = np.arange(1, x.size + 1)
    whole = (x - x[0] >= window) & (at >= least)
    begin = np.minimum(np.searchsorted(x, x - window, "right"), np.maximum(at - least, 0))[whole]
    end = at[whole]
    sums = [np.concatenate([[0.0], np.cumsum(values)]) for values in (x, y)]
    means = [(total[end] - total[begin]) / (end - begin) for total in sums]
    return means[0], means[1]


class EpochPlot(LinePlot):
    """Lines over whole epochs."""

    x_name = "epoch"

    def show_lines(self, lines: Sequence[Series], end: float) -> None:
        super().show_lines(lines, max(1.0, end))

    def ticks(self, end: float) -> Ticks:
        epochs = round(end)
        step = max(1, -(-epochs // 5))
        return [(e, str(e)) for e in range(0, epochs + 1, step)]
