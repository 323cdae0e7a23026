"""The empirical ROC curve."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Roc:
    """An ROC curve from (0, 0) to (1, 1): `thresholds[i]` calls score >= it positive.

    `fpr`, `tpr` and `thresholds` have one length, at least 2; the first threshold is infinite
    (nothing is positive), and they fall strictly. One point for each distinct score: ties are a
    slanted step. `positives` and `negatives` are the counts; with one of them 0 the rate of that
    class is NaN throughout, since there is no curve.
    """

    fpr: Floats
    tpr: Floats
    thresholds: Floats
    positives: int
    negatives: int

    @property
    def estimable(self) -> bool:
        """Whether both classes have examples."""
        return self.positives > 0 and self.negatives > 0

    @property
    def auc(self) -> float:
        """Area under the curve by trapezoids, which is the Mann-Whitney statistic; NaN if none."""
        if not self.estimable:
            return math.nan
        steps = np.diff(self.fpr)
        return float(np.sum(steps * (self.tpr[1:] + self.tpr[:-1]) / 2))


def checked(scores: npt.ArrayLike, positive: npt.ArrayLike) -> tuple[Floats, Flags]:
    """(scores, flags) as flat arrays of one length; raises StudioError for anything else."""
    numbers = np.asarray(scores, dtype=np.float64).ravel()
    flags = np.asarray(positive).ravel().astype(bool)
    if numbers.shape != flags.shape:
        raise StudioError(
            f"{numbers.size} scores but {flags.size} labels: every image needs one of each."
        )
    broken = np.flatnonzero(~np.isfinite(numbers))
    if broken.size:
        raise StudioError(
            f"Score {broken[0] + 1} of {numbers.size} is {numbers[broken[0]]}: "
            "scores must be finite numbers."
        )
    return numbers, flags


def roc_curve(scores: npt.ArrayLike, positive: npt.ArrayLike) -> Roc:
    """The ROC curve of `scores` [n] (higher is more positive) for the flags `positive` [n].

    Raises StudioError when the lengths differ or a score is not finite.
    """
    numbers, flags = checked(scores, positive)
    order = np.argsort(-numbers)  # how ties are ordered does not matter: a tie is one point
    numbers, flags = numbers[order], flags[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(numbers)), numbers.size - 1)
    last_of_tie = last_of_tie[last_of_tie >= 0]
    hits = np.cumsum(flags)[last_of_tie]
    alarms = last_of_tie + 1 - hits
    positives = int(flags.sum())
    negatives = flags.size - positives
    return Roc(
        fpr=_rates(alarms, negatives),
        tpr=_rates(hits, positives),
        thresholds=np.concatenate([[np.inf], numbers[last_of_tie]]),
        positives=positives,
        negatives=negatives,
    )


def _rates(counts: npt.NDArray[np.int_], total: int) -> Floats:
    full = np.concatenate([[0], counts]).astype(np.float64)
    return full / total if total else np.full_like(full, np.nan)
