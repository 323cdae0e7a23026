"""The binormal ROC curve by ranks: sensitivity = Phi(a + b Phi^-1(false positive rate)).

The negative scores, sorted, cut the axis into cells of about equal false positive rate; the
positives fall into them with the probabilities of the curve (placement values: M. S. Pepe, T. Cai,
Biometrics 60 (2004) 528-535). The fit depends on ranks alone, as the curve does.
"""

import math
from dataclasses import dataclass

import numpy as np

from studio.stats.roc import Floats

_CUTS = 40  # cells are joined beyond it: two numbers are to be estimated
_STEPS = 40
# A weak prior, a ~ N(1, 3) and log b ~ N(0, 1/2), keeps separated classes from running away.
_MEAN, _SPREAD = np.array([1.0, 0.0]), np.array([3.0, 0.5])


@dataclass(frozen=True)
class Binormal:
    """A fitted curve."""

    a: float
    b: float

    def at(self, fpr: Floats) -> Floats:
        """Sensitivity, 0..1, at false positive rates of 0..1."""
        from scipy.special import ndtr, ndtri

        return np.asarray(ndtr(self.a + self.b * ndtri(fpr)), dtype=np.float64)

    def slope(self, fpr: Floats) -> Floats:
        """Its derivative at false positive rates between 0 and 1."""
        from scipy.special import ndtri

        z = ndtri(fpr)
        return np.asarray(self.b * np.exp((z * z - (self.a + self.b * z) ** 2) / 2))


def fit_binormal(above: Floats, positives: int) -> Binormal:
    """The curve for `above` [n]: how many of `positives` score above the 1st .. nth negative.

    `above` rises; ties may count as halves. Maximum posterior by Fisher scoring.
    """
    from scipy.special import ndtr, ndtri

    n = above.size
    cuts = np.unique(np.round(np.linspace(1, n, min(n, _CUTS))).astype(np.intp))
    z = ndtri(cuts / (n + 1))
    counts = np.diff(np.concatenate([[0.0], above[cuts - 1], [float(positives)]]))
    start = ndtri((above[cuts - 1] + 0.5) / (positives + 1))
    a, log_b = float((start - z).mean()), 0.0
    for _ in range(_STEPS):
        b = math.exp(log_b)
        line = a + b * z
        density = np.exp(-line * line / 2) / math.sqrt(2 * math.pi)
        cells = np.maximum(np.diff(np.concatenate([[0.0], ndtr(line), [1.0]])), 1e-12)
        by_a = np.diff(np.concatenate([[0.0], density, [0.0]]))
        by_b = np.diff(np.concatenate([[0.0], density * b * z, [0.0]]))
        gradient = np.array([by_a @ (counts / cells), by_b @ (counts / cells)])
        gradient -= (np.array([a, log_b]) - _MEAN) / _SPREAD**2
        both = float(by_a @ (by_b / cells))
        information = positives * np.array(
            [[by_a @ (by_a / cells), both], [both, by_b @ (by_b / cells)]]
        ) + np.diag(1 / _SPREAD**2)
        step = np.clip(np.linalg.solve(information, gradient), [-0.7, -0.4], [0.7, 0.4])
        a, log_b = a + float(step[0]), log_b + float(step[1])
        if np.abs(step).max() < 1e-5:
            break
    return Binormal(a, math.exp(log_b))
