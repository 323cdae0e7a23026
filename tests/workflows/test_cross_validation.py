"""Cross-validations that are really trained: killed and resumed, and by patient."""

import csv
import json
import os
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from studio import jobs
from studio.errors import UsageError
from studio.results.scores import read_scores
from studio.sample.training import write_training_set
from studio.workflows.cross_validation import create_cross_validation, read_figures

SETTINGS = {
    "model": "test_efficientnet", "weights": "none", "epochs": 2, "size": 32, "batch": 8,
    "threads": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """32 crops of 16 patients, with a skin tone for each but two."""
    folder = tmp_path_factory.mktemp("clinic") / "crops"
    write_training_set(folder, per_class=16, seed=3, size=40)
    (folder / "groups.csv").unlink(missing_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)
    rows = ["file,patient_id,skin_tone"]
    for number, file in enumerate(sorted(folder.glob("*/*"))):
        tone = ("I", "V")[number // 2 % 2] if number > 1 else ""
        rows.append(f"{file.relative_to(folder).as_posix()},P{number // 2},{tone}")
    (folder / "groups.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "cv"
    create_cross_validation(folder, [clinic], SETTINGS, folds=3)
    assert jobs.run_here(folder) == "finished"
    return folder


def test_every_image_is_scored_once_by_a_run_that_did_not_see_its_patient(
    clinic: Path, whole: Path
) -> None:
    rows = list(csv.DictReader((whole / "scores.csv").read_text(encoding="utf-8").splitlines()))
    assert sorted(row["file"] for row in rows) == sorted(str(one) for one in clinic.glob("*/*"))
    folds = defaultdict(set)
    for row in rows:
        folds[row["group"]].add(row["fold"])
    assert len(folds) == 16
    assert all(len(of_patient) == 1 for of_patient in folds.values())
    for row in rows:
        run = whole / "trainings" / f"fold-{row['fold']}"
        items = json.loads((run / "items.json").read_text(encoding="utf-8"))
        seen = {item["group"] for split in items["train"] for item in split["items"]}
        assert row["group"] not in seen
        assert row["file"] in {item["file"] for item in items["test"][0]["items"]}
    assert {row["skin_tone"] for row in rows} == {"", "I", "V"}
    told = read_figures(whole)
    assert (told["images"], told["n"], told["groups"], told["unreadable"]) == (32, 32, 16, 0)
    assert set(told["subgroups"]["skin_tone"]["values"]) == {"I", "V"}
    own = read_scores(whole / "scores.csv", "malignantmelanoma")
    assert own.n == 32


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_killed_and_resumed_gives_the_same_scores(
    clinic: Path, whole: Path, tmp_path: Path, child
) -> None:
    folder = tmp_path / "cv"
    create_cross_validation(folder, [clinic], SETTINGS, folds=3)
    command = [sys.executable, "-m", "studio.cli", "cross-validate", "--out", str(folder)]
    asking = child([*command, "--resume"], stdout=-3, stderr=-3, start_new_session=True)
    end = time.monotonic() + 120
    while not (folder / "trainings" / "fold-2" / "events.jsonl").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(asking.pid, signal.SIGKILL)
    asking.wait()
    done = folder / "trainings" / "fold-1" / "last.pt"
    before = done.stat().st_mtime_ns
    time.sleep(0.5)  # its worker hears that nobody listens any more
    assert jobs.run_here(folder) == "finished"
    assert done.stat().st_mtime_ns == before, "a finished fold is not trained again"
    assert (folder / "scores.csv").read_bytes() == (whole / "scores.csv").read_bytes()


def test_a_recipe_that_chooses_an_epoch_gets_images_for_that(clinic: Path, tmp_path: Path) -> None:
    from studio.classify import TrainConfig
    from studio.workflows.cross_validation import _fold_data, _frozen

    folder = tmp_path / "cv"
    create_cross_validation(folder, [clinic], {**SETTINGS, "patience": 1}, folds=4)
    frozen = _frozen(folder)
    plain = _fold_data(frozen, 1, TrainConfig.parse(SETTINGS))
    chosen = _fold_data(frozen, 1, TrainConfig.parse({**SETTINGS, "patience": 1}))
    assert plain.val is None
    assert chosen.val is not None
    assert sum(len(split.items) for split in plain.train) == 24
    assert sum(len(split.items) for split in chosen.train) + len(chosen.val.items) == 24
    assert plain.test == chosen.test


def test_copies_in_another_folder_stay_in_one_fold(clinic: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for file in sorted(clinic.glob("*/*"))[::3]:
        (other / file.parent.name).mkdir(parents=True, exist_ok=True)
        (other / file.parent.name / f"copy-of-{file.name}").write_bytes(file.read_bytes())
    folder = tmp_path / "cv"
    create_cross_validation(folder, [clinic, other], SETTINGS, folds=4)
    rows = csv.DictReader((folder / "folds.csv").read_text(encoding="utf-8").splitlines())
    fold_of = {Path(row["file"]).name: row["fold"] for row in rows}
    copies = [name for name in fold_of if name.startswith("copy-of-")]
    assert len(copies) == 11
    assert all(fold_of[name] == fold_of[name.removeprefix("copy-of-")] for name in copies)


def test_what_cannot_be_is_refused_before_anything_is_written(clinic: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cv"
    for options, words in (
        ({"folds": 1}, "Folds are 2"),
        ({"folds": 17}, "8 groups"),
        ({"by": ["diagnosis"]}, "there is .*skin_tone"),
    ):
        with pytest.raises(UsageError, match=words):
            create_cross_validation(folder, [clinic], SETTINGS, **options)
    with pytest.raises(UsageError, match="positive class 'wart'"):
        create_cross_validation(folder, [clinic], {**SETTINGS, "positive": "wart"})
    assert not folder.exists()
    create_cross_validation(folder, [clinic], SETTINGS, folds=2)
    with pytest.raises(UsageError, match="already holds a run"):
        create_cross_validation(folder, [clinic], SETTINGS, folds=2)
