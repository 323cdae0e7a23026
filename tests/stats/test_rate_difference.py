"""Differences of shares: Newcombe's published intervals, Fisher's test by scipy and by hand."""

import math
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, f, fisher_exact

from studio.errors import StudioError
from studio.stats import clustered_wilson, equal_rates, rate_difference, wilson
from studio.stats.rate_difference import CHI_SQUARE, FISHER, FREEMAN_HALTON, RAO_SCOTT


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        ((56, 48), (70, 80), 0.0524, 0.3339),
        ((9, 3), (10, 10), 0.1705, 0.8090),
        ((10, 0), (10, 20), 0.6791, 1.0),
        ((10, 0), (10, 10), 0.6075, 1.0),
    ],
)
def test_intervals_are_those_that_newcombe_published(
    k: tuple[int, int], n: tuple[int, int], low: float, high: float
) -> None:
    """Statistics in Medicine 17 (1998) 873-890, table II, method 10."""
    found = rate_difference(wilson(k[0], n[0]), wilson(k[1], n[1]))
    assert found.difference == pytest.approx(k[0] / n[0] - k[1] / n[1])
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_no_difference() -> None:
    assert math.isnan(rate_difference(wilson(0, 0), wilson(3, 5)).low)


def parts(k: list[int], n: list[int]) -> tuple[np.ndarray, list[str]]:
    hits = np.concatenate([np.arange(size) < count for count, size in zip(k, n, strict=True)])
    return hits, [f"part {i}" for i, size in enumerate(n) for _ in range(size)]


@pytest.mark.parametrize(("k", "n"), [((3, 9), (12, 10)), ((0, 4), (9, 9)), ((48, 31), (60, 70))])
def test_two_parts_are_fishers_test(k: tuple[int, int], n: tuple[int, int]) -> None:
    found = equal_rates(*parts(list(k), list(n)))
    table = [[a, b - a] for a, b in zip(k, n, strict=True)]
    assert found.p == pytest.approx(fisher_exact(table).pvalue, abs=1e-9)
    assert found.method == FISHER


def test_three_parts_by_all_ways_of_giving_out_the_hits() -> None:
    """Of 8 images in parts of 3, 3 and 2 all 8! orders are equally likely."""
    hits, names = parts([3, 1, 0], [3, 3, 2])
    known = np.array([names.index(name) for name in names])

    def table(order: np.ndarray) -> tuple[int, ...]:
        return tuple(np.bincount(known[order], minlength=7)[[0, 3, 6]].tolist())

    counts: dict[tuple[int, ...], int] = {}
    for order in permutations(range(8)):
        one = table(np.array(order)[:4])
        counts[one] = counts.get(one, 0) + 1
    total = math.factorial(8)
    expected = sum(c for c in counts.values() if c <= counts[3, 1, 0]) / total
    found = equal_rates(hits, names)
    assert found.p == pytest.approx(expected, abs=1e-12)
    assert found.method == FREEMAN_HALTON


def test_many_images_are_pearsons_chi_square() -> None:
    k, n = [80, 150, 170, 260], [100, 200, 200, 300]
    table = [[a, b - a] for a, b in zip(k, n, strict=True)]
    found = equal_rates(*parts(k, n))
    assert found.p == pytest.approx(chi2_contingency(table, correction=False).pvalue, abs=1e-12)
    assert found.method == CHI_SQUARE


def test_groups_are_pearsons_chi_square_of_what_they_are_worth() -> None:
    """Four copies of each image: a design effect of 4 G / (G - 1), as variances have G - 1."""
    hits, names = parts([14, 24], [30, 30])
    copies = np.repeat(hits, 4)
    groups = [number // 4 for number in range(240)]
    found = equal_rates(copies, np.repeat(names, 4).tolist(), groups)
    worth = 30 * 29 / 30
    table = [[share * worth, (1 - share) * worth] for share in (14 / 30, 24 / 30)]
    x = chi2_contingency(table, correction=False).statistic
    assert found.p == pytest.approx(f.sf(x, 1, 58), abs=1e-9)
    assert found.method == RAO_SCOTT
    own = clustered_wilson(copies[:120], groups[:120])
    wider = rate_difference(own, clustered_wilson(copies[120:], groups[120:]))
    plain = rate_difference(wilson(56, 120), wilson(96, 120))
    assert wider.high - wider.low > 1.8 * (plain.high - plain.low)


def test_where_there_is_nothing_to_compare() -> None:
    hits, names = parts([2, 0], [4, 0])
    assert math.isnan(equal_rates(hits, names).p)
    assert equal_rates(*parts([4, 9], [4, 9])).p == 1  # all are hits
    assert equal_rates(*parts([4, 6], [4, 6]), groups=["a", "a", "b", "b", *"ccddee"]).p == 1
    with pytest.raises(StudioError, match="as many names"):
        equal_rates(hits, names[:-1])
