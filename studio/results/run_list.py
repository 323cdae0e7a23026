"""The training runs that there are: those of the project and folders opened lately, at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobKind
from studio.jobs.event_models import NetworkStepEvent, SnapshotEvent
from studio.jobs.events import read_ends
from studio.jobs.kinds import CLASSIFIER_LAST, NETWORK_TRAINING, TRAIN
from studio.jobs.spec import JOB_FILE
from studio.opening import FileRefused, finite, open_regular, parse_json, read_json
from studio.results.run_identity import UNNUMBERED, RunIdentity, identity_of

HISTORY_FILE = "history.json"
METRICS = "metrics.jsonl"  # of a GAN, one line a snapshot
_MOST_HISTORY = 50 * 1024 * 1024  # bytes; a real one has some kilobytes an epoch
_LINE = 64 * 1024  # bytes from the end of METRICS; a line has some kilobytes


class ListedFolder(Protocol):
    """A run in the list of a project."""

    @property
    def folder(self) -> Path: ...


class RunStore(Protocol):
    """The list of runs that a project keeps, oldest first."""

    def list(self, *kinds: str) -> Sequence[ListedFolder]: ...


class RunsOwner(Protocol):
    """A project, as far as its runs are concerned."""

    @property
    def path(self) -> Path: ...
    @property
    def runs(self) -> RunStore: ...


@dataclass(frozen=True)
class RunSummary:
    """One run in a list. `fault` says why it cannot be read, "" where it can."""

    run_dir: Path
    title: str
    state: str
    started: str = ""
    fault: str = ""
    identity: RunIdentity = UNNUMBERED


@dataclass(frozen=True)
class ClassifierSummary(RunSummary):
    """The AUC and the pace are the last epoch's, None where there is none."""

    epochs: int = 0
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    has_model: bool = False
    images_per_s: float | None = None


@dataclass(frozen=True)
class GanSummary(RunSummary):
    """How far a training is, and the KID of its last snapshot; None where unknown."""

    kimg: float | None = None
    kid: float | None = None


def list_runs(project: RunsOwner | None, others: Sequence[Path] = ()) -> list[ClassifierSummary]:
    """Trainings of classifiers, newest first: the project's, also those that the command line wrote
    among them, then other folders."""
    found = map(classifier_summary, folders_of(project, TRAIN, others))
    return [one for one in found if one is not None]


def list_gan_runs(project: RunsOwner | None, others: Sequence[Path] = ()) -> list[GanSummary]:
    """Trainings of GANs, newest first: the project's, then other folders."""
    found = map(gan_summary, folders_of(project, NETWORK_TRAINING, others))
    return [one for one in found if one is not None]


def runs_with_model(project: RunsOwner, others: Sequence[Path] = ()) -> list[ClassifierSummary]:
    """Classifiers that have a model to evaluate, newest first."""
    return [run for run in list_runs(project, others) if run.has_model]


def folders_of(project: RunsOwner | None, kind: JobKind, others: Sequence[Path]) -> list[Path]:
    """The folders of one kind of runs, newest first: the project's, then others, each once."""
    listed: list[Path] = []
    if project is not None:
        listed = [run.folder for run in project.runs.list(*kind.names)][::-1]
    if project is not None and kind is TRAIN:
        listed += _folders_of_jobs(project.path / "runs")
    return list(dict.fromkeys([*listed, *others]))


def _folders_of_jobs(folder: Path) -> list[Path]:
    """The folders there that hold a job, the newest first."""
    try:
        found = [path for path in folder.iterdir() if (path / JOB_FILE).is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def classifier_summary(run_dir: Path) -> ClassifierSummary | None:
    """A training at a glance; None for a folder that holds none.

    One that cannot be read is named with the reason, so that it does not hide the others.
    """
    found = plain_summary(run_dir, TRAIN)
    if found is None:
        return None
    if found.state == "unreadable":
        return ClassifierSummary(**vars(found))
    epochs = _epochs(run_dir / HISTORY_FILE)
    last = epochs[-1] if epochs else {}
    return ClassifierSummary(
        **vars(found),
        epochs=len(epochs),
        auc=finite(last.get("auc")),
        low=finite(last.get("auc_low")),
        high=finite(last.get("auc_high")),
        has_model=(run_dir / CLASSIFIER_LAST).is_file(),
        images_per_s=finite(last.get("images_per_s")),
    )


def gan_summary(run_dir: Path) -> GanSummary | None:
    """As `classifier_summary`, of the training of a GAN."""
    found = plain_summary(run_dir, NETWORK_TRAINING)
    if found is None:
        return None
    if found.state == "unreadable":
        return GanSummary(**vars(found))
    _, tail = read_ends(run_dir)
    lines = [line for _, line in tail]
    steps = jobs.parse_events(lines, NetworkStepEvent)
    snapshots = jobs.parse_events(lines, SnapshotEvent)
    told = snapshots[-1].metrics if snapshots else None
    kimg = steps[-1].kimg if steps else None
    return GanSummary(**vars(found), kimg=kimg, kid=_last_kid(run_dir, told))


def plain_summary(run_dir: Path, kind: JobKind) -> RunSummary | None:
    """What every run has in a list, with a `fault` where it cannot be read; None for a folder that
    holds no run of this kind."""
    status = jobs.listed_status(run_dir)
    if status is None or (status.kind != kind.name and status.state != "unreadable"):
        return None
    identity = identity_of(run_dir)
    if status.state == "unreadable":
        return RunSummary(
            run_dir, run_dir.name, status.state, fault=status.error or "", identity=identity
        )
    return RunSummary(run_dir, status.title, status.state, status.started or "", identity=identity)


def _epochs(path: Path) -> list[dict[str, Any]]:
    try:
        found = read_json(path, _MOST_HISTORY).get("epochs", [])
    except (StudioError, AttributeError):
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _last_kid(run_dir: Path, metrics: Any) -> float | None:
    """The KID of the last snapshot: as just told, or from the history that lies beside it."""
    if not metrics:
        lines = _tail(run_dir / METRICS).splitlines()
        found = next((one for one in map(_json, reversed(lines)) if one), {})
        metrics = found.get("metrics")
    return finite(metrics.get("kid")) if isinstance(metrics, dict) else None


def _tail(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LINE))
            return file.read(_LINE)
    except (OSError, FileRefused):
        return b""


def _json(line: bytes) -> dict[str, Any]:
    try:
        found = parse_json(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
