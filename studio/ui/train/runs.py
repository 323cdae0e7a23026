"""The training runs that there are: those of the project and folders opened lately."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from studio import jobs
from studio.errors import StudioError
from studio.jobs.spec import JOB_FILE
from studio.opening import read_json
from studio.results.scores import decimal

if TYPE_CHECKING:
    from studio.project import Project

HISTORY_FILE = "history.json"
CHECKPOINT = "last.pt"
_MOST_HISTORY = 50 * 1024 * 1024  # bytes; a real one has some kilobytes an epoch


def tr(text: str) -> str:
    return QCoreApplication.translate("Runs", text)


@dataclass(frozen=True)
class RunSummary:
    """One run in a list. The AUC is the last epoch's, None where there is none."""

    run_dir: Path
    title: str
    state: str
    started: str = ""
    epochs: int = 0
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    has_model: bool = False
    fault: str = ""  # why it cannot be read

    @property
    def figures(self) -> str:
        """The AUC with its interval, or "undefined" where epochs have none."""
        if self.epochs == 0:
            return ""
        if self.auc is None:
            return tr("AUC undefined")
        if self.low is None or self.high is None:
            return tr("AUC {0}").format(decimal(self.auc))
        numbers = decimal(self.auc), decimal(self.low), decimal(self.high)
        return tr("AUC {0} ({1} to {2})").format(*numbers)


def list_runs(project: "Project | None", others: Sequence[Path] = ()) -> list[RunSummary]:
    """Training runs, newest first: the project's, also those that the command line wrote among
    them, then other folders."""
    folders = [run.folder for run in project.runs.list("train")][::-1] if project else []
    beside = _folders_of_jobs(project.path / "runs") if project else []
    return list(_summaries(dict.fromkeys([*folders, *beside, *others])))


def _folders_of_jobs(folder: Path) -> list[Path]:
    """The folders there that hold a job, the newest first."""
    try:
        found = [path for path in folder.iterdir() if (path / JOB_FILE).is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name, reverse=True)


def runs_with_model(project: "Project", others: Sequence[Path] = ()) -> list[RunSummary]:
    """Runs that have a model to evaluate, newest first."""
    return [run for run in list_runs(project, others) if run.has_model]


def _summaries(folders: Iterable[Path]) -> Iterable[RunSummary]:
    for folder in folders:
        found = summary(folder)
        if found is not None:
            yield found


def summary(run_dir: Path) -> RunSummary | None:
    """A run at a glance; None for a folder that holds no training run.

    One that cannot be read is named with the reason, so that it does not hide the others.
    """
    status = jobs.listed_status(run_dir)
    if status is None:
        return None
    if status.state == "unreadable":
        return RunSummary(run_dir, run_dir.name, status.state, fault=status.error or "")
    if status.kind != "train":
        return None
    epochs = _epochs(run_dir / HISTORY_FILE)
    last = epochs[-1] if epochs else {}
    return RunSummary(
        run_dir=run_dir,
        title=status.title,
        state=status.state,
        started=status.started or "",
        epochs=len(epochs),
        auc=_number(last.get("auc")),
        low=_number(last.get("auc_low")),
        high=_number(last.get("auc_high")),
        has_model=(run_dir / CHECKPOINT).is_file(),
    )


def _epochs(path: Path) -> list[dict[str, Any]]:
    try:
        found = read_json(path, _MOST_HISTORY).get("epochs", [])
    except (StudioError, AttributeError):
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and abs(value) < 1e300 else None
