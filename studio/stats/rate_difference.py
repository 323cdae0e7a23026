"""Whether a share, such as a sensitivity, differs between parts of a test set that share no image.

The interval of a difference is made of the intervals of the two shares: R. G. Newcombe's hybrid
score interval (Stat. Med. 17 (1998) 873-890, method 10), which G. Y. Zou and A. Donner (Stat. Med.
27 (2008) 1693-1702) show to hold for any two independent estimates with intervals of their own, and
so for clustered ones too.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.groups import Groups, group_count, group_numbers
from studio.stats.intervals import Proportion, effective
from studio.stats.roc import Flags, Floats

FISHER, FREEMAN_HALTON = "Fisher's exact test", "Fisher's exact test (Freeman-Halton)"
CHI_SQUARE, RAO_SCOTT = "chi-square", "chi-square, clustered (Rao-Scott)"
_MOST_TABLES = 200_000
_AS_LIKELY = 1 + 1e-7  # as R's fisher.test: rounding must not part equally likely tables


@dataclass(frozen=True, slots=True)
class RateDifference:
    """A share minus another one, -1..1, with its interval at `level`; NaN where either has no
    image."""

    difference: float
    low: float
    high: float
    level: float = 0.95


def rate_difference(one: Proportion, other: Proportion) -> RateDifference:
    """`one` minus `other`, of images that are independent of one another, at the level of both."""
    a, b = one.value, other.value
    if math.isnan(a - b):
        return RateDifference(math.nan, math.nan, math.nan, one.level)
    down = math.hypot(a - one.low, other.high - b)
    up = math.hypot(one.high - a, b - other.low)
    difference = a - b
    return RateDifference(
        difference, max(-1.0, difference - down), min(1.0, difference + up), one.level
    )


@dataclass(frozen=True, slots=True)
class RateTest:
    """A two-sided p that all parts have one share, and what it was made by; NaN and "" with fewer
    than two parts that have an image."""

    p: float
    method: str


def equal_rates(
    hits: npt.ArrayLike, names: Sequence[str], groups: Sequence[Hashable | None] | None = None
) -> RateTest:
    """Whether the share of true `hits` [n] is the same in each part, named by `names` [n].

    Of independent images R. A. Fisher's exact test, with more than two parts in the form of G. H.
    Freeman and J. H. Halton (Biometrika 38 (1951) 141-149); Pearson's chi-square where there are
    too many tables to go through. With `groups` [n] (see `auc_delong`) Pearson's chi-square of the
    counts divided by the design effect of each part, as J. N. K. Rao and A. J. Scott propose it for
    this (Biometrics 48 (1992) 577-585), its tail that of F with as many degrees as there are groups
    less parts, since the design effects are estimated. Raises StudioError for lengths that differ.
    """
    flags = np.asarray(hits).ravel().astype(bool)
    clusters = group_numbers(groups, flags.size)
    if len(names) != flags.size:
        raise StudioError(f"{flags.size} images need as many names of parts.")
    labels = np.array([str(name) for name in names], dtype=object)
    parts = [labels == name for name in sorted(set(labels.tolist()))]
    if len(parts) < 2:
        return RateTest(math.nan, "")
    k = np.array([int(flags[own].sum()) for own in parts], np.float64)
    n = np.array([int(own.sum()) for own in parts], np.float64)
    if clusters is not None and group_count(clusters) < flags.size:
        worth = np.array([_worth(flags[own], clusters[own]) for own in parts])
        freedom = group_count(clusters) - len(parts)
        return RateTest(_pearson(k / n * worth, worth, freedom), RAO_SCOTT)
    if math.prod(int(size) + 1 for size in sorted(n)[:-1]) > _MOST_TABLES:
        return RateTest(_pearson(k, n), CHI_SQUARE)
    return RateTest(_exact(k, n), FISHER if len(parts) == 2 else FREEMAN_HALTON)


def _worth(flags: Flags, clusters: Groups) -> float:
    _, own = np.unique(clusters, return_inverse=True)
    return float(effective(flags, own)) if group_count(own) > 1 else 1.0


def _pearson(k: Floats, n: Floats, freedom: int = 0) -> float:
    """The chi-square tail of `k` of `n` in each part, that of F where `freedom` of its denominator
    is given; 1 where all or none are hits."""
    from scipy.special import chdtrc, fdtrc

    share = k.sum() / n.sum()
    if not 0 < share < 1:
        return 1.0
    x = float(np.sum((k - n * share) ** 2 / (n * share * (1 - share))))
    if freedom > 0:
        return float(fdtrc(n.size - 1, freedom, x / (n.size - 1)))
    return float(chdtrc(n.size - 1, x))


def _exact(k: Floats, n: Floats) -> float:
    """The probability, with all sums given, of tables that are no likelier than `k` of `n`."""
    order = np.argsort(n)
    k, n = k[order], n[order]
    total = k.sum()
    sums, logs = np.zeros(1), np.zeros(1)
    for size in n[:-1]:
        counts = np.arange(size + 1)
        sums = (sums[:, None] + counts).ravel()
        logs = (logs[:, None] + _log_choose(size, counts)).ravel()
        kept = sums <= total
        sums, logs = sums[kept], logs[kept]
    rest = total - sums
    kept = rest <= n[-1]
    likely = np.exp(
        logs[kept] + _log_choose(n[-1], rest[kept]) - float(_log_choose(n.sum(), total))
    )
    seen = math.exp(float(np.sum(_log_choose(n, k)) - _log_choose(n.sum(), total)))
    return float(min(1.0, likely[likely <= seen * _AS_LIKELY].sum()))


def _log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    from scipy.special import gammaln

    size, count = np.asarray(n, np.float64), np.asarray(k, np.float64)
    return np.asarray(gammaln(size + 1) - gammaln(count + 1) - gammaln(size - count + 1))
