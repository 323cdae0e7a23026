"""The kernel inception distance, in whatever feature space, with an interval."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.metrics.neighbours import Features
from studio.stats.normal import normal_quantile

FEWEST = 4
MOST = 5000  # rows of a set that are compared with one another: seconds, not minutes
_BLOCK_ROWS = 512


@dataclass(frozen=True)
class Kid:
    """Squared maximum mean discrepancy with its interval; below zero is chance, not an error.

    `n_real` and `n_fake` are the pictures it rests on.
    """

    value: float
    low: float
    high: float
    standard_error: float
    n_real: int
    n_fake: int


def kid(
    real: Features, fake: Features, *, level: float = 0.95, most: int = MOST, seed: int = 0
) -> Kid:
    """Unbiased MMD² between features `[N, F]` and `[M, F]` (Bińkowski et al. 2018).

    Kernel (x·y / F + 1)³. The value is the U-statistic over all pairs: the mean over every subset
    at once, which the published mean over 100 random subsets approaches. Of a set with more than
    `most` rows, `most` are drawn with `seed`.

    The interval is value ± z × the two-sample delete-one jackknife error. A jackknife error is at
    least the true one on average (Efron & Stein 1981); for equal distributions, where MMD² has no
    linear part, it is about √2 times it, so that the interval is then wide, never narrow.

    Raises:
        StudioError: fewer than four pictures on a side, or features of different spaces.
    """
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise StudioError("KID compares features of one space; these have different dimensions.")
    x, y = drawn(real, most, seed), drawn(fake, most, seed + 1)
    n, m = len(x), len(y)
    if min(n, m) < FEWEST:
        raise StudioError(
            f"KID needs {FEWEST} real and {FEWEST} generated pictures; there are {n} and {m}."
        )
    xx, _ = _kernel_sums(x, x)
    yy, _ = _kernel_sums(y, y)
    xx, yy = xx - _own(x), yy - _own(y)
    xy, yx = _kernel_sums(x, y)
    across = xy.sum()
    value = xx.sum() / (n * (n - 1)) + yy.sum() / (m * (m - 1)) - 2 * across / (n * m)
    variance = _jackknife(xx, xy, across, m) + _jackknife(yy, yx, across, n)
    error = float(np.sqrt(variance))
    reach = normal_quantile(level) * error
    return Kid(float(value), float(value - reach), float(value + reach), error, n, m)


def drawn(features: NDArray[Any], most: int, seed: int) -> NDArray[Any]:
    """At most `most` rows, in their order, chosen by chance with a generator of its own."""
    if len(features) <= most:
        return features
    chosen = np.random.RandomState(seed).permutation(len(features))[:most]
    return features[np.sort(chosen)]


def _kernel_sums(a: Features, b: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of the kernel over b for each row of a, and over a for each row of b."""
    others = np.asarray(b, np.float64)
    of_a, of_b = np.empty(len(a)), np.zeros(len(b))
    for start in range(0, len(a), _BLOCK_ROWS):
        rows = np.asarray(a[start : start + _BLOCK_ROWS], np.float64)
        block = (rows @ others.T / a.shape[1] + 1) ** 3
        of_a[start : start + len(rows)] = block.sum(axis=1)
        of_b += block.sum(axis=0)
    return of_a, of_b


def _own(a: Features) -> NDArray[np.float64]:
    """The kernel of each row with itself, which the unbiased estimate leaves out."""
    rows = np.asarray(a, np.float64)
    own: NDArray[np.float64] = (np.einsum("ij,ij->i", rows, rows) / a.shape[1] + 1) ** 3
    return own


def _jackknife(
    within: NDArray[np.float64], across: NDArray[np.float64], total: float, others: int
) -> float:
    """Variance that one side contributes, from the values with each of its rows left out.

    `within`, `across` `[n]`: the sums of each row with its own side and with the other.
    """
    n = len(within)
    left = (within.sum() - 2 * within) / ((n - 1) * (n - 2))
    left -= 2 * (total - across) / ((n - 1) * others)
    return float((n - 1) / n * np.square(left - left.mean()).sum())
