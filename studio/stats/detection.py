"""Signal detection: how far apart two kinds are for a reader, and where the reader draws the line.

N. A. Macmillan, C. D. Creelman, Detection Theory (2nd ed., 2005), chapters 1, 2 and 13.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from studio.errors import StudioError
from studio.stats.normal import normal_quantile

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Detection:
    """d' and the criterion c with intervals; everything is NaN when a kind was never shown.

    d' is 0 for a reader who cannot tell the kinds apart. c is 0 without a leaning, above 0 for one
    who says "signal" less often than "noise".
    """

    d_prime: float
    d_low: float
    d_high: float
    criterion: float
    c_low: float
    c_high: float

    @property
    def estimable(self) -> bool:
        """Whether both kinds were shown."""
        return not math.isnan(self.d_prime)


def corrected_rate(k: float, n: float) -> float:
    """(k + 1/2) / (n + 1), never 0 or 1: the log-linear rule (Hautus, BRMIC 27 (1995) 46-51)."""
    return (k + 0.5) / (n + 1)


def d_prime(hits: float, signals: float, alarms: float, noises: float) -> float:
    """z(hit rate) - z(false alarm rate), both corrected by the log-linear rule."""
    return _z(corrected_rate(hits, signals)) - _z(corrected_rate(alarms, noises))


def detection(hits: int, signals: int, alarms: int, noises: int, level: float = 0.95) -> Detection:
    """Of `hits` in `signals` shown and false `alarms` in `noises` shown.

    The variance is that of Gourevitch and Galanter (Psychometrika 32 (1967) 25-33), H(1-H) / (n
    phi(z(H))^2) summed over both rates, from the corrected rates; that of c is a quarter of it.
    Raises StudioError unless the counts are possible.
    """
    quantile = normal_quantile(level)
    for k, n in ((hits, signals), (alarms, noises)):
        if not 0 <= k <= n:
            raise StudioError(f"{k} of {n} is not a proportion.")
    if not (signals and noises):
        return Detection(*[math.nan] * 6)
    h, f = corrected_rate(hits, signals), corrected_rate(alarms, noises)
    value, criterion = _z(h) - _z(f), -(_z(h) + _z(f)) / 2
    reach = quantile * math.sqrt(_variance(h, signals) + _variance(f, noises))
    return Detection(
        value, value - reach, value + reach, criterion, criterion - reach / 2, criterion + reach / 2
    )


def _z(rate: float) -> float:
    return _NORMAL.inv_cdf(rate)


def _variance(rate: float, n: int) -> float:
    return rate * (1 - rate) / (n * _NORMAL.pdf(_z(rate)) ** 2)
