"""Wilcoxon's signed rank test, exact whatever ties and zeros there are."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST = 1_000
"""Pairs beyond which the exact distribution would take long: with so many, other tests serve."""


@dataclass(frozen=True)
class SignedRank:
    """`w` is the sum of the ranks of positive differences, `n` how many differences are not zero,
    `p` two-sided. NaN where all differences are zero, or there is none."""

    w: float
    n: int
    p: float


def signed_rank(differences: npt.ArrayLike) -> SignedRank:
    """Test whether paired `differences` [n] lie about zero.

    Zeros are left out, as Wilcoxon did; equal sizes share the mean of their ranks. The p value is
    twice the smaller tail of all 2^n ways of giving these ranks a sign, at most 1: exact with ties,
    where tables and most programs go over to the normal curve. (Wilcoxon 1945; Streitberg and
    Röhmel 1986 for the distribution.) The least p that n pairs can give is 2^(1 - n): .0156 with
    seven. Raises ValueError for a difference that is not finite, or more than `MOST`.
    """
    from scipy.stats import rankdata

    values = np.asarray(differences, np.float64).ravel()
    if not np.isfinite(values).all():
        raise ValueError("A difference is not a finite number.")
    values = values[values != 0]
    if values.size > MOST:
        raise ValueError(f"At most {MOST:,} differences, not {values.size:,}.")
    if not values.size:
        return SignedRank(math.nan, 0, math.nan)
    doubled = np.rint(2 * rankdata(np.abs(values))).astype(np.int64)  # mid-ranks are halves
    total = int(doubled.sum())
    share = np.zeros(total + 1)  # of the ways of giving signs, by the doubled sum
    share[0] = 1.0
    for rank in doubled:
        share[rank:] += share[: total + 1 - rank].copy()
        share /= 2
    seen = int(doubled[values > 0].sum())
    tail = min(share[: seen + 1].sum(), share[seen:].sum())
    return SignedRank(seen / 2, int(values.size), float(min(1.0, 2 * tail)))
