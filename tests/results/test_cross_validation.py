"""Figures of a cross-validation, against scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from studio.errors import StudioError
from studio.results.cross_validation import (
    cross_validation_figures,
    pool,
    read_pooled,
    write_pooled,
)
from studio.results.scores import ScoreSet

CLASSES = ("actinickeratosis", "malignantmelanoma", "melanocyticnevus", "other")


def scored(seed: int, count: int = 60, first: int = 0) -> ScoreSet:
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % len(CLASSES)
    raw = rng.gamma(1.0, size=(count, len(CLASSES)))
    raw[np.arange(count), truth] *= 2
    files = tuple(f"{first + number}.png" for number in range(count))
    groups = tuple(f"patient {first + number // 2}" for number in range(count))
    probabilities = raw / raw.sum(1, keepdims=True)
    return ScoreSet(files, truth, CLASSES, "malignantmelanoma", probabilities, (), groups)


def test_pooled_scores_are_kept_with_fold_group_and_what_is_known(tmp_path: Path) -> None:
    scores, folds = pool([scored(0), scored(1, first=1000)])
    tones = ["", *(["I", "II"] * 60)[: scores.n - 1]]
    write_pooled(tmp_path / "scores.csv", scores, folds, {"skin_tone": tones, "label": tones})
    head = (tmp_path / "scores.csv").read_text(encoding="utf-8").split("\n")[0]
    assert head.split(",") == [
        "file", "label", "score", *(f"p_{name}" for name in CLASSES), "group", "fold", "skin_tone",
    ]  # fmt: skip
    again, kept, values = read_pooled(tmp_path / "scores.csv", scores.positive, CLASSES)
    assert (again.files, again.groups, kept) == (scores.files, scores.groups, folds)
    assert values == {"skin_tone": tones}
    np.testing.assert_allclose(again.probabilities, scores.probabilities, rtol=1e-8)


def test_figures_equal_those_of_scikit_learn() -> None:
    scores, folds = pool([scored(0), scored(1, first=1000)])
    tones = ["I"] * 50 + ["II"] * 65 + ["VI"] * 3 + ["", ""]
    told = cross_validation_figures(scores, folds, {"skin_tone": tones, "none": [""] * scores.n})
    by_hand = [
        roc_auc_score(scores.truth == k, scores.probabilities[:, k]) for k in range(len(CLASSES))
    ]
    assert [told["classes"][name]["auc"] for name in CLASSES] == pytest.approx(by_hand, abs=1e-12)
    assert told["macro"] == pytest.approx(np.mean(by_hand), abs=1e-12)
    assert told["macro_low"] < told["macro"] < told["macro_high"]
    assert (told["n"], told["groups"], told["folds"]) == (120, 60, 2)
    first = scored(0)
    own = np.mean([roc_auc_score(first.truth == k, first.probabilities[:, k]) for k in range(4)])
    assert told["by_fold"][0]["macro"] == pytest.approx(own, abs=1e-12)
    assert list(told["subgroups"]) == ["skin_tone"]
    found = told["subgroups"]["skin_tone"]
    assert (list(found["values"]), found["few"], found["unknown"]) == (["I", "II"], 3, 2)
    part = slice(50, 115)
    of_second = [
        roc_auc_score(scores.truth[part] == k, scores.probabilities[part, k]) for k in range(4)
    ]
    assert found["values"]["II"]["macro"] == pytest.approx(np.mean(of_second), abs=1e-12)
    assert (found["values"]["II"]["classes"], found["values"]["II"]["n"]) == (4, 65)


def test_a_subgroup_without_a_class_is_judged_on_the_others() -> None:
    scores, folds = pool([scored(0), scored(1, first=1000)])
    tones = ["I" if scores.truth[place] else "II" for place in range(scores.n)]
    tones[:8] = ["II"] * 8
    told = cross_validation_figures(scores, folds, {"skin_tone": tones})["subgroups"]["skin_tone"]
    own = np.array([tone == "I" for tone in tones])
    by_hand = [
        roc_auc_score(scores.truth[own] == k, scores.probabilities[own, k]) for k in (1, 2, 3)
    ]
    assert told["values"]["I"]["classes"] == 3
    assert told["values"]["I"]["macro"] == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_an_image_in_two_folds_is_refused() -> None:
    with pytest.raises(StudioError, match="two folds"):
        pool([scored(0), scored(1)])
