"""Thresholds chosen on a validation set, class by class, and what they give on another set.

With several classes each is looked at against the rest. Its scores have a scale of their own, so
that each has a threshold of its own: that of one class says nothing about another.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from studio import wording
from studio.opening import finite
from studio.results.scores import ScoreSet
from studio.stats import (
    Confusion,
    Rates,
    auc_delong,
    chosen_rates,
    confusion,
    counting,
    macro_auc,
    operating_point,
    rates_at,
    roc_curve,
)
from studio.stats.delong import method_name
from studio.stats.groups import group_count, group_numbers

OnProgress = Callable[[int, int], None]
LEVEL = 0.95
RATES = ("sensitivity", "specificity", "ppv", "npv")
# A rule can ask that nothing is called positive. JSON has no infinity, and no probability is
# greater than 1.
_ABOVE_ALL = math.nextafter(1.0, 2.0)


@dataclass(frozen=True, slots=True)
class ClassPoint:
    """Class `name` against the rest: a threshold that `rule` chose, and the rates that it gives.

    `plain` are the rates as for a threshold that was chosen on other images, where `rates` allow
    for its having been chosen on these.
    """

    name: str
    rule: str
    rates: Rates
    plain: Rates | None = None

    @property
    def counts(self) -> Confusion:
        return self.rates.counts

    def to_dict(self) -> dict[str, Any]:
        """The `operating_point` object; rates lie in 0..1 and are None over no image."""
        counts, rates = self.counts, self.rates
        told: dict[str, Any] = {
            "rule": self.rule,
            "threshold": counts.threshold,
            "tp": counts.tp,
            "fn": counts.fn,
            "fp": counts.fp,
            "tn": counts.tn,
        }
        for name in RATES:
            rate = getattr(rates, name)
            told[name] = finite(rate.value)
            told[f"{name}_low"], told[f"{name}_high"] = finite(rate.low), finite(rate.high)
        told["prevalence"] = finite(rates.prevalence)
        if self.plain is not None:
            told["plain"] = _bounds(self.plain)
        return told


def _bounds(plain: Rates) -> dict[str, Any]:
    """The intervals of sensitivity and specificity as for a threshold chosen elsewhere."""
    told: dict[str, Any] = {"method": plain.sensitivity.method}
    for name in ("sensitivity", "specificity"):
        rate = getattr(plain, name)
        told[f"{name}_low"], told[f"{name}_high"] = finite(rate.low), finite(rate.high)
    return told


def threshold_of(scores: ScoreSet | None, name: str, rule: str) -> float | None:
    """The threshold of `rule` for class `name` against the rest.

    None without scores and where the class, or the rest, has no image. Raises StudioError for a
    rule that is not in `studio.stats.RULES`.
    """
    if scores is None or name not in scores.classes:
        return None
    roc = roc_curve(scores.scores(name), scores.flags(name))
    if not roc.estimable:
        return None
    return min(operating_point(roc, rule).threshold, _ABOVE_ALL)


def counts_at(scores: ScoreSet, name: str, threshold: float | None) -> Confusion | None:
    """The counts of class `name` against the rest; None without a threshold or without images."""
    if threshold is None or scores.n == 0:
        return None
    return confusion(scores.scores(name), scores.flags(name), threshold)


def class_point(
    scores: ScoreSet,
    validation: ScoreSet | None,
    name: str,
    rule: str,
    on_progress: OnProgress = lambda done, total: None,
) -> ClassPoint | None:
    """What the threshold of class `name` on the validation set gives; None where there is none.

    Where `scores` is the validation set itself, the intervals of sensitivity and specificity allow
    for the threshold's having been chosen there, which takes a while of many images: see
    `chosen_rates` for `on_progress`. `plain` has those that do not, which the window shows unless
    it is asked to allow for the choice.
    """
    threshold = threshold_of(validation, name, rule)
    if threshold is None or scores.n == 0:
        return None
    values, flags, groups = scores.scores(name), scores.flags(name), scores.known_groups
    rates, plain = rates_at(values, flags, threshold, groups, LEVEL), None
    if scores is validation:
        plain = rates
        chosen = chosen_rates(values, flags, rule, groups, LEVEL, on_progress=on_progress)
        rates = replace(rates, sensitivity=chosen.sensitivity, specificity=chosen.specificity)
    return ClassPoint(name, rule, rates, plain)


def called_classes(scores: ScoreSet) -> npt.NDArray[np.int64]:
    """Counts [C, C] by true class (row) and the class of the highest probability (column).

    Of equal probabilities the class that comes first is called, as scikit-learn does.
    """
    size = len(scores.classes)
    called = np.argmax(scores.probabilities, axis=1) if scores.n else np.empty(0, np.int64)
    flat = np.bincount(scores.truth * size + called, minlength=size * size)
    return flat.reshape(size, size).astype(np.int64)


def confusion_matrix(
    scores: ScoreSet, positive: ClassPoint | None
) -> tuple[npt.NDArray[np.int64], str]:
    """(counts [C, C] by true class and called class, how the call was made).

    Of two classes the positive one is called from its threshold on, given by its point, so that
    the counts are those of the operating point. More classes have no one threshold: the class of
    the highest probability is called, as it is of two without a threshold.
    """
    if len(scores.classes) != 2 or positive is None:
        return called_classes(scores), "the class of the highest probability"
    counts = positive.counts
    matrix = np.array([[counts.tp, counts.fn], [counts.fp, counts.tn]], np.int64)
    if scores.classes[0] != scores.positive:
        matrix = matrix[::-1, ::-1]
    return (
        matrix,
        f"{scores.positive} from a score of {wording.significant(counts.threshold, 6)} on",
    )


def summary(
    scores: ScoreSet,
    validation: ScoreSet | None,
    rule: str,
    on_progress: OnProgress = lambda done, total: None,
) -> dict[str, Any]:
    """Every figure of one set of images, in JSON's own types.

    `{n, positive, auc, auc_low, auc_high, auc_bound, estimable, operating_point, classes: {name:
    {n, auc, low, high, bound, estimable, method, operating_point}}, macro, macro_low, macro_high,
    macro_method, confusion: {classes, call, matrix}, interval: {level, auc, rates,
    sensitivity_specificity, groups, counting}}`. An AUC of a class without examples is None, never
    0; `macro` is the mean AUC over classes with its interval, None when one of them is undefined;
    an operating point is None where validation gives no threshold.
    Of the validation set itself see `class_point`; `on_progress` gets steps done over all classes.
    """
    points = {}
    for number, name in enumerate(scores.classes):

        def tell(done: int, total: int, before: int = number) -> None:
            on_progress(before * total + done, len(scores.classes) * total)

        points[name] = class_point(scores, validation, name, rule, tell)
    classes = {
        name: {
            **_auc(scores, name),
            "operating_point": point.to_dict() if point is not None else None,
        }
        for name, point in points.items()
    }
    own = classes[scores.positive]
    macro = macro_auc(scores.probabilities, scores.truth, LEVEL, scores.known_groups)
    matrix, call = confusion_matrix(scores, points[scores.positive])
    return {
        "n": scores.n,
        "positive": scores.positive,
        "auc": own["auc"],
        "auc_low": own["low"],
        "auc_high": own["high"],
        "auc_bound": own["bound"],
        "estimable": own["estimable"],
        "operating_point": own["operating_point"],
        "classes": classes,
        "macro": finite(macro.value),
        "macro_low": finite(macro.low),
        "macro_high": finite(macro.high),
        "macro_method": macro.method or None,
        "confusion": {
            "classes": list(scores.classes),
            "call": call,
            "matrix": matrix.tolist(),
        },
        "interval": interval_facts(scores, [p for p in points.values() if p is not None]),
    }


def interval_facts(scores: ScoreSet, points: Sequence[ClassPoint] = ()) -> dict[str, Any]:
    """Level and method of the intervals of a set of images, and what was counted as independent."""
    groups = group_count(group_numbers(scores.known_groups, scores.n))
    rates = points[0].rates if points else None
    return {
        "level": LEVEL,
        "auc": method_name(groups, scores.n),
        "rates": rates.ppv.method if rates is not None else None,
        "sensitivity_specificity": rates.sensitivity.method if rates is not None else None,
        "groups": groups or None,
        "counting": counting(groups, scores.n),
    }


def _auc(scores: ScoreSet, name: str) -> dict[str, Any]:
    flags = scores.flags(name)
    n = int(flags.sum())
    told: dict[str, Any] = {"n": n, **dict.fromkeys(("auc", "low", "high", "bound"))}
    if n in (0, scores.n):
        return {**told, "estimable": False, "method": None}
    auc = auc_delong(scores.scores(name), flags, LEVEL, scores.known_groups)
    figures = {"auc": auc.value, "low": auc.low, "high": auc.high, "bound": auc.bound}
    told |= {key: finite(value) for key, value in figures.items()}
    return {**told, "estimable": bool(auc.estimable), "method": auc.method or None}
