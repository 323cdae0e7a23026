"""What a classifier sees along a path: coarse first, then finer where it matters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from studio.generate.latent.layers import GROUPS, Group
from studio.generate.latent.path import crossings

Probabilities = Callable[[Sequence[float]], NDArray[np.float64]]
"""Values of t to the positive class's probability there."""

COARSE, FINE = 9, 33  # even points: of the first round, to see something soon; looked at anyhow
STEEP = 0.05  # a rise between neighbours that is worth another look
STEEP_FOR_STEPS = 0.01  # the same where even steps are to be taken from the curve
NARROWEST = 2.0**-12  # of t: how far the pieces that cross or are steep are halved
MOST_POINTS = 257


@dataclass(frozen=True)
class ProbabilityCurve:
    """A curve by its points, whose `ts` rise from 0 to 1."""

    ts: tuple[float, ...]
    probabilities: tuple[float, ...]

    @property
    def crossings(self) -> list[float]:
        """Where it crosses one half."""
        return crossings(self.ts, self.probabilities)


def refined_curve(probabilities: Probabilities, steep: float = STEEP) -> Iterator[ProbabilityCurve]:
    """The curve after each round: even points, then the halves of pieces that cross or are steep.

    The window, the files and the command line all take the curve from here, and its crossings with
    it: they depend on the path and the classifier, not on how many frames are made. A crossing is
    found to within `NARROWEST`; two that lie between neighbours of the `FINE` grid are not seen. A
    round asks for all of its new points at once, so that they can be rendered as a batch.
    """
    t = np.linspace(0, 1, COARSE)
    p = np.asarray(probabilities(t.tolist()), float)
    yield _curve(t, p)
    while (new := _next_points(t, p, steep)).size:
        t, p = np.append(t, new), np.append(p, probabilities(new.tolist()))
        order = np.argsort(t)
        t, p = t[order], p[order]
        yield _curve(t, p)


def final_curve(probabilities: Probabilities, steep: float = STEEP) -> ProbabilityCurve:
    """The last round of `refined_curve`."""
    *_, last = refined_curve(probabilities, steep)
    return last


def _next_points(
    t: NDArray[np.float64], p: NDArray[np.float64], steep: float
) -> NDArray[np.float64]:
    """The middles of the pieces that are worth it: all until the grid is fine, then those that
    cross one half and the steepest, as far as the points last."""
    middles = (t[:-1] + t[1:]) / 2
    if len(t) < FINE:
        return middles
    above, rise = p >= 0.5, np.abs(np.diff(p))
    worth = np.where(above[:-1] != above[1:], 2.0, np.where(rise > steep, rise, 0.0))
    worth[np.diff(t) <= NARROWEST] = 0
    first = np.argsort(-worth, kind="stable")[: max(MOST_POINTS - len(t), 0)]
    return middles[np.sort(first[worth[first] > 0])]


def _curve(t: NDArray[np.float64], p: NDArray[np.float64]) -> ProbabilityCurve:
    return ProbabilityCurve(tuple(t.tolist()), tuple(p.tolist()))


def group_shares(
    probability: Callable[[dict[Group, float]], float],
) -> dict[Group, float]:
    """How much of the change from source to target each group of rows owns.

    `probability` scores the picture with each group at 0 (source) or 1 (target). The shares are
    Shapley values (1953): a group's gain, averaged over the orders in which groups can change.
    They add up to the whole change, p(target) − p(source).
    """
    worth = {
        frozenset(chosen): probability({g: float(g in chosen) for g in GROUPS})
        for size in range(len(GROUPS) + 1)
        for chosen in combinations(GROUPS, size)
    }
    return {group: _shapley(group, worth) for group in GROUPS}


def _shapley(group: Group, worth: dict[frozenset[Group], float]) -> float:
    others = [g for g in GROUPS if g != group]
    total = 0.0
    for size in range(len(others) + 1):
        few = list(combinations(others, size))
        gains = [worth[frozenset((*some, group))] - worth[frozenset(some)] for some in few]
        total += sum(gains) / len(few)
    return total / len(GROUPS)
