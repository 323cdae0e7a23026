"""Calibration, decision curve, subgroups and top k of scores as documents tell them."""

import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, top_k_accuracy_score

from studio.results.assessment import age_band, assessment
from studio.results.scores import ScoreSet
from studio.stats import auc_power


def made(seed: int, classes: tuple[str, ...] = ("melanoma", "nevus"), n: int = 120) -> ScoreSet:
    randomness = np.random.default_rng(seed)
    truth = randomness.integers(0, len(classes), n)
    logits = randomness.normal(size=(n, len(classes)))
    logits[np.arange(n), truth] += 1.0
    odds = np.exp(3 * logits)  # too sure
    files = tuple(f"/sets/{number}.jpg" for number in range(n))
    p = odds / odds.sum(axis=1, keepdims=True)
    return ScoreSet(files, truth, classes, classes[0], p)


def test_a_temperature_of_the_validation_set_mends_probabilities() -> None:
    scores = made(1)
    told = assessment(scores, made(2))["calibration"]
    flags = scores.flags("melanoma")
    assert told["brier"] == pytest.approx(brier_score_loss(flags, scores.scores("melanoma")))
    assert told["slope"] < 1
    assert told["temperature"]["t"] > 1.5
    assert told["temperature"]["brier"] < told["brier"]
    assert told["isotonic"]["ece"] < told["ece"]
    assert sum(one["n"] for one in told["bins"]) == 120


def test_maps_are_never_judged_on_what_they_were_fitted_on() -> None:
    scores = made(1)
    for validation in (None, scores):
        told = assessment(scores, validation)["calibration"]
        assert (told["temperature"], told["isotonic"]) == (None, None)


def test_several_classes_have_accuracy_among_the_first_three() -> None:
    scores = made(3, ("bcc", "melanoma", "nevus", "sk"))
    told = assessment(scores, None)
    expected = top_k_accuracy_score(scores.truth, scores.probabilities, k=3)
    assert told["top3"]["value"] == pytest.approx(expected)
    assert assessment(made(1), None)["top3"] is None


def test_a_decision_curve_has_its_thresholds() -> None:
    curve = assessment(made(1), None)["decision_curve"]
    assert [one["threshold"] for one in curve][::9] == [0.05, 0.5, 0.95]
    assert all(one["net_benefit"] is not None for one in curve)


def test_subgroups_are_those_that_are_known_of_enough_images() -> None:
    scores = made(1)
    sex = ["female", "male"] * 58 + ["other"] * 3 + [""]
    ages = [str(20 + number % 60) for number in range(120)]
    told = assessment(scores, None, 0.5, {"sex": sex, "age": ages, "site": ["arm"] * 120})
    assert set(told["subgroups"]) == {"sex", "age"}
    by_sex = told["subgroups"]["sex"]
    assert [one["name"] for one in by_sex["subgroups"]] == ["female", "male"]
    assert (by_sex["unknown"], by_sex["freedom"]) == (4, 1)
    assert 0 <= by_sex["p"] <= 1
    for rate in ("sensitivity", "specificity"):
        compared = by_sex[rate]
        assert compared["method"] == "Fisher's exact test"
        assert (compared["reference"], compared["differences"][0]["name"]) == ("female", "male")
        one, other = (own[rate]["value"] for own in by_sex["subgroups"])
        assert compared["differences"][0]["difference"] == pytest.approx(other - one)
    nothing = assessment(scores, None, None, {"sex": sex})["subgroups"]["sex"]["sensitivity"]
    assert nothing == {"p": None, "method": None, "reference": None, "differences": []}
    assert [one["name"] for one in told["subgroups"]["age"]["subgroups"]] == [
        "0–29", "30–44", "45–59", "60–74", "75 or more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "band"), [("29.9", "0–29"), ("30", "30–44"), ("91", "75 or more"), ("", ""), ("x", "")]
)
def test_ages_lie_in_bands(text: str, band: str) -> None:
    assert age_band(text) == band


def test_one_class_is_undefined_and_never_zero() -> None:
    scores = made(1)
    only = ScoreSet(
        scores.files, scores.truth * 0, scores.classes, "melanoma", scores.probabilities
    )
    told = assessment(only, None)
    assert told["calibration"]["slope"] is None
    assert told["decision_curve"][0]["net_benefit"] is None
    assert math.isfinite(told["calibration"]["brier"])


def test_what_the_test_set_could_have_shown_is_told() -> None:
    scores = made(1)
    flags = scores.flags("melanoma")
    least = assessment(scores, None)["detectable_auc"]
    assert auc_power(least, int(flags.sum()), int((~flags).sum())) == pytest.approx(0.8)
