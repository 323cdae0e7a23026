"""Differences over test sets and seeds: by hand, by scipy, and what seeds have in common."""

import math

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from studio.errors import StudioError
from studio.stats import mean_difference


def made(seed: int, tests: int = 5, seeds: int = 4, common: float = 0.0) -> list[np.ndarray]:
    """AUCs [seeds] of each test set; `common` is the SD of what a seed does to all of them."""
    randomness = np.random.default_rng(seed)
    lucky = randomness.normal(0, common, seeds)
    return [
        0.8 + randomness.normal(0, 0.03) + lucky + randomness.normal(0, 0.01, seeds)
        for _ in range(tests)
    ]


def test_with_one_seed_it_is_the_t_test_over_test_sets() -> None:
    first, second = made(1, seeds=1), made(2, seeds=1)
    found = mean_difference(first, second)
    theirs = ttest_1samp([float(a[0] - b[0]) for a, b in zip(first, second, strict=True)], 0.0)
    bounds = theirs.confidence_interval(0.95)
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), abs=1e-12)
    assert (found.tests, found.freedom) == (5, pytest.approx(4))


def test_seeds_in_common_by_hand() -> None:
    """Two test sets and two seeds that shift both by the same: residuals are 0, the seeds' means
    .8 and .9 have a variance of .005, of which the mean of two has half."""
    first = [[0.7, 0.8], [0.9, 1.0]]
    second = [[0.6], [0.7]]
    found = mean_difference(first, second)
    of_tests = np.var([0.15, 0.25], ddof=1) / 2
    assert found.value == pytest.approx(0.2, abs=1e-15)
    assert found.error == pytest.approx(math.sqrt(of_tests + 0.0025), abs=1e-12)
    freedom = (of_tests + 0.0025) ** 2 / (of_tests**2 / 1 + 0.0025**2 / 1)
    assert found.freedom == pytest.approx(freedom, rel=1e-12)
    assert found.high == pytest.approx(0.2 + t.ppf(0.975, freedom) * found.error, abs=1e-12)


def test_what_seeds_have_in_common_is_estimated_without_bias() -> None:
    """The mean over 400 experiments of the estimated variance is the variance of the means."""
    values, variances = [], []
    for number in range(400):
        found = mean_difference(
            made(2 * number, common=0.05, seeds=6), made(2 * number + 1, common=0.05, seeds=6)
        )
        values.append(found.value)
        variances.append(found.error**2)
    assert np.mean(variances) == pytest.approx(np.var(values), rel=0.15)
    apart = [0.8 + np.zeros(6)] * 5
    assert found.error > mean_difference(apart, [*apart[:4], apart[4] + 0.01]).error


def test_an_unfinished_test_set_counts_with_the_seeds_that_it_has() -> None:
    first, second = made(3), made(4)
    first[2] = first[2][:2]
    found = mean_difference(first, second)
    expected = np.mean([a.mean() - b.mean() for a, b in zip(first, second, strict=True)])
    assert found.value == pytest.approx(expected, abs=1e-15)
    assert found.low < found.value < found.high


def test_one_test_set_says_nothing_of_others() -> None:
    found = mean_difference([[0.8, 0.9]], [[0.7]])
    assert found.value == pytest.approx(0.15)
    assert math.isnan(found.low)
    assert math.isnan(found.p)
    assert math.isnan(mean_difference([], []).value)


def test_where_nothing_varies_or_is_known_there_is_no_interval() -> None:
    assert math.isnan(mean_difference([[0.8], [0.8]], [[0.7], [0.7]]).low)
    assert math.isnan(mean_difference([[0.8], [math.nan]], [[0.7], [0.7]]).value)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(StudioError, match="at least one seed"):
        mean_difference([[]], [[0.7]])
    with pytest.raises(StudioError, match="1 and 2 test sets"):
        mean_difference([[0.8]], [[0.7], [0.6]])
