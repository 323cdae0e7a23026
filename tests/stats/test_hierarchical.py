"""The bootstrap over test sets, groups and seeds: its AUCs, what it draws, and what it says."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from studio.errors import StudioError
from studio.stats import TestSetScores, mean_difference
from studio.stats.hierarchical import _auc, _drawn_groups


def made(seed: int, effect: float = 0.0, seeds: int = 3, images: int = 60) -> TestSetScores:
    randomness = np.random.default_rng(seed)
    positive = np.arange(images) % 3 == 0
    base = positive * 1.2 + randomness.normal(size=images)
    noise = randomness.normal(0, 0.3, (2, seeds, images))
    return TestSetScores(base + effect * positive + noise[0], base + noise[1], positive)


@pytest.mark.parametrize("decimals", [1, 12])  # with ties and without
def test_weighted_aucs_are_those_of_repeated_images(decimals: int) -> None:
    randomness = np.random.default_rng(1)
    flags = np.arange(30) % 4 == 0
    scores = np.round(randomness.normal(size=30) + flags, decimals)
    assert (len(np.unique(scores)) == 30) == (decimals > 1)
    weights = randomness.integers(0, 4, size=(5, 30)).astype(float)
    for row, found in zip(weights, _auc(scores, flags, weights), strict=True):
        assert found == pytest.approx(roc_auc_score(flags, scores, sample_weight=row), abs=1e-12)


def test_the_value_is_the_mean_of_means() -> None:
    sets = [made(1), made(2)]
    expected = np.mean([
        np.mean([roc_auc_score(one.truth, row) for row in one.first])
        - np.mean([roc_auc_score(one.truth, row) for row in one.second])
        for one in sets
    ])  # fmt: skip
    assert mean_difference(sets, replicates=50).value == pytest.approx(expected, abs=1e-12)


def test_whole_groups_are_drawn_and_no_class_is_lost() -> None:
    positive = made(3, images=12).truth
    groups = ["a", "a", "a", "b", "b", "b", "c", "c", None, None, "d", "d"]
    drawn = _drawn_groups(positive.astype(np.intp), groups, 200, np.random.default_rng(0))
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 3] == drawn[:, 5]).all()
    assert (drawn @ positive > 0).all()
    assert (drawn @ ~positive > 0).all()


def test_tables_of_classes_have_the_mean_of_macro_aucs() -> None:
    randomness = np.random.default_rng(5)
    truth = np.arange(60) % 3
    tables = randomness.dirichlet(np.ones(3), size=(2, 2, 60)) + 0.3 * np.eye(3)[truth]
    tables /= tables.sum(axis=-1, keepdims=True)
    sets = [TestSetScores(tables[0], tables[1], truth)] * 2
    expected = np.mean([roc_auc_score(truth, one, multi_class="ovr") for one in tables[0]])
    expected -= np.mean([roc_auc_score(truth, one, multi_class="ovr") for one in tables[1]])
    found = mean_difference(sets, replicates=200)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.low < found.value < found.high


def test_an_effect_is_found_and_none_is_not() -> None:
    strong = mean_difference([made(n, 2.0) for n in range(6)], replicates=300)
    assert strong.low > 0
    assert strong.p < 0.01
    nothing = mean_difference([made(n) for n in range(6)], replicates=300)
    assert nothing.low < 0 < nothing.high
    assert nothing.p > 0.05


def test_it_is_the_same_again() -> None:
    sets = [made(n) for n in range(3)]
    assert mean_difference(sets, replicates=100) == mean_difference(sets, replicates=100)


def test_one_test_set_says_nothing_of_others() -> None:
    found = mean_difference([made(1)], replicates=50)
    assert math.isfinite(found.value)
    assert math.isnan(found.low)
    assert math.isnan(found.p)


def test_a_set_without_a_class_is_undefined() -> None:
    one = made(1)
    found = mean_difference([TestSetScores(one.first, one.second, one.truth & False)])
    assert math.isnan(found.value)


def test_a_set_without_seeds_is_refused() -> None:
    one = made(1)
    with pytest.raises(StudioError, match="at least one seed"):
        mean_difference([TestSetScores(one.first[:0], one.second, one.truth)])
