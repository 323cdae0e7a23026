"""DeLong's variance and test: against pROC, against all pairs, and where they cannot be had."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from studio.errors import StudioError
from studio.stats import auc_delong, compare_delong
from studio.stats.delong import midranks


def ranks(text: str) -> list[int]:
    return [int(rank) for rank in text.split()]


# Ranks of three markers in 113 patients with a subarachnoid haemorrhage (Turck et al., Intensive
# Care Med 36 (2010) 107-115), the 41 with a poor outcome first: all that an AUC depends on.
WFNS = ranks("""
    2 1 3 4 4 4 4 1 4 1 0 1 4 3 3 1 4 4 4 1 4 1 4 1 3 4 3 3 0 3 3 1 1 4 4 1 1 4 4 4 4 0 0 0 0
    4 0 1 1 0 1 1 0 0 0 1 0 1 0 0 2 3 0 3 0 4 4 0 0 1 3 0 0 1 1 0 1 0 1 1 0 0 0 0 1 0 1 0 0 2
    1 3 1 0 3 0 0 4 3 1 1 0 0 0 2 0 1 1 3 3 0 0 0
""")
S100B = ranks("""
    8 5 11 7 25 30 28 2 19 4 2 23 21 27 30 15 30 30 30 2 30 17 0 4 13 30 15 30 3 15 8 5 6 13
    30 9 30 18 30 30 25 8 9 5 1 26 12 5 5 1 3 1 4 6 2 12 2 6 8 12 1 11 9 20 4 29 26 11 2 24 26
    6 3 4 3 1 8 5 9 10 1 1 4 1 4 3 11 4 3 19 6 16 2 5 18 2 1 14 22 5 10 3 9 5 2 1 12 10 26 12
    10 29 27
""")
NDKA = ranks("""
    37 24 28 35 3 9 18 43 47 43 43 14 32 39 5 7 30 1 51 39 16 18 22 30 41 26 39 7 49 34 3 12
    39 3 11 43 20 32 45 18 35 0 8 6 17 4 34 4 38 29 38 36 46 10 4 23 4 4 50 25 13 13 38 2 6 4
    12 27 6 33 44 6 4 23 10 6 27 42 40 15 21 48 4 36 13 17 17 33 2 36 23 10 17 38 17 21 6 13
    17 42 8 23 26 44 19 23 10 42 15 31 40 4 29
