"""Holm's correction, against statsmodels."""

import math

import pytest

from studio.stats import holm


def test_it_is_that_of_statsmodels() -> None:
    """multipletests(ps, method="holm") of statsmodels 0.14."""
    found = holm([0.012, 0.003, 0.04, 0.2, 0.0105, 0.04])
    assert found == pytest.approx([0.0525, 0.018, 0.12, 0.2, 0.0525, 0.12], abs=1e-12)


def test_a_single_test_stays_and_one_not_made_is_not_counted() -> None:
    assert holm([0.03]) == [0.03]
    found = holm([math.nan, 0.03, 0.01])
    assert math.isnan(found[0])
    assert found[1:] == pytest.approx([0.03, 0.02])
    assert holm([0.8, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
