"""Calibration against scikit-learn, brute force and worked examples."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, root
from scipy.special import expit
from scipy.stats import norm
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss

from studio.errors import StudioError
from studio.stats import (
    calibration,
    decision_curve,
    isotonic,
    temperature,
    with_temperature,
)


def made(n: int = 400, slope: float = 2.0, shift: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that say too much, by a slope of 1 / `slope`."""
    randomness = np.random.default_rng(n)
    true = randomness.normal(-0.5, 1.2, n)
    flags = randomness.random(n) < 1 / (1 + np.exp(-true))
    return 1 / (1 + np.exp(-(slope * true + shift))), flags


def test_brier_and_bins_are_those_of_scikit_learn() -> None:
    p, flags = made()
    found = calibration(p, flags)
    assert found.brier == pytest.approx(brier_score_loss(flags, p), abs=1e-12)
    share, mean = calibration_curve(flags, p, n_bins=10)
    kept = [one for one in found.bins if one.images]
    assert [one.share.value for one in kept] == pytest.approx(share, abs=1e-12)
    assert [one.mean for one in kept] == pytest.approx(mean, abs=1e-12)
    weights = np.array([one.images for one in kept]) / len(p)
    assert found.ece == pytest.approx(np.sum(weights * np.abs(share - mean)), abs=1e-12)
    base = flags.mean() * (1 - flags.mean())
    assert found.scaled == pytest.approx(1 - found.brier / base, abs=1e-12)


def test_brier_and_its_parts_by_hand() -> None:
    """Ten images: .2 for five with one positive, .8 for five with three. Murphy's parts are
    (5 · (.2 - .2)² + 5 · (.8 - .6)²) / 10 = .02, (5 · .2² + 5 · .2²) / 10 = .04 and .4 · .6."""
    p = [0.2] * 5 + [0.8] * 5
    flags = [True] + [False] * 4 + [True] * 3 + [False] * 2
    found = calibration(p, flags)
    assert found.brier == pytest.approx(0.22, abs=1e-15)
    assert found.reliability == pytest.approx(0.02, abs=1e-15)
    assert found.resolution == pytest.approx(0.04, abs=1e-15)
    assert found.uncertainty == pytest.approx(0.24, abs=1e-15)
    assert found.within_bins == pytest.approx(0, abs=1e-15)


def test_what_varies_within_bins_is_its_variance_less_twice_its_covariance() -> None:
    p, flags = made()
    found = calibration(p, flags)
    place = np.minimum((p * 10).astype(int), 9)
    expected = 0.0
    for number in range(10):
        own, hits = p[place == number], flags[place == number].astype(float)
        expected += np.sum((own - own.mean()) ** 2) - 2 * np.sum((own - own.mean()) * hits)
    assert found.within_bins == pytest.approx(expected / p.size, abs=1e-12)
    parts = found.reliability - found.resolution + found.uncertainty + found.within_bins
    assert parts == pytest.approx(brier_score_loss(flags, p), abs=1e-12)


def test_slope_and_intercept_are_where_the_likelihood_is_level() -> None:
    """By scipy's root finder for the two score equations, and Wald's bounds from the Hessian."""
    p, flags = made()
    x = np.log(p / (1 - p))

    def score(ab: np.ndarray) -> list[float]:
        rest = flags - expit(ab[0] + ab[1] * x)
        return [rest.sum(), (rest * x).sum()]

    fitted = root(score, [0.0, 1.0], tol=1e-13).x
    found = calibration(p, flags)
    assert found.slope == pytest.approx(fitted[1], abs=1e-9)
    weights = expit(fitted[0] + fitted[1] * x)
    weights = weights * (1 - weights)
    information = [[weights.sum(), (weights * x).sum()], [(weights * x).sum(),
                   (weights * x * x).sum()]]  # fmt: skip
    reach = norm.ppf(0.975) * math.sqrt(np.linalg.inv(information)[1, 1])
    assert (found.slope_low, found.slope_high) == pytest.approx(
        (fitted[1] - reach, fitted[1] + reach), abs=1e-9
    )
    assert found.slope_high < 1  # overconfident

    large = brentq(lambda a: float((flags - expit(a + x)).sum()), -5, 5, xtol=1e-14)
    assert found.intercept == pytest.approx(large, abs=1e-9)
    weights = expit(large + x) * (1 - expit(large + x))
    reach = norm.ppf(0.975) / math.sqrt(weights.sum())
    assert found.intercept_low == pytest.approx(large - reach, abs=1e-9)


