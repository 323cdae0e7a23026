"""What AUC, and what difference of two AUCs, a test set could have shown.

A test that finds nothing says little unless it is known what it would have found. The variance of
an AUC that is only assumed is that of two normal distributions of equal spread (N. A. Obuchowski,
Radiology 229 (2003) 3-8; N. A. Obuchowski, D. K. McClish, Stat. Med. 16 (1997) 1529-1542).
"""

import math
from statistics import NormalDist

from studio.errors import StudioError

ALPHA, POWER = 0.05, 0.8
_CHANCE = 0.0792
"""Variance of the binormal AUC at .5, times the positives, over 1 + positives / negatives."""


def auc_variance(auc: float, positives: int, negatives: int) -> float:
    """The variance expected of an AUC (0..1) of so many independent images.

    V = .0099 exp(-a² / 2) ((5 a² + 8) + (a² + 8) / k) / positives with a = 1.414 Φ⁻¹(AUC) and
    k = negatives / positives. It leaves out a covariance that is below 0: exact at .5, about a
    quarter too large at .8, so that what follows from it is on the safe side. NaN without an image
    of either class, and at an AUC of 0 or 1, where this approximation has no value.
    """
    if min(positives, negatives) < 1 or not 0 < auc < 1:
        return math.nan
    a = NormalDist().inv_cdf(auc) * 1.414
    whole = (5 * a * a + 8) + (a * a + 8) * positives / negatives
    return 0.0099 * math.exp(-a * a / 2) * whole / positives


def auc_power(auc: float, positives: int, negatives: int, alpha: float = ALPHA) -> float:
    """The probability, 0..1, that a two-sided test at `alpha` tells an AUC of `auc` from .5.

    Φ((|auc - .5| - z sqrt(V0)) / sqrt(V)), V0 the variance at .5, V that at `auc`, as
    `power.roc.test` of R's pROC has it. NaN where the variance has no value. Raises StudioError for
    an `alpha` outside 0 to 1.
    """
    variance = auc_variance(auc, positives, negatives)
    reach = _quantile(1 - alpha / 2)
    if math.isnan(variance):
        return math.nan
    at_chance = _CHANCE * (1 / positives + 1 / negatives)
    z = (abs(auc - 0.5) - reach * math.sqrt(at_chance)) / math.sqrt(variance)
    return NormalDist().cdf(z)


def detectable_auc(
    positives: int, negatives: int, power: float = POWER, alpha: float = ALPHA
) -> float:
    """The least AUC above .5 that `auc_power` gives a probability of `power` (0..1) to be told from
    .5. NaN without an image of either class, or where no AUC below .9999 has it."""
    from scipy.optimize import brentq

    _quantile(power)
    if min(positives, negatives) < 1:
        return math.nan

    def missing(auc: float) -> float:
        return auc_power(auc, positives, negatives, alpha) - power

    least, most = 0.5 + 1e-9, 0.9999
    if missing(most) < 0 or missing(least) > 0:
        return math.nan
    return float(brentq(missing, least, most, xtol=1e-12))


def detectable_difference(error: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """The least true difference that a two-sided normal test of standard error `error` finds with a
    probability of `power`: (z(1 - alpha / 2) + z(power)) · error.

    `error` is that of any difference of AUCs, such as DeLong's paired one. NaN where it is not
    known or 0. Raises StudioError for an `alpha` or a `power` outside 0 to 1.
    """
    reach = _quantile(1 - alpha / 2) + _quantile(power)
    return reach * error if math.isfinite(error) and error > 0 else math.nan


def _quantile(share: float) -> float:
    if not 0 < share < 1:
        raise StudioError(f"A level or a power lies between 0 and 1, not at {share}.")
    return NormalDist().inv_cdf(share)
