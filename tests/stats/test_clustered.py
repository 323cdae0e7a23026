"""Groups: Obuchowski's variance by brute force from the paper, and what it does to intervals."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm, t

from studio.errors import StudioError
from studio.stats import auc_delong, clustered_wilson, compare_delong, rates_at, wilson
from studio.stats.groups import group_numbers

# Five photographs with several crops, two of them with both classes, with ties across classes.
GROUPS = ["p1", "p1", "p1", "p2", "p2", "p3", "p3", "p3", "p3", "p4", "p5", "p5"]
TRUE = np.array([1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0], bool)
FIRST = np.array([0.9, 0.7, 0.4, 0.3, 0.4, 0.6, 0.4, 0.5, 0.8, 0.2, 0.7, 0.6])
SECOND = np.array([0.6, 0.7, 0.5, 0.6, 0.2, 0.6, 0.3, 0.4, 0.9, 0.1, 0.5, 0.7])


def kernel(x: float, y: float) -> float:
    return 1.0 if x > y else 0.5 if x == y else 0.0


def by_hand(scores: np.ndarray) -> tuple[float, dict[str, float], dict[str, float]]:
    """(AUC, sums of centred X components by cluster, of Y components): Obuchowski 1997, sect. 2."""
    ups = [(g, s) for g, s, f in zip(GROUPS, scores, TRUE, strict=True) if f]
    downs = [(g, s) for g, s, f in zip(GROUPS, scores, TRUE, strict=True) if not f]
    auc = sum(kernel(x, y) for (_, x), (_, y) in product(ups, downs)) / len(ups) / len(downs)
    x_sums, y_sums = dict.fromkeys(GROUPS, 0.0), dict.fromkeys(GROUPS, 0.0)
    for group, x in ups:
        x_sums[group] += sum(kernel(x, y) for _, y in downs) / len(downs) - auc
    for group, y in downs:
        y_sums[group] += sum(kernel(x, y) for _, x in ups) / len(ups) - auc
    return auc, x_sums, y_sums


def covariance(a: np.ndarray, b: np.ndarray) -> float:
    _, ax, ay = by_hand(a)
    _, bx, by = by_hand(b)
    m, n = int(TRUE.sum()), int((~TRUE).sum())
    names = set(GROUPS)
    i10 = len({g for g, f in zip(GROUPS, TRUE, strict=True) if f})
    i01 = len({g for g, f in zip(GROUPS, TRUE, strict=True) if not f})
    i = len(names)
    s10 = i10 / ((i10 - 1) * m) * sum(ax[g] * bx[g] for g in names)
    s01 = i01 / ((i01 - 1) * n) * sum(ay[g] * by[g] for g in names)
    s11 = i / (i - 1) * sum(ax[g] * by[g] for g in names)
    back = i / (i - 1) * sum(ay[g] * bx[g] for g in names)
    return s10 / m + s01 / n + s11 / (m * n) + back / (m * n)


def test_the_clustered_variance_is_that_of_the_paper() -> None:
    found = auc_delong(FIRST, TRUE, groups=GROUPS)
    assert found.value == pytest.approx(by_hand(FIRST)[0], abs=1e-12)
    assert found.variance == pytest.approx(covariance(FIRST, FIRST), rel=1e-12)
    assert found.variance != pytest.approx(auc_delong(FIRST, TRUE).variance, rel=0.05)
    assert (found.groups, found.images, found.method) == (5, 12, "clustered DeLong")


def test_the_clustered_comparison_is_that_of_the_paper() -> None:
    found = compare_delong(FIRST, SECOND, TRUE, groups=GROUPS)
    variance = covariance(FIRST, FIRST) + covariance(SECOND, SECOND) - 2 * covariance(FIRST, SECOND)
    z = (by_hand(FIRST)[0] - by_hand(SECOND)[0]) / math.sqrt(variance)
    assert found.z == pytest.approx(z, rel=1e-11)
    assert found.p == pytest.approx(2 * norm.sf(abs(z)), abs=1e-11)
    assert found.method == "paired clustered DeLong"


def test_groups_of_one_image_are_no_groups() -> None:
    each = [str(number) for number in range(TRUE.size)]
    plain, single = auc_delong(FIRST, TRUE), auc_delong(FIRST, TRUE, groups=each)
    assert (single.low, single.high) == pytest.approx((plain.low, plain.high))
    unknown = auc_delong(FIRST, TRUE, groups=[None] * 6 + [""] * 6)
    assert (unknown.groups, unknown.low) == (0, plain.low)
    assert auc_delong(FIRST, TRUE, groups=["p1", "p1", *[None] * 10]).groups == 11
    rates = rates_at(FIRST, TRUE, 0.5, each)
    assert rates.sensitivity == replace(wilson(5, 6), groups=6)
    assert clustered_wilson(TRUE, each) == replace(wilson(6, 12), groups=12)
    assert "clustered" in rates_at(FIRST, TRUE, 0.5, ["p1", "p1", *[None] * 10]).ppv.method


def test_copies_of_each_image_add_nothing() -> None:
    """Five equal crops a photograph: the variance is that of the photographs, with its factor."""
    rng = np.random.default_rng(4)
    flags = np.arange(40) < 15
    scores = rng.normal(size=40) + flags
    one = auc_delong(scores, flags)
    five = auc_delong(np.repeat(scores, 5), np.repeat(flags, 5), groups=np.repeat(range(40), 5))
    assert five.value == pytest.approx(one.value)
    assert five.variance == pytest.approx(one.variance)
    assert five.low < one.low  # Student's quantile in place of the normal one
    assert auc_delong(np.repeat(scores, 5), np.repeat(flags, 5)).variance < one.variance / 4


def test_a_group_for_every_image() -> None:
    with pytest.raises(StudioError, match="every image needs one"):
        auc_delong(FIRST, TRUE, groups=GROUPS[:-1])
    assert group_numbers(["b", None, "a", "b", ""], 5).tolist() == [0, 1, 2, 0, 3]


@pytest.mark.parametrize("value", [1.0, 0.0])
def test_perfect_separation_has_an_exact_limit(value: float) -> None:
    """Ten positives and thirty negatives: an AUC of .741 separates them in 5 % of all samples."""
    flags = np.arange(40) < 10
    scores = np.arange(40.0) if value == 0 else -np.arange(40.0)
    found = auc_delong(scores, flags)
    assert (found.value, found.estimable, found.bounded) == (value, False, True)
    assert found.bound == pytest.approx(0.05 ** (1 / 10) if value else 1 - 0.05 ** (1 / 10))
    assert found.method == "exact, one-sided"
    # The limit is reached: positives above all negatives with that probability, else below all.
    rng = np.random.default_rng(0)
    above = rng.random((40_000, 10)) < 0.05 ** (1 / 10)
    assert above.all(axis=1).mean() == pytest.approx(0.05, abs=0.004)


def test_groups_with_both_classes_make_pairs_with_others() -> None:
    flags = np.array([1, 0, 1, 0, 1, 0, 1, 1], bool)
    scores = np.where(flags, 2.0, 1.0)
    both = ["a", "a", "b", "b", "c", "c", "d", "d"]
    # d with one of a, b, c; the other two with one another.
    assert auc_delong(scores, flags, groups=both).bound == pytest.approx(math.sqrt(0.05))
    one = auc_delong(scores[:2], flags[:2], groups=["a", "a"])
    assert not one.bounded


def test_a_clustered_share_is_that_of_statsmodels() -> None:
    """Variance of the mean by OLS with cov_type="cluster" (statsmodels 0.14): 0.0157142857."""
    hits = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    groups = np.repeat(range(8), [4, 2, 3, 1, 5, 2, 2, 1]).tolist()
    found = clustered_wilson(hits, groups)
    worth = 0.75 * 0.25 / 0.015714285714
    q = t.ppf(0.975, 7)
    spread = 1 + q * q / worth
    centre = (0.75 + q * q / (2 * worth)) / spread
    reach = q / spread * math.sqrt(0.75 * 0.25 / worth + q * q / (4 * worth**2))
    assert (found.low, found.high) == pytest.approx((centre - reach, centre + reach), abs=1e-9)
    assert (found.k, found.n, found.groups) == (15, 20, 8)
    plain = clustered_wilson(hits, None)
    assert (plain.low, plain.high) == (wilson(15, 20).low, wilson(15, 20).high)


def test_where_all_are_hits_each_group_counts_once() -> None:
    found = clustered_wilson([True] * 20, np.repeat(range(4), 5).tolist())
    q = t.ppf(0.975, 3)
    assert found.low == pytest.approx(4 / (4 + q * q))
    assert found.high == 1
    assert clustered_wilson([True] * 4, ["a"] * 4).low == 0
    assert math.isnan(clustered_wilson([], []).value)


def test_rates_know_groups() -> None:
    plain, grouped = rates_at(FIRST, TRUE, 0.5), rates_at(FIRST, TRUE, 0.5, GROUPS)
    assert (plain.counts.tp, plain.counts.fn, plain.counts.fp, plain.counts.tn) == (5, 1, 2, 4)
    for name in ("sensitivity", "specificity", "ppv", "npv"):
        here, there = getattr(plain, name), getattr(grouped, name)
        assert (here.value, here.k, here.n) == (there.value, there.k, there.n)
        assert there.low < here.low
    assert plain.sensitivity == wilson(5, 6)
    assert plain.ppv == wilson(5, 7)
    assert plain.prevalence == 0.5
    assert (grouped.groups, grouped.sensitivity.groups, grouped.specificity.groups) == (5, 3, 5)
