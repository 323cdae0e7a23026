"""All readers together: figures whose intervals hold for other readers and other pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studio.stats import (
    Equivalence,
    PooledMean,
    d_prime,
    equivalence_from_error,
    jackknife,
    pooled_mean,
    roc_curve,
)
from studio.stats.crossed import METHOD

Ratings = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
METHOD_SENTENCE = f"Intervals over readers: {METHOD}."


@dataclass(frozen=True)
class PooledReaders:
    """Means over readers. `these_readers` is the accuracy whose interval holds for these alone.

    `equivalence` is None when the accuracy has no standard error.
    """

    readers: int
    accuracy: PooledMean
    these_readers: PooledMean
    sensitivity: PooledMean
    specificity: PooledMean
    d_prime: PooledMean
    auc: PooledMean
    equivalence: Equivalence | None


def pool_readers(ratings: Ratings, truth: Flags, margin: float, alpha: float) -> PooledReaders:
    """Of `ratings` [readers, pictures] 1..6 for the flags `truth` [pictures] (True: synthetic)."""
    right = ((ratings > 3) == truth[None, :]).astype(np.float64)
    accuracy = pooled_mean(right, truth)
    return PooledReaders(
        readers=len(ratings),
        accuracy=_within(accuracy),
        these_readers=_within(pooled_mean(right, truth, fixed_readers=True)),
        sensitivity=_within(pooled_mean(right[:, truth])),
        specificity=_within(pooled_mean(right[:, ~truth])),
        d_prime=_pseudo(ratings, truth, _d_prime),
        auc=_within(_pseudo(ratings, truth, _auc)),
        equivalence=equivalence_from_error(
            accuracy.value, accuracy.error, accuracy.freedom, margin, alpha
        )
        if accuracy.estimable
        else None,
    )


def _pseudo(
    ratings: Ratings, truth: Flags, figure: Callable[[Ratings, Flags], float]
) -> PooledMean:
    """PooledMean over jackknife pseudo-values; the value is the mean of the readers' figures."""
    rows = []
    for row in ratings:
        kinds = list(zip(row.tolist(), truth.tolist(), strict=True))
        whole, values = jackknife(_of_kept(figure, row, truth), kinds)
        # Pseudo-values of a figure that is not a mean (d') have another mean than the figure.
        rows.append(values + whole - values.mean())
    return pooled_mean(np.stack(rows), truth)


def _of_kept(
    figure: Callable[[Ratings, Flags], float], row: Ratings, truth: Flags
) -> Callable[[Sequence[int]], float]:
    def of(kept: Sequence[int]) -> float:
        chosen = np.fromiter(kept, dtype=np.intp)
        return figure(row[chosen], truth[chosen])

    return of


def _d_prime(row: Ratings, truth: Flags) -> float:
    said = row > 3
    return d_prime(
        int((said & truth).sum()),
        int(truth.sum()),
        int((said & ~truth).sum()),
        int((~truth).sum()),
    )


def _auc(row: Ratings, truth: Flags) -> float:
    return roc_curve(row, truth).auc


def _within(pooled: PooledMean) -> PooledMean:
    """A share has no interval beyond 0 and 1."""
    return (
        replace(pooled, low=max(pooled.low, 0.0), high=min(pooled.high, 1.0))
        if pooled.estimable
        else pooled
    )
