"""Two one-sided tests: against the definition, and the size that the literature gives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from studio.errors import StudioError
from studio.stats import (
    approximate_power,
    equivalence,
    equivalence_from_error,
    equivalence_power,
    equivalence_size,
    exact_size,
)


def test_the_published_size_is_that_of_the_normal_approximation() -> None:
    """±10 points at alpha .05 and power .80, for a reader whose true accuracy is one half."""
    assert equivalence_size(margin=0.10, alpha=0.05, power=0.80) == 215
    assert equivalence_size(margin=0.05) > 4 * 210
    assert equivalence_size(power=0.90) > 215


def test_the_exact_size_has_the_power_and_keeps_it() -> None:
    n = exact_size()
    assert 215 <= n <= 235
    assert all(equivalence_power(more, 0.10) >= 0.80 for more in range(n, n + 21))
    assert equivalence_power(n - 1) < 0.80


def test_power_is_that_of_a_simulation() -> None:
    rng = np.random.default_rng(0)
    shown = [equivalence(int(k), 227).shown for k in rng.binomial(227, 0.5, 2000)]
    assert np.mean(shown) == pytest.approx(equivalence_power(227), abs=0.03)


@given(st.integers(1, 400), st.data())
def test_p_values_are_binomial_tails_and_agree_with_the_interval(n: int, data) -> None:
    k = data.draw(st.integers(0, n))
    found = equivalence(k, n, 0.1)
    assert found.p_above_lower == pytest.approx(binom.sf(k - 1, n, 0.4))
    assert found.p_below_upper == pytest.approx(binom.cdf(k, n, 0.6))
    assert found.p == max(found.p_above_lower, found.p_below_upper)
    inside = found.low > 0.4 and found.high < 0.6
    assert found.shown == inside


def test_a_small_study_shows_nothing_however_near_to_chance() -> None:
    assert not equivalence(10, 20).shown
    assert equivalence(115, 230).shown
    assert not equivalence(160, 230).shown


def test_a_wrong_reader_is_rarely_called_equivalent() -> None:
    """At the very margin, the error of the exact test stays below alpha."""
    for n in (50, 215, 500):
        k = np.arange(n + 1)
        shown = np.array([equivalence(int(one), n).shown for one in k])
        assert binom.pmf(k, n, 0.6)[shown].sum() <= 0.05


def test_from_an_error_it_is_students_test() -> None:
    found = equivalence_from_error(0.5, 0.03, 1e6)
    assert found.p == pytest.approx(0.000429, abs=2e-6)  # z = 3.333
    assert found.shown
    assert not equivalence_from_error(0.5, 0.03, 1).shown


def test_what_makes_no_sense_is_refused() -> None:
    for margin in (0.0, 0.5, -1, math.nan):
        with pytest.raises(StudioError, match="margin"):
            equivalence(5, 10, margin)
    with pytest.raises(StudioError, match="5 of 4"):
        equivalence(5, 4)
    with pytest.raises(StudioError, match="wider"):
        exact_size(margin=0.0001)
    assert not equivalence(0, 0).shown


@pytest.mark.parametrize("margin", [0.05, 0.1, 0.2])
def test_the_approximate_power_is_what_the_size_was_chosen_for(margin: float) -> None:
    n = equivalence_size(margin)
    assert approximate_power(n - 1, margin) < 0.8 <= approximate_power(n, margin)
    assert approximate_power(n, margin) == pytest.approx(equivalence_power(n, margin), abs=0.06)
    assert approximate_power(0) == approximate_power(10, margin) == 0


@pytest.mark.parametrize(("n", "accuracy"), [(216, 0.5), (216, 0.52), (228, 0.55), (60, 0.6)])
def test_the_power_of_a_reader_off_chance(n: int, accuracy: float) -> None:
    """By scipy's binomial: the chance of a count for which both one-sided tests reject."""
    k = np.arange(n + 1)
    shown = (binom.sf(k - 1, n, 0.4) < 0.05) & (binom.cdf(k, n, 0.6) < 0.05)
    expected = binom.pmf(k, n, accuracy)[shown].sum()
    assert equivalence_power(n, accuracy=accuracy) == pytest.approx(expected)
    assert equivalence_power(n) >= equivalence_power(n, accuracy=accuracy) - 1e-12


def test_an_accuracy_is_a_share() -> None:
    with pytest.raises(StudioError, match="accuracy"):
        equivalence_power(100, accuracy=1.2)
