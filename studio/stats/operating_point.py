"""Choosing a point on an ROC curve."""

import math
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.stats.roc import Roc

# Names of the rules, in the order in which the window offers them.
RULES = ("youden", "se90", "se95", "sp95")
_TARGETS = {"se90": 0.90, "se95": 0.95, "sp95": 0.95}
# 9 of 10 must count as 90 % whatever its last bit.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A point of a curve: `index` into its arrays, and what calling score >= `threshold` gives."""

    index: int
    threshold: float
    sensitivity: float
    specificity: float

    @property
    def fpr(self) -> float:
        """False positive rate, 1 - specificity."""
        return 1 - self.specificity


def operating_point(roc: Roc, rule: str | float) -> OperatingPoint:
    """The point of `roc` by a rule or a threshold.

    "youden": the largest sensitivity + specificity, of equals the more sensitive, since a missed
    melanoma costs more. "se90", "se95": the most specific point with that sensitivity or more.
    "sp95": the most sensitive point with that specificity or more. A number: what calling scores
    at or above it positive gives; the threshold is kept as given. Raises StudioError for an unknown
    rule and when a class has no example.
    """
    if not roc.estimable:
        raise StudioError("A curve with one class only has no operating point.")
    if isinstance(rule, str):
        index = _by_rule(roc, rule)
        return _point(roc, index, float(roc.thresholds[index]))
    if math.isnan(rule):
        raise StudioError("The threshold of an operating point must be a number.")
    # Thresholds fall, so those at or above the one given come first.
    index = int(np.searchsorted(-roc.thresholds, -rule, side="right")) - 1
    return _point(roc, max(index, 0), float(rule))


def nearest_point(roc: Roc, fpr: float, tpr: float) -> OperatingPoint:
    """The point of `roc` nearest to a place in the plot, for a marker that is dragged along it."""
    if not roc.estimable:
        raise StudioError("A curve with one class only has no operating point.")
    index = int(np.argmin((roc.fpr - fpr) ** 2 + (roc.tpr - tpr) ** 2))
    return _point(roc, index, float(roc.thresholds[index]))


def _by_rule(roc: Roc, rule: str) -> int:
    if rule == "youden":
        gain = roc.tpr - roc.fpr
        return int(np.flatnonzero(gain >= gain.max() - _ROUNDING)[-1])
    if rule not in _TARGETS:
        known = ", ".join(RULES)
        raise StudioError(f"No rule named {rule} chooses an operating point: use one of {known}.")
    target = _TARGETS[rule] - _ROUNDING
    if rule.startswith("se"):
        # The curve rises: the first point that is sensitive enough has the fewest false alarms...
        return int(np.flatnonzero(roc.tpr >= target)[0])
    # ... and of those specific enough the last is the most sensitive.
    return int(np.flatnonzero(1 - roc.fpr >= target)[-1])


def _point(roc: Roc, index: int, threshold: float) -> OperatingPoint:
    return OperatingPoint(index, threshold, float(roc.tpr[index]), 1 - float(roc.fpr[index]))
