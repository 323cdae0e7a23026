"""Several readers of the same pictures: a mean whose interval holds for both being samples.

The method of D. D. Dorfman, K. S. Berbaum and C. E. Metz (Invest. Radiol. 27 (1992) 723-731):
jackknife pseudo-values of each reader's figure over pictures, then a two-way analysis of variance
with readers and pictures random, and the degrees of freedom of S. L. Hillis (Stat. Med. 26 (2007)
596-619). Answers of several readers to one picture are not independent answers: pooling them as if
they were makes intervals too narrow.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.normal import t_quantile
from studio.stats.roc import Floats

METHOD = (
    "Dorfman-Berbaum-Metz: readers and pictures random, jackknife over pictures, Hillis' degrees "
    "of freedom"
)


@dataclass(frozen=True, slots=True)
class PooledMean:
    """A mean over readers with standard error, degrees of freedom and interval.

    The interval is NaN where it cannot be estimated (one reader, no variance at all).
    """

    value: float
    low: float
    high: float
    error: float
    freedom: float

    @property
    def estimable(self) -> bool:
        return not math.isnan(self.low)


def pooled_mean(
    values: npt.ArrayLike,
    strata: npt.ArrayLike | None = None,
    level: float = 0.95,
    *,
    fixed_readers: bool = False,
) -> PooledMean:
    """The mean of `values` [readers, pictures] over both.

    With n pictures and r readers the variance is (MS_R + MS_P - MS_RP) / (r n), where a negative
    MS_P - MS_RP counts as 0 and MS_R as MS_RP at least, which is what it is expected to be when
    readers do not differ: two readers who happen to agree closely would else be certain. `strata`
    [pictures] (such as real or synthetic) are fixed by design: differences between their means are
    no variance of pictures. With `fixed_readers` only pictures are a sample: the variance is
    MS_P / (r n). Raises StudioError when the shapes do not fit.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise StudioError("Pooling needs a table of readers by pictures.")
    r, n = table.shape
    marks = np.zeros(n) if strata is None else np.asarray(strata).ravel()
    if marks.size != n:
        raise StudioError("Pooling needs the stratum of each picture.")
    names, places = np.unique(marks, return_inverse=True)
    value = float(table.mean()) if table.size else math.nan
    if r < 2 or n <= names.size:
        return PooledMean(value, *[math.nan] * 4)
    ms_p, ms_rp = _picture_squares(table, places, names.size)
    ms_r = max(n * float(table.mean(axis=1).var(ddof=1)), ms_rp)
    if fixed_readers:
        return _pooled(value, ms_p / (r * n), float(n - names.size), level)
    of_pictures = max(ms_p - ms_rp, 0.0)
    variance = (ms_r + of_pictures) / (r * n)
    most = float((r - 1) * (n - names.size))
    freedom = min((ms_r + of_pictures) ** 2 * (r - 1) / ms_r**2, most) if ms_r > 0 else most
    return _pooled(value, variance, freedom, level)


def _pooled(value: float, variance: float, freedom: float, level: float) -> PooledMean:
    """Never an interval of width zero: without variance there is none."""
    if not variance > 1e-15:
        return PooledMean(value, math.nan, math.nan, math.nan, math.nan)
    error = math.sqrt(variance)
    reach = t_quantile(level, freedom) * error
    return PooledMean(value, value - reach, value + reach, error, freedom)


def jackknife(
    figure: Callable[[Sequence[int]], float], kinds: Sequence[Hashable]
) -> tuple[float, Floats]:
    """(the figure of all, its pseudo-values [n]) by leaving out one picture at a time.

    `figure` gets the indices that are kept. `kinds` [n] says which pictures are interchangeable
    for it (same truth and same answer): it is called once for each kind, not for each picture.
    """
    n = len(kinds)
    whole = figure(range(n))
    known: dict[Hashable, float] = {}
    values = np.empty(n)
    for index, kind in enumerate(kinds):
        if kind not in known:
            known[kind] = figure([i for i in range(n) if i != index])
        values[index] = n * whole - (n - 1) * known[kind]
    return whole, values


def _picture_squares(
    table: Floats, places: npt.NDArray[np.intp], strata: int
) -> tuple[float, float]:
    """Mean squares of pictures and of readers by pictures, both within strata."""
    r, n = table.shape
    of_pictures = of_rest = 0.0
    for stratum in range(strata):
        part = table[:, places == stratum]
        by_picture = part.mean(axis=0, keepdims=True)
        by_reader = part.mean(axis=1, keepdims=True)
        mean = part.mean()
        of_pictures += r * float(((by_picture - mean) ** 2).sum())
        of_rest += float(((part - by_picture - by_reader + mean) ** 2).sum())
    return of_pictures / (n - strata), of_rest / ((r - 1) * (n - strata))
