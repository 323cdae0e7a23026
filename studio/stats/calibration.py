"""Whether probabilities are what they say: reliability, scores, and maps that make them so.

A Brier score or an ECE has no verdict in it: both fall where a classifier tells classes apart well.
Slope and intercept (D. R. Cox, Biometrika 45 (1958) 562-565) say in which way probabilities are
wrong: a slope below 1 is overconfidence, an intercept above 0 probabilities that are too low.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.intervals import Proportion, wilson
from studio.stats.normal import normal_quantile
from studio.stats.roc import Flags, Floats, checked

BINS = 10
_EDGE = 1e-12  # logits of 0 and 1 are those of this
_STEPS = 100
_TEMPERATURES = (math.log(0.05), math.log(20.0))


@dataclass(frozen=True)
class ReliabilityBin:
    """Images whose probability lies in [`low`, `high`): the mean of it and the share of positives.

    Both are NaN in a bin without an image.
    """

    low: float
    high: float
    images: int
    mean: float
    share: Proportion


@dataclass(frozen=True)
class Calibration:
    """Of probabilities of one class against the rest.

    `brier` is the mean squared error, `scaled` 1 - brier / (share (1 - share)): 0 for who always
    says the share of positives. `ece` is the mean distance of the bins from the diagonal, by
    images. `slope` and `intercept` with their bounds are Cox's; the intercept is that with slope 1
    (calibration in the large). NaN where undefined: without an image, and slope and intercept with
    one class or where a line separates the classes.

    `brier` = `reliability` - `resolution` + `uncertainty` + `within_bins` (A. H. Murphy, J. Appl.
    Meteorol. 12 (1973) 595-600): how far the bins' shares of positives lie from their mean
    probabilities, how far from the share of all, and the Brier score of always saying that share.
    The last part is what probabilities vary within a bin, less twice their covariance with the
    truth there (D. B. Stephenson et al., Weather and Forecasting 23 (2008) 752-757): 0 where each
    bin has one probability.
    """

    brier: float
    scaled: float
    ece: float
    bins: tuple[ReliabilityBin, ...]
    slope: float
    slope_low: float
    slope_high: float
    intercept: float
    intercept_low: float
    intercept_high: float
    images: int
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


def calibration(
    probabilities: npt.ArrayLike, positive: npt.ArrayLike, bins: int = BINS, level: float = 0.95
) -> Calibration:
    """Of `probabilities` [n] in 0..1 for the flags `positive` [n]; bins are equally wide
    (M. P. Naeini et al., AAAI 2015). Raises StudioError for lengths that differ and values that are
    no probabilities."""
    values, flags = _checked(probabilities, positive)
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum((values * bins).astype(np.intp), bins - 1)
    made = []
    distance = away = apart = 0.0
    share = float(flags.mean()) if flags.size else math.nan
    for number in range(bins):
        own = place == number
        count, hits = int(own.sum()), int(flags[own].sum())
        mean = float(values[own].mean()) if count else math.nan
        made.append(
            ReliabilityBin(
                float(edges[number]), float(edges[number + 1]), count, mean,
                wilson(hits, count, level),
            )
        )  # fmt: skip
        if count:
            distance += abs(mean * count - hits)
            away += count * (mean - hits / count) ** 2
            apart += count * (hits / count - share) ** 2
    n = flags.size
    brier = float(np.mean((values - flags) ** 2)) if n else math.nan
    spread = share * (1 - share)
    reliability, resolution = (away / n, apart / n) if n else (math.nan, math.nan)
    slope, intercept = _cox(_logit(values), flags, level)
    return Calibration(
        brier, 1 - brier / spread if spread > 0 else math.nan, distance / n if n else math.nan,
        tuple(made), *slope, *intercept, n,
        reliability, resolution, spread, brier - (reliability - resolution + spread),
    )  # fmt: skip


def temperature(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """The temperature that makes `probabilities` [n, c] of the true classes `truth` [n] likeliest:
    softmax(log p / T) (C. Guo et al., ICML 2017), within 0.05 to 20; 1 where all are equally
    likely. NaN without an image.

    The likelihood is concave in 1 / T, so T is where its slope is 0, found to 1e-12.
    """
    from scipy.optimize import brentq

    values = np.asarray(probabilities, np.float64)
    numbers = np.asarray(truth, np.intp)
    if values.ndim != 2 or numbers.shape != values.shape[:1]:
        raise StudioError("A temperature needs one row of probabilities for each true class.")
    if not numbers.size:
        return math.nan
    logits = np.log(np.clip(values, _EDGE, None))
    logits -= logits.max(axis=1, keepdims=True)
    seen = float(logits[np.arange(numbers.size), numbers].mean())

    def slope(log_t: float) -> float:
        """Of the log-likelihood by 1 / T: the mean logit of the truth less the one expected."""
        odds = np.exp(logits / math.exp(log_t))
        return seen - float(((odds * logits).sum(axis=1) / odds.sum(axis=1)).mean())

    low, high = _TEMPERATURES
    if not logits.any():
        return 1.0
    if slope(low) >= 0:
        return math.exp(low)
    if slope(high) <= 0:
        return math.exp(high)
    return math.exp(float(brentq(slope, low, high, xtol=1e-13, rtol=1e-15)))


def with_temperature(probabilities: npt.ArrayLike, t: float) -> Floats:
    """Probabilities [n, c] at another temperature; each row sums to 1."""
    logits = np.log(np.clip(np.asarray(probabilities, np.float64), _EDGE, None)) / t
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class IsotonicMap:
    """A rising map of probabilities: from `knots` [k] to `values` [k], straight between them and
    level beyond them."""

    knots: Floats
    values: Floats

    def __call__(self, probabilities: npt.ArrayLike) -> Floats:
        return np.interp(np.asarray(probabilities, np.float64), self.knots, self.values)


def isotonic(probabilities: npt.ArrayLike, positive: npt.ArrayLike) -> IsotonicMap:
    """The rising map of `probabilities` [n] that is nearest to the flags `positive` [n] by squares
    (B. Zadrozny and C. Elkan, KDD 2002). Raises StudioError without an image."""
    from scipy.optimize import isotonic_regression

    values, flags = _checked(probabilities, positive)
    if not values.size:
        raise StudioError("A map of probabilities needs at least one image.")
    knots, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=flags.astype(np.float64)) / counts
    fitted = isotonic_regression(means, weights=counts.astype(np.float64)).x
    return IsotonicMap(knots, np.asarray(fitted))


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit [k] at `thresholds` [k] of calling positive from that probability on; of calling
    all and none. Per image: 0.1 is one true positive in ten images without a false one."""

    thresholds: Floats
    benefit: Floats
    all_positive: Floats
    prevalence: float


