"""Improved precision and recall of a set of pictures (Kynkäänniemi et al. 2019)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.metrics.kid import drawn
from studio.generate.metrics.neighbours import Features, distance_blocks, radii

NEIGHBOURS = 3
MOST = 5000


@dataclass(frozen=True)
class PrecisionRecall:
    """Shares in 0 … 1, from `n` real and as many generated pictures."""

    precision: float
    recall: float
    n: int


def precision_recall(
    real: Features, fake: Features, *, k: int = NEIGHBOURS, most: int = MOST, seed: int = 0
) -> PrecisionRecall:
    """Share of `fake` in the reach of `real` features, and of `real` in the reach of `fake`.

    A picture is in reach of a set when it is no farther from one of its members than that
    member's k-th nearest fellow. Reach shrinks as sets grow, so both sides give equally many
    pictures (at most `most`, drawn with `seed`), and only equal numbers compare.

    Raises:
        StudioError: no more than k pictures on a side.
    """
    n = min(len(real), len(fake), most)
    if n <= k:
        raise StudioError(f"Precision and recall need more than {k} pictures on each side.")
    a, b = drawn(real, n, seed), drawn(fake, n, seed + 1)
    return PrecisionRecall(_in_reach(b, a, k), _in_reach(a, b, k), n)


def _in_reach(pictures: Features, of: Features, k: int) -> float:
    reach = radii(of, k)
    inside: NDArray[np.bool_] = np.zeros(len(pictures), bool)
    for rows, block in distance_blocks(pictures, of):
        inside[rows] = (block <= reach).any(axis=1)
    return float(inside.mean())
