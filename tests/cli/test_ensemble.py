"""`can-studio evaluate --ensemble`: several runs judged as one."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.metrics import roc_auc_score

from studio.cli.__main__ import main

SMALL = [
    "--model", "test_efficientnet", "--weights", "none", "--size", "32", "--batch", "8",
    "--epochs", "1", "--threads", "1",
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, photo: Callable[..., Path]) -> Path:
    """Two runs validated on the same pictures, one on others, and one of other classes."""
    folder = tmp_path_factory.mktemp("ensemble")
    for place, name in enumerate(("train", "val", "test")):
        for number in range(16):
            label = ("nevus", "melanoma")[number % 2]
            photo(folder / name / label / f"{number}.png", 100 * place + number, (48, 48))
            other = ("nevus", "melanoma", "keratosis")[number % 3]
            photo(folder / "three" / other / f"{number}.png", 400 + number, (48, 48))
    val = ["--val", str(folder / "val")]
    for name, data, more in (
        ("a", "train", [*val, "--seed", "0"]),
        ("b", "train", [*val, "--seed", "1"]),
        ("split", "train", ["--seed", "2"]),
        ("three-classes", "three", []),
    ):
        words = ["train", "--train", str(folder / data), *more, *SMALL, "--out", str(folder / name)]
        assert main(words) == 0
    return folder


def scores_of(path: Path) -> dict[str, tuple[str, float]]:
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {row["file"]: (row["label"], float(row["score"])) for row in rows}


def test_the_mean_of_the_probabilities_is_judged_and_kept(runs: Path, tmp_path: Path, run) -> None:
    out = tmp_path / "both"
    said = run(
        "evaluate", runs / "a", runs / "b", "--test", runs / "test", "--ensemble", "--out", out,
        "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    document = said.document
    assert document["combined"] == "mean of the probabilities"
    alone = [scores_of(Path(one["scores"])) for one in document["members"]]
    together = scores_of(out / "scores.csv")
    assert len(together) == 16
    for file, (label, score) in together.items():
        assert [one[file][0] for one in alone] == [label, label]
        assert score == pytest.approx(sum(one[file][1] for one in alone) / 2, abs=1e-8)
    truth = [label == "melanoma" for label, _ in together.values()]
    by_hand = roc_auc_score(truth, [score for _, score in together.values()])
    assert document["auc"] == pytest.approx(by_hand, abs=1e-12)
    assert document["thresholds"]["images"] == 16, "both were validated on the same pictures"
    assert document["kept"] == str(out)
    twice = run(
        "evaluate", runs / "a", runs / "b", "--test", runs / "test", "--ensemble", "--out", out
    )
    assert (twice.code, "is there already" in twice.err) == (2, True)


def test_without_common_validation_there_is_no_threshold(runs: Path, run) -> None:
    said = run("evaluate", runs / "a", runs / "split", "--test", runs / "test", "--ensemble")
    assert said.code == 0, said.err
    assert "Ensemble of 2 runs, the mean of the probabilities:" in said.out
    assert "Each run alone" in said.out
    assert "validated on different pictures" in said.err


def test_what_is_not_an_ensemble_is_refused(runs: Path, run, tmp_path: Path) -> None:
    test = ("--test", runs / "test")
    other = run("evaluate", runs / "a", runs / "three-classes", *test, "--ensemble")
    assert other.code == 2
    assert "three-classes has keratosis, melanoma, nevus" in " ".join(other.err.split())
    for words, sentence in (
        ((runs / "a", *test, "--ensemble"), "two runs or more"),
        ((runs / "a", runs / "a", *test, "--ensemble"), "given twice"),
        ((runs / "a", runs / "b", *test), "--ensemble judges the mean"),
        ((runs / "a", *test, "--out", tmp_path / "x"), "--out goes with --ensemble"),
        ((runs / "a", tmp_path / "none", *test, "--ensemble"), "There is no run"),
        ((runs / "a", runs / "test", *test, "--ensemble"), "train it first"),
    ):
        said = run("evaluate", *words)
        assert (said.code, sentence in " ".join(said.err.split())) == (2, True), said.err


def test_a_cross_validation_stands_for_its_runs(runs: Path, run, tmp_path: Path) -> None:
    folds = tmp_path / "folds"
    assert run("cross-validate", runs / "train", "--out", folds, "--folds", 2, *SMALL).code == 0
    said = run("evaluate", folds, "--test", runs / "test", "--ensemble", "--json")
    assert said.code == 0, said.err
    assert [Path(one["run"]).name for one in said.document["members"]] == ["fold-1", "fold-2"]
    (folds / "trainings" / "fold-2" / "job.json").unlink()
    unfinished = run("evaluate", folds, "--test", runs / "test", "--ensemble")
    assert (unfinished.code, "fold-2 is missing" in " ".join(unfinished.err.split())) == (2, True)