def decision_curve(
    probabilities: npt.ArrayLike,
    positive: npt.ArrayLike,
    thresholds: npt.ArrayLike | None = None,
    prevalence: float | None = None,
) -> DecisionCurve:
    """Net benefit = sensitivity · prevalence - (1 - specificity) · (1 - prevalence) · t / (1 - t)
    (A. J. Vickers and E. B. Elkin, Medical Decision Making 26 (2006) 565-574).

    `thresholds` lie in (0, 1), by default .01 to .99. `prevalence` is that of the images unless
    another is given. NaN where a class has no image.
    """
    values, flags = _checked(probabilities, positive)
    at = np.linspace(0.01, 0.99, 99) if thresholds is None else np.asarray(thresholds, np.float64)
    if ((at <= 0) | (at >= 1)).any():
        raise StudioError("Thresholds of a decision curve lie between 0 and 1.")
    ups, downs = np.sort(values[flags]), np.sort(values[~flags])
    if not ups.size or not downs.size:
        nothing = np.full(at.shape, math.nan)
        return DecisionCurve(at, nothing, nothing, math.nan)
    share = float(flags.mean()) if prevalence is None else prevalence
    sensitivity = 1 - np.searchsorted(ups, at, side="left") / ups.size
    false_alarms = 1 - np.searchsorted(downs, at, side="left") / downs.size
    odds = at / (1 - at)
    benefit = share * sensitivity - (1 - share) * false_alarms * odds
    return DecisionCurve(at, benefit, share - (1 - share) * odds, share)


def _checked(probabilities: npt.ArrayLike, positive: npt.ArrayLike) -> tuple[Floats, Flags]:
    values, flags = checked(probabilities, positive)
    if values.size and (values.min() < -1e-9 or values.max() > 1 + 1e-9):
        raise StudioError("Probabilities lie between 0 and 1.")
    return np.clip(values, 0, 1), flags


def _logit(values: Floats) -> Floats:
    held = np.clip(values, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(held / (1 - held)))


Bounds = tuple[float, float, float]
_UNDEFINED: Bounds = (math.nan, math.nan, math.nan)


def _cox(logits: Floats, flags: Flags, level: float) -> tuple[Bounds, Bounds]:
    """Slope, and intercept with slope 1, each with its Wald bounds."""
    if not 0 < flags.sum() < flags.size or _separated(logits, flags):
        return _UNDEFINED, _UNDEFINED
    ones = np.ones_like(logits)
    both = _logistic(np.stack([ones, logits], axis=1), flags, np.zeros_like(logits))
    large = _logistic(ones[:, None], flags, logits)
    z = normal_quantile(level)
    made = []
    for found, at in ((both, 1), (large, 0)):
        if found is None:
            made.append(_UNDEFINED)
            continue
        value, reach = float(found[0][at]), z * math.sqrt(found[1][at, at])
        made.append((value, value - reach, value + reach))
    return made[0], made[1]


def _separated(logits: Floats, flags: Flags) -> bool:
    ups, downs = logits[flags], logits[~flags]
    return bool(ups.min() > downs.max() or downs.min() > ups.max())


def _logistic(columns: Floats, flags: Flags, offset: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients of a logistic regression and their covariance, by Newton's steps; None where
    they do not settle."""
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(columns @ weights + offset, -500, 500)))
        information = (columns * (p * (1 - p))[:, None]).T @ columns
        try:
            step = np.linalg.solve(information, columns.T @ (flags - p))
        except np.linalg.LinAlgError:
            return None
        size = float(np.abs(step).max())
        weights = weights + step * min(1.0, 5.0 / max(size, 1e-300))
        if size < 1e-12:
            return np.asarray(weights), np.asarray(np.linalg.inv(information), np.float64)
    return None
