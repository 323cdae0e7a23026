"""Training and evaluation as jobs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from studio import jobs
from studio.classify import evaluate
from studio.errors import StudioError, UsageError
from studio.jobs import request_stop
from studio.jobs.event_models import EpochEvent, JobEvent, ProgressEvent
from studio.results.leakage import SEEN_IN_VALIDATION
from studio.results.scores import read_scores
from studio.workflows import create_training, evaluate_here, evaluate_run
from studio.workflows.evaluate import FLIPS_THRESHOLD

Photo = Callable[..., Path]
SMALL = {
    "model": "test_efficientnet",
    "weights": "none",
    "size": 32,
    "batch": 8,
    "epochs": 3,
    "threads": 1,
}


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    for number in range(16):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"train/{name}/{number}.png", number)
    return tmp_path / "train"


@pytest.fixture
def test_folder(tmp_path: Path, photo: Photo) -> Path:
    for number in range(6):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"test/{name}/{number}.png", 100 + number)
    return tmp_path / "test"


def losses(run_dir: Path) -> list[float]:
    events, _ = jobs.read_events(run_dir)
    return [event["loss"] for event in events if event["event"] == "epoch"]


def test_stopped_and_resumed_is_the_same_as_not_stopped(
    tmp_path: Path, folder: Path, test_folder: Path
) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    (folder / "groups.csv").write_text("file,patient,lesion\n1.png,p1,7\n", encoding="utf-8")
    for run_dir in (whole, halves):
        create_training(run_dir, [folder], None, [test_folder], SMALL)
        assert jobs.status(run_dir).state == "queued"
    assert jobs.run_here(whole) == "finished"

    def stop(event: JobEvent) -> None:
        if isinstance(event, EpochEvent) and event.epoch == 1:
            request_stop(halves)

    assert jobs.run_here(halves, stop) == "stopped"
    assert jobs.run_here(halves) == "finished"
    assert losses(halves) == pytest.approx(losses(whole), abs=1e-6)
    assert len(losses(halves)) == 3
    found = jobs.status(whole)
    assert (found.done, found.error) == (found.total, None)
    events, _ = jobs.read_events(whole)
    (plan,) = [event for event in events if event["event"] == "plan"]
    assert (plan["positive"], plan["leakage"]["clean"]) == ("melanoma", True)
    assert [event["name"] for event in events if event["event"] == "test"] == ["test"]

    result = evaluate_run(whole, test_folder)
    assert (result["n"], result["positive"], set(result["classes"])) == (
        6,
        "melanoma",
        {"melanoma", "nevus"},
    )
    assert result["leakage"]["clean"]
    header = (whole / "scores.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",")[:3] == ["file", "label", "score"]
    assert result["name"] == "test"
    own = (whole / result["scores"]).read_bytes()
    other = test_folder.rename(tmp_path / "kept").parent / "elsewhere/test"
    shutil.copytree(tmp_path / "kept", other)
    (other / "nevus/0.png").unlink()
    renamed = evaluate_run(whole, other)
    assert (renamed["name"], renamed["n"]) == (str(other), 5)
    assert (whole / result["scores"]).read_bytes() == own

    job = tmp_path / "evaluation"
    params = {"run": str(whole), "test": str(test_folder.with_name("kept"))}
    jobs.create(job, jobs.JobSpec(kind="evaluate", title="Evaluate", params=params))
    told: list[str] = []
    jobs.run_here(job, lambda e: told.append(e.message) if isinstance(e, ProgressEvent) else None)
    assert {"looking for leakage", f"Reading {params['test']}"} <= set(told)

    warned: list[str] = []
    evaluate_run(whole, folder, warn=warned.append)
    assert any("also in the training set" in sentence for sentence in warned)
    assert SEEN_IN_VALIDATION in warned
    (folder / "nevus/0.png").unlink()
    warned.clear()
    evaluate_run(whole, other, warn=warned.append)
    assert [sentence for sentence in warned if "1 cannot be read any more" in sentence]
    # Another table knows the lesion and not the patient, by whom the run calls it.
    (other / "groups.csv").write_text("file,lesion\n3.png,7\n", encoding="utf-8")
    found = evaluate_run(whole, other)["leakage"]
    told_pairs = [*found["pairs"], *found["validation"]["pairs"]]
    assert {(pair["kind"], pair["why"]) for pair in told_pairs} == {("same_photograph", "lesion 7")}


def test_nothing_is_written_for_a_run_that_cannot_be(tmp_path: Path, folder: Path) -> None:
    for settings, sentence in [
        ({"weights": "lost.pt"}, "no file lost.pt"),
        ({"epochs": 0}, "epochs"),
        ({"colour": 1}, "colour"),
    ]:
        with pytest.raises(UsageError, match=sentence):
            create_training(tmp_path / "run", [folder], settings={**SMALL, **settings})
    with pytest.raises(StudioError):
        create_training(tmp_path / "run", [tmp_path / "nowhere"], settings=SMALL)
    assert not (tmp_path / "run").exists()


def test_a_run_is_called_by_its_name_and_what_tells_it_apart(tmp_path: Path, folder: Path) -> None:
    settings = {**SMALL, "epochs": 1, "seed": 3, "recipe": "paper"}
    create_training(tmp_path / "a", [folder], settings=settings, name="with hair")
    create_training(tmp_path / "b", [folder], settings={**settings, "epochs": 2})
    facts = f"{SMALL['model']} · paper"
    assert jobs.status(tmp_path / "a").title == f"with hair · {facts} · 1 epoch · seed 3"
    assert jobs.status(tmp_path / "b").title == f"{facts} · 2 epochs · seed 3"


def test_a_run_is_never_overwritten(tmp_path: Path, folder: Path) -> None:
    create_training(tmp_path / "run", [folder], settings=SMALL)
    with pytest.raises(UsageError, match="already holds a run"):
        create_training(tmp_path / "run", [folder], settings=SMALL)


def test_one_class_fails_with_its_sentence(tmp_path: Path, folder: Path) -> None:
    create_training(tmp_path / "run", [folder], settings={**SMALL, "positive": "wart"})
    assert jobs.run_here(tmp_path / "run") == "failed"
    assert "wart" in (jobs.status(tmp_path / "run").error or "")
    job = json.loads((tmp_path / "run/job.json").read_text(encoding="utf-8"))
    assert job["params"]["positive"] == "wart"


def test_evaluating_what_is_no_run(tmp_path: Path, test_folder: Path) -> None:
    with pytest.raises(StudioError, match="no run"):
        evaluate_run(tmp_path / "nowhere", test_folder)
    with pytest.raises(StudioError):
        evaluate_run(tmp_path, test_folder)


def test_an_evaluation_that_is_stopped_leaves_nothing(
    tmp_path: Path, folder: Path, test_folder: Path
) -> None:
    run_dir = tmp_path / "run"
    create_training(run_dir, [folder], settings={**SMALL, "epochs": 1})
    assert jobs.run_here(run_dir) == "finished"

    def stop(done: int, total: int, message: str) -> None:
        (folder,) = (run_dir / "evaluations").iterdir()
        request_stop(folder)

    assert evaluate_here(run_dir, test_folder, on_progress=stop) is None
    assert not (run_dir / "evaluations").exists()
    assert not (run_dir / "scores.csv").exists()
    with pytest.raises(UsageError, match="No rule named best"):
        evaluate_here(run_dir, test_folder, rule="best")
    assert not (run_dir / "evaluations").exists()


def test_flips_score_the_mean_over_mirrored_files_beside_the_plain_scores(
    tmp_path: Path, folder: Path, test_folder: Path
) -> None:
    run_dir = tmp_path / "run"
    create_training(run_dir, [folder], settings={**SMALL, "epochs": 1})
    assert jobs.run_here(run_dir) == "finished"

    def scores_of(name: str) -> list[float]:
        read = read_scores(run_dir / name, "melanoma", ["melanoma", "nevus"])
        names = [Path(file).name for file in read.files]
        return [score for _, score in sorted(zip(names, read.scores("melanoma"), strict=True))]

    mirrored = []
    for number, turn in enumerate(
        (
            lambda image: image,
            ImageOps.mirror,
            ImageOps.flip,
            lambda image: ImageOps.flip(ImageOps.mirror(image)),
        )
    ):
        copies = []
        for file in sorted(test_folder.glob("*/*.png")):
            place = tmp_path / f"turned{number}" / file.relative_to(test_folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            turn(Image.open(file)).save(place)
            copies.append((place, place.parent.name))
        told = evaluate(run_dir, copies, f"turned{number}")
        assert told is not None
        mirrored.append(scores_of(told["scores"]))
    plain = evaluate_run(run_dir, test_folder)
    kept = (run_dir / plain["scores"]).read_bytes()
    warned: list[str] = []
    found = evaluate_here(run_dir, test_folder, flips=True, warn=warned.append)
    assert found is not None
    assert found["flips"] is True
    assert plain["flips"] is False
    assert FLIPS_THRESHOLD in warned
    assert found["name"].endswith("(mean of flips)")
    assert (run_dir / plain["scores"]).read_bytes() == kept
    np.testing.assert_allclose(scores_of(found["scores"]), np.mean(mirrored, axis=0), atol=2e-3)
    assert np.ptp(mirrored, axis=0).max() > 1e-4  # the network does tell the copies apart
