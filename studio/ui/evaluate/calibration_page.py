"""Whether probabilities are what they say: the reliability diagram and its figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.opening import finite
from studio.results.assessment import Calibrations
from studio.stats import Calibration
from studio.ui.evaluate.assessed import TestAssessment
from studio.ui.plots.key import KeyLine
from studio.ui.plots.line_plot import LinePlot, Series, Ticks
from studio.ui.plots.plot import BOTTOM
from studio.ui.plots.style import brush, faded, pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Table, label
from studio.wording import count, counted, interval, number, signed_interval

_BARS = 0.16  # of the height, that the fullest bin's bar takes
_ROW = 28  # px of a line of figures; the diagram needs the height more
_ROOM = 0.02  # of the axes beyond 0 and 1


class ReliabilityPlot(LinePlot):
    """The share of positives in each bin over the mean probability there, with Wilson intervals;
    bars at the foot show how many images each bin has."""

    x_name = "mean_probability"
    scaled = False

    def __init__(self, theme: Theme, name: str, note: str) -> None:
        self.found: Calibrations | None = None
        super().__init__(theme, name, note, floor=-_ROOM, ceiling=1 + _ROOM)
        self._label_axes(self.tr("Mean probability"), self.tr("Share of positives"))
        self.bottom.setHeight(BOTTOM)

    def show_calibrations(self, found: Calibrations | None) -> None:
        """Show one test set's, or nothing."""
        self.found = found
        self.show_lines(self._series(), 1.0)

    def kinds(self) -> list[tuple[str, Calibration]]:
        """What is drawn, by name."""
        found = self.found
        if found is None:
            return []
        kinds = [(self.tr("As given"), found.raw)]
        if found.temperature is not None:
            kinds.append((self.tr("Temperature"), found.temperature))
        if found.isotonic is not None:
            kinds.append((self.tr("Isotonic"), found.isotonic))
        return kinds

    def _series(self) -> list[Series]:
        made = []
        for place, (name, found) in enumerate(self.kinds()):
            values = [(b.mean, b.share.value, b.share.low, b.share.high) for b in found.bins]
            x, y, low, high = np.array(values, np.float64).T
            bounds = (low, high) if place == 0 else (None, None)
            made.append(Series(name, x, y, place, place, *bounds))
        return made

    def ticks(self, end: float) -> Ticks:
        return [(value / 10, number(value / 10, 1)) for value in range(0, 11, 2)]

    def draw(self) -> None:
        super().draw()
        theme = self._theme
        ideal = pen(faded(theme.color("control"), 0.7), 1)
        self._marks.line(np.array([0, 1]), np.array([0, 1]), ideal)
        if self.found is not None:
            self._draw_counts(self.found.raw)
        labels = [KeyLine(line.name, self._pen(line)) for line in self.lines]
        if self.found is not None:
            most = max((one.images for one in self.found.raw.bins), default=0)
            words = self.tr("bars: images, {0} at most").format(count(most))
            labels.append(KeyLine(words))
        self.key.set_lines(labels)
        self.view.setAccessibleDescription("; ".join(one.text for one in labels))

    def _draw_counts(self, found: Calibration) -> None:
        most = max((one.images for one in found.bins), default=0)
        fill = brush(self._theme.color("quiet"), 0.35)
        for one in found.bins:
            if one.images:
                x = np.array([one.low + 0.01, one.high - 0.01])
                top = np.full(2, _BARS * one.images / most)
                self._marks.area(x, np.zeros(2), top, fill)

    def _draw_interval(self, line: Series, low: Any, high: Any) -> None:
        # A bar at each bin: nothing is known between them.
        line_pen = pen(self._theme.series(line.series), 1)
        for x, bottom, top in zip(line.x, low, high, strict=True):
            if np.isfinite(x):
                self._marks.line(np.array([x, x]), np.array([bottom, top]), line_pen)

    def _span(self) -> tuple[float, float]:
        return -_ROOM, 1 + _ROOM

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows = []
        for name, found in self.kinds():
            for one in found.bins:
                share = one.share
                figures = (one.mean, share.value, share.low, share.high)
                written = ("" if not np.isfinite(v) else f"{v:.6g}" for v in figures)
                rows.append((name, f"{one.low:g}", f"{one.high:g}", one.images, share.k, *written))
        headers = ["probabilities", "bin_low", "bin_high", "images", "positives"]
        return [*headers, self.x_name, "share_of_positives", "low", "high"], rows

    def facts(self) -> dict[str, Any]:
        found = self.found
        if found is None:
            return {}
        told = {
            name: {
                key: finite(getattr(one, key))
                for key in ("brier", "scaled", "ece", "slope", "intercept")
            }
            for name, one in self.kinds()
        }
        return {"calibration": told, "fitted_on_validation_images": found.fitted_on or None}


class CalibrationPage(QWidget):
    """Diagram, figures as the model gives them and after each map, and what maps were fitted on."""

    def __init__(self, theme: Theme, note: str) -> None:
        super().__init__()
        self.plot = ReliabilityPlot(theme, self.tr("Calibration"), note)
        headers = [
            self.tr("Probabilities"), self.tr("Brier, ECE"), self.tr("Slope (95 %)"),
            self.tr("Intercept (95 %)"),
        ]  # fmt: skip
        self.table = Table(self.tr("Figures of calibration"), headers)
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.setToolTip(
            self.tr(
                "Brier: mean squared error. ECE: mean distance of the bins from the diagonal. "
                "A slope below 1 means too sure, an intercept above 0 probabilities too low."
            )
        )
        self.fitted = label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.table)
        layout.addWidget(self.fitted)

    def show_assessment(self, found: TestAssessment | None) -> None:
        """Show a test set's; nothing while it is being made."""
        own = found.calibrations if found is not None else None
        self.plot.show_calibrations(own)
        rows = [
            (
                name,
                f"{number(one.brier)}, {number(one.ece)}",
                interval(one.slope, one.slope_low, one.slope_high, 2),
                signed_interval(one.intercept, one.intercept_low, one.intercept_high, 2),
            )
            for name, one in self.plot.kinds()
        ]
        self.table.set_rows(rows)
        self.table.setFixedHeight(36 + max(1, len(rows)) * _ROW)
        self.fitted.setText(self._fitted(own) if own is not None else "")

    def _fitted(self, found: Calibrations) -> str:
        if not found.fitted_on:
            return self.tr(
                "This run keeps no validation scores, so neither a temperature nor an isotonic map "
                "could be fitted: the figures are of the probabilities as the model gives them."
            )
        words = self.tr("Temperature {0} and isotonic map: fitted on {1}, judged on this test set.")
        images = self.tr("{0} validation image"), self.tr("{0} validation images")
        return words.format(number(found.t, 2), counted(found.fitted_on, *images))

    def sizeHint(self) -> QSize:
        return QSize(440, 360)
