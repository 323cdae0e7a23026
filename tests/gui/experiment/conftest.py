"""An experiment as its trainings leave it, made without one, and the workspace that shows it."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio import jobs
from studio.experiment.folder import PLAN_FILE, training_folder
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder, plan_text
from studio.experiment.trainings import PlannedTraining, list_trainings
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.jobs.kinds import EXPERIMENT, ExperimentParams
from studio.jobs.process import RunHolder
from studio.stats import auc_delong
from studio.ui.experiment.workspace import ExperimentWorkspace
from studio.ui.window import StudioWindow

MIXES = {"public": 0.5, "public + GAN5000": 1.4, "GAN5000": 0.2}
TESTS = ("north", "south", "east")
IMAGES = 40
TRUTH = np.arange(IMAGES) % 2 == 0
MakeExperiment = Callable[..., Path]


def plan_of(folder: Path, repeats: int = 2) -> ExperimentPlan:
    """A plan whose folders were there once."""
    mixes = tuple(Mix(name, (MixFolder(folder / name),)) for name in MIXES)
    tests = {name: folder / name for name in TESTS}
    return ExperimentPlan(mixes, tests, "melanoma", "public", repeats=repeats)


def scores_of(training: PlannedTraining, test: str) -> np.ndarray:
    number = 100 * TESTS.index(test) + 10 * list(MIXES).index(training.mix) + training.seed
    noise = np.random.default_rng(number).normal(0, 1, IMAGES)
    return (1 / (1 + np.exp(-(MIXES[training.mix] * TRUTH + noise)))).round(9)


def write_training(folder: Path, training: PlannedTraining) -> dict[str, dict[str, float]]:
    """A training that has finished; its results by test set."""
    run_dir = training_folder(folder, training.name)
    jobs.create(run_dir, JobSpec(kind="train", title=training.name))
    (run_dir / "scores").mkdir()
    found = {}
    with EventWriter(run_dir) as say:
        say.write("plan", {"classes": ["melanoma", "nevus"], "positive": "melanoma"})
        for test in training.tests:
            scores = scores_of(training, test)
            with (run_dir / f"scores/test_{test}.csv").open("w", newline="") as stream:
                rows = csv.writer(stream)
                rows.writerow(["file", "label", "score"])
                for place, score in enumerate(scores):
                    label = "melanoma" if TRUTH[place] else "nevus"
                    rows.writerow([f"/sets/{test}/{label}/{place}.jpg", label, score])
            auc = auc_delong(scores, TRUTH)
            found[test] = {"auc": auc.value, "low": auc.low, "high": auc.high, "n": IMAGES}
            say.write("test", {"name": test, "n": IMAGES, "scores": f"scores/test_{test}.csv"})
    return found


@pytest.fixture
def make_experiment() -> MakeExperiment:
    """Writes an experiment of which the first `finished` trainings have finished; the next one has
    failed where `failed` says why."""

    def make(folder: Path, finished: int | None = None, failed: str = "", repeats: int = 2) -> Path:
        plan = plan_of(folder.parent / "gone", repeats)
        listed = list_trainings(plan).trainings
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PLAN_FILE).write_text(plan_text(plan), encoding="utf-8")
        title = f"Experiment · 3 mixes · 3 tests · {len(listed)} trainings"
        jobs.create(folder, JobSpec.of(EXPERIMENT, title, ExperimentParams()))
        count = len(listed) if finished is None else finished
        with EventWriter(folder) as say:
            say.write("started", {"pid": 1, "host": "here", "resumed": False})
            say.write("plan", {"trainings": len(listed), "positive": "melanoma"})
            say.write("warning", {"message": "Images of the test set north were trained on."})
            for training in listed[:count]:
                told = {"name": training.name, "state": "finished", "seconds": 2.0}
                say.write("training", {**told, "tests": write_training(folder, training)})
            if failed:
                told = {"name": listed[count].name, "state": "failed", "error": failed}
                say.write("training", told)
            if count == len(listed):
                say.write("finished", {"result": {"trainings": count, "seconds": 12.0}})
            else:
                say.write("stopped", {})
        RunHolder(1, "gone", RunHolder.of(os.getpid(), 0).host, 0).write(folder)  # it has ended
        return folder

    return make


@pytest.fixture
def workspace(open_window: StudioWindow) -> ExperimentWorkspace:
    """The workspace at the front of a window with a project."""
    open_window.show_workspace("experiment")
    found = open_window.current
    assert isinstance(found, ExperimentWorkspace)
    return found
