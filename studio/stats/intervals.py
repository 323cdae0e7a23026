"""Intervals for proportions."""

import math
from dataclasses import dataclass

from studio.errors import StudioError
from studio.stats.normal import normal_quantile


@dataclass(frozen=True, slots=True)
class Proportion:
    """`k` of `n` with an interval; everything is NaN when `n` is 0."""

    value: float
    low: float
    high: float
    k: int
    n: int

    @property
    def estimable(self) -> bool:
        """Whether there was anything to count."""
        return self.n > 0


def wilson(k: int, n: int, level: float = 0.95) -> Proportion:
    """The Wilson score interval of `k` successes in `n` (Wilson, JASA 22 (1927) 209-212).

    Stays inside 0..1 and has width for k = 0 and k = n. Raises StudioError unless 0 <= k <= n.
    """
    if not 0 <= k <= n:
        raise StudioError(f"{k} of {n} is not a proportion.")
    z = normal_quantile(level)
    if n == 0:
        return Proportion(math.nan, math.nan, math.nan, k, n)
    value = k / n
    spread = 1 + z * z / n
    centre = (value + z * z / (2 * n)) / spread
    reach = z / spread * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    # At the ends the bound is the end itself; rounding would leave 1e-17 or 0.9999999999999999.
    low = 0.0 if k == 0 else max(0.0, centre - reach)
    high = 1.0 if k == n else min(1.0, centre + reach)
    return Proportion(value, low, high, k, n)


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Proportion:
    """The exact interval of `k` successes in `n` (Clopper, Pearson, Biometrika 26 (1934) 404-413).

    It holds what the two one-sided exact tests at (1 - level) / 2 do not reject, so a lower level
    always lies within a higher one. Raises StudioError unless 0 <= k <= n.
    """
    from scipy.special import betaincinv

    if not 0 <= k <= n:
        raise StudioError(f"{k} of {n} is not a proportion.")
    if n == 0:
        return Proportion(math.nan, math.nan, math.nan, k, n)
    tail = (1 - level) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return Proportion(k / n, low, high, k, n)
