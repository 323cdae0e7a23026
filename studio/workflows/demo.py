"""The whole pipeline on the sample project, without a user.

Photographs whose lesions are known are proposed, decided by a script that knows the truth,
exported, trained on and tested on pictures rendered apart from them. Every figure it gives is
about synthetic pictures and says nothing about patients.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studio import jobs
from studio.classify.config import NOTICE
from studio.errors import StudioError
from studio.jobs.event_models import (
    EpochEvent,
    FrozenEvent,
    JobEvent,
    ProgressEvent,
    TrainPlanEvent,
)
from studio.jobs.kinds import TRAIN
from studio.project import Project
from studio.sample import SampleManifest, read_truth, write_training_set
from studio.workflows.demo_generated import generate_and_judge
from studio.workflows.evaluate import evaluate_run
from studio.workflows.export import export_project
from studio.workflows.projects import open_project
from studio.workflows.sample_project import (
    CROP_SIZE,
    PHOTOS,
    is_ready,
    make_sample_project,
    photos_folder,
)
from studio.workflows.scripted_reader import READER, ScriptedReading, measure_recall, read_sample
from studio.workflows.train import create_training

OnProgress = Callable[[int, int, str], None]
TEST_PER_CLASS = 50
TEST_SEED = 1
SETTINGS: dict[str, Any] = {"model": "efficientnet_lite0", "size": 96, "batch": 16, "epochs": 3}
"""Small enough for two cores and a few minutes; no recipe for real pictures."""


@dataclass
class DemoReport:
    """What the demonstration found. Times are wall-clock seconds by stage.

    `reading` counts the decisions of this time, `boxes` all boxes of the project by state.
    """

    project: Path
    run: Path
    photographs: int = 0
    reading: ScriptedReading = field(default_factory=ScriptedReading)
    boxes: dict[str, int] = field(default_factory=dict)
    recall: dict[str, dict[str, float]] = field(default_factory=dict)
    crops: dict[str, int] = field(default_factory=dict)
    weights: str = ""
    frozen_auc: float | None = None
    validation_auc: float | None = None
    test: dict[str, Any] = field(default_factory=dict)
    generated: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notice: str = f"Synthetic sample pictures. {NOTICE}"

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {**asdict(self), "project": str(self.project), "run": str(self.run)}


def run_demo(
    folder: Path,
    n: int = PHOTOS,
    on_progress: OnProgress = lambda done, total, message: None,
    settings: dict[str, Any] | None = None,
) -> DemoReport:
    """Run everything in `folder`; a sample project that is there already is used again.

    `settings` replace some of SETTINGS. Raises StudioError where a stage cannot be done.
    """
    folder = folder.absolute()
    report = DemoReport(folder / "project", folder / "project" / "runs")
    with _timed(report, "sample project"):
        truth = _sample(report.project, n, on_progress)
        report.photographs = len(truth.images)
    with open_project(report.project, "edit", READER) as project:
        with _timed(report, "decisions"):
            report.recall = measure_recall(project, truth)
            report.reading = read_sample(project, truth, on_progress)
            report.boxes = project.status()["boxes"]["by_state"]
        with _timed(report, "export"):
            crops = _export(project, report, on_progress)
        report.run = project.runs.new_folder(TRAIN.name, "Demonstration")
    with _timed(report, "training"):
        _train(report, crops, {**SETTINGS, **(settings or {})}, on_progress)
    with _timed(report, "test"):
        report.test = _test(folder / "test-crops", report.run, on_progress)
    with _timed(report, "synthetic set and morph"):
        report.generated = generate_and_judge(folder, report.run, on_progress)
    return report


@contextmanager
def _timed(report: DemoReport, stage: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    report.seconds[stage] = round(time.monotonic() - began, 1)


def _sample(project: Path, n: int, on_progress: OnProgress) -> SampleManifest:
    if is_ready(project):
        return read_truth(photos_folder(project))
    return make_sample_project(project, n, on_progress=on_progress)


def _export(project: Project, report: DemoReport, on_progress: OnProgress) -> Path:
    number = 1
    while (out := project.exports_dir / f"crops-{number}").exists():
        number += 1
    exported = export_project(
        project,
        out,
        "folder",
        CROP_SIZE,
        on_progress=lambda done, total: on_progress(done, total, "Exporting crops"),
    )
    report.crops = {
        name: sum(one.is_file() for one in (out / name).iterdir())
        for name in exported.manifest["labels"]
        if (out / name).is_dir()
    }
    return out


def _available(model: str, wish: str) -> tuple[str, str]:
    """The weights to ask for, and a word where they had to be none.

    Only in a demonstration, and said aloud: a training that was asked for stops instead.
    """
    from studio.compute import backbones

    try:
        backbones.create(model, wish, 2)
    except StudioError as error:
        return "none", f"none: {error}"
    return wish, ""


def _train(
    report: DemoReport, crops: Path, settings: dict[str, Any], on_progress: OnProgress
) -> None:
    wish = settings.get("weights", "auto")
    weights, report.weights = _available(settings["model"], wish)
    settings = {**settings, "weights": weights}
    create_training(report.run, [crops], settings=settings, name="Demonstration")

    def on_event(event: JobEvent) -> None:
        if isinstance(event, ProgressEvent):
            on_progress(event.done, event.total, f"Training: {event.message}")
        elif isinstance(event, TrainPlanEvent):
            report.weights = report.weights or event.weights["source"]
        elif isinstance(event, FrozenEvent):
            report.frozen_auc = event.auc
        elif isinstance(event, EpochEvent):
            report.validation_auc = event.auc

    outcome = jobs.run_here(report.run, on_event)
    if outcome != "finished":
        raise StudioError(jobs.status(report.run).error or "The training was stopped.")


def _test(folder: Path, run: Path, on_progress: OnProgress) -> dict[str, Any]:
    if not folder.exists():
        write_training_set(
            folder,
            TEST_PER_CLASS,
            TEST_SEED,
            CROP_SIZE,
            lambda done, total: on_progress(done, total, "Rendering test pictures"),
        )
    return evaluate_run(run, folder)
