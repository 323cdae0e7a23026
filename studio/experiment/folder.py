"""The folder of an experiment: its plan, its trainings, and how far each of them is.

    EXP/experiment.toml      the plan as it was begun; folders in full
    EXP/images.json          what lay in its folders then
    EXP/leakage.json         which test images are among the training images, where that was checked
    EXP/trainings/NAME/      each training, a run as any other
    EXP/trainings/NAME/scores/test_TEST.csv    file,label,score: one row an image

beside what every job has (`job.json`, `events.jsonl` and the others of `studio.jobs`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from studio import jobs
from studio.errors import StudioError
from studio.experiment.plan import ExperimentPlan, MixFolder, read_plan
from studio.experiment.trainings import CellKey, PlannedTraining, TrainingList, list_trainings
from studio.files import write_json
from studio.jobs import JobStatus
from studio.jobs.event_models import JobEvent, TrainingEvent, WarningEvent
from studio.jobs.kinds import EXPERIMENT
from studio.opening import FileProblem, FileRefused, finite, read_json, shown_path
from studio.results.run_identity import UNNUMBERED, RunIdentity, identity_of
from studio.results.run_reader import RunReader

PLAN_FILE, IMAGES_FILE, LEAKAGE_FILE = "experiment.toml", "images.json", "leakage.json"
TRAININGS = "trainings"
TrainingState = Literal["queued", "running", "finished", "failed", "stopped"]
_STATES: Mapping[str, TrainingState] = {
    "running": "running",
    "again": "running",
    "finished": "finished",
    "failed": "failed",
    "stopped": "stopped",
}


@dataclass(frozen=True)
class TestFigure:
    """The AUC of one training on a test set with its bounds; None where it is undefined."""

    __test__ = False  # pytest would take it for tests

    auc: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class TrainingProgress:
    """A training of an experiment and how far it is; `tests` are there when it has finished."""

    planned: PlannedTraining
    run_dir: Path
    state: TrainingState = "queued"
    error: str = ""
    seconds: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    tests: Mapping[str, TestFigure] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentState:
    """An experiment at one moment; `told` are its trainings by name, in the order in which they are
    run, as its events tell them. `leakage_checked` says whether test images were looked for among
    the training images before the first of them."""

    folder: Path
    plan: ExperimentPlan
    listed: TrainingList
    status: JobStatus
    told: Mapping[str, TrainingProgress]
    warnings: tuple[str, ...] = ()
    identity: RunIdentity = UNNUMBERED
    leakage_checked: bool = False

    @property
    def run_dir(self) -> Path:
        """Its folder, as every run has one."""
        return self.folder

    @property
    def title(self) -> str:
        """What it is called."""
        return self.status.title

    @cached_property
    def trainings(self) -> Mapping[str, TrainingProgress]:
        """The trainings by name, in the order in which they are run. One that was running when the
        experiment was killed has stopped, although no event says so."""
        if self.status.state in jobs.ACTIVE:
            return self.told
        return {
            name: replace(one, state="stopped") if one.state == "running" else one
            for name, one in self.told.items()
        }

    @property
    def counts(self) -> Mapping[TrainingState, int]:
        """How many trainings are in each state."""
        return Counter(one.state for one in self.trainings.values())

    def of_cell(self, cell: CellKey) -> list[TrainingProgress]:
        """The trainings of a cell, by their seeds."""
        return [self.trainings[name] for name in self.listed.cells[cell]]

    def aucs(self, cell: CellKey) -> list[float | None]:
        """The AUCs of the trainings of a cell that have finished, by their seeds."""
        done = (one.tests.get(cell.test) for one in self.of_cell(cell) if one.state == "finished")
        return [figure.auc if figure is not None else None for figure in done]


def training_folder(folder: Path, name: str) -> Path:
    """Where a training of the experiment in `folder` lies."""
    return folder / TRAININGS / name


class TrainingEvents:
    """What the events of an experiment say of its trainings: by name, fields of
    `TrainingProgress`."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.trainings: dict[str, dict[str, Any]] = {}

    def feed(self, events: Iterable[JobEvent]) -> None:
        """Take in what is new."""
        for event in events:
            if isinstance(event, WarningEvent):
                self.warnings.append(event.message)
            elif isinstance(event, TrainingEvent):
                self.trainings.setdefault(event.name, {}).update(_told_by(event))


