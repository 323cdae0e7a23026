"""Operating points of several classes, against scikit-learn and SciPy."""

import json
import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix as matrix_of_sklearn
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as curve_of_sklearn

from studio.errors import StudioError
from studio.results.operating import (
    class_point,
    confusion_matrix,
    counts_at,
    summary,
    threshold_of,
)
from studio.results.scores import ScoreSet
from studio.stats import RULES, chosen_rates

CLASSES = ("acne", "melanoma", "nevus")
KEYS = [
    "rule", "threshold", "tp", "fn", "fp", "tn", "sensitivity", "sensitivity_low",
    "sensitivity_high", "specificity", "specificity_low", "specificity_high", "ppv", "ppv_low",
    "ppv_high", "npv", "npv_low", "npv_high", "prevalence",
]  # fmt: skip


def made(n: int, seed: int, classes: tuple[str, ...] = CLASSES) -> ScoreSet:
    """Scores whose classes differ in how many they are and in the scale of their scores."""
    random = np.random.default_rng(seed)
    share = np.array([0.6, 0.1, 0.3])[: len(classes)]
    truth = random.choice(len(classes), size=n, p=share / share.sum())
    truth[: len(classes)] = np.arange(len(classes))
    logits = random.normal(0, 1, (n, len(classes))) + np.log(share)
    logits[np.arange(n), truth] += 1.2
    odds = np.exp(logits)
    files = tuple(f"{i}.png" for i in range(n))
    return ScoreSet(files, truth, classes, classes[1], odds / odds.sum(axis=1, keepdims=True))


def youden_of_sklearn(scores: ScoreSet, name: str) -> float:
    fpr, tpr, thresholds = curve_of_sklearn(
        scores.flags(name), scores.scores(name), drop_intermediate=False
    )
    best = np.flatnonzero(np.isclose(tpr - fpr, (tpr - fpr).max(), atol=1e-12))[-1]
    return float(thresholds[best])


def test_each_class_has_the_threshold_of_its_own_curve() -> None:
    validation, test = made(400, 1), made(300, 2)
    thresholds = [threshold_of(validation, name, "youden") for name in CLASSES]
    assert thresholds == [youden_of_sklearn(validation, name) for name in CLASSES]
    assert len(set(thresholds)) == 3
    for name, threshold in zip(CLASSES, thresholds, strict=True):
        point = class_point(test, validation, name, "youden")
        assert point is not None
        called = test.scores(name) >= threshold
        tn, fp, fn, tp = matrix_of_sklearn(test.flags(name), called).ravel()
        counts = point.counts
        assert (counts.tp, counts.fn, counts.fp, counts.tn) == (tp, fn, fp, tn)
        assert counts.threshold == threshold


@pytest.mark.parametrize(
    ("rule", "kind", "target"), [("se90", "se", 0.9), ("se95", "se", 0.95), ("sp95", "sp", 0.95)]
)
def test_the_rule_of_the_run_is_applied_to_each_class(rule: str, kind: str, target: float) -> None:
    validation = made(400, 3)
    for name in CLASSES:
        fpr, tpr, thresholds = curve_of_sklearn(
            validation.flags(name), validation.scores(name), drop_intermediate=False
        )
        if kind == "se":
            expected = thresholds[np.flatnonzero(tpr >= target)[0]]
        else:
            expected = thresholds[np.flatnonzero(1 - fpr >= target)[-1]]
        assert threshold_of(validation, name, rule) == expected


