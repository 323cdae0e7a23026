"""The variance of an AUC, and the difference of two on the same images, after DeLong.

E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837-845, by the midranks of
X. Sun and W. Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393: O(n log n) in place of all
pairs. With m positives and n negatives, midranks TZ over all, TX over the positives, TY over the
negatives: AUC = (sum TZ[positive] / m - (m + 1) / 2) / n, V10 = (TZ - TX) / n of the positives,
V01 = 1 - (TZ - TY) / m of the negatives, variance = var(V10) / m + var(V01) / n.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.stats.normal import normal_quantile, two_sided_p
from studio.stats.roc import Flags, Floats, checked

# Below this a variance is rounding of midranks: all placements are equal.
_NO_VARIANCE = 1e-15


@dataclass(frozen=True, slots=True)
class Auc:
    """An AUC with its interval; NaN where it cannot be estimated.

    `value` is NaN when a class has no example. `low`, `high` are NaN and `estimable` is False when
    there is no variance to build an interval from (one class, one example of a class, perfect or
    constant separation): never an interval of width zero.
    """

    value: float
    low: float
    high: float
    variance: float
    estimable: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two AUCs on the same images: a - b, z and two-sided p; all but the difference may be NaN."""

    difference: float
    z: float
    p: float
    low: float
    high: float
    estimable: bool


def auc_delong(scores: npt.ArrayLike, positive: npt.ArrayLike, level: float = 0.95) -> Auc:
    """The AUC of `scores` [n] for the flags `positive` [n] with its interval at `level`.

    The interval is made on the logit scale (Pepe 2003, section 5.2.3), so that it stays inside
    0..1. Raises StudioError when the lengths differ or a score is not finite.
    """
    quantile = normal_quantile(level)
    numbers, flags = checked(scores, positive)
    if not _both_classes(flags):
        return Auc(math.nan, math.nan, math.nan, math.nan, False)
    values, v10, v01 = _placements(numbers[None, :], flags)
    value = float(values[0])
    variance = _covariance(v10, v01)[0, 0]
    if not variance > _NO_VARIANCE or not 0 < value < 1:
        return Auc(value, math.nan, math.nan, float(variance), False)
    logit = math.log(value / (1 - value))
    reach = quantile * math.sqrt(variance) / (value * (1 - value))
    return Auc(value, _expit(logit - reach), _expit(logit + reach), float(variance), True)


def compare_delong(
    a: npt.ArrayLike, b: npt.ArrayLike, positive: npt.ArrayLike, level: float = 0.95
) -> Comparison:
    """The paired comparison of two score vectors [n] on the same images.

    `low`, `high` bound the difference at `level` on its own scale. Not estimable when the
    difference has no variance (identical rankings, one class). Raises StudioError as `auc_delong`.
    """
    quantile = normal_quantile(level)
    first, flags = checked(a, positive)
    second, _ = checked(b, positive)
    if not _both_classes(flags):
        return Comparison(math.nan, math.nan, math.nan, math.nan, math.nan, False)
    values, v10, v01 = _placements(np.stack([first, second]), flags)
    difference = float(values[0] - values[1])
    # The variance of the differences, not the sum of a 2 x 2 table: that would cancel to noise.
    variance = _covariance(v10[:1] - v10[1:], v01[:1] - v01[1:])[0, 0]
    if not variance > _NO_VARIANCE:
        return Comparison(difference, math.nan, math.nan, math.nan, math.nan, False)
    error = math.sqrt(variance)
    z = difference / error
    reach = quantile * error
    return Comparison(difference, z, two_sided_p(z), difference - reach, difference + reach, True)


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


def _covariance(v10: Floats, v01: Floats) -> Floats:
    """[k, k]; NaN when a class has a single example, whose spread is unknown."""
    if min(v10.shape[1], v01.shape[1]) < 2:
        return np.full((v10.shape[0], v10.shape[0]), np.nan)
    s10 = np.atleast_2d(np.cov(v10))
    s01 = np.atleast_2d(np.cov(v01))
    return np.asarray(s10 / v10.shape[1] + s01 / v01.shape[1], dtype=np.float64)


def _expit(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return math.exp(x) / (1 + math.exp(x))
