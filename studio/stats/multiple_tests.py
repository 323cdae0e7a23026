"""P values of several tests at once."""

import math
from collections.abc import Sequence


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
