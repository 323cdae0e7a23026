"""How likely a planned study of several readers shows equivalence with chance.

The analysis is that of `crossed`: readers and pictures are both samples. What a plan has to assume
is how far readers differ and how far pictures are easy or hard for all of them; the spread of an
answer, p (1 - p), is parted among readers, pictures and the rest (sizing by variance components: S.
L. Hillis, N. A. Obuchowski, K. S. Berbaum, Acad. Radiol. 18 (2011) 129-142).
"""

import math
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.stats.equivalence import ALPHA, CHANCE, MARGIN, checked_test, equivalence_power

READER_SPREAD = 0.03
"""Assumed standard deviation of the readers' true accuracies."""
PICTURE_SHARE = 0.10
"""Assumed share of the variance of an answer that belongs to the picture, for all readers alike."""
_NODES = 400


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """`readers` who each answer all of `pictures`; what is assumed of them, both 0..1."""

    readers: int
    pictures: int
    reader_spread: float = READER_SPREAD
    picture_share: float = PICTURE_SHARE


def pooled_power(
    plan: ReaderPlan,
    accuracy: float = CHANCE,
    margin: float = MARGIN,
    alpha: float = ALPHA,
    chance: float = CHANCE,
) -> float:
    """Probability, 0..1, that readers of a true mean `accuracy` are shown equivalent to chance.

    Two one-sided t tests with the standard error sqrt(R / r + P / n + E / (r n)) of the variance
    components R, P and E, and the degrees of freedom of Hillis (see `pooled_mean`) at the expected
    mean squares; the estimate is taken as normal and its variance as chi-squared. One reader takes
    the exact tests of `equivalence_power`. Raises StudioError for a plan that is none.
    """
    from scipy.special import chdtri, ndtr, stdtrit

    checked_test(margin, alpha, chance)
    r, n = plan.readers, plan.pictures
    if r < 1 or n < 0 or not 0 <= plan.picture_share < 1 or not plan.reader_spread >= 0:
        raise StudioError("A plan needs a reader or more, and shares of variance from 0 to 1.")
    if r == 1:
        return equivalence_power(n, margin, alpha, chance, accuracy)
    if n < 3:
        return 0.0
    whole = accuracy * (1 - accuracy)
    of_readers = plan.reader_spread**2
    of_pictures = plan.picture_share * whole
    rest = max(whole - of_readers - of_pictures, 1e-9)
    ms_r = n * of_readers + rest
    total = ms_r + r * of_pictures
    error = math.sqrt(total / (r * n))
    freedom = min(total**2 * (r - 1) / ms_r**2, (r - 1) * (n - 2))
    # The standard error is estimated: average over what it may come out as.
    share = (np.arange(_NODES) + 0.5) / _NODES
    spread = error * np.sqrt(chdtri(freedom, share) / freedom)
    reach = float(stdtrit(freedom, 1 - alpha)) * spread
    upper = ndtr((chance + margin - reach - accuracy) / error)
    lower = ndtr((chance - margin + reach - accuracy) / error)
    return float(np.maximum(upper - lower, 0).mean())