class ExperimentReader(RunReader[ExperimentState, TrainingEvents]):
    """Reads the folder of an experiment as it grows, its plan with the first events; no score is
    read."""

    kind = EXPERIMENT

    @cached_property
    def _plan(self) -> tuple[ExperimentPlan, TrainingList]:
        plan = read_plan(self.run_dir / PLAN_FILE, folders=False)
        return plan, list_trainings(plan)

    def begin(self) -> None:
        self._log = TrainingEvents()

    def check(self, status: JobStatus) -> None:
        if status.kind != EXPERIMENT.name:
            raise StudioError(
                f"{shown_path(self.run_dir)} holds no experiment but a {status.kind} job."
            )

    def run_at(self, status: JobStatus) -> ExperimentState:
        plan, listed = self._plan
        told = self._log.trainings
        return ExperimentState(
            self.run_dir,
            plan,
            listed,
            status,
            {
                one.name: TrainingProgress(
                    one, training_folder(self.run_dir, one.name), **told.get(one.name, {})
                )
                for one in listed.trainings
            },
            tuple(self._log.warnings),
            identity_of(self.run_dir),
            (self.run_dir / LEAKAGE_FILE).is_file(),
        )


def read_experiment(folder: Path) -> ExperimentState:
    """The experiment in a folder. Raises StudioError where there is none."""
    if not (folder / PLAN_FILE).is_file():
        raise StudioError(f"{shown_path(folder)} holds no experiment: it has no {PLAN_FILE}.")
    return ExperimentReader(folder.absolute()).read()


def test_figures(tests: object) -> dict[str, TestFigure]:
    """The results of a training by test set, as its events tell them."""
    found = tests.items() if isinstance(tests, dict) else ()
    return {
        str(name): TestFigure(*(finite(one.get(key)) for key in ("auc", "low", "high")))
        for name, one in found
        if isinstance(one, dict)
    }


test_figures.__test__ = False  # type: ignore[attr-defined]


def _told_by(event: TrainingEvent) -> dict[str, Any]:
    """The fields of `TrainingProgress` that an event changes."""
    state = _STATES.get(event.state)
    if state is None:
        return {}
    told: dict[str, Any] = {"state": state, "error": event.error}
    if state == "finished":
        told |= {"seconds": event.seconds, "parts": event.parts, "tests": test_figures(event.tests)}
    return told


class LeakingImage(NamedTuple):
    """An image of a test set that a training has seen: its file, and its square for a crop."""

    file: str
    square: tuple[float, float, float] | None = None


def part_key(part: MixFolder) -> str:
    """How a folder, or the part of it that is trained on, is called in the record."""
    return str(part.folder) if part.count is None else f"{part.count} of {part.folder}"


@dataclass(frozen=True)
class LeakageRecord:
    """The images of each test set that are also in a folder of the mixes, or the part of it that is
    trained on: by `part_key` and test."""

    leaking: Mapping[str, Mapping[str, tuple[LeakingImage, ...]]]

    def of(self, folders: Iterable[MixFolder], test: str) -> set[LeakingImage]:
        """The images of `test` that a training on these folders has seen."""
        found = (self.leaking.get(part_key(folder), {}).get(test, ()) for folder in folders)
        return {image for images in found for image in images}

    def write(self, folder: Path) -> None:
        """Keep it in the folder of an experiment."""
        told = {
            f: {t: [list(i) for i in own] for t, own in of.items()}
            for f, of in self.leaking.items()
        }
        write_json(folder / LEAKAGE_FILE, {"leaking": told})


def read_leakage(folder: Path) -> LeakageRecord | None:
    """What was found before an experiment; None where nothing was looked for. Raises StudioError
    for a file that cannot be read."""
    path = folder / LEAKAGE_FILE
    try:
        told = read_json(path)["leaking"]
        return LeakageRecord(
            {
                f: {
                    t: tuple(LeakingImage(i[0], tuple(i[1]) if i[1] else None) for i in own)
                    for t, own in of.items()
                }
                for f, of in told.items()
            }
        )
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return None
        raise
    except (KeyError, TypeError, IndexError, AttributeError):
        raise StudioError(f"{shown_path(path)} is not a record of leakage: remove it.") from None
