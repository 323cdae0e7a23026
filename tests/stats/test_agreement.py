"""Coefficients of agreement against published examples and a bootstrap."""

import numpy as np
import pytest

from studio.errors import StudioError
from studio.stats import cohen_kappa, fleiss_kappa, gwet_ac1

# 10 pictures, 14 readers, 5 categories: how many readers said which (the usual worked example).
COUNTS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
RATINGS = np.array([np.repeat(np.arange(5), row) for row in COUNTS])


def test_fleiss_kappa_of_the_worked_example() -> None:
    found = fleiss_kappa(RATINGS)
    assert found.value == pytest.approx(0.210, abs=0.0005)
    assert found.observed == pytest.approx(0.378, abs=0.0005)
    assert found.low < found.value < found.high


def test_cohen_kappa_of_a_table() -> None:
    """20 both yes, 5 and 10 apart, 15 both no: kappa 0.4 (Cohen 1960)."""
    a = [1] * 25 + [0] * 25
    b = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    found = cohen_kappa(a, b)
    assert found.value == pytest.approx(0.4)
    assert found.observed == pytest.approx(0.7)
    # The large-sample error of Fleiss, Cohen and Everitt, worked out by hand.
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.1272, abs=0.0005)


def test_gwet_stays_high_where_kappa_falls_for_one_sided_answers() -> None:
    table = np.array([[1, 1]] * 95 + [[1, 0]] * 3 + [[0, 1]] * 2)
    assert fleiss_kappa(table).value < 0
    assert gwet_ac1(table).value > 0.9


def test_intervals_are_as_wide_as_a_bootstrap_over_pictures() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 150)
    table = np.where(rng.random((150, 3)) < 0.8, truth[:, None], 1 - truth[:, None])
    for coefficient in (fleiss_kappa, gwet_ac1):
        drawn = [coefficient(table[rng.integers(0, 150, 150)]).value for _ in range(400)]
        low, high = np.quantile(drawn, [0.025, 0.975])
        found = coefficient(table)
        assert found.high - found.low == pytest.approx(high - low, rel=0.15)


def test_full_agreement_has_no_interval_and_one_answer_no_kappa() -> None:
    same = fleiss_kappa([[0, 0], [1, 1], [0, 0]])
    assert same.value == 1
    assert np.isnan(same.low)
    assert not fleiss_kappa([[1, 1]] * 5).estimable
    assert gwet_ac1([[1, 1]] * 5).value == 1
    assert not cohen_kappa([1, 1], [1, 1]).estimable


def test_tables_that_do_not_fit_are_refused() -> None:
    with pytest.raises(StudioError, match="each picture"):
        cohen_kappa([1, 0], [1])
    with pytest.raises(StudioError, match="table"):
        fleiss_kappa([1, 0, 1])
    assert not fleiss_kappa(np.zeros((0, 3))).estimable