def test_the_documented_object_holds_what_scipy_counts() -> None:
    validation, test = made(400, 4), made(300, 5)
    figures = summary(test, validation, "se90")
    assert figures["operating_point"] == figures["classes"]["melanoma"]["operating_point"]
    for name in CLASSES:
        told = figures["classes"][name]["operating_point"]
        assert list(told) == KEYS
        assert told["rule"] == "se90"
        for rate, k, n in (
            ("sensitivity", told["tp"], told["tp"] + told["fn"]),
            ("specificity", told["tn"], told["tn"] + told["fp"]),
            ("ppv", told["tp"], told["tp"] + told["fp"]),
            ("npv", told["tn"], told["tn"] + told["fn"]),
        ):
            interval = binomtest(k, n).proportion_ci(0.95, method="wilson")
            assert told[rate] == pytest.approx(k / n, abs=1e-12)
            assert told[f"{rate}_low"] == pytest.approx(interval.low, abs=1e-9)
            assert told[f"{rate}_high"] == pytest.approx(interval.high, abs=1e-9)
        assert told["prevalence"] == test.flags(name).mean()
        auc = figures["classes"][name]["auc"]
        assert auc == pytest.approx(roc_auc_score(test.flags(name), test.scores(name)), abs=1e-12)
    mean = np.mean([figures["classes"][name]["auc"] for name in CLASSES])
    assert figures["macro"] == pytest.approx(mean, abs=1e-12)
    assert figures["macro_low"] < mean < figures["macro_high"]
    assert figures["macro_method"] == "DeLong, by class"
    assert figures["interval"]["level"] == 0.95
    assert (figures["interval"]["auc"], figures["interval"]["rates"]) == ("DeLong", "Wilson")
    assert figures["interval"]["sensitivity_specificity"] == "Wilson"
    json.dumps(figures, allow_nan=False)


def test_a_hand_worked_example_of_two_classes() -> None:
    """Validation: positives .9 .6 .4, negatives .7 .3 .2 .1; the largest SE + SP is at .4."""
    truth = np.array([0, 0, 0, 1, 1, 1, 1])
    own = np.array([0.9, 0.6, 0.4, 0.7, 0.3, 0.2, 0.1])
    both = np.stack([own, 1 - own], axis=1)
    validation = ScoreSet(tuple("abcdefg"), truth, ("bad", "good"), "bad", both)
    assert threshold_of(validation, "bad", "youden") == 0.4
    own = np.array([0.95, 0.39, 0.41, 0.05])
    both = np.stack([own, 1 - own], axis=1)
    test = ScoreSet(tuple("hijk"), np.array([0, 0, 1, 1]), ("bad", "good"), "bad", both)
    told = summary(test, validation, "youden")
    point = told["operating_point"]
    assert [point[key] for key in ("tp", "fn", "fp", "tn")] == [1, 1, 1, 1]
    assert told["confusion"]["matrix"] == [[1, 1], [1, 1]]
    assert told["confusion"]["call"] == "bad from a score of 0.4 on"
    # The other class has its own curve: 1 - score, positives .3 .7 .8 .9, the best at .7.
    assert told["classes"]["good"]["operating_point"]["threshold"] == pytest.approx(0.7)


def test_validation_has_the_intervals_of_wilson_beside_those_that_allow_for_the_choice() -> None:
    """Sensitivity 3 of 3, specificity 3 of 4: R's binom.wilson gives .4385–1 and .3006–.9544."""
    own = np.array([0.9, 0.6, 0.4, 0.7, 0.3, 0.2, 0.1])
    both = np.stack([own, 1 - own], axis=1)
    truth = np.array([0, 0, 0, 1, 1, 1, 1])
    validation = ScoreSet(tuple("abcdefg"), truth, ("bad", "good"), "bad", both)
    point = summary(validation, validation, "youden")["operating_point"]
    plain = point["plain"]
    assert plain["method"] == "Wilson"
    assert plain["sensitivity_low"] == pytest.approx(0.4385, abs=1e-4)
    assert plain["specificity_low"] == pytest.approx(0.3006, abs=1e-4)
    assert plain["specificity_high"] == pytest.approx(0.9544, abs=1e-4)
    assert point["specificity_low"] != plain["specificity_low"]


def test_the_matrix_of_two_classes_has_the_order_of_the_classes() -> None:
    two = ("bad", "good")
    validation, test = made(200, 6, two), made(150, 7, two)
    assert test.positive == "good"
    matrix, _ = confusion_matrix(test, class_point(test, validation, "good", "youden"))
    threshold = threshold_of(validation, "good", "youden")
    called = (test.scores("good") >= threshold).astype(int)
    assert matrix.tolist() == matrix_of_sklearn(test.truth, called).tolist()


