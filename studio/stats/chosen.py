"""Rates at a threshold that was chosen on the very images that they are counted on.

Youden's point is the best of a sample, not of what the sample comes from, and the rates there
flatter: with 50 positive and 200 negative images an interval of Wilson for the sensitivity covers
.87 in place of .95. What the threshold does on other images of the same kind is shown by choosing
again: in each resample by the same rule, then measured on what was resampled from (the optimism of
B. Efron, J. Am. Stat. Assoc. 78 (1983) 316-331).
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.pool import OrderedPool
from studio.stats.delong import midranks
from studio.stats.groups import Groups, group_count, group_numbers
from studio.stats.intervals import Proportion
from studio.stats.normal import normal_quantile
from studio.stats.operating_point import OperatingPoint, operating_point
from studio.stats.rates import Rates, rates_at
from studio.stats.roc import Flags, Floats, checked, roc_curve

RESAMPLES = 400
CHOSEN_METHOD = "bootstrap that chooses the threshold again"
_WORTH_THREADS = 2_000  # images from which one thread for each core is faster than one
_BANDWIDTH = 0.9  # Silverman's rule of thumb, Density Estimation (1986), eq. 3.31


@dataclass(frozen=True, slots=True)
class ChosenRates:
    """A point chosen by a rule, and what it is worth on other images.

    `plain` holds the rates as for a threshold that was chosen elsewhere: here their intervals are
    too narrow and lie too high. `sensitivity` and `specificity` have the same values with intervals
    that allow for the choice; NaN bounds where a class has fewer than two images.
    `sensitivity_excess` and `specificity_excess` estimate how much the values flatter.
    """

    point: OperatingPoint
    plain: Rates
    sensitivity: Proportion
    specificity: Proportion
    sensitivity_excess: float
    specificity_excess: float


def chosen_rates(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    rule: str,
    groups: Sequence[Hashable | None] | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> ChosenRates:
    """Choose a threshold for `scores` [n] by `rule` (of `RULES`) and say what its rates are worth.

    A smoothed bootstrap (B. W. Silverman, G. A. Young, Biometrika 74 (1987) 469-479) of the normal
    scores of the ranks, drawn within each class, whole `groups` [n] at a time where they are known.
    The difference between the rates in a resample at the threshold chosen there and the rates of
    that threshold in the smoothed sample stands for the one between the sample and the world: its
    quantiles, on the scale of shares and on that of log odds, are taken from the observed rates,
    and the wider bounds are kept; they always hold the observed rates. Same `seed`, same interval.
    Tenths of a second for 1,000 images, so never on the Qt thread. `on_progress` gets resamples
    done and how many there are; what it raises ends the work. Raises StudioError for an
    unknown rule, one class only, fewer than 20 resamples, or what `roc_curve` refuses.
    """
    if resamples < 20:
        raise StudioError("A bootstrap that chooses again needs 20 resamples or more.")
    normal_quantile(level)  # checks it
    numbers, flags = checked(scores, positive)
    clusters = group_numbers(groups, flags.size)
    point = operating_point(roc_curve(numbers, flags), rule)
    plain = rates_at(numbers, flags, point.threshold, groups, level)
    drawn = _choices(numbers, flags, clusters, rule, resamples, seed, on_progress)
    se, se_excess = _honest(plain.sensitivity, drawn[:, 0], drawn[:, 2], level)
    sp, sp_excess = _honest(plain.specificity, drawn[:, 1], drawn[:, 3], level)
    return ChosenRates(point, plain, se, sp, se_excess, sp_excess)


def _choices(
    numbers: Floats,
    flags: Flags,
    clusters: Groups | None,
    rule: str,
    resamples: int,
    seed: int,
    on_progress: Callable[[int, int], None],
) -> Floats:
    """[B, 4]: sensitivity and specificity in each resample at its own threshold, and in the
    smoothed sample at that threshold; without rows where a class has fewer than two images."""
    from scipy.special import ndtr

    if min(flags.sum(), (~flags).sum()) < 2:
        return np.empty((0, 4))
    generator = np.random.default_rng(seed)
    centres, widths = _smoothed(numbers, flags)
    draw = _Resampler(flags, clusters, generator)

    def draws() -> Iterator[tuple[Floats, Flags]]:
        # One stream of random numbers, drawn in order by one thread.
        for _ in range(resamples):
            rows = draw()
            values = centres[rows] + widths[rows] * generator.standard_normal(rows.size)
            yield values, flags[rows]

    def choose(drawn: tuple[Floats, Flags]) -> tuple[float, float, float, float] | None:
        roc = roc_curve(*drawn)
        if not roc.estimable:
            return None
        point = operating_point(roc, rule)
        above = ndtr((centres - point.threshold) / widths)
        truth = float(above[flags].mean()), 1 - float(above[~flags].mean())
        return point.sensitivity, point.specificity, *truth

    found = []
    with OrderedPool(None if numbers.size >= _WORTH_THREADS else 1, "resamples") as pool:
        for done, (_, chosen) in enumerate(pool.map(choose, draws()), start=1):
            if chosen is not None:
                found.append(chosen)
            on_progress(done, resamples)
    return np.array(found).reshape(len(found), 4)


def _smoothed(numbers: Floats, flags: Flags) -> tuple[Floats, Floats]:
    """(centres, widths) [n] of the normal kernels around each image.

    Normal scores make the smoothing the same for any rising transformation of the scores. The
    centres are drawn together so that the kernels leave the variance of each class as it is.
    """
    from scipy.special import ndtri

    normal = np.asarray(ndtri(midranks(numbers) / (numbers.size + 1)), dtype=np.float64)
    centres, widths = np.empty_like(normal), np.empty_like(normal)
    for own in (flags, ~flags):
        values = normal[own]
        spread = max(float(values.std(ddof=1)), 1e-3)
        width = _BANDWIDTH * spread * values.size**-0.2
        shrink = 1 / math.sqrt(1 + (width / spread) ** 2)
        centres[own] = values.mean() + shrink * (values - values.mean())
        widths[own] = shrink * width
    return centres, widths


class _Resampler:
    """Draws rows with replacement: images within each class, or groups of one kind of content."""

    def __init__(
        self, flags: Flags, clusters: Groups | None, generator: np.random.Generator
    ) -> None:
        self._generator = generator
        if clusters is None:
            kinds = flags.astype(np.intp)
        else:
            count = group_count(clusters)
            self._order = np.argsort(clusters, kind="stable")
            self._sizes = np.bincount(clusters, minlength=count)
            self._begins = np.cumsum(self._sizes) - self._sizes
            kinds = 2 * (np.bincount(clusters, flags, count) > 0)
            kinds = kinds + (np.bincount(clusters, ~flags, count) > 0)
        self._single = clusters is None
        self._strata = [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]

    def __call__(self) -> npt.NDArray[np.intp]:
        drawn = [own[self._generator.integers(0, own.size, own.size)] for own in self._strata]
        chosen = np.concatenate(drawn)
        if self._single:
            return chosen
        # The images of each group, one group after the other.
        sizes = self._sizes[chosen]
        places = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        found: npt.NDArray[np.intp] = self._order[np.repeat(self._begins[chosen], sizes) + places]
        return found


def _honest(
    plain: Proportion, sampled: Floats, truth: Floats, level: float
) -> tuple[Proportion, float]:
    """(the share with an interval that allows for the choice, how much it flatters)."""
    if sampled.size < 2:
        return replace(plain, low=math.nan, high=math.nan, method=CHOSEN_METHOD), math.nan
    tails = [(1 - level) / 2, (1 + level) / 2]
    below, above = np.quantile(sampled - truth, tails)
    bounds = [(plain.value - above, plain.value - below)]

    def odds(share: npt.ArrayLike) -> Floats:
        hits = np.asarray(share, dtype=np.float64) * plain.n
        return np.log((hits + 0.5) / (plain.n - hits + 0.5))

    below, above = np.quantile(odds(sampled) - odds(truth), tails)
    for shift in (above, below):
        hits = (plain.n + 1) / (1 + np.exp(shift - odds(plain.value))) - 0.5
        bounds.append((float(hits) / plain.n,) * 2)
    low = float(min(max(min(pair[0] for pair in bounds), 0.0), plain.value))
    high = float(max(min(max(pair[1] for pair in bounds), 1.0), plain.value))
    excess = float((sampled - truth).mean())
    return replace(plain, low=low, high=high, method=CHOSEN_METHOD), excess
