"""Score tables, and AUCs that are undefined rather than zero."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from studio.classify.classes import ClassMap
from studio.classify.scoring import Scores, finite

TWO = ClassMap(("malignantmelanoma", "melanocyticnevus"), "malignantmelanoma")
THREE = ClassMap(("a", "b", "c"), "b")


def scores(targets: list[int], classes: ClassMap, seed: int = 0) -> Scores:
    raw = np.random.default_rng(seed).random((len(targets), len(classes.names))) + 0.01
    files = [f"{i}, ü.jpg" for i in range(len(targets))]
    return Scores(files, np.array(targets, np.int64), raw / raw.sum(1, keepdims=True), classes)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_score_is_that_of_the_positive_class(tmp_path: Path) -> None:
    table = scores([0, 1, 1, 0], TWO)
    table.write(tmp_path / "deep" / "scores.csv")
    rows = read(tmp_path / "deep" / "scores.csv")
    assert list(rows[0]) == ["file", "label", "score"]
    assert [row["label"] for row in rows] == [TWO.names[t] for t in (0, 1, 1, 0)]
    assert [row["file"] for row in rows] == list(table.files)
    found = [float(row["score"]) for row in rows]
    np.testing.assert_allclose(found, table.probabilities[:, 0], rtol=1e-8)


def test_three_classes_have_a_column_each_and_a_macro(tmp_path: Path) -> None:
    targets = [0, 1, 2] * 10
    table = scores(targets, THREE)
    table.write(tmp_path / "s.csv")
    row = read(tmp_path / "s.csv")[0]
    assert list(row) == ["file", "label", "score", "p_a", "p_b", "p_c"]
    assert row["score"] == row["p_b"]
    summary = table.summary()
    expected = [roc_auc_score(np.array(targets) == k, table.probabilities[:, k]) for k in range(3)]
    assert [summary["classes"][n]["auc"] for n in "abc"] == pytest.approx(expected)
    assert summary["macro"] == pytest.approx(np.mean(expected))
    assert summary["auc"] == pytest.approx(expected[1])
    assert summary["auc_low"] < summary["auc"] < summary["auc_high"]


def test_crops_say_which_part_of_their_file_was_scored(tmp_path: Path) -> None:
    whole = scores([0, 1, 2], THREE)
    square = (0.1 + 0.2, 12.5, 1e-7)
    crops = replace(whole, squares=[square, None, (1.0, 2.0, 3.0)])
    crops.write(tmp_path / "s.csv")
    rows = read(tmp_path / "s.csv")
    assert list(rows[0]) == ["file", "label", "score", "p_a", "p_b", "p_c", "square"]
    assert tuple(map(float, rows[0]["square"].split())) == square
    assert [row["square"] for row in rows[1:]] == ["", "1.0 2.0 3.0"]
    replace(whole, squares=[None] * 3).write(tmp_path / "whole.csv")
    assert "square" not in read(tmp_path / "whole.csv")[0]


@pytest.mark.parametrize("targets", [[0, 0, 0], [1, 1], []])
def test_a_class_without_examples_is_undefined_not_zero(targets: list[int]) -> None:
    summary = scores(targets, TWO).summary()
    assert summary["auc"] is summary["auc_low"] is summary["macro"] is None
    assert summary["estimable"] is False
    assert summary["n"] == len(targets)


def test_one_missing_class_of_three_leaves_the_others(tmp_path: Path) -> None:
    summary = scores([0, 1] * 8, THREE).summary()
    assert summary["classes"]["c"] == {
        "n": 0, "auc": None, "low": None, "high": None, "estimable": False,
    }  # fmt: skip
    assert summary["macro"] is None
    assert summary["auc"] is not None


def test_perfect_separation_has_a_value_but_no_interval() -> None:
    table = Scores(
        ["a"] * 4, np.array([0, 0, 1, 1]), np.array([[0.9, 0.1]] * 2 + [[0.1, 0.9]] * 2), TWO
    )
    summary = table.summary()
    assert summary["auc"] == 1.0
    assert summary["estimable"] is False


def test_log_loss_and_finite() -> None:
    table = Scores(["a", "b"], np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]]), TWO)
    assert table.log_loss() == pytest.approx(-(np.log(0.5) + np.log(0.25)) / 2)
    assert scores([], TWO).log_loss() is None
    assert finite(float("nan")) is None
    assert finite(None) is None
    assert finite(0.0) == 0.0


def test_groups_are_written_and_counted(tmp_path: Path) -> None:
    targets = [0, 1] * 10
    plain = scores(targets, TWO)
    groups = [f"photo {number // 4}" for number in range(20)]
    grouped = replace(plain, groups=groups)
    grouped.write(tmp_path / "s.csv")
    rows = read(tmp_path / "s.csv")
    assert list(rows[0]) == ["file", "label", "score", "group"]
    assert [row["group"] for row in rows] == groups
    replace(plain, groups=[None] * 20).write(tmp_path / "unknown.csv")
    assert "group" not in read(tmp_path / "unknown.csv")[0]
    here, there = plain.summary(), grouped.summary()
    assert (here["method"], here["groups"]) == ("DeLong", None)
    assert here["counting"] == "groups unknown: each image counts as independent"
    assert (there["method"], there["groups"]) == ("clustered DeLong", 5)
    assert there["counting"] == "20 images in 5 groups"
    assert there["level"] == 0.95
    assert there["auc"] == here["auc"]
    assert (there["auc_low"], there["auc_high"]) != (here["auc_low"], here["auc_high"])


def test_perfect_separation_has_a_limit_that_is_marked() -> None:
    flags = np.array([0] * 10 + [1] * 30)
    own = np.where(flags == 0, 0.9, 0.1)
    summary = Scores(["a"] * 40, flags, np.stack([own, 1 - own], 1), TWO).summary()
    assert (summary["auc"], summary["auc_low"], summary["estimable"]) == (1.0, None, False)
    assert summary["auc_bound"] == pytest.approx(0.05 ** (1 / 10))
    assert summary["method"] == summary["classes"]["melanocyticnevus"]["method"]
    assert summary["method"] == "exact, one-sided"