def test_wald_bounds_by_hand() -> None:
    """With slope 1 and one probability for all, the intercept's variance is 1 / (n p (1 - p))."""
    p, flags = np.full(50, 0.3), np.arange(50) < 15
    found = calibration(np.where(flags, 0.3 + 1e-9, 0.3), flags)
    assert math.isnan(found.slope)  # that line separates them
    mixed = np.where(np.arange(50) % 2 == 0, p, p + 1e-9)
    found = calibration(mixed, flags)
    assert found.intercept == pytest.approx(0, abs=1e-6)
    reach = 1.959963984540054 / math.sqrt(50 * 0.3 * 0.7)
    assert found.intercept_high == pytest.approx(reach, abs=1e-6)


@pytest.mark.parametrize("flags", [[True] * 4, [False] * 4])
def test_one_class_has_no_slope(flags: list[bool]) -> None:
    found = calibration([0.1, 0.4, 0.6, 0.9], flags)
    assert math.isfinite(found.brier)
    assert math.isnan(found.slope)
    assert math.isnan(found.scaled)


def test_nothing_is_undefined() -> None:
    found = calibration([], [])
    assert math.isnan(found.brier)
    assert math.isnan(found.ece)
    assert math.isnan(temperature(np.empty((0, 2)), []))


def test_a_temperature_is_the_likeliest() -> None:
    randomness = np.random.default_rng(3)
    logits = randomness.normal(0, 1, (500, 4))
    odds = np.exp(logits)
    truth = np.array([randomness.choice(4, p=row / row.sum()) for row in odds])
    sharp = np.exp(2.5 * logits)
    sharp /= sharp.sum(axis=1, keepdims=True)
    t = temperature(sharp, truth)
    losses = [log_loss(truth, with_temperature(sharp, one)) for one in (t * 0.98, t, t * 1.02)]
    assert losses[1] == min(losses)
    assert t == pytest.approx(2.5, rel=0.15)

    def slope(one: float) -> float:
        p = with_temperature(sharp, one)
        logs = np.log(sharp)
        return float((logs[np.arange(500), truth] - (p * logs).sum(axis=1)).sum())

    assert t == pytest.approx(brentq(slope, 0.1, 10, xtol=1e-14), abs=1e-9)
    assert with_temperature(sharp, 1.0) == pytest.approx(sharp, abs=1e-12)


def test_a_temperature_stays_within_its_bounds() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert temperature(p, [0, 1]) == pytest.approx(0.05)  # always right
    assert temperature(p, [1, 0]) == pytest.approx(20)  # always wrong
    assert temperature([[0.5, 0.5]], [0]) == 1


def test_the_isotonic_map_is_that_of_scikit_learn() -> None:
    p, flags = made(120)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, flags)
    at = np.linspace(0, 1, 201)
    assert isotonic(p, flags)(at) == pytest.approx(theirs.predict(at), abs=1e-12)


def test_a_decision_curve_by_hand() -> None:
    """Ten images, four positive. At .5 three of them and one other are called:
    3/10 - 1/10 · .5/.5 = .2; calling all: 4/10 - 6/10 = -.2."""
    p = [0.9, 0.8, 0.5, 0.2, 0.7, 0.4, 0.3, 0.2, 0.1, 0.1]
    flags = [True] * 4 + [False] * 6
    curve = decision_curve(p, flags, [0.5, 0.25])
    assert curve.benefit == pytest.approx([0.2, 3 / 10 - 3 / 10 * (0.25 / 0.75)], abs=1e-12)
    assert curve.all_positive == pytest.approx([-0.2, 0.4 - 0.6 / 3], abs=1e-12)
    other = decision_curve(p, flags, [0.5], prevalence=0.1)
    assert other.benefit == pytest.approx([0.1 * 0.75 - 0.9 / 6], abs=1e-12)
    assert np.isnan(decision_curve([0.5], [True]).benefit).all()


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(StudioError, match="between 0 and 1"):
        calibration([1.2], [True])
    with pytest.raises(StudioError, match="between 0 and 1"):
        decision_curve([0.2], [True], [0.0])
