"""The variance of an AUC, and the difference of two on the same images, after DeLong.

E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837-845, by the midranks of
X. Sun and W. Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393: O(n log n) in place of all
pairs. With m positives and n negatives, midranks TZ over all, TX over the positives, TY over the
negatives: AUC = (sum TZ[positive] / m - (m + 1) / 2) / n, V10 = (TZ - TX) / n of the positives,
V01 = 1 - (TZ - TY) / m of the negatives, variance = var(V10) / m + var(V01) / n.

Where images come in groups (several crops of a photograph, several photographs of a patient), the
variance is that of N. A. Obuchowski, Biometrics 53 (1997) 567-578: the placements are summed over
each group before their spread is taken, and a group that has images of both classes adds the
covariance of the two. With groups of one image it is DeLong's variance exactly. The groups are
numbered by `studio.stats.groups`.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from studio.stats.groups import Groups, group_count, group_numbers, group_sums
from studio.stats.normal import normal_quantile, t_quantile, two_sided_p
from studio.stats.roc import Flags, Floats, checked

EXACT_METHOD = "exact, one-sided"
# Below this a variance is rounding of midranks: all placements are equal.
_NO_VARIANCE = 1e-15


@dataclass(frozen=True, slots=True)
class Auc:
    """An AUC with its interval at `level`; NaN where it cannot be estimated.

    `value` is NaN when a class has no example. `low`, `high` are NaN and `estimable` is False when
    there is no variance to build an interval from (one class, one example of a class, perfect or
    constant separation): never an interval of width zero. With perfect separation `bound` holds
    what can be said all the same: the one-sided exact limit at `level`, see `exact_bound`; it is
    NaN otherwise. `images` were counted in `groups` groups, 0 where groups are unknown.
    """

    value: float
    low: float
    high: float
    variance: float
    estimable: bool
    bound: float = math.nan
    level: float = 0.95
    images: int = 0
    groups: int = 0

    @property
    def bounded(self) -> bool:
        """Whether there is a one-sided limit in the place of an interval."""
        return not math.isnan(self.bound)

    @property
    def method(self) -> str:
        """What interval or limit were made by; "" where there is neither."""
        if self.bounded:
            return EXACT_METHOD
        return method_name(self.groups, self.images) if self.estimable else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two AUCs on the same images: a - b, z and two-sided p; all but the difference may be NaN.

    `images` were counted in `groups` groups, 0 where groups are unknown.
    """

    difference: float
    z: float
    p: float
    low: float
    high: float
    estimable: bool
    level: float = 0.95
    images: int = 0
    groups: int = 0

    @property
    def method(self) -> str:
        """What the test was made by."""
        return f"paired {method_name(self.groups, self.images)}"


def method_name(groups: int, images: int) -> str:
    """The name of the variance with `images` in that many known groups, 0 for unknown ones."""
    return "clustered DeLong" if 0 < groups < images else "DeLong"


def auc_delong(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    level: float = 0.95,
    groups: Sequence[Hashable | None] | None = None,
) -> Auc:
    """The AUC of `scores` [n] for the flags `positive` [n] with its interval at `level`.

    `groups` [n] names what each image belongs to (None or "" for an image that stands for itself);
    without it each image counts as independent. The interval is made on the logit scale (Pepe 2003,
    section 5.2.3), so that it stays inside 0..1; with groups its quantile is Student's. Raises
    StudioError when the lengths differ or a score is not finite.
    """
    normal_quantile(level)  # checks it
    numbers, flags = checked(scores, positive)
    clusters = group_numbers(groups, flags.size)
    auc = partial(Auc, level=level, images=int(flags.size), groups=group_count(clusters))
    if not _both_classes(flags):
        return auc(math.nan, math.nan, math.nan, math.nan, False)
    values, v10, v01 = _placements(numbers[None, :], flags)
    value = float(values[0])
    variance, freedom = _variance(v10[0], v01[0], flags, clusters)
    if not 0 < value < 1:
        bound = exact_bound(value, flags, level, clusters)
        return auc(value, math.nan, math.nan, variance, False, bound)
    if not variance > _NO_VARIANCE:
        return auc(value, math.nan, math.nan, variance, False)
    bounds = logit_interval(value, math.sqrt(variance), t_quantile(level, freedom))
    return auc(value, *bounds, variance, True)


