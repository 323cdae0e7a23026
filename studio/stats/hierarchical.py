"""The difference of two ways of training over several test sets, with all that could have been
otherwise: which test sets, which patients in them, which seeds.

Seeds are not patients: the spread over twenty seeds says how a training varies, not how well it
does on other people. A bootstrap at three levels takes each for what it is (Davison and Hinkley,
Bootstrap Methods and their Application, 1997, section 3.8).
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.groups import group_numbers
from studio.stats.normal import t_quantile
from studio.stats.roc import Flags, Floats, checked

Classes = npt.NDArray[np.intp]
REPLICATES = 2_000


@dataclass(frozen=True)
class TestSetScores:
    """Scores of one test set by two ways of training, one row a seed: `first` [s, n] and `second`
    [r, n] with the flags `truth` [n], whose AUC is compared; or tables [s, n, c] and [r, n, c] with
    the true classes `truth` [n], whose macro AUC is. `groups` as in `auc_delong`."""

    __test__ = False  # no test of pytest

    first: Floats
    second: Floats
    truth: Flags | npt.NDArray[np.int64]
    groups: Sequence[Hashable | None] | None = None

    def checked(self) -> tuple[list[Floats], list[Floats], npt.NDArray[np.intp]]:
        """(tables [n, c] of the first, of the second, true classes [n]); flags are classes 0 and
        1, which one column of scores tells apart. Raises StudioError for what does not fit."""
        if len(self.first) == 0 or len(self.second) == 0:
            raise StudioError("Each way of training needs the scores of at least one seed.")
        classes = np.asarray(self.truth).astype(np.intp)
        tables = []
        for rows in (self.first, self.second):
            columns = [np.asarray(row, np.float64).reshape(len(row), -1) for row in rows]
            for table in columns:
                for column in table.T:
                    checked(column, classes)
            tables.append(columns)
        return tables[0], tables[1], classes


@dataclass(frozen=True)
class MeanDifference:
    """The mean over test sets of the mean AUC over seeds, first minus second, with its interval.

    `value` is NaN where a test set has one class only, bounds and `p` are where there are fewer
    than two test sets to draw from.
    """

    value: float
    low: float
    high: float
    p: float
    tests: int
    level: float = 0.95


def mean_difference(
    sets: Sequence[TestSetScores],
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> MeanDifference:
    """Draw test sets, in each its groups (images where groups are unknown) by their classes, and
    its seeds, all with replacement, `replicates` times.

    The interval is the value ± Student's t with one test set less, times the spread of the
    replicates times sqrt(T / (T - 1)), which a bootstrap of T units lacks (T. C. Hesterberg,
    The American Statistician 69 (2015) 371-386); percentiles would need far more replicates, so far
    out are these bounds with three or four test sets. `p` is two-sided, from the same. What varies
    within a test set is in the differences between them already, so that both err on the side of
    saying less: by simulation 95 % intervals hold in 96 to 97 %. Raises StudioError for scores that
    do not fit together.
    """
    from scipy.special import stdtr

    count = len(sets)
    randomness = np.random.default_rng(seed)
    values, drawn = [], []
    for one in sets:
        first, second, classes = one.checked()
        whole = np.ones((1, classes.size))
        own = [[_macro(table, classes, whole)[0] for table in part] for part in (first, second)]
        values.append(np.mean(own[0]) - np.mean(own[1]))
        if count > 1:
            drawn.append(_replicates(first, second, classes, one.groups, replicates, randomness))
    value = float(np.mean(values)) if values else math.nan
    if count < 2 or math.isnan(value):
        return MeanDifference(value, math.nan, math.nan, math.nan, count, level)
    pool = np.stack(drawn)  # [test sets, replicates]
    which = randomness.integers(count, size=(replicates, count))
    again = randomness.integers(replicates, size=(replicates, count))
    means = pool[which, again].mean(axis=1)
    error = float(means.std(ddof=1)) * math.sqrt(count / (count - 1))
    reach = t_quantile(level, count - 1) * error
    p = float(2 * stdtr(count - 1, -abs(value) / error)) if error > 0 else math.nan
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return MeanDifference(value, low, high, p, count, level)


def _replicates(
    first: Sequence[Floats],
    second: Sequence[Floats],
    classes: Classes,
    groups: Sequence[Hashable | None] | None,
    replicates: int,
    randomness: np.random.Generator,
) -> Floats:
    """Differences [replicates] of one test set with other groups and other seeds."""
    weights = _drawn_groups(classes, groups, replicates, randomness)
    means = []
    for tables in (first, second):
        aucs = np.stack([_macro(table, classes, weights) for table in tables])
        seeds = randomness.integers(len(tables), size=(len(tables), replicates))
        means.append(np.take_along_axis(aucs, seeds, axis=0).mean(axis=0))
    return np.asarray(means[0] - means[1])


def _drawn_groups(
    classes: Classes,
    groups: Sequence[Hashable | None] | None,
    replicates: int,
    randomness: np.random.Generator,
) -> Floats:
    """How often each image counts [replicates, n]: whole groups, drawn among those that have images
    of the same classes, so that none of the classes is ever lost."""
    numbers = group_numbers(groups, classes.size)
    if numbers is None:
        numbers = np.arange(classes.size)
    count = int(numbers.max()) + 1
    has = np.zeros((count, int(classes.max()) + 1), bool)
    has[numbers, classes] = True
    _, kinds = np.unique(has, axis=0, return_inverse=True)
    times = np.zeros((replicates, count))
    for kind in np.unique(kinds):
        members = np.flatnonzero(kinds.ravel() == kind)
        chosen = randomness.integers(members.size, size=(replicates, members.size))
        rows = np.arange(replicates)[:, None] * members.size
        counts = np.bincount((rows + chosen).ravel(), minlength=replicates * members.size)
        times[:, members] = counts.reshape(replicates, members.size)
    return times[:, numbers]


def _macro(table: Floats, classes: Classes, weights: Floats) -> Floats:
    """AUCs [r] of a table [n, c]: of its only column for class 1, or the mean over classes of each
    against the rest."""
    size = table.shape[1]
    if size == 1:
        return _auc(table[:, 0], classes == 1, weights)
    return np.asarray(np.mean([_auc(table[:, k], classes == k, weights) for k in range(size)], 0))


def _auc(scores: Floats, flags: Flags, weights: Floats) -> Floats:
    """AUCs [r] of `scores` [n] where image i counts weights[r, i] times; NaN without a class."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    counted, up = weights[:, order], flags[order]
    if starts.size == scores.size:  # no ties, as of most networks: several times as fast
        below = np.cumsum(np.where(up, 0.0, counted), axis=1)
        ordered = np.einsum("ri,ri->r", counted[:, up], below[:, up])
        pairs = counted[:, up].sum(axis=1) * below[:, -1]
    else:
        positive = np.add.reduceat(counted * up, starts, axis=1)
        negative = np.add.reduceat(counted * ~up, starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2  # ties count one half
        ordered = (positive * below).sum(axis=1)
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(ordered / pairs)
