"""The normal distribution by the standard library (no scipy at the start of the window), t, and the
p values of several tests at once."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from studio.errors import StudioError


def normal_quantile(level: float) -> float:
    """The z that bounds the central `level` (0..1, both excluded): 1.96 for 0.95."""
    if not 0 < level < 1:
        raise StudioError(f"A confidence level lies between 0 and 1, not at {level}.")
    return NormalDist().inv_cdf((1 + level) / 2)


def t_quantile(level: float, freedom: float) -> float:
    """The same of Student's t with `freedom` degrees, which is normal where they are infinite."""
    normal = normal_quantile(level)
    if math.isinf(freedom):
        return normal
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def two_sided_p(z: float) -> float:
    """The probability, 0..1, of a standard normal farther from 0 than `z`; exact in the tail."""
    return math.erfc(abs(z) / math.sqrt(2))


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's corrected p values, in the order of `ps`.

    Each corrected value may be compared with the level itself: the chance that any true null
    hypothesis among them is rejected is then at most that level, whatever depends on what. The
    smallest p is multiplied by the number of tests, the next by one fewer, and so on; none falls
    below the one before it or exceeds 1 (S. Holm, Scand. J. Stat. 6 (1979) 65-70). A NaN is a test
    that was not made: it stays NaN and is not counted.
    """
    order = sorted((i for i, p in enumerate(ps) if not math.isnan(p)), key=lambda i: ps[i])
    corrected = [math.nan] * len(ps)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * ps[index]))
        corrected[index] = largest
    return corrected
