"""The images behind a confusion matrix, and what its counts predict."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from studio.results.scores import Floats, ScoreSet
from studio.stats import Confusion, Proportion, Rates

Cell = Literal["tp", "fp", "tn", "fn"]
CELLS: tuple[Cell, ...] = ("tp", "fn", "fp", "tn")


@dataclass(frozen=True)
class CellImage:
    """One image of a cell of the confusion matrix."""

    file: str
    label: str
    score: float
    square: tuple[float, float, float] | None = None


def cell_images(scores: ScoreSet, name: str, threshold: float, cell: Cell) -> list[CellImage]:
    """The images of a cell of class `name` against the rest at a threshold, worst first.

    Of positives the lowest scores come first, of negatives the highest.
    """
    values, flags = scores.scores(name), scores.flags(name)
    truth, call = cell in ("tp", "fn"), cell in ("tp", "fp")
    chosen = np.flatnonzero((flags == truth) & ((values >= threshold) == call))
    order = np.argsort(values[chosen] if truth else -values[chosen], kind="stable")
    return _images(scores, chosen[order], values)


def called_images(
    scores: ScoreSet, threshold: float | None, truth: int, call: int
) -> list[CellImage]:
    """The images of a cell of the matrix of all classes, by the numbers of the true and the called
    class, the surest call first.

    With two classes the positive one is called from the threshold on, with more the class of the
    highest probability, as `operating.confusion_matrix` counts.
    """
    calls = scores.probabilities.argmax(axis=1)
    if len(scores.classes) == 2 and threshold is not None:
        positive = scores.classes.index(scores.positive)
        calls = np.where(scores.scores(scores.positive) >= threshold, positive, 1 - positive)
    chosen = np.flatnonzero((scores.truth == truth) & (calls == call))
    values = scores.probabilities[:, call]
    return _images(scores, chosen[np.argsort(-values[chosen], kind="stable")], values)


@dataclass(frozen=True)
class LossImage:
    """An image with its loss: `score` is the probability of its true class `label`, `called` the
    likeliest class with the probability `called_score`, `loss` -log(score)."""

    file: str
    label: str
    score: float
    called: str
    called_score: float
    loss: float
    square: tuple[float, float, float] | None = None


_LEAST = 1e-12  # a probability of 0 has the loss of this


def images_by_loss(scores: ScoreSet) -> list[LossImage]:
    """All images, the greatest cross-entropy first, so those that the model is surest and wrong of;
    equal ones in the order of the scores."""
    values = scores.probabilities
    own = values[np.arange(scores.n), scores.truth]
    called = values.argmax(axis=1)
    losses = -np.log(np.clip(own, _LEAST, 1.0))
    return [
        LossImage(
            scores.files[i],
            scores.classes[scores.truth[i]],
            float(own[i]),
            scores.classes[called[i]],
            float(values[i, called[i]]),
            float(losses[i]),
            scores.squares[i] if scores.squares else None,
        )
        for i in np.argsort(-losses, kind="stable").tolist()
    ]


def _images(scores: ScoreSet, chosen: npt.NDArray[np.intp], values: Floats) -> list[CellImage]:
    squares = scores.squares
    return [
        CellImage(
            scores.files[i],
            scores.classes[scores.truth[i]],
            float(values[i]),
            squares[i] if squares else None,
        )
        for i in chosen.tolist()
    ]


def predictive_values(
    counts: Confusion, prevalence: float | None, rates: Rates | None = None
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """((PPV, low, high), (NPV, low, high)).

    At the prevalence of the images (None) with the intervals of `rates`, or Wilson's of the counts.
    At a stated one by Bayes' rule, the bounds from those of sensitivity and specificity together,
    which is wider than 95 %.
    """
    if prevalence is None:
        ppv = rates.ppv if rates else counts.ppv_interval()
        npv = rates.npv if rates else counts.npv_interval()
        return (ppv.value, ppv.low, ppv.high), (npv.value, npv.low, npv.high)
    se = rates.sensitivity if rates else counts.sensitivity_interval()
    sp = rates.specificity if rates else counts.specificity_interval()
    return (
        (
            counts.ppv(prevalence),
            _bayes(se.low, 1 - sp.low, prevalence),
            _bayes(se.high, 1 - sp.high, prevalence),
        ),
        (
            counts.npv(prevalence),
            _bayes(sp.low, 1 - se.low, 1 - prevalence),
            _bayes(sp.high, 1 - se.high, 1 - prevalence),
        ),
    )


def _bayes(hit: float, alarm: float, prior: float) -> float:
    whole = hit * prior + alarm * (1 - prior)
    return hit * prior / whole if whole > 0 else float("nan")


def proportion(found: Proportion) -> tuple[float, float, float]:
    """(value, low, high)."""
    return found.value, found.low, found.high
