"""Wilson intervals against scipy and at the ends."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from studio.errors import StudioError
from studio.stats import clopper_pearson, equivalence, wilson


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_against_scipy(n: int, share: float, level: float) -> None:
    k = round(n * share)
    found = wilson(k, n, level)
    wanted = binomtest(k, n).proportion_ci(level, method="wilson")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)
    assert found.low <= found.value <= found.high


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_exact_one_against_scipy(n: int, share: float, level: float) -> None:
    found = clopper_pearson(round(n * share), n, level)
    wanted = binomtest(found.k, n).proportion_ci(level, method="exact")
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@given(st.integers(1, 2000), st.floats(0, 1))
def test_the_exact_90_lies_within_the_exact_95(n: int, share: float) -> None:
    outer, inner = clopper_pearson(round(n * share), n), equivalence(round(n * share), n)
    assert outer.low <= inner.low <= inner.value <= inner.high <= outer.high


def test_the_ends_have_width() -> None:
    none, all_of = wilson(0, 10), wilson(10, 10)
    assert (none.low, none.high) == (0, pytest.approx(0.2775, abs=1e-4))
    assert (all_of.low, all_of.high) == (pytest.approx(0.7225, abs=1e-4), 1)


def test_nothing_to_count() -> None:
    assert math.isnan(wilson(0, 0).value)
    assert not wilson(0, 0).estimable


def test_more_than_all_is_refused() -> None:
    with pytest.raises(StudioError, match="3 of 2"):
        wilson(3, 2)