def test_more_classes_are_called_by_the_highest_probability() -> None:
    validation, test = made(200, 8), made(150, 9)
    matrix, call = confusion_matrix(test, class_point(test, validation, "melanoma", "youden"))
    expected = matrix_of_sklearn(test.truth, test.probabilities.argmax(axis=1), labels=[0, 1, 2])
    assert matrix.tolist() == expected.tolist()
    assert "highest probability" in call


def test_without_a_threshold_nothing_is_made_up() -> None:
    test = made(50, 10)
    assert summary(test, None, "youden")["operating_point"] is None
    validation = made(60, 11)
    without = np.where(validation.truth == 1, 0, validation.truth)
    lacking = ScoreSet(validation.files, without, CLASSES, "melanoma", validation.probabilities)
    figures = summary(test, lacking, "youden")
    assert figures["operating_point"] is None
    assert figures["classes"]["nevus"]["operating_point"] is not None
    with pytest.raises(StudioError, match="No rule named best"):
        threshold_of(validation, "nevus", "best")


def test_a_set_of_one_class_has_the_rate_that_can_be_counted() -> None:
    validation, test = made(200, 12), made(40, 13)
    benign = ScoreSet(test.files, np.full(40, 2), CLASSES, "melanoma", test.probabilities)
    figures = summary(benign, validation, "youden")
    told = figures["operating_point"]
    assert figures["auc"] is None
    assert (told["sensitivity"], told["sensitivity_low"], told["prevalence"]) == (None, None, 0.0)
    assert told["specificity"] == (benign.scores("melanoma") < told["threshold"]).mean()


def test_a_rule_that_calls_nothing_positive_is_a_number() -> None:
    """No negative may be called: with the highest score a negative's, nothing is called at all."""
    own = np.array([0.5, 0.4, 1.0, 0.1])
    both = np.stack([own, 1 - own], axis=1)
    scores = ScoreSet(tuple("abcd"), np.array([0, 0, 1, 1]), ("bad", "good"), "bad", both)
    threshold = threshold_of(scores, "bad", "sp95")
    assert threshold is not None
    assert math.isfinite(threshold)
    counts = counts_at(scores, "bad", threshold)
    assert counts is not None
    assert (counts.tp, counts.fp) == (0, 0)


def test_on_the_validation_set_itself_the_intervals_allow_for_the_choice() -> None:
    validation = made(300, 14)
    figures = summary(validation, validation, "youden")
    told, name = figures["operating_point"], validation.positive
    assert "chooses the threshold again" in figures["interval"]["sensitivity_specificity"]
    expected = chosen_rates(validation.scores(name), validation.flags(name), "youden")
    assert told["sensitivity_low"] == expected.sensitivity.low
    wilson = binomtest(told["tp"], told["tp"] + told["fn"]).proportion_ci(method="wilson")
    assert told["sensitivity_low"] < wilson.low


def test_groups_widen_the_intervals_and_are_named() -> None:
    validation, one = made(200, 15), made(60, 16)
    five = ScoreSet(
        tuple(f"{file}#{k}" for file in one.files for k in range(5)),
        np.repeat(one.truth, 5),
        CLASSES,
        "melanoma",
        np.repeat(one.probabilities, 5, axis=0),
        groups=tuple(file for file in one.files for _ in range(5)),
    )
    alone, grouped = summary(one, validation, "youden"), summary(five, validation, "youden")
    for key in ("auc_low", "auc_high"):  # five equal crops say as much as one photograph
        assert grouped[key] == pytest.approx(alone[key], abs=0.05)
    assert grouped["interval"]["groups"] == 60
    assert "clustered" in grouped["interval"]["auc"]
    assert grouped["interval"]["counting"] == "300 images in 60 groups"


def test_no_rule_is_missing() -> None:
    from studio.cli.common import ThresholdRule

    assert tuple(rule.value for rule in ThresholdRule) == RULES