def compare_delong(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    positive: npt.ArrayLike,
    level: float = 0.95,
    groups: Sequence[Hashable | None] | None = None,
) -> Comparison:
    """The paired comparison of two score vectors [n] on the same images, of known `groups` or none.

    `low`, `high` bound the difference at `level` on its own scale. With groups z is taken as normal
    too: Student's quantile, which the interval of one AUC needs where groups are few, makes this
    test reject half as often as it says (tests/bench/bench_clustered.py). Not estimable when the
    difference has no variance (identical rankings, one class). Raises StudioError as `auc_delong`.
    """
    quantile = normal_quantile(level)
    first, flags = checked(a, positive)
    second, _ = checked(b, positive)
    clusters = group_numbers(groups, flags.size)
    compared = partial(
        Comparison, level=level, images=int(flags.size), groups=group_count(clusters)
    )
    if not _both_classes(flags):
        return compared(math.nan, math.nan, math.nan, math.nan, math.nan, False)
    values, v10, v01 = _placements(np.stack([first, second]), flags)
    difference = float(values[0] - values[1])
    # The variance of the differences, not the sum of a 2 x 2 table: that would cancel to noise.
    variance, _ = _variance(v10[0] - v10[1], v01[0] - v01[1], flags, clusters)
    if not variance > _NO_VARIANCE:
        return compared(difference, math.nan, math.nan, math.nan, math.nan, False)
    error = math.sqrt(variance)
    z = difference / error
    reach = quantile * error
    return compared(difference, z, two_sided_p(z), difference - reach, difference + reach, True)


def exact_bound(
    value: float, flags: Flags, level: float = 0.95, clusters: Groups | None = None
) -> float:
    """The one-sided limit of a true AUC whose estimate is 1 (a lower one) or 0 (an upper one).

    Let k be the largest number of pairs, one positive and one negative each, that share no image
    and no group. Perfect separation orders all k of them rightly, which for a true AUC of A happens
    with a probability of A^k, so that A is at least (1 - level)^(1 / k), whatever the distributions
    are; with independent images k is the size of the smaller class. The limit is reached: by
    positives that are above all negatives with probability A and below them all otherwise.
    """
    pairs = _free_pairs(flags, clusters)
    limit = (1 - level) ** (1 / pairs) if pairs else math.nan
    return limit if value >= 1 else 1 - limit


