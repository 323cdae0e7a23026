"""Whether a classifier does as well in every part of a test set."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.delong import Auc, auc_delong
from studio.stats.intervals import Proportion, clustered_wilson, wilson
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
class SubgroupComparison:
    """`q` is Cochran's statistic of the AUCs that have a variance, with `freedom` degrees of
    freedom, `p` its chi-square tail: of two subgroups the square of DeLong's z for independent
    images. NaN with fewer than two such subgroups."""

    subgroups: tuple[Subgroup, ...]
    q: float
    freedom: int
    p: float


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

    Q = sum w (A - mean)^2 with w = 1 / variance (W. G. Cochran, Biometrics 10 (1954) 101-129).
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
    if len(known) < 2:
        return SubgroupComparison(tuple(found), math.nan, 0, math.nan)
    weights = np.array([1 / one.variance for one in known])
    values = np.array([one.value for one in known])
    q = float(np.sum(weights * (values - np.average(values, weights=weights)) ** 2))
    return SubgroupComparison(tuple(found), q, len(known) - 1, float(chdtrc(len(known) - 1, q)))


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
