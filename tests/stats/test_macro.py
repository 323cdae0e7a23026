"""The macro AUC against scikit-learn, DeLong's two classes, and all pairs by brute force."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm, t
from sklearn.metrics import roc_auc_score

from studio.errors import StudioError
from studio.stats import auc_delong, compare_delong, compare_macro, macro_auc


def made(seed: int, n: int = 60, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities [n, classes] with ties, and true classes."""
    randomness = np.random.default_rng(seed)
    truth = np.arange(n) % classes
    logits = randomness.normal(size=(n, classes)).round(1)
    logits[np.arange(n), truth] += 1.0
    odds = np.exp(logits)
    return odds / odds.sum(axis=1, keepdims=True), truth


def placements(p: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """What each image adds to the macro AUC, from every pair of an image and one of the rest."""
    n, classes = p.shape
    added = np.zeros(n)
    for k in range(classes):
        ups, downs = np.flatnonzero(truth == k), np.flatnonzero(truth != k)
        for i, j in product(ups, downs):
            won = 1.0 if p[i, k] > p[j, k] else 0.5 if p[i, k] == p[j, k] else 0.0
            added[i] += won / (ups.size * downs.size * classes)
            added[j] += won / (ups.size * downs.size * classes)
    return added


def test_the_value_is_that_of_scikit_learn() -> None:
    p, truth = made(1)
    found = macro_auc(p, truth)
    expected = roc_auc_score(truth, p, multi_class="ovr", average="macro")
    assert found.value == pytest.approx(expected, abs=1e-12)
    each = [roc_auc_score(truth == k, p[:, k]) for k in range(3)]
    assert found.by_class == pytest.approx(each, abs=1e-12)


def test_the_interval_by_brute_force() -> None:
    p, truth = made(2)
    added = placements(p, truth)
    variance = sum((truth == k).sum() * added[truth == k].var(ddof=1) for k in range(3))
    found = macro_auc(p, truth)
    assert found.variance == pytest.approx(variance, rel=1e-10)
    logit = math.log(found.value / (1 - found.value))
    reach = norm.ppf(0.975) * math.sqrt(variance) / (found.value * (1 - found.value))
    assert found.low == pytest.approx(1 / (1 + math.exp(reach - logit)), abs=1e-10)
    assert found.high == pytest.approx(1 / (1 + math.exp(-reach - logit)), abs=1e-10)
    assert (found.method, found.images, found.groups) == ("DeLong, by class", 60, 0)


def test_groups_across_classes_by_brute_force() -> None:
    """Groups of three images, one of each class: sums of groups, each class with its own mean."""
    p, truth = made(3)
    groups = [number // 3 for number in range(60)]
    added = placements(p, truth)
    centred = np.concatenate(
        [(added[truth == k] - added[truth == k].mean())[:, None] for k in range(3)], axis=1
    )  # [group, class]
    table = centred.T @ centred * 20 / 19
    found = macro_auc(p, truth, groups=groups)
    assert found.variance == pytest.approx(table.sum(), rel=1e-10)
    freedom = np.trace(table) ** 2 / (np.diag(table) ** 2 / 19).sum()
    logit = math.log(found.value / (1 - found.value))
    reach = t.ppf(0.975, freedom) * math.sqrt(table.sum()) / (found.value * (1 - found.value))
    assert found.low == pytest.approx(1 / (1 + math.exp(reach - logit)), abs=1e-9)
    assert found.method == "clustered DeLong, by class"


@pytest.mark.parametrize("groups", [None, [number // 5 for number in range(60)]])
def test_two_classes_are_delongs(groups: list[int] | None) -> None:
    truth = made(4, classes=2)[1]
    p, q = (np.stack([-one, one], axis=1) for one in (made(n, 60)[0][:, 1] for n in (4, 5)))
    one, other = auc_delong(p[:, 1], truth == 1, groups=groups), macro_auc(p, truth, groups=groups)
    assert (other.value, other.low, other.high) == pytest.approx(
        (one.value, one.low, one.high), abs=1e-12
    )
    paired = compare_delong(p[:, 1], q[:, 1], truth == 1, groups=groups)
    found = compare_macro(p, q, truth, groups=groups)
    assert (found.difference, found.z, found.p, found.low) == pytest.approx(
        (paired.difference, paired.z, paired.p, paired.low), abs=1e-12
    )


def test_a_bootstrap_by_class_has_the_same_spread() -> None:
    p, truth = made(6, n=240)
    randomness = np.random.default_rng(0)
    drawn = []
    for _ in range(200):
        chosen = np.concatenate(
            [randomness.choice(np.flatnonzero(truth == k), 80) for k in range(3)]
        )
        drawn.append(macro_auc(p[chosen], truth[chosen]).value)
    assert np.std(drawn, ddof=1) == pytest.approx(math.sqrt(macro_auc(p, truth).variance), rel=0.15)


def test_a_class_without_an_image_is_undefined() -> None:
    p, truth = made(7)
    kept = truth != 2
    found = macro_auc(p[kept], truth[kept])
    assert math.isnan(found.value)
    assert math.isnan(found.by_class[2])
    assert not math.isnan(found.by_class[0])
    assert not found.estimable
    assert found.method == ""
    assert math.isnan(compare_macro(p[kept], p[kept], truth[kept]).difference)
    assert math.isnan(macro_auc(np.empty((0, 3)), []).value)


def test_where_there_is_no_spread_there_is_no_interval() -> None:
    p, truth = made(8)
    once = np.concatenate([np.flatnonzero(truth != 2), np.flatnonzero(truth == 2)[:1]])
    found = macro_auc(p[once], truth[once])  # one image of a class
    assert not math.isnan(found.value)
    assert math.isnan(found.low)
    assert math.isnan(macro_auc(p, truth, groups=["one"] * 60).low)
    assert math.isnan(macro_auc(np.eye(3)[truth], truth).low)  # separated perfectly
    assert not compare_macro(p, p, truth).estimable


def test_what_does_not_fit_together_is_refused() -> None:
    p, truth = made(9)
    for scores, classes, sentence in (
        (p[:-1], truth, "one row of scores"),
        (p[:, :1], truth * 0, "two classes"),
        (p[:, :2], truth, "no column"),
        (np.full_like(p, np.nan), truth, "finite"),
    ):
        with pytest.raises(StudioError, match=sentence):
            macro_auc(scores, classes)
    with pytest.raises(StudioError, match="same images and classes"):
        compare_macro(p, np.c_[p, p[:, 0]], truth)
