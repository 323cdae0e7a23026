"""The operating point that is being looked at: by a rule, by hand, or carried over."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.results.curves import Detail
from studio.stats import (
    Confusion,
    OperatingPoint,
    Proportion,
    Rates,
    nearest_point,
    operating_point,
    rates_at,
)

Cell = Literal["tp", "fp", "tn", "fn"]
CELLS: tuple[Cell, ...] = ("tp", "fn", "fp", "tn")
_STEPS = 200  # by key along a curve of any length


@dataclass(frozen=True)
class CellImage:
    """One image of a cell of the confusion matrix."""

    file: str
    label: str
    score: float
    square: tuple[float, float, float] | None = None


class Operating(QObject):
    """What is shown of a Detail at one threshold. `changed` after every change of it.

    A rule holds when the next epoch arrives; a threshold set by hand holds as a number. The class
    that was chosen holds as long as the run does: another run, or one with another positive class,
    begins with its own positive class.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.detail: Detail | None = None
        self.name = ""  # the class that counts as positive here
        self.rule: str | float | None = "youden"  # None: there is no threshold to look at
        self.point: OperatingPoint | None = None
        self.confusion: Confusion | None = None
        self.rates: Rates | None = None
        self._positive = ""  # of the run whose class was chosen

    def show(self, detail: Detail | None) -> None:
        """Look at another evaluation by the same rule or threshold."""
        self._take(detail)
        self._update()

    def show_carried(self, detail: Detail, name: str, threshold: float | None) -> None:
        """Look at class `name` of a test set at a threshold that was chosen on other images."""
        self._take(detail)
        self.name, self.rule = name, threshold
        self._update()

    def _take(self, detail: Detail | None) -> None:
        self.detail = detail
        if detail is None:
            return
        positive = detail.scores.positive
        if positive != self._positive or self.name not in detail.classes:
            self.name = self._positive = positive

    def forget(self) -> None:
        """Look at nothing. A class and a threshold set by hand were of that run; a rule stays."""
        if not isinstance(self.rule, str):
            self.rule = "youden"
        self.name = self._positive = ""
        self.show(None)

    def use_class(self, name: str) -> None:
        """Look at another class against the rest."""
        if self.detail is not None and name in self.detail.classes and name != self.name:
            self.name = name
            if not isinstance(self.rule, str):
                self.rule = "youden"  # a threshold set by hand was on the scores of another class
            self._update()

    def use_rule(self, rule: str | float) -> None:
        """Choose by a rule of `studio.stats.RULES`, or a threshold."""
        self.rule = rule
        self._update()

    def move_to(self, fpr: float, tpr: float) -> None:
        """Move to the point of the curve nearest to a place in the plot."""
        if self.point is not None and self.detail is not None:
            found = nearest_point(self.detail.classes[self.name].roc, fpr, tpr)
            self.use_rule(found.threshold)

    def step(self, steps: int) -> None:
        """Move along the curve; positive is towards more sensitivity."""
        if self.point is None or self.detail is None:
            return
        thresholds = self.detail.classes[self.name].roc.thresholds
        size = max(1, round(thresholds.size / _STEPS))
        index = min(max(self.point.index + steps * size, 0), thresholds.size - 1)
        self.use_rule(float(thresholds[index]))

    def images(self, cell: Cell) -> list[CellImage]:
        """The images of a cell, worst first.

        Of positives the lowest scores come first, of negatives the highest.
        """
        if self.detail is None or self.point is None:
            return []
        scores = self.detail.scores
        values, flags = scores.scores(self.name), scores.flags(self.name)
        called = values >= self.point.threshold
        truth, call = cell in ("tp", "fn"), cell in ("tp", "fp")
        chosen = np.flatnonzero((flags == truth) & (called == call))
        order = np.argsort(values[chosen] if truth else -values[chosen], kind="stable")
        squares = scores.squares
        return [
            CellImage(
                scores.files[i],
                scores.classes[scores.truth[i]],
                float(values[i]),
                squares[i] if squares else None,
            )
            for i in chosen[order].tolist()
        ]

    def called(self, truth: int, call: int) -> list[CellImage]:
        """The images of a cell of the matrix of all classes, the surest call first.

        With two classes the positive one is called from the threshold on, with more the class of
        the highest probability, as `studio.results.operating.confusion_matrix` counts.
        """
        if self.detail is None:
            return []
        scores = self.detail.scores
        calls = scores.probabilities.argmax(axis=1)
        if len(scores.classes) == 2 and self.point is not None:
            positive = scores.classes.index(scores.positive)
            own = scores.scores(scores.positive) >= self.point.threshold
            calls = np.where(own, positive, 1 - positive)
        chosen = np.flatnonzero((scores.truth == truth) & (calls == call))
        values = scores.probabilities[chosen, call]
        order = np.argsort(-values, kind="stable")
        squares = scores.squares
        return [
            CellImage(
                scores.files[i],
                scores.classes[truth],
                float(scores.probabilities[i, call]),
                squares[i] if squares else None,
            )
            for i in chosen[order].tolist()
        ]

    def _update(self) -> None:
        self.point = self.confusion = self.rates = None
        if self.detail is not None:
            curve = self.detail.classes[self.name]
            scores = self.detail.scores
            if curve.roc.estimable and self.rule is not None:
                self.point = operating_point(curve.roc, self.rule)
                self.rates = rates_at(
                    scores.scores(self.name),
                    scores.flags(self.name),
                    self.point.threshold,
                    scores.known_groups,
                )
                self.confusion = self.rates.counts
        self.changed.emit()


def predictive_values(
    counts: Confusion, prevalence: float | None, rates: Rates | None = None
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """((PPV, low, high), (NPV, low, high)).

    At the prevalence of the images (None) with the intervals of `rates`, or Wilson's of the counts.
    At a stated one by Bayes' rule, the bounds from those of sensitivity and specificity together,
    which is wider than 95 %.
    """
    if prevalence is None:
        ppv = rates.ppv if rates else counts.ppv_interval()
        npv = rates.npv if rates else counts.npv_interval()
        return (ppv.value, ppv.low, ppv.high), (npv.value, npv.low, npv.high)
    se = rates.sensitivity if rates else counts.sensitivity_interval()
    sp = rates.specificity if rates else counts.specificity_interval()
    return (
        (
            counts.ppv(prevalence),
            _bayes(se.low, 1 - sp.low, prevalence),
            _bayes(se.high, 1 - sp.high, prevalence),
        ),
        (
            counts.npv(prevalence),
            _bayes(sp.low, 1 - se.low, 1 - prevalence),
            _bayes(sp.high, 1 - se.high, 1 - prevalence),
        ),
    )


def _bayes(hit: float, alarm: float, prior: float) -> float:
    whole = hit * prior + alarm * (1 - prior)
    return hit * prior / whole if whole > 0 else float("nan")


def proportion(found: Proportion) -> tuple[float, float, float]:
    """(value, low, high)."""
    return found.value, found.low, found.high
