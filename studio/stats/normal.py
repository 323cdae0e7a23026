"""The normal distribution by the standard library (no scipy at the start of the window), and t."""

import math
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
