"""Subgroups: the figures of each, the test of difference, and accuracy among the first k."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, fisher_exact, norm
from sklearn.metrics import top_k_accuracy_score

from studio.errors import StudioError
from studio.stats import auc_delong, compare_subgroups, top_accuracy


def made() -> tuple[np.ndarray, np.ndarray, list[str]]:
    randomness = np.random.default_rng(5)
    flags = np.arange(180) % 3 == 0
    names = [("I-II", "III-IV", "V-VI")[number % 60 // 20] for number in range(180)]
    skill = np.array([{"I-II": 2.0, "III-IV": 1.5, "V-VI": 0.3}[name] for name in names])
    return randomness.normal(size=180) + skill * flags, flags, names


def test_two_subgroups_are_z_of_two_independent_logits() -> None:
    scores, flags, names = made()
    pair = [name if name != "III-IV" else "" for name in names]
    found = compare_subgroups(scores, flags, pair, threshold=0.5)
    one, other = (
        auc_delong(scores[np.array(pair) == name], flags[np.array(pair) == name])
        for name in ("I-II", "V-VI")
    )
    logits = [math.log(a.value / (1 - a.value)) for a in (one, other)]
    errors = [math.sqrt(a.variance) / (a.value * (1 - a.value)) for a in (one, other)]
    z = (logits[0] - logits[1]) / math.hypot(*errors)
    assert found.q == pytest.approx(z * z, abs=1e-12)
    assert found.p == pytest.approx(2 * norm.sf(abs(z)), abs=1e-12)
    assert [one.name for one in found.subgroups] == ["I-II", "V-VI"]


def test_three_subgroups_by_brute_force() -> None:
    scores, flags, names = made()
    found = compare_subgroups(scores, flags, names)
    aucs = [one.auc for one in found.subgroups]
    logits = [math.log(a.value / (1 - a.value)) for a in aucs]
    w = [(a.value * (1 - a.value)) ** 2 / a.variance for a in aucs]
    mean = sum(a * b for a, b in zip(logits, w, strict=True)) / sum(w)
    q = sum(b * (a - mean) ** 2 for a, b in zip(logits, w, strict=True))
    assert (found.q, found.freedom) == (pytest.approx(q), 2)
    assert found.p == pytest.approx(chi2.sf(q, 2), abs=1e-12)
    assert math.isnan(found.subgroups[0].sensitivity.value)  # without a threshold


def test_rates_are_counted_in_each() -> None:
    scores, flags, names = made()
    found = compare_subgroups(scores, flags, names, threshold=0.8)
    for one in found.subgroups:
        own = np.array(names) == one.name
        assert one.sensitivity.value == np.mean(scores[own & flags] >= 0.8)
        assert one.specificity.value == np.mean(scores[own & ~flags] < 0.8)


def test_rates_are_compared_with_those_of_the_largest_subgroup() -> None:
    scores, flags, names = made()
    names = ["III-IV" if name == "I-II" and n % 4 == 0 else name for n, name in enumerate(names)]
    found = compare_subgroups(scores, flags, names, threshold=0.8)
    compared = found.sensitivity
    assert compared.reference == "III-IV"
    assert list(compared.differences) == ["I-II", "V-VI"]
    own = {one.name: one.sensitivity for one in found.subgroups}
    assert found.specificity.reference == "III-IV"
    difference = compared.differences["V-VI"]
    assert difference.difference == pytest.approx(own["V-VI"].value - own["III-IV"].value)
    assert difference.low < difference.difference < difference.high
    assert compared.test.p < 0.05 < found.specificity.test.p
    without = compare_subgroups(scores, flags, names)
    assert (without.sensitivity.reference, without.sensitivity.differences) == ("", {})
    assert math.isnan(without.sensitivity.test.p)


def test_a_subgroup_without_positives_is_left_out_of_the_sensitivities() -> None:
    scores, flags, names = made()
    kept = flags | (np.array(names) != "I-II")
    flags = flags & (np.array(names) != "I-II")
    chosen = [name for name, k in zip(names, kept, strict=True) if k]
    found = compare_subgroups(scores[kept], flags[kept], chosen, threshold=0.8)
    assert {found.sensitivity.reference, *found.sensitivity.differences} == {"III-IV", "V-VI"}
    assert found.sensitivity.test.p == pytest.approx(
        fisher_exact([
            [np.sum((scores >= 0.8)[own]), np.sum((scores < 0.8)[own])]
            for own in (flags & (np.array(names) == name) for name in ("III-IV", "V-VI"))
        ]).pvalue,
        abs=1e-9,
    )  # fmt: skip


def test_rates_count_groups() -> None:
    """Five copies of each image say no more than one: the interval is that of a fifth of them."""
    scores, flags, names = made()
    copies = [np.repeat(one, 5) for one in (scores, flags, np.array(names))]
    groups = [number // 5 for number in range(900)]
    found = compare_subgroups(*copies[:2], copies[2].tolist(), 0.8, groups)
    plain = compare_subgroups(scores, flags, names, 0.8)
    for one, other in zip(found.subgroups, plain.subgroups, strict=True):
        assert one.sensitivity.value == pytest.approx(other.sensitivity.value)
        assert one.sensitivity.high - one.sensitivity.low == pytest.approx(
            other.sensitivity.high - other.sensitivity.low, rel=0.15
        )


def test_a_subgroup_of_one_class_is_undefined_and_the_others_are_compared() -> None:
    scores, flags, names = made()
    kept = ["alone" if flag and number < 30 else name for number, (flag, name) in
            enumerate(zip(flags, names, strict=True))]  # fmt: skip
    found = compare_subgroups(scores, flags, kept)
    assert math.isnan(found.subgroups[-1].auc.value)
    assert found.freedom == 2
    nothing = compare_subgroups(scores, flags, ["one"] * 180)
    assert (math.isnan(nothing.p), nothing.freedom) == (True, 0)
    with pytest.raises(StudioError, match="as many names"):
        compare_subgroups(scores, flags, names[:-1])


def test_top_accuracy_is_that_of_scikit_learn() -> None:
    randomness = np.random.default_rng(1)
    p = randomness.dirichlet(np.ones(5), 300)
    truth = randomness.integers(0, 5, 300)
    for k in (1, 3):
        found = top_accuracy(p, truth, k)
        assert found.value == pytest.approx(top_k_accuracy_score(truth, p, k=k), abs=1e-12)
        assert found.low < found.value < found.high