""")
POOR = np.arange(113) < 41


@pytest.mark.parametrize(
    ("marker", "auc", "variance"),
    [
        (WFNS, 0.823678861788618, 0.00146991470882363),
        (NDKA, 0.611957994579946, 0.0031908105493913),
        (S100B, 0.731368563685637, 0.00266868245717244),
    ],
    ids=["wfns", "ndka", "s100b"],
)
def test_auc_and_variance_as_published_by_proc(
    marker: list[int], auc: float, variance: float
) -> None:
    found = auc_delong(marker, POOR)
    assert found.value == pytest.approx(auc, abs=1e-14)
    assert found.variance == pytest.approx(variance, rel=1e-12)
    assert found.estimable


@pytest.mark.parametrize(
    ("a", "b", "z", "p", "low", "high"),
    [
        (WFNS, S100B, 2.20898359144091, 0.0271757822291882, 0.0104061769564846, 0.174214419249478),
        (WFNS, NDKA, 2.79777591868904, 0.00514557970691098, 0.0634011709339876, 0.3600405634833566),
        (
            NDKA,
            S100B,
            -1.39077002573558,
            0.164295175223054,
            -0.2876917446341914,
            0.0488706064228094,
        ),
    ],
    ids=["wfns-s100b", "wfns-ndka", "ndka-s100b"],
)
def test_paired_test_as_published_by_proc(
    a: list[int], b: list[int], z: float, p: float, low: float, high: float
) -> None:
    found = compare_delong(a, b, POOR)
    assert found.z == pytest.approx(z, rel=1e-12)
    assert found.p == pytest.approx(p, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-10)


def all_pairs(scores: np.ndarray, flags: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """AUC and placements by comparing every positive with every negative."""
    difference = scores[flags][:, None] - scores[~flags][None, :]
    wins = np.where(difference > 0, 1.0, np.where(difference == 0, 0.5, 0.0))
    return wins.mean(), wins.mean(axis=1), wins.mean(axis=0)


def variance_of(v10: np.ndarray, v01: np.ndarray) -> float:
    return v10.var(ddof=1) / v10.size + v01.var(ddof=1) / v01.size


cases = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=4, max_size=40
).filter(lambda rows: 2 <= sum(row[2] for row in rows) <= len(rows) - 2)


@given(cases)
def test_against_all_pairs_with_ties(rows: list[tuple[int, int, bool]]) -> None:
    first, second = (np.array([row[k] for row in rows], float) for k in (0, 1))
    flags = np.array([row[2] for row in rows])
    auc, v10, v01 = all_pairs(first, flags)
    found = auc_delong(first, flags)
    assert found.value == pytest.approx(auc, abs=1e-12)
    assert found.variance == pytest.approx(variance_of(v10, v01), abs=1e-12)
    other, w10, w01 = all_pairs(second, flags)
    compared = compare_delong(first, second, flags)
    assert compared.difference == pytest.approx(auc - other, abs=1e-12)
    variance = variance_of(v10 - w10, v01 - w01)
    assert compared.estimable == (variance > 1e-15)
    if compared.estimable:
        z = (auc - other) / math.sqrt(variance)
        assert compared.z == pytest.approx(z, abs=1e-9)
        assert compared.p == pytest.approx(2 * norm.sf(abs(z)), abs=1e-9)


@given(cases)
def test_the_interval_holds_the_value_inside_0_and_1(
    rows: list[tuple[int, int, bool]],
) -> None:
    found = auc_delong([row[0] for row in rows], [row[2] for row in rows])
    if found.estimable:
        assert 0 < found.low < found.value < found.high < 1
    else:
        assert math.isnan(found.low)
        assert math.isnan(found.high)


@given(st.lists(st.integers(-4, 4), max_size=30))
def test_midranks(values: list[int]) -> None:
    np.testing.assert_array_equal(midranks(values), rankdata(values))


def test_swapping_the_classes_mirrors_the_interval() -> None:
    there = auc_delong(S100B, POOR)
    back = auc_delong(S100B, ~POOR)
    assert back.value == pytest.approx(1 - there.value)
    assert (back.low, back.high) == pytest.approx((1 - there.high, 1 - there.low))


def test_the_interval_covers_as_often_as_it_says() -> None:
    """Binormal scores with a true AUC of .76: coverage of 95 % within chance."""
    generator = np.random.default_rng(7)
    truth = norm.cdf(1 / math.sqrt(2))
    flags = np.arange(120) < 40
    hits = 0
    for _ in range(400):
        found = auc_delong(generator.normal(size=120) + flags, flags)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize(
    ("scores", "flags", "value"),
    [
        ([1, 2, 3], [1, 1, 1], math.nan),
        ([], [], math.nan),
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
        ([5, 5, 5, 5], [0, 0, 1, 1], 0.5),
        ([1, 2, 3], [0, 1, 0], 0.5),
    ],
    ids=["one class", "none", "perfect", "perfectly wrong", "constant", "one positive"],
)
def test_no_interval_where_none_can_be_had(
    scores: list[int], flags: list[int], value: float
) -> None:
    found = auc_delong(scores, flags)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert not found.estimable
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_a_model_compared_with_itself_has_no_p() -> None:
    same = compare_delong(WFNS, WFNS, POOR)
    assert same.difference == 0
    assert not same.estimable
    assert math.isnan(same.p)
    assert not compare_delong([1, 2], [2, 1], [1, 1]).estimable


def test_a_level_must_be_one() -> None:
    wide, narrow = auc_delong(NDKA, POOR, 0.99), auc_delong(NDKA, POOR, 0.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    with pytest.raises(StudioError, match="between 0 and 1"):
        auc_delong(NDKA, POOR, 95)
