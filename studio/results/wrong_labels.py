"""Images whose label is likely to be wrong, by confident learning.

C. Northcutt, L. Jiang and I. Chuang, J. Artif. Intell. Res. 70 (2021) 1373-1411: the threshold of a
class is the mean probability that the model gives it where it is the label (self-confidence); an
image counts for the likeliest class whose threshold it reaches. Where that is another class than
its label it stands off the diagonal of the confident joint, and its label is a candidate. The
scores have to be of images that the model was not trained on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.results.scores import ScoreSet


@dataclass(frozen=True)
class LabelCandidate:
    """An image whose `label` may be wrong: `suggested` is the class that it counts for. `score` is
    the probability of that class, `own` that of its label, `margin` the first less the second.
    `row` is its number in the scores."""

    file: str
    label: str
    suggested: str
    score: float
    own: float
    margin: float
    row: int
    square: tuple[float, float, float] | None = None


def confident_thresholds(scores: ScoreSet) -> dict[str, float]:
    """The mean self-confidence of each class; NaN for one without an image."""
    means = {}
    for name in scores.classes:
        own = scores.scores(name)[scores.flags(name)]
        means[name] = float(own.mean()) if own.size else math.nan
    return means


def label_candidates(scores: ScoreSet) -> list[LabelCandidate]:
    """The candidates, largest margin first; those of equal margin in the order of the scores.

    No image counts for a class that has no image, as it has no threshold.
    """
    thresholds = np.array(list(confident_thresholds(scores).values()))
    values = scores.probabilities
    reached = np.where(values >= thresholds, values, -1.0)  # NaN is never reached
    counted = reached.argmax(axis=1)
    rows = np.flatnonzero((reached.max(axis=1) >= 0) & (counted != scores.truth))
    every = np.arange(scores.n)
    margins = values[every, counted] - values[every, scores.truth]
    rows = rows[np.argsort(-margins[rows], kind="stable")]
    return [
        LabelCandidate(
            file=scores.files[i],
            label=scores.classes[scores.truth[i]],
            suggested=scores.classes[counted[i]],
            score=float(values[i, counted[i]]),
            own=float(values[i, scores.truth[i]]),
            margin=float(margins[i]),
            row=i,
            square=scores.squares[i] if scores.squares else None,
        )
        for i in rows.tolist()
    ]


def candidates_document(candidates: Sequence[LabelCandidate]) -> list[dict[str, Any]]:
    """As JSON: `[{file, square, label, suggested, p_label, p_suggested, margin}]`."""
    return [
        {
            "file": one.file,
            "square": list(one.square) if one.square else None,
            "label": one.label,
            "suggested": one.suggested,
            "p_label": one.own,
            "p_suggested": one.score,
            "margin": one.margin,
        }
        for one in candidates
    ]
