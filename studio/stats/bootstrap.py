"""A pointwise band around an ROC curve."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.roc import Floats, checked

GRID_POINTS = 101
# Resamples at once: bounds memory at a few tens of megabytes for 10,000 images.
_CHUNK_NUMBERS = 2_000_000


@dataclass(frozen=True)
class Band:
    """The band over a fixed grid of false positive rates: `fpr`, `low`, `mean`, `high`, all [g].

    NaN throughout and not `estimable` when a class has fewer than two examples.
    """

    fpr: Floats
    low: Floats
    mean: Floats
    high: Floats
    estimable: bool


def bootstrap_band(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    n: int = 500,
    seed: int = 0,
    level: float = 0.95,
    points: int = GRID_POINTS,
) -> Band:
    """Percentile band of the sensitivity at each false positive rate (vertical averaging).

    `n` resamples of the images, drawn within each class (the numbers of positives and negatives are
    by design, not by chance), same `seed` same band (Fawcett 2006, section 8). Raises StudioError
    when the lengths differ, a score is not finite or `n` is below 2.
    """
    if n < 2 or not 0 < level < 1:
        raise StudioError("A bootstrap needs two resamples or more and a level between 0 and 1.")
    numbers, flags = checked(scores, positive)
    grid = np.linspace(0, 1, points)
    ups, downs = int(flags.sum()), int((~flags).sum())
    if min(ups, downs) < 2:
        nothing = np.full(points, np.nan)
        return Band(grid, nothing, nothing, nothing, False)
    # Distinct scores from the highest; each image by the place of its score among them.
    distinct, place = np.unique(-numbers, return_inverse=True)
    generator = np.random.default_rng(seed)
    chunk = max(1, _CHUNK_NUMBERS // max(flags.size, distinct.size))
    curves = []
    for start in range(0, n, chunk):
        count = min(chunk, n - start)
        tpr = _resampled_rates(place[flags], distinct.size, count, generator)
        fpr = _resampled_rates(place[~flags], distinct.size, count, generator)
        curves += [_tpr_at(grid, f, t) for f, t in zip(fpr, tpr, strict=True)]
    sampled = np.stack(curves)
    tail = (1 - level) / 2
    low, high = np.quantile(sampled, [tail, 1 - tail], axis=0)
    return Band(grid, low, sampled.mean(axis=0), high, True)


def _resampled_rates(
    places: npt.NDArray[np.intp], distinct: int, count: int, generator: np.random.Generator
) -> Floats:
    """Cumulated rates [count, distinct + 1] of one class in `count` resamples of it."""
    size = places.size
    drawn = places[generator.integers(0, size, (count, size))]
    flat = drawn + np.arange(count)[:, None] * distinct
    counts = np.bincount(flat.ravel(), minlength=count * distinct).reshape(count, distinct)
    rates = np.zeros((count, distinct + 1))
    np.cumsum(counts, axis=1, out=rates[:, 1:])
    return rates / size


def _tpr_at(grid: Floats, fpr: Floats, tpr: Floats) -> Floats:
    """Sensitivity on the grid: the top of a vertical step where it meets one, else on the line."""
    left = np.searchsorted(fpr, grid, side="right") - 1
    right = np.minimum(left + 1, fpr.size - 1)
    width = fpr[right] - fpr[left]
    share = np.divide(grid - fpr[left], width, out=np.zeros_like(grid), where=width > 0)
    return np.asarray(tpr[left] + share * (tpr[right] - tpr[left]), dtype=np.float64)
