"""Whether generated pictures are copies of training pictures, judged by real ones that are not.

Held-out pictures have never been seen in training: how near they come to the training pictures is
what chance does. Copies come nearer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.metrics.neighbours import Features, nearest
from studio.stats import Proportion, wilson

Measure = Callable[[Features, Features], tuple[NDArray[np.float64], NDArray[np.int64]]]
LEVELS = (0.01, 0.05)
PAIRS = 10


@dataclass(frozen=True)
class NeighbourComparison:
    """The samples nearer to training than a quantile of the held-out pictures.

    `expected` is the share that held-out-like pictures would have; `distance` and `share` are None
    when there are too few held-out pictures for this quantile.
    """

    level: float
    distance: float | None
    expected: float
    share: Proportion | None


@dataclass(frozen=True)
class NeighbourPair:
    """A sample, its nearest training picture (both by number) and how far apart they are."""

    sample: int
    training: int
    distance: float


@dataclass(frozen=True)
class Neighbours:
    """Distances `[M]` of samples and `[H]` of held-out pictures to the nearest training picture."""

    samples: NDArray[np.float64]
    held_out: NDArray[np.float64]
    nearest: NDArray[np.int64]  # [M] the training picture of each sample
    n_training: int

    @classmethod
    def of(cls, training: Features, held_out: Features, samples: Features) -> "Neighbours":
        """StudioError when there is no training picture."""
        return CopyCheck(training, held_out)(samples)

    def nearer(self, level: float) -> NeighbourComparison:
        """Samples nearer than the `level` quantile of held-out, with their Wilson interval.

        The quantile is the k-th smallest held-out distance with k = ⌊level (H + 1)⌋: a picture
        drawn like the held-out ones is nearer with a chance of k / (H + 1), at most `level`, for
        any distribution (as in conformal prediction). The 1 % needs 99 held-out pictures, the 5 %
        needs 19.
        """
        held_out = np.sort(self.held_out)
        k = math.floor(level * (len(held_out) + 1) + 1e-9)
        if k == 0:
            return NeighbourComparison(level, None, 0.0, None)
        distance = float(held_out[k - 1])
        # A distance of zero is a copy, whatever held-out pictures do.
        count = int(((self.samples < distance) | (self.samples == 0)).sum())
        share = wilson(count, len(self.samples))
        return NeighbourComparison(level, distance, k / (len(held_out) + 1), share)

    def pairs(self, most: int = PAIRS) -> list[NeighbourPair]:
        """The closest samples first."""
        order = np.argsort(self.samples, kind="stable")[:most]
        return [NeighbourPair(int(i), int(self.nearest[i]), float(self.samples[i])) for i in order]

    def to_dict(
        self, files: Sequence[str], seeds: Sequence[int], most: int = PAIRS
    ) -> dict[str, Any]:
        """What a report says: numbers, shares by level in percent, and the closest pairs.

        `files` names the training pictures, `seeds` the samples.
        """
        return {
            "n_training": self.n_training,
            "n_held_out": len(self.held_out),
            "n_fake": len(self.samples),
            "median": _median(self.samples),
            "median_held_out": _median(self.held_out),
            "nearer": {f"{100 * level:g}%": _told(self.nearer(level)) for level in LEVELS},
            "pairs": [
                {
                    "fake": pair.sample,
                    "seed": seeds[pair.sample],
                    "file": files[pair.training],
                    "training": pair.training,
                    "distance": pair.distance,
                }
                for pair in self.pairs(most)
            ],
        }


class CopyCheck:
    """Training and held-out features, ready for one set of samples after another.

    `measure` says which training row is nearest and how near: by default in features.

    Raises:
        StudioError: there is no training picture.
    """

    def __init__(self, training: Features, held_out: Features, measure: Measure = nearest) -> None:
        if not len(training):
            raise StudioError("Without training pictures nothing can be a copy of them.")
        self.training, self.measure = training, measure
        self.held_out = measure(held_out, training)[0]

    def __call__(self, samples: Features) -> Neighbours:
        distances, where = self.measure(samples, self.training)
        return Neighbours(distances, self.held_out, where, len(self.training))


def _median(distances: NDArray[np.float64]) -> float | None:
    return float(np.median(distances)) if len(distances) else None


def _told(nearer: NeighbourComparison) -> dict[str, Any]:
    share = nearer.share
    return {
        "distance": nearer.distance,
        "expected": nearer.expected if share else None,
        "count": share.k if share else None,
        "share": share.value if share else None,
        "low": share.low if share else None,
        "high": share.high if share else None,
    }
