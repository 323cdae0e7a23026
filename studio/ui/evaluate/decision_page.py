"""What calling by the model is worth at each threshold, beside calling all or none."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.stats import DecisionCurve
from studio.ui.evaluate.assessed import TestAssessment
from studio.ui.plots.key import KeyLine
from studio.ui.plots.line_plot import LinePlot, Series, Ticks
from studio.ui.plots.plot import BOTTOM
from studio.ui.plots.style import GREY, pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import label
from studio.wording import number, percent, significant

_BELOW = 0.1  # of the share of positives that is shown below 0; treating all falls without end


class DecisionPlot(LinePlot):
    """Net benefit per image over the threshold; `carried` is the threshold of validation."""

    x_name = "threshold"
    scaled = False

    def __init__(self, theme: Theme, name: str, note: str) -> None:
        self.curve: DecisionCurve | None = None
        self.carried: float | None = None
        super().__init__(theme, name, note)
        self._label_axes(self.tr("Threshold of the probability"), self.tr("Net benefit"))
        self.bottom.setHeight(BOTTOM)

    def show_curve(self, curve: DecisionCurve | None, carried: float | None) -> None:
        """Show a curve, or nothing."""
        self.curve, self.carried = curve, carried
        lines = []
        if curve is not None and np.isfinite(curve.prevalence):
            at = curve.thresholds
            none = np.zeros(at.shape)
            lines = [
                Series(self.tr("Model"), at, curve.benefit, 0, dots=False),
                Series(self.tr("Treat all"), at, curve.all_positive, 1, 1, dots=False),
                Series(self.tr("Treat none"), at, none, GREY, 2, dots=False),
            ]
        self.show_lines(lines, 1.0)

    def ticks(self, end: float) -> Ticks:
        return [(value / 10, number(value / 10, 1)) for value in range(0, 11, 2)]

    def draw(self) -> None:
        super().draw()
        labels = [KeyLine(line.name, self._pen(line)) for line in self.lines]
        if self.lines and self.carried is not None and 0 < self.carried < 1:
            upright = pen(self._theme.color("text"), 1)
            self._marks.line(np.full(2, self.carried), np.array(self._span()), upright)
            words = self.tr("threshold of validation {0}")
            labels.append(KeyLine(words.format(significant(self.carried, 3)), upright))
        self.key.set_lines(labels)
        self.view.setAccessibleDescription(", ".join(one.text for one in labels))

    def _span(self) -> tuple[float, float]:
        curve = self.curve
        if curve is None or not np.isfinite(curve.prevalence):
            return 0.0, 1.0
        return -_BELOW * curve.prevalence, 1.08 * curve.prevalence

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        if not self.lines:
            return [], []
        columns = [self.lines[0].x, *(line.y for line in self.lines)]
        rows = [tuple(f"{v:.6g}" for v in values) for values in zip(*columns, strict=True)]
        return ["threshold", "model", "treat_all", "treat_none"], rows


class DecisionPage(QWidget):
    """The decision curve, and in words what it says at the threshold of validation."""

    def __init__(self, theme: Theme, note: str) -> None:
        super().__init__()
        self.plot = DecisionPlot(theme, self.tr("Decision curve"), note)
        self.words = label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.words)

    def show_assessment(self, found: TestAssessment | None) -> None:
        """Show a test set's; nothing while it is being made."""
        threshold = found.threshold if found is not None else None
        self.plot.show_curve(found.decision_curve if found is not None else None, threshold)
        self.words.setText(self._words(found) if found is not None else "")

    def _words(self, found: TestAssessment) -> str:
        curve = found.decision_curve
        if not np.isfinite(curve.prevalence):
            return self.tr("Undefined: a class has no image in this test set.")
        told = self.tr(
            "Net benefit counts true positives per image less false ones, each weighed by the odds "
            "of the threshold, at this test set's share of positives, {0}."
        ).format(percent(curve.prevalence))
        at = found.threshold
        if at is None or not 0 < at < 1:
            return told
        place = int(np.abs(curve.thresholds - at).argmin())
        return " ".join([
            self.tr(
                "At {0}, nearest to the threshold of validation: model {1}, treat all {2}, "
                "treat none {3}."
            ).format(
                significant(float(curve.thresholds[place]), 3),
                number(float(curve.benefit[place])),
                number(float(curve.all_positive[place])),
                number(0.0),
            ),
            told,
        ])  # fmt: skip
