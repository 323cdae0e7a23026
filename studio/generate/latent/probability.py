"""What a classifier sees along a path: coarse first, then finer where it matters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from studio.generate.latent.layers import GROUPS, Group
from studio.generate.latent.path import crossings

Probabilities = Callable[[Sequence[float]], NDArray[np.float64]]
"""Positions on the path to the positive class's probability there."""

COARSE = 9
STEEP = 0.1  # a rise between neighbours that is worth another look


@dataclass(frozen=True)
class ProbabilityCurve:
    """A curve by its points, positions rising from 0 to 1."""

    positions: tuple[float, ...]
    probabilities: tuple[float, ...]

    @property
    def crossings(self) -> list[float]:
        """Where it crosses one half."""
        return crossings(self.positions, self.probabilities)


def refined_curve(
    probabilities: Probabilities, *, coarse: int = COARSE, rounds: int = 4
) -> Iterator[ProbabilityCurve]:
    """The curve after each round: `coarse` even points, then the pieces that are steep or cross.

    A round asks for all of its new points at once, so that they can be rendered as a batch.
    """
    t = np.linspace(0, 1, coarse)
    p = np.asarray(probabilities(t.tolist()), float)
    yield _curve(t, p)
    for _ in range(rounds):
        above = p >= 0.5
        worth = (np.abs(np.diff(p)) > STEEP) | (above[:-1] != above[1:])
        if not worth.any():
            return
        middles = (t[:-1] + t[1:])[worth] / 2
        t, p = np.append(t, middles), np.append(p, probabilities(middles.tolist()))
        order = np.argsort(t)
        t, p = t[order], p[order]
        yield _curve(t, p)


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
