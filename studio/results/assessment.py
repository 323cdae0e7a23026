"""What else a reviewer asks of a set of scores: calibration, decision curve, subgroups, top k.

Maps that mend probabilities are fitted on the validation set and judged on the other one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.opening import finite
from studio.results.scores import ScoreSet
from studio.stats import (
    Calibration,
    RateComparison,
    SubgroupComparison,
    calibration,
    compare_subgroups,
    decision_curve,
    detectable_auc,
    isotonic,
    temperature,
    top_accuracy,
    with_temperature,
)
from studio.stats.intervals import Proportion

THRESHOLDS = tuple(round(0.05 * number, 2) for number in range(1, 20))
"""Of the decision curve in documents."""
_AGES = (0, 30, 45, 60, 75)
FEWEST = 5
"""Images of a value below which it is not a subgroup of its own."""


@dataclass(frozen=True)
class Calibrations:
    """Of the positive class as the model gives it, `raw`, and of the same images after two maps
    that were fitted on `fitted_on` validation images: `temperature` with its `t`, and `isotonic`.
    These are None, and `t` NaN, where there are no validation scores to fit them on."""

    raw: Calibration
    temperature: Calibration | None = None
    isotonic: Calibration | None = None
    t: float = math.nan
    fitted_on: int = 0


def calibrations(scores: ScoreSet, validation: ScoreSet | None) -> Calibrations:
    """Maps are never fitted on the images that they are judged on, so there are none where
    `validation` is `scores` itself, empty, or of other classes."""
    name = scores.positive
    flags, own = scores.flags(name), scores.classes.index(name)
    raw = calibration(scores.scores(name), flags)
    if validation is None or validation is scores or validation.classes != scores.classes:
        return Calibrations(raw)
    if not validation.n:
        return Calibrations(raw)
    t = temperature(validation.probabilities, validation.truth)
    by_t = calibration(with_temperature(scores.probabilities, t)[:, own], flags)
    mapped = isotonic(validation.scores(name), validation.flags(name))(scores.scores(name))
    return Calibrations(raw, by_t, calibration(mapped, flags), t, validation.n)


def assessment(
    scores: ScoreSet,
    validation: ScoreSet | None,
    threshold: float | None = None,
    values: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Of the positive class, in JSON's own types.

    `{calibration: {brier, scaled_brier, ece, slope, intercept (each with _low, _high),
    reliability, resolution, uncertainty, within_bins, bins, temperature, isotonic},
    decision_curve: [{threshold, net_benefit, treat_all}], detectable_auc, top1, top3, subgroups:
    {field: {subgroups, q, freedom, p, sensitivity, specificity}}}`.
    `detectable_auc` is the least that so many images tell from .5 with a power of 80 %.
    `temperature` and `isotonic` are the same figures after a map that was fitted on `validation`,
    None without one. `values` say by field what is known of each image, "" for nothing; ages are
    put into bands.
    """
    name = scores.positive
    flags = scores.flags(name)
    found = calibrations(scores, validation)
    told = {**_calibration(found.raw), **_mended(found)}
    curve = decision_curve(scores.scores(name), flags, THRESHOLDS)
    several = len(scores.classes) > 2
    return {
        "calibration": told,
        "decision_curve": [
            {"threshold": t, "net_benefit": finite(benefit), "treat_all": finite(everybody)}
            for t, benefit, everybody in zip(
                THRESHOLDS, curve.benefit.tolist(), curve.all_positive.tolist(), strict=True
            )
        ],
        "detectable_auc": finite(detectable_auc(int(flags.sum()), int((~flags).sum()))),
        "top1": _share(top_accuracy(scores.probabilities, scores.truth, 1)),
        "top3": _share(top_accuracy(scores.probabilities, scores.truth, 3)) if several else None,
        "subgroups": subgroups(scores, threshold, values or {}),
    }


def subgroups(
    scores: ScoreSet, threshold: float | None, values: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """The positive class in each subgroup of each field that has two or more."""
    told = {}
    for field, known in values.items():
        names = [age_band(one) for one in known] if field == "age" else list(known)
        few = {one for one in set(names) if names.count(one) < FEWEST}
        names = ["" if one in few else one for one in names]
        if len(set(names) - {""}) > 1:
            found = compare_subgroups(
                scores.scores(scores.positive),
                scores.flags(scores.positive),
                names,
                threshold,
                scores.known_groups,
            )
            told[field] = _subgroups(found, names.count(""))
    return told


def age_band(text: str) -> str:
    """The band of an age in years: "30–44", and "75 or more"; "" for what is no number."""
    try:
        age = float(text)
    except ValueError:
        return ""
    lower = max((one for one in _AGES if one <= age), default=None)
    if lower is None:
        return ""
    place = _AGES.index(lower)
    return f"{lower}–{_AGES[place + 1] - 1}" if place + 1 < len(_AGES) else f"{lower} or more"


def _mended(found: Calibrations) -> dict[str, Any]:
    if found.temperature is None or found.isotonic is None:
        return {"temperature": None, "isotonic": None}
    return {
        "temperature": {"t": finite(found.t), **_short(found.temperature)},
        "isotonic": _short(found.isotonic),
    }


def _calibration(found: Calibration) -> dict[str, Any]:
    return {
        **_short(found),
        "slope": finite(found.slope),
        "slope_low": finite(found.slope_low),
        "slope_high": finite(found.slope_high),
        "intercept": finite(found.intercept),
        "intercept_low": finite(found.intercept_low),
        "intercept_high": finite(found.intercept_high),
        "reliability": finite(found.reliability),
        "resolution": finite(found.resolution),
        "uncertainty": finite(found.uncertainty),
        "within_bins": finite(found.within_bins),
        "bins": [
            {
                "low": one.low,
                "high": one.high,
                "n": one.images,
                "mean": finite(one.mean),
                "share": finite(one.share.value),
                "share_low": finite(one.share.low),
                "share_high": finite(one.share.high),
            }
            for one in found.bins
        ],
    }


def _short(found: Calibration) -> dict[str, Any]:
    return {
        "brier": finite(found.brier),
        "scaled_brier": finite(found.scaled),
        "ece": finite(found.ece),
    }


def _share(found: Proportion) -> dict[str, Any]:
    return {
        "value": finite(found.value), "low": finite(found.low), "high": finite(found.high),
        "k": found.k, "n": found.n,
    }  # fmt: skip


def _subgroups(found: SubgroupComparison, unknown: int) -> dict[str, Any]:
    return {
        "subgroups": [
            {
                "name": one.name,
                "n_pos": one.positives,
                "n_neg": one.negatives,
                "auc": finite(one.auc.value),
                "auc_low": finite(one.auc.low),
                "auc_high": finite(one.auc.high),
                "sensitivity": _share(one.sensitivity),
                "specificity": _share(one.specificity),
            }
            for one in found.subgroups
        ],
        "unknown": unknown,
        "q": finite(found.q),
        "freedom": found.freedom,
        "p": finite(found.p),
        "sensitivity": _rates(found.sensitivity),
        "specificity": _rates(found.specificity),
    }


def _rates(found: RateComparison) -> dict[str, Any]:
    """Whether a rate is the same in all subgroups: `differences` are those to the reference."""
    return {
        "p": finite(found.test.p),
        "method": found.test.method or None,
        "reference": found.reference or None,
        "differences": [
            {
                "name": name,
                "difference": finite(one.difference),
                "low": finite(one.low),
                "high": finite(one.high),
            }
            for name, one in found.differences.items()
        ],
    }