def _free_pairs(flags: Flags, clusters: Groups | None) -> int:
    """How many pairs of a positive and a negative share neither image nor group."""
    if clusters is None:
        return int(min(flags.sum(), (~flags).sum()))
    having = np.unique(clusters[flags]), np.unique(clusters[~flags])
    both = np.intersect1d(*having).size
    only = having[0].size - both, having[1].size - both
    # Groups with both classes stand on either side; two of them make one pair.
    return int(min(only[0] + both, only[1] + both, (sum(only) + both) // 2))


def design_effects(scores: Floats, flags: Flags, clusters: Groups | None) -> tuple[float, float]:
    """(of the positives, of the negatives): how much more their placements vary than if each image
    stood for itself, at least 1; (1, 1) without groups or where the spread is unknown.
    """
    if clusters is None or not _both_classes(flags):
        return 1.0, 1.0
    _, v10, v01 = _placements(scores[None, :], flags)
    return _design_effect(v10[0], clusters[flags]), _design_effect(v01[0], clusters[~flags])


def _design_effect(values: Floats, clusters: Groups) -> float:
    _, own = np.unique(clusters, return_inverse=True)
    count, n = group_count(own), values.size
    if count < 2:
        return float(n)
    alone = float(values.var(ddof=1)) / n
    sums = group_sums(values - values.mean(), own, count)
    together = float(sums @ sums) * count / ((count - 1) * n * n)
    # Placements that are all alike tell nothing: then each group counts as one image.
    return max(1.0, together / alone) if alone > _NO_VARIANCE else n / count


def midranks(values: npt.ArrayLike) -> Floats:
    """Ranks [n] from 1, ties sharing the mean of theirs."""
    _, tie, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[tie], dtype=np.float64)


def _both_classes(flags: Flags) -> bool:
    return bool(flags.any() and not flags.all())


def _placements(scores: Floats, flags: Flags) -> tuple[Floats, Floats, Floats]:
    """(AUC [k], V10 [k, m], V01 [k, n]) of k score vectors [k, m + n]."""
    m = int(flags.sum())
    n = flags.size - m
    over_all = np.stack([midranks(row) for row in scores])
    over_positives = np.stack([midranks(row[flags]) for row in scores])
    over_negatives = np.stack([midranks(row[~flags]) for row in scores])
    v10 = (over_all[:, flags] - over_positives) / n
    v01 = 1 - (over_all[:, ~flags] - over_negatives) / m
    return v10.mean(axis=1), v10, v01


def _variance(
    v10: Floats, v01: Floats, flags: Flags, clusters: Groups | None
) -> tuple[float, float]:
    """(variance of the mean placement, its degrees of freedom): of an AUC or a difference of two.

    `v10` [m] belongs to the positives, `v01` [n] to the negatives, in the order of `flags`. NaN
    when a class has a single example or lies in a single group, whose spread is unknown. DeLong's
    quantile is the normal one (infinite degrees of freedom); with groups, which are often few, they
    are Satterthwaite's (Biometrics Bull. 2 (1946) 110-114) of the two sums of squares.
    """
    if clusters is None:
        if min(v10.size, v01.size) < 2:
            return math.nan, math.nan
        return float(v10.var(ddof=1) / v10.size + v01.var(ddof=1) / v01.size), math.inf
    count = group_count(clusters)
    if count == flags.size:
        return _variance(v10, v01, flags, None)
    up, down = clusters[flags], clusters[~flags]
    # Obuchowski's sums of V10(X_i.) - m_i AUC, which is what centred placements add up to.
    x = group_sums(v10 - v10.mean(), up, count)
    y = group_sums(v01 - v01.mean(), down, count)
    i10, i01 = np.unique(up).size, np.unique(down).size
    if min(i10, i01) < 2:
        return math.nan, math.nan
    m, n = v10.size, v01.size
    of_x = float(x @ x) * i10 / ((i10 - 1) * m * m)
    of_y = float(y @ y) * i01 / ((i01 - 1) * n * n)
    both = 2 * float(x @ y) * count / ((count - 1) * m * n)
    parts = of_x**2 / (i10 - 1) + of_y**2 / (i01 - 1)
    freedom = (of_x + of_y) ** 2 / parts if parts > 0 else math.inf
    return max(0.0, of_x + of_y + both), freedom


def class_placements(scores: Floats, flags: Flags) -> tuple[float, Floats, Floats]:
    """(AUC, V10 [m], V01 [n]) of `scores` [m + n], both classes having examples."""
    values, v10, v01 = _placements(scores[None, :], flags)
    return float(values[0]), v10[0], v01[0]


def logit_interval(value: float, error: float, quantile: float) -> tuple[float, float]:
    """The bounds of an AUC 0 < `value` < 1 with its standard error, made on the logit scale."""
    logit = math.log(value / (1 - value))
    reach = quantile * error / (value * (1 - value))
    return _expit(logit - reach), _expit(logit + reach)


def _expit(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return math.exp(x) / (1 + math.exp(x))
