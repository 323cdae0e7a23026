"""Wilcoxon's test against scipy's exact one, all signs by brute force, and a published table."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from studio.stats import signed_rank


@pytest.mark.parametrize("n", [3, 7, 12, 25])
def test_without_ties_it_is_scipys_exact_test(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.4, 1, n)
    assert signed_rank(differences).p == pytest.approx(
        wilcoxon(differences, method="exact").pvalue, abs=1e-12
    )


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_with_ties_it_is_the_share_of_all_signs(differences: list[int]) -> None:
    values = np.array([one for one in differences if one], float)
    found = signed_rank(differences)
    if not values.size:
        assert math.isnan(found.p)
        return
    ranks = rankdata(np.abs(values))
    sums = np.array([
        sum(rank for rank, up in zip(ranks, signs, strict=True) if up)
        for signs in itertools.product([False, True], repeat=len(ranks))
    ])  # fmt: skip
    w = ranks[values > 0].sum()
    assert found.w == w
    expected = min(1, 2 * min((sums <= w + 1e-9).mean(), (sums >= w - 1e-9).mean()))
    assert found.p == pytest.approx(expected, abs=1e-12)


def test_the_least_p_of_seven_pairs_is_one_in_sixty_four() -> None:
    assert signed_rank(np.arange(1, 8) / 100).p == 1 / 64


def test_wilcoxons_own_example() -> None:
    """The 16 pairs of Wilcoxon (1945), table II: a rank sum of 24 on the rarer side, p = 0.04."""
    differences = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75, 0]
    found = signed_rank(differences)
    assert (found.n, found.n * (found.n + 1) / 2 - found.w) == (15, 24)
    assert round(found.p, 2) == 0.04


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        signed_rank([0.1, math.nan])
