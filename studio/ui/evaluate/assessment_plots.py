"""What a reviewer asks of probabilities: the reliability diagram and the decision curve."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication

from studio.results.tables import NOTICE
from studio.ui.plots.line_plot import LinePlot, Series, Ticks
from studio.ui.plots.style import GREY
from studio.ui.theme import Theme
from studio.wording import number


def tr(text: str) -> str:
    return QCoreApplication.translate("AssessmentPlots", text)


_TICKS = [(0.2 * step, number(0.2 * step, 1)) for step in range(6)]


class _ProbabilityPlot(LinePlot):
    """Lines over probabilities from 0 to 1."""

    scaled = False

    def ticks(self, end: float) -> Ticks:
        return _TICKS

    def _figure(self, value: float) -> str:
        return ""  # the last value of these lines tells nothing


class ReliabilityPlot(_ProbabilityPlot):
    """The share of the positive class among images by their mean probability, with Wilson's
    interval, beside the diagonal on which both are the same."""

    x_name = "mean probability"

    def __init__(self, theme: Theme) -> None:
        self.bins: Sequence[Mapping[str, Any]] = ()
        self.figures: Mapping[str, Any] = {}
        name = tr("Observed share by predicted probability")
        super().__init__(theme, name, NOTICE, ".2f", floor=0.0, ceiling=1.0)

    def show_bins(
        self, bins: Sequence[Mapping[str, Any]], figures: Mapping[str, Any] | None = None
    ) -> None:
        """`bins` as `results.assessment` tells them, without those that have no images; `figures`
        go with the data."""
        self.figures = figures or {}
        self.bins = [one for one in bins if one["n"]]
        told = {key: np.array([one[key] for one in self.bins], float) for key in _BIN}
        ends = np.array([0.0, 1.0])
        ideal = Series(self.tr("Ideal"), ends, ends, GREY, 2, dots=False)
        own = Series(
            self.tr("This test set, 95 %"), told["mean"], told["share"], 0,
            low=told["share_low"], high=told["share_high"],
        )  # fmt: skip
        self.show_lines([own, ideal] if self.bins else [], 1.0)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        names = ["low", "high", "n", *_BIN]
        return names, [[_cell(one[name]) for name in names] for one in self.bins]

    def facts(self) -> dict[str, Any]:
        return {key: value for key, value in self.figures.items() if key != "bins"}


class DecisionPlot(_ProbabilityPlot):
    """Net benefit by the threshold: of the model, of acting on all, and on none."""

    x_name = "threshold"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Net benefit by threshold"), NOTICE, ".2f", floor=-0.05)

    def show_curve(self, curve: Sequence[Mapping[str, Any]]) -> None:
        """`curve` as `results.assessment` tells it."""
        at = np.array([one["threshold"] for one in curve], float)
        model = np.array([one["net_benefit"] for one in curve], float)
        everybody = np.array([one["treat_all"] for one in curve], float)
        # Acting on all falls without end towards 1, where nothing is left to be seen.
        seen = np.where(everybody >= -0.05, everybody, np.nan)
        lines = [
            Series(self.tr("Model"), at, model, 0),
            Series(self.tr("Act on all"), at, seen, 1, 1, dots=False, raw=(at, everybody)),
            Series(self.tr("Act on none"), at, np.zeros_like(at), GREY, 2, dots=False),
        ]
        self.show_lines(lines if at.size and np.isfinite(model).any() else [], 1.0)


_BIN = ("mean", "share", "share_low", "share_high")


def _cell(value: Any) -> object:
    return "" if value is None else f"{value:.6g}"
