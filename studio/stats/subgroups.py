"""Whether a classifier does as well in every part of a test set: AUC, sensitivity, specificity."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.delong import Auc, auc_delong
from studio.stats.intervals import Proportion, clustered_wilson, wilson
from studio.stats.rate_difference import RateDifference, RateTest, equal_rates, rate_difference
from studio.stats.roc import Flags, Floats, checked


@dataclass(frozen=True)
class Subgroup:
    """The images of one value: their AUC, and sensitivity and specificity at one threshold."""

    name: str
    positives: int
    negatives: int
    auc: Auc
    sensitivity: Proportion
    specificity: Proportion


@dataclass(frozen=True)
class RateComparison:
    """Whether a rate is the same in all subgroups, `test`, and the `differences` of each to the
    `reference`, by name; these are none, and the reference "", without two subgroups to compare."""

    test: RateTest
    reference: str
    differences: Mapping[str, RateDifference]


@dataclass(frozen=True)
class SubgroupComparison:
    """`q` is Cochran's statistic of the logits of the AUCs that have a variance, with `freedom`
    degrees of freedom, `p` its chi-square tail. NaN with fewer than two such subgroups.
    `sensitivity` and `specificity` compare the rates with those of the largest subgroup."""

    subgroups: tuple[Subgroup, ...]
    q: float
    freedom: int
    p: float
    sensitivity: RateComparison
    specificity: RateComparison


def compare_subgroups(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    names: Sequence[str],
    threshold: float | None = None,
    groups: Sequence[Hashable | None] | None = None,
    level: float = 0.95,
) -> SubgroupComparison:
    """Subgroups of `scores` [n] by `names` [n], "" for images of which nothing is known and which
    are left out. Rates are those of score >= `threshold`, of no image without one; their intervals
    count groups. `groups` are those of `auc_delong`; where one lies in two subgroups these count as
    independent.

    Q = sum w (L - mean)^2 with L = logit(AUC) and w = 1 / its variance (W. G. Cochran, Biometrics
    10 (1954) 101-129). On logits, as the intervals: an AUC near 1 has a small variance of its own,
    and with subgroups of 20 to 60 images the plain scale rejects in 8 % where 5 % are meant
    (tests/bench/bench_coverage.py).
    """
    from scipy.special import chdtrc

    numbers, flags = checked(scores, positive)
    if len(names) != numbers.size or (groups is not None and len(groups) != numbers.size):
        raise StudioError(f"{numbers.size} scores need as many names of subgroups and groups.")
    labels = np.array([str(name) for name in names], dtype=object)
    found = []
    for name in sorted({str(one) for one in names} - {""}):
        own = labels == name
        rates = [
            _rate(numbers, own & flags, groups, threshold, level, above=True),
            _rate(numbers, own & ~flags, groups, threshold, level, above=False),
        ]
        auc = auc_delong(numbers[own], flags[own], level, _of(groups, own))
        found.append(
            Subgroup(name, int((own & flags).sum()), int((own & ~flags).sum()), auc, *rates)
        )
    known = [one.auc for one in found if one.auc.estimable]
    q, p, freedom = math.nan, math.nan, max(0, len(known) - 1)
    if freedom:
        spread = np.array([one.value * (1 - one.value) for one in known])
        weights = spread**2 / [one.variance for one in known]
        values = np.array([math.log(one.value / (1 - one.value)) for one in known])
        q = float(np.sum(weights * (values - np.average(values, weights=weights)) ** 2))
        p = float(chdtrc(freedom, q))
    # The largest first, the same for both rates.
    by_size = sorted(found, key=lambda one: -(one.positives + one.negatives))
    called = numbers >= (math.inf if threshold is None else threshold)

    def compared(rates: Mapping[str, Proportion], hits: Flags, among: Flags) -> RateComparison:
        own = among & np.isin(labels, [name for name, rate in rates.items() if rate.estimable])
        return _compare_rates(rates, hits[own], labels[own].tolist(), _of(groups, own))

    return SubgroupComparison(
        tuple(found),
        q,
        freedom,
        p,
        compared({one.name: one.sensitivity for one in by_size}, called, flags),
        compared({one.name: one.specificity for one in by_size}, ~called, ~flags),
    )


def _compare_rates(
    rates: Mapping[str, Proportion],
    hits: Flags,
    names: Sequence[str],
    groups: Sequence[Hashable | None] | None,
) -> RateComparison:
    """The rates that are known; the first of them is the reference."""
    known = {name: rate for name, rate in rates.items() if rate.estimable}
    if len(known) < 2:
        return RateComparison(RateTest(math.nan, ""), "", {})
    reference = next(iter(known))
    return RateComparison(
        equal_rates(hits, names, groups),
        reference,
        {
            name: rate_difference(known[name], known[reference])
            for name in sorted(known)
            if name != reference
        },
    )


def _of(groups: Sequence[Hashable | None] | None, own: Flags) -> list[Hashable | None] | None:
    return None if groups is None else [g for g, k in zip(groups, own, strict=True) if k]


def _rate(
    numbers: Floats,
    own: Flags,
    groups: Sequence[Hashable | None] | None,
    threshold: float | None,
    level: float,
    *,
    above: bool,
) -> Proportion:
    """The share of these images at or `above` the threshold, or below it, by groups."""
    if threshold is None:
        return wilson(0, 0, level)
    return clustered_wilson((numbers[own] >= threshold) == above, _of(groups, own), level)


def top_accuracy(
    probabilities: npt.ArrayLike, truth: npt.ArrayLike, k: int, level: float = 0.95
) -> Proportion:
    """Share of images whose true class is among the `k` likeliest of `probabilities` [n, c], with
    Wilson's interval. A true class that ties with others for the last place counts as found only
    where it comes first in the order of classes."""
    values = np.asarray(probabilities, np.float64)
    numbers = np.asarray(truth, np.intp)
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    hits = int((order == numbers[:, None]).any(axis=1).sum())
    return wilson(hits, numbers.size, level)
