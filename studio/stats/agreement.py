"""Do readers agree beyond chance? Cohen's, Fleiss' and Gwet's coefficients with intervals.

Kappa is low whenever nearly all answers are the same, however often readers agree (Feinstein and
Cicchetti 1990); Gwet's AC1 does not have that fault, so the two stand side by side.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.normal import normal_quantile
from studio.stats.roc import Floats


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient with its interval: 1 for full agreement, 0 for that of chance.

    `observed` is the share of agreeing pairs, 0..1. NaN where it cannot be estimated: fewer than
    two readers or pictures, or (kappa) one answer throughout.
    """

    value: float
    low: float
    high: float
    observed: float

    @property
    def estimable(self) -> bool:
        return not math.isnan(self.value)


def cohen_kappa(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Agreement:
    """Of two readers' categories `a` and `b` [n] of the same pictures.

    J. Cohen, Educ. Psychol. Meas. 20 (1960) 37-46; large-sample variance of J. L. Fleiss, J. Cohen
    and B. S. Everitt, Psychol. Bull. 72 (1969) 323-327. Raises StudioError for unequal lengths.
    """
    first, second = np.asarray(a).ravel(), np.asarray(b).ravel()
    if first.shape != second.shape:
        raise StudioError("Agreement needs an answer of each reader for each picture.")
    n = first.size
    names, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    table = np.zeros((names.size, names.size))
    np.add.at(table, (places[:n], places[n:]), 1 / max(n, 1))
    observed = float(np.trace(table)) if n else math.nan
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = float(rows @ columns)
    if n < 2 or expected >= 1:
        return Agreement(math.nan, math.nan, math.nan, observed)
    kappa = (observed - expected) / (1 - expected)
    both = columns[:, None] + rows[None, :]  # [i, j]: column share of i and row share of j
    diagonal = np.diag(table) * (1 - np.diag(both) * (1 - kappa)) ** 2
    beside = table * both**2
    np.fill_diagonal(beside, 0)
    spread = (
        diagonal.sum() + (1 - kappa) ** 2 * beside.sum() - (kappa - expected * (1 - kappa)) ** 2
    )
    return _with_interval(kappa, float(spread) / (n * (1 - expected) ** 2), observed, level)


def fleiss_kappa(ratings: npt.ArrayLike, level: float = 0.95) -> Agreement:
    """Of several readers' categories [pictures, readers], the same readers for every picture.

    J. L. Fleiss, Psychol. Bull. 76 (1971) 378-382; variance over pictures of K. L. Gwet, Handbook
    of Inter-Rater Reliability (4th ed., 2014), section 5.3.
    """
    counts, readers = _counts(ratings)
    shares = counts / max(readers, 1)
    prevalence = shares.mean(axis=0) if len(shares) else np.zeros(counts.shape[1])
    return _chance_corrected(counts, readers, shares @ prevalence, level)


def gwet_ac1(ratings: npt.ArrayLike, level: float = 0.95, categories: int = 2) -> Agreement:
    """Gwet's AC1 of categories [pictures, readers] out of `categories` possible ones.

    K. L. Gwet, Br. J. Math. Stat. Psychol. 61 (2008) 29-48: chance agreement is
    sum pi (1 - pi) / (q - 1).
    """
    counts, readers = _counts(ratings)
    q = max(categories, counts.shape[1])
    shares = counts / max(readers, 1)
    prevalence = shares.mean(axis=0) if len(shares) else np.zeros(counts.shape[1])
    return _chance_corrected(counts, readers, shares @ (1 - prevalence) / (q - 1), level)


def _counts(ratings: npt.ArrayLike) -> tuple[Floats, int]:
    """([pictures, categories] of how many readers said what, number of readers)."""
    table = np.asarray(ratings)
    if table.ndim != 2:
        raise StudioError("Agreement needs a table of pictures by readers.")
    names, places = np.unique(table, return_inverse=True)
    places = places.reshape(table.shape)
    counts = np.zeros((table.shape[0], max(names.size, 1)))
    for column in places.T:
        np.add.at(counts, (np.arange(table.shape[0]), column), 1)
    return counts, table.shape[1]


def _chance_corrected(counts: Floats, readers: int, expected: Floats, level: float) -> Agreement:
    """(observed - expected) / (1 - expected), with Gwet's linearised variance over pictures.

    `expected` [pictures] is each picture's part of the agreement by chance.
    """
    n = len(counts)
    if n < 2 or readers < 2:
        return Agreement(math.nan, math.nan, math.nan, math.nan)
    agreeing = (counts * (counts - 1)).sum(axis=1) / (readers * (readers - 1))
    observed, chance = float(agreeing.mean()), float(expected.mean())
    if chance >= 1:
        return Agreement(math.nan, math.nan, math.nan, observed)
    value = (observed - chance) / (1 - chance)
    single = (agreeing - chance) / (1 - chance)
    single = single - 2 * (1 - value) * (expected - chance) / (1 - chance)
    variance = float(((single - value) ** 2).sum()) / (n * (n - 1))
    return _with_interval(value, variance, observed, level)


def _with_interval(value: float, variance: float, observed: float, level: float) -> Agreement:
    """Never an interval of width zero: without variance there is none."""
    if not variance > 1e-15:
        return Agreement(value, math.nan, math.nan, observed)
    reach = normal_quantile(level) * math.sqrt(variance)
    return Agreement(value, max(-1.0, value - reach), min(1.0, value + reach), observed)
