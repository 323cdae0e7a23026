"""Keeps the list of runs fresh: read in the background, more often while one of them lives."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.results import RUNNING_STATES
from studio.ui.background import CoalescedRefresh, Task
from studio.ui.settings import Settings

if TYPE_CHECKING:
    from studio.project import Project

POLL_MS = 2000
_MOST_RECENT = 12
RECENT_RUNS = "recent_runs"  # the setting that keeps opened trainings of classifiers


Lister = Callable[["Project", Sequence[Path]], list[Any]]


def recent_runs(settings: Settings, setting: str) -> list[Path]:
    """Run folders of other places that were opened lately, as they are kept under a setting."""
    return [Path(path) for path in settings.get(setting, []) if isinstance(path, str)]


class ProjectMemory:
    """What the window remembers of each of the projects that were open lately, under a setting."""

    def __init__(self, settings: Settings, setting: str) -> None:
        self._settings, self._setting = settings, setting

    def get(self, project: "Project | None") -> Any:
        """What was kept of a project; None where nothing was."""
        return self._all().get(str(project.path)) if project is not None else None

    def set(self, project: "Project | None", value: Any) -> None:
        """Keep a JSON value of a project."""
        if project is None or self.get(project) == value:
            return
        known = self._all()
        known.pop(str(project.path), None)
        kept = [*known.items(), (str(project.path), value)]
        self._settings.set(self._setting, dict(kept[-_MOST_RECENT:]))

    def _all(self) -> dict[str, Any]:
        found = self._settings.get(self._setting, {})
        return dict(found) if isinstance(found, dict) else {}


def folder_in(project: "Project", run_dir: Path) -> str:
    """A run as it is remembered of a project: by its name there, or by its path elsewhere."""
    runs = project.path / "runs"
    return run_dir.name if run_dir.parent == runs else str(run_dir)


def folder_of(project: "Project", name: object) -> Path | None:
    """The run that `folder_in` remembered."""
    return project.path / "runs" / name if isinstance(name, str) and name else None


class RunHistory(QObject):
    """`changed(list)` of what `lister(project, other folders)` finds, newest first.

    Folders of other places that were opened lately are kept under `setting`.
    """

    changed = Signal(list)

    def __init__(
        self, settings: Settings, lister: Lister, setting: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings, self._list, self._setting = settings, lister, setting
        self._project: Project | None = None
        self._refreshing = CoalescedRefresh(self.refresh, self)
        self.runs: list[Any] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.refresh)

    @property
    def reading(self) -> bool:
        return self._refreshing.busy

    def set_project(self, project: "Project | None") -> None:
        """List another project's runs."""
        self._project, self.runs = project, None
        self.refresh()

    def remember(self, run_dir: Path) -> None:
        """List a folder of another place from now on."""
        known = [path for path in self.others() if path != run_dir]
        kept = [str(run_dir), *(str(path) for path in known)][:_MOST_RECENT]
        self._settings.set(self._setting, kept)
        self.refresh()

    def others(self) -> list[Path]:
        """Run folders of other places that were opened lately."""
        return recent_runs(self._settings, self._setting)

    def refresh(self) -> None:
        """Read the list again."""
        project, others = self._project, self.others()
        if project is None:
            self._timer.stop()
            return
        if not self._refreshing.begin():
            return
        task = Task(lambda _: self._list(project, others))
        task.done.connect(lambda runs: self._store_runs(project, runs))
        task.ended.connect(self._refreshing.end)
        task.start()

    def close(self) -> None:
        self._timer.stop()
        self._project = None

    def _store_runs(self, project: "Project", runs: list[Any]) -> None:
        if project is not self._project:
            return
        if any(run.state in RUNNING_STATES for run in runs):
            self._timer.start()
        else:
            self._timer.stop()
        if runs != self.runs:
            self.runs = runs
            self.changed.emit(runs)
