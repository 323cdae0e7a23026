"""Intervals for proportions."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.groups import Groups, group_count, group_numbers, group_sums
from studio.stats.normal import normal_quantile, t_quantile
from studio.stats.roc import Flags


@dataclass(frozen=True, slots=True)
class Proportion:
    """`k` of `n` with an interval at `level` by `method`; everything is NaN when `n` is 0.

    `groups` says in how many groups the `n` were counted, 0 where groups are unknown.
    """

    value: float
    low: float
    high: float
    k: int
    n: int
    level: float = 0.95
    method: str = "Wilson"
    groups: int = 0

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
        return Proportion(math.nan, math.nan, math.nan, k, n, level)
    low, high = wilson_bounds(k / n, n, z)
    return Proportion(k / n, low, high, k, n, level)


def wilson_bounds(value: float, n: float, z: float) -> tuple[float, float]:
    """The score interval of a share `value` (0..1) that is worth `n` > 0 independent trials."""
    spread = 1 + z * z / n
    centre = (value + z * z / (2 * n)) / spread
    reach = z / spread * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    # At the ends the bound is the end itself; rounding would leave 1e-17 or 0.9999999999999999.
    low = 0.0 if value <= 0 else max(0.0, centre - reach)
    high = 1.0 if value >= 1 else min(1.0, centre + reach)
    return low, high


def clustered_wilson(
    hits: npt.ArrayLike, groups: Sequence[Hashable | None] | None, level: float = 0.95
) -> Proportion:
    """The share of true `hits` [n], whose images may come in `groups` [n]; `wilson` without them.

    The score interval at the effective number of images n / d, with the design effect d of J. N. K.
    Rao and A. J. Scott (Biometrics 48 (1992) 577-585): the variance of the share as a ratio of
    sums over groups, divided by that of as many independent images. The quantile is Student's with
    one degree fewer than groups (E. L. Korn, B. I. Graubard, Surv. Methodol. 24 (1998) 193-201).
    Where all or none are hits there is no design effect to estimate, and each group counts once.
    Where each image is its own group the interval is Wilson's. Raises StudioError unless
    `groups` has an entry for each image.
    """
    flags = np.asarray(hits).ravel().astype(bool)
    clusters = group_numbers(groups, flags.size)
    return proportion_of(flags, clusters, level, single=group_count(clusters) == flags.size)


def proportion_of(
    flags: Flags, clusters: Groups | None, level: float, *, single: bool = False
) -> Proportion:
    """`clustered_wilson` for group numbers as `group_numbers` gives them.

    `single` says that each image of the set of which `flags` are a part is its own group.
    """
    k, n = int(flags.sum()), int(flags.size)
    if clusters is None or n == 0:
        return wilson(k, n, level)
    if single:
        return replace(wilson(k, n, level), groups=n)
    _, own = np.unique(clusters, return_inverse=True)
    count = group_count(own)
    method = "Wilson, clustered (Rao-Scott)"
    if count < 2:
        return Proportion(k / n, 0.0, 1.0, k, n, level, method, count)
    low, high = wilson_bounds(k / n, effective(flags, own), t_quantile(level, count - 1))
    return Proportion(k / n, low, high, k, n, level, method, count)


def effective(flags: Flags, own: Groups) -> float:
    """How many independent images `flags` [n] in groups `own` [n] are worth: 0 < it <= n."""
    n, count = flags.size, group_count(own)
    share = float(flags.mean())
    if share in (0.0, 1.0):
        return count
    sums = group_sums(flags.astype(np.float64) - share, own, count)
    variance = count / (count - 1) * float(sums @ sums) / n**2
    return min(n, share * (1 - share) / variance) if variance > 0 else float(n)


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Proportion:
    """The exact interval of `k` successes in `n` (Clopper, Pearson, Biometrika 26 (1934) 404-413).

    It holds what the two one-sided exact tests at (1 - level) / 2 do not reject, so a lower level
    always lies within a higher one. Raises StudioError unless 0 <= k <= n.
    """
    from scipy.special import betaincinv

    if not 0 <= k <= n:
        raise StudioError(f"{k} of {n} is not a proportion.")
    exact = "Clopper-Pearson"
    if n == 0:
        return Proportion(math.nan, math.nan, math.nan, k, n, level, exact)
    tail = (1 - level) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return Proportion(k / n, low, high, k, n, level, exact)
