"""A band around an ROC curve that holds what it says: 95 % at each point, or for the whole curve.

Bands from resampling the empirical curve do not: where the curve is at 1 they have no width at all,
and with a good classifier that is most of the axis. What is done here, and the simulations behind
its constants, is told in docs/adr; `tests/bench/bench_roc_band.py` repeats them.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.binormal import Binormal, fit_binormal
from studio.stats.delong import design_effects
from studio.stats.groups import group_count, group_numbers
from studio.stats.normal import normal_quantile
from studio.stats.roc import Flags, Floats, checked

GRID_POINTS = 101
# By simulation (see docs/adr): how far the curve is drawn towards the binormal one, from how many
# standard errors apart it is let go, and how many more images the smoothed curve is worth for its
# upper and its lower bound.
_PULL, _REACH = 0.7, 1.5
_WORTH_HIGH, _WORTH_LOW = 1.25, 2.0
# The whole curve strays like 18.5 independent points: 3 standard errors for 95 %.
_POINTS_APART = 18.5
_NODES = 9  # of the distribution of a threshold's true false positive rate


@dataclass(frozen=True)
class RocBand:
    """The band over a fixed grid of false positive rates: `fpr`, `low`, `mean`, `high`, all [g].

    `mean` is the smoothed curve that it is built around. At `level` the band holds the true curve
    at any one false positive rate, or everywhere at once where it is `simultaneous`. `groups` is
    how many groups the images come in, 0 where groups are unknown and each image counts as
    independent. NaN throughout and not `estimable` when a class has fewer than two examples.
    """

    fpr: Floats
    low: Floats
    mean: Floats
    high: Floats
    estimable: bool
    level: float = 0.95
    simultaneous: bool = False
    groups: int = 0


def roc_band(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    groups: Sequence[Hashable | None] | None = None,
    level: float = 0.95,
    simultaneous: bool = False,
    points: int = GRID_POINTS,
) -> RocBand:
    """The band of the sensitivity at each false positive rate, for the flags `positive` [n].

    At a false positive rate t the sensitivity p is a share of m positives counted at a threshold
    that is itself uncertain: its variance is p (1 - p) / m plus that of the curve over the Beta
    distribution of the true rate of the threshold (or slope^2 t (1 - t) / n where that is more).
    The bounds are Wilson's for as many images as this variance is worth, around the empirical curve
    drawn towards the binormal one of the same ranks as far as the two agree; they always hold the
    empirical curve. With `groups` [n] (see `auc_delong`) both classes count for as many images as
    their clustered placements are worth. A few milliseconds for 10,000 images. Raises StudioError
    when the lengths differ, a score is not finite or the level is out of range.
    """
    if not 0 < level < 1:
        raise StudioError(f"A confidence level lies between 0 and 1, not at {level}.")
    numbers, flags = checked(scores, positive)
    clusters = group_numbers(groups, flags.size)
    grid = np.linspace(0, 1, points)
    band = partial(RocBand, level=level, simultaneous=simultaneous, groups=group_count(clusters))
    if min(flags.sum(), (~flags).sum()) < 2:
        nothing = np.full(points, np.nan)
        return band(grid, nothing, nothing, nothing, False)
    up, down = design_effects(numbers, flags, clusters)
    inner = grid[1:-1]
    curve = _Curve.of(numbers, flags, inner)
    worth = curve.worth(flags.sum() / up, (~flags).sum() / down)
    mean = curve.drawn_together(worth)
    # The smoothed curve is worth more than the empirical one at a point, but strays as far.
    z = normal_quantile(1 - (1 - level) / _POINTS_APART if simultaneous else level)
    gain = (1.0, 1.0) if simultaneous else (_WORTH_LOW, _WORTH_HIGH)
    low, _ = _wilson(mean, worth * gain[0], z)
    _, high = _wilson(mean, worth * gain[1], z)
    low = np.where(curve.empirical <= 0, 0.0, np.minimum(low, curve.bottom))
    high = np.where(curve.empirical >= 1, 1.0, np.maximum(high, curve.top))
    # A true curve rises: bounds that fall again are only noise.
    low = np.minimum.accumulate(low[::-1])[::-1]
    high = np.maximum.accumulate(high)
    return band(
        grid,
        np.concatenate([[0.0], low, [1.0]]),
        np.concatenate([[0.0], np.maximum.accumulate(mean), [1.0]]),
        np.concatenate([[high[0] if high.size else 1.0], high, [1.0]]),
        True,
    )


@dataclass(frozen=True)
class _Curve:
    """The empirical curve and the binormal one at `fpr` [g] between 0 and 1.

    `empirical` runs through (j / (n + 1), sensitivity at the jth highest negative), since that is
    the false positive rate of such a threshold; `bottom` and `top` bound the curve as it is drawn.
    """

    fpr: Floats
    empirical: Floats
    bottom: Floats
    top: Floats
    fit: Binormal

    @classmethod
    def of(cls, numbers: Floats, flags: Flags, fpr: Floats) -> "_Curve":
        ups = np.sort(numbers[flags])
        downs = -np.sort(-numbers[~flags])
        m, n = ups.size, downs.size
        over = m - np.searchsorted(ups, downs, side="right")
        at_least = m - np.searchsorted(ups, downs, side="left")
        above = (over + at_least) / 2
        fit = fit_binormal(above, m)
        knots = np.arange(1, n + 1) / (n + 1)
        empirical = np.interp(fpr, knots, above / m)
        # Beyond the outermost negatives there is no image: the curve goes on in the fit's shape.
        model, first, last = fit.at(fpr), fit.at(knots[:1])[0], fit.at(knots[-1:])[0]
        left, right = fpr < knots[0], fpr > knots[-1]
        if first > 0:
            empirical[left] *= model[left] / first
        if last < 1:
            empirical[right] = 1 - (1 - empirical[right]) * (1 - model[right]) / (1 - last)
        step = np.minimum((fpr * n + 1e-9).astype(np.intp), n - 1)
        before = np.maximum(np.ceil(fpr * n - 1e-9).astype(np.intp) - 1, 0)
        drawn = over / m, at_least / m
        bottom = np.minimum(empirical, drawn[0][before])
        top = np.maximum(empirical, drawn[0][step])
        return cls(fpr, np.clip(empirical, 0, 1), bottom, top, fit)

    def worth(self, positives: float, negatives: float) -> Floats:
        """How many independent positives, known threshold, each point is worth [g]."""
        from scipy.special import ndtr, ndtri

        t, model = self.fpr, self.fit.at(self.fpr)
        share = np.clip((self.empirical + model) / 2, 0.5 / positives, 1 - 0.5 / positives)
        line = self.fit.a + self.fit.b * ndtri(_threshold_rates(negatives, t.size))
        spread = ndtr(line).var(axis=1)
        linear = self.fit.slope(t) ** 2 * t * (1 - t) / negatives
        own = share * (1 - share)
        return np.asarray(own / (own / positives + np.maximum(spread, linear)))

    def drawn_together(self, worth: Floats) -> Floats:
        """The empirical curve, drawn towards the binormal one where the two agree [g]."""
        model = self.fit.at(self.fpr)
        floor = np.minimum(0.5 / worth, 0.5)
        held = np.clip(model, floor, 1 - floor)
        apart = (self.empirical - model) / np.sqrt(held * (1 - held) / worth)
        pull = _PULL / (1 + (apart / _REACH) ** 4)
        return self.empirical + pull * (model - self.empirical)


@lru_cache(maxsize=8)
def _threshold_rates(negatives: float, points: int) -> Floats:
    """Equally likely true false positive rates [g, nodes] of the threshold at each inner point.

    The jth of n uniform order statistics is Beta(j, n + 1 - j).
    """
    from scipy.special import betaincinv

    t = np.linspace(0, 1, points + 2)[1:-1, None]
    nodes = (np.arange(_NODES) + 0.5) / _NODES
    rates = betaincinv((negatives + 1) * t, (negatives + 1) * (1 - t), nodes[None, :])
    return np.asarray(np.clip(rates, 1e-12, 1 - 1e-12))


def _wilson(share: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """Wilson's bounds for shares [g] that are worth `n` [g] images; see `wilson_bounds`."""
    spread = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / spread
    reach = z / spread * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.clip(centre - reach, 0, 1), np.clip(centre + reach, 0, 1)
