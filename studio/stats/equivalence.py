"""Is an accuracy practically that of chance? Two one-sided tests, and the size a claim needs.

D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657-680. "Not different from chance" follows
from any study that is small enough; "equivalent to chance" has to be shown: the accuracy must be
significantly above `chance - margin` and significantly below `chance + margin`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from studio.errors import StudioError
from studio.stats.intervals import clopper_pearson

MARGIN = 0.10
ALPHA = 0.05
POWER = 0.80
CHANCE = 0.5
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Both one-sided p values; `low`, `high` bound the value at 1 - 2 alpha.

    Equivalence is shown when the larger p is below `alpha`, which is when the interval lies inside
    `chance` plus and minus `margin`. NaN and not shown when nothing was counted.
    """

    value: float
    low: float
    high: float
    p_above_lower: float
    p_below_upper: float
    margin: float
    chance: float
    alpha: float

    @property
    def p(self) -> float:
        """The p value of the pair of tests: the larger one."""
        return max(self.p_above_lower, self.p_below_upper)

    @property
    def shown(self) -> bool:
        """Whether the value is shown to lie within the margin of chance."""
        return self.p < self.alpha


def equivalence(
    k: int, n: int, margin: float = MARGIN, alpha: float = ALPHA, chance: float = CHANCE
) -> Equivalence:
    """Exact binomial tests of `k` right answers in `n`, with the Clopper-Pearson interval.

    `p_above_lower` is P(X >= k) at chance - margin, `p_below_upper` P(X <= k) at chance + margin.
    Raises StudioError for impossible counts or a margin that leaves no room.
    """
    from scipy.special import bdtr, bdtrc

    checked_test(margin, alpha, chance)
    if not 0 <= k <= n:
        raise StudioError(f"{k} of {n} is not a proportion.")
    if n == 0:
        nothing = math.nan
        return Equivalence(nothing, nothing, nothing, nothing, nothing, margin, chance, alpha)
    above = float(bdtrc(k - 1, n, chance - margin)) if k else 1.0
    below = float(bdtr(k, n, chance + margin))
    exact = clopper_pearson(k, n, 1 - 2 * alpha)
    return Equivalence(exact.value, exact.low, exact.high, above, below, margin, chance, alpha)


def equivalence_from_error(
    value: float,
    error: float,
    freedom: float,
    margin: float = MARGIN,
    alpha: float = ALPHA,
    chance: float = CHANCE,
) -> Equivalence:
    """The same for an estimate with a standard error and degrees of freedom, by Student's t."""
    from scipy.special import stdtr, stdtrit

    checked_test(margin, alpha, chance)
    if not error > 0 or not freedom > 0:
        raise StudioError("Two one-sided tests need a standard error and degrees of freedom.")
    above = float(stdtr(freedom, -(value - (chance - margin)) / error))
    below = float(stdtr(freedom, -((chance + margin) - value) / error))
    reach = float(stdtrit(freedom, 1 - alpha)) * error
    return Equivalence(value, value - reach, value + reach, above, below, margin, chance, alpha)


def equivalence_size(
    margin: float = MARGIN, alpha: float = ALPHA, power: float = POWER, chance: float = CHANCE
) -> int:
    """Answers of one reader that a claim needs when the true accuracy is chance itself.

    The normal approximation n = (z(1 - alpha) + z(1 - beta / 2))^2 chance (1 - chance) / margin^2
    (Chow, Shao, Wang, Sample Size Calculations, section 4.1.2): 215 for a margin of 10 points,
    alpha .05 and power .80. `exact_size` says what the exact tests need.
    """
    checked_test(margin, alpha, chance)
    _checked_power(power)
    z = NormalDist().inv_cdf(1 - alpha) + NormalDist().inv_cdf((1 + power) / 2)
    return math.ceil(z * z * chance * (1 - chance) / margin**2)


def approximate_power(
    n: int, margin: float = MARGIN, alpha: float = ALPHA, chance: float = CHANCE
) -> float:
    """The power of `n` answers at true chance, 0..1, by the normal approximation of which
    `equivalence_size` is the inverse: 2 Phi(margin sqrt(n) / sigma - z(1 - alpha)) - 1, at least 0.
    """
    checked_test(margin, alpha, chance)
    normal = NormalDist()
    reach = margin * math.sqrt(max(n, 0) / (chance * (1 - chance))) - normal.inv_cdf(1 - alpha)
    return max(0.0, 2 * normal.cdf(reach) - 1)


def equivalence_power(
    n: int,
    margin: float = MARGIN,
    alpha: float = ALPHA,
    chance: float = CHANCE,
    accuracy: float | None = None,
) -> float:
    """Probability, 0..1, that the exact tests show equivalence with `n` answers.

    Of a reader whose true accuracy is `accuracy`, chance itself without it: real readers are rarely
    exactly there, and one who is right 55 % of the time is shown equivalent far less often. Raises
    StudioError for an accuracy outside 0..1.
    """
    import numpy as np
    from scipy.special import bdtr, bdtrc

    checked_test(margin, alpha, chance)
    truth = chance if accuracy is None else accuracy
    if not 0 <= truth <= 1:
        raise StudioError(f"An accuracy lies between 0 and 1, not at {truth:g}.")
    if n < 1:
        return 0.0
    k = np.arange(n + 1, dtype=np.float64)
    above = np.where(k > 0, bdtrc(np.maximum(k - 1, 0), n, chance - margin), 1.0)
    shown = np.flatnonzero((above < alpha) & (bdtr(k, n, chance + margin) < alpha))
    if not shown.size:
        return 0.0
    upper = float(bdtr(float(shown[-1]), n, truth))
    return upper - (float(bdtr(float(shown[0] - 1), n, truth)) if shown[0] else 0.0)


@lru_cache(maxsize=64)
def exact_size(
    margin: float = MARGIN, alpha: float = ALPHA, power: float = POWER, chance: float = CHANCE
) -> int:
    """The smallest n that has the power in the exact tests and keeps it with up to 20 more.

    Power goes up and down with n, since counts are whole; a single lucky n is not a plan. Raises
    StudioError when more than a million answers were needed.
    """
    n = equivalence_size(margin, alpha, power, chance)
    if n > _LARGEST:
        raise StudioError(f"A margin of {margin:g} would need {n:,} answers: choose a wider one.")
    n = max(1, n - 20)
    run = 0
    while run <= 20:
        run = run + 1 if equivalence_power(n, margin, alpha, chance) >= power else 0
        n += 1
    return n - run


def checked_test(margin: float, alpha: float, chance: float) -> None:
    """Raise StudioError for a margin, level or chance that make no test."""
    if not 0 < margin < min(chance, 1 - chance):
        raise StudioError(
            f"The margin of equivalence lies between 0 and {min(chance, 1 - chance):g}, "
            f"not at {margin:g}."
        )
    if not 0 < alpha < 0.5:
        raise StudioError(f"A significance level lies between 0 and 0.5, not at {alpha:g}.")


def _checked_power(power: float) -> None:
    if not 0 < power < 1:
        raise StudioError(f"A power lies between 0 and 1, not at {power:g}.")
