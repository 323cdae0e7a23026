"""The difference of two ways of training over several test sets, with all that could have been
otherwise: which test sets, which patients in them, which seeds.

Seeds are not patients: the spread over twenty seeds says how a training varies, not how well it
does on other people. Test sets and seeds are crossed: one training is scored on all test sets, so a
lucky seed is lucky on all of them, which the spread between test sets does not show.

A bootstrap that draws test sets, then groups and seeds within each of them, counts what varies
within a test set twice, since the differences between test sets hold it already (A. C. Davison,
D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 3.8; of crossed factors A. B.
Owen, Ann. Appl. Stat. 1 (2007) 386-411): its 95 % intervals hold in 97 to 100 %
(`tests/bench/bench_coverage.py`). What is computed here is what remains, for infinitely many
replicates, when test sets are drawn with their groups as they are, seeds for all test sets at once,
and nothing is counted twice.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.normal import normal_quantile, t_quantile
from studio.stats.roc import Floats


@dataclass(frozen=True)
class MeanDifference:
    """The mean over test sets of the mean AUC over seeds, first minus second, with its interval.

    `value` is NaN where an AUC is, bounds and `p` (two-sided) are where there are fewer than two
    test sets, or nothing varies. `error` is the standard error with `freedom` degrees of freedom.
    """

    value: float
    low: float
    high: float
    p: float
    tests: int
    error: float = math.nan
    freedom: float = math.nan
    level: float = 0.95


def mean_difference(
    first: Sequence[npt.ArrayLike], second: Sequence[npt.ArrayLike], level: float = 0.95
) -> MeanDifference:
    """Of the AUCs of two ways of training, for each test set an array of one for each seed, in the
    same order of seeds on every test set.

    The variance of the mean over T test sets is the variance of their differences over T, which
    holds what varies with groups and seeds within a test set, plus for each way of training what
    its seeds have in common on all test sets: (variance of the seeds' means over test sets - that
    of the residuals / T) / seeds, at least 0 in all and 0 with one seed. Where an unfinished test
    set has fewer seeds, those count that all have. The interval is Student's t with F. E.
    Satterthwaite's degrees of freedom (Biometrics Bull. 2 (1946) 110-114), T - 1 for test sets, and
    the seeds less one of each way. Raises StudioError for other numbers of test sets and without a
    seed.
    """
    from scipy.special import stdtr

    normal_quantile(level)  # checks it
    ways = [[np.asarray(aucs, np.float64).ravel() for aucs in way] for way in (first, second)]
    tests = len(ways[0])
    if len(ways[1]) != tests:
        raise StudioError(f"{tests} and {len(ways[1])} test sets are not compared.")
    if any(aucs.size == 0 for way in ways for aucs in way):
        raise StudioError("Each way of training needs the AUC of at least one seed.")
    differences = np.array([one.mean() - two.mean() for one, two in zip(*ways, strict=True)])
    value = float(differences.mean()) if tests else math.nan
    if tests < 2 or math.isnan(value):
        return MeanDifference(value, math.nan, math.nan, math.nan, tests, level=level)
    of_tests = float(differences.var(ddof=1)) / tests
    seeds = [min(aucs.size for aucs in way) for way in ways]
    tables = [np.stack([aucs[:n] for aucs in way]) for way, n in zip(ways, seeds, strict=True)]
    of_seeds = max(0.0, sum(_in_common(table) for table in tables))
    variance = of_tests + of_seeds
    if variance <= 0:
        return MeanDifference(value, math.nan, math.nan, math.nan, tests, 0.0, level=level)
    parts = of_tests**2 / (tests - 1)
    if of_seeds > 0:
        parts += of_seeds**2 / (sum(seeds) - 2)
    freedom, error = variance**2 / parts, math.sqrt(variance)
    reach = t_quantile(level, freedom) * error
    p = float(2 * stdtr(freedom, -abs(value) / error))
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return MeanDifference(value, low, high, p, tests, error, freedom, level)


def _in_common(aucs: Floats) -> float:
    """An unbiased estimate, which may be below 0, of the variance of the mean of `aucs` [T, S] that
    comes of effects of a seed on all test sets; 0 with one seed."""
    tests, seeds = aucs.shape
    if seeds < 2:
        return 0.0
    by_seed = aucs.mean(axis=0)
    rest = aucs - aucs.mean(axis=1, keepdims=True) - by_seed + aucs.mean()
    residual = float((rest**2).sum()) / ((tests - 1) * (seeds - 1))
    spread = float(by_seed.var(ddof=1))
    return float((spread - residual / tests) / seeds)
