"""Keeps the list of runs fresh: read in the background, more often while one of them lives."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from studio.ui.background import Task
from studio.ui.settings import Settings
from studio.ui.train.follower import LIVE
from studio.ui.train.runs import RunSummary, list_runs

if TYPE_CHECKING:
    from studio.project import Project

POLL_MS = 2000
_SETTING = "recent_runs"
_MOST_RECENT = 12


class RunHistory(QObject):
    """`changed(list[RunSummary])`, newest first."""

    changed = Signal(list)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._project: Project | None = None
        self._reading = self._again = False
        self.runs: list[RunSummary] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.refresh)

    @property
    def reading(self) -> bool:
        return self._reading

    def set_project(self, project: "Project | None") -> None:
        """List another project's runs."""
        self._project, self.runs = project, None
        self.refresh()

    def remember(self, run_dir: Path) -> None:
        """List a folder of another place from now on."""
        known = [path for path in self.others() if path != run_dir]
        kept = [str(run_dir), *(str(path) for path in known)][:_MOST_RECENT]
        self._settings.set(_SETTING, kept)
        self.refresh()

    def others(self) -> list[Path]:
        """Run folders of other places that were opened lately."""
        return [Path(p) for p in self._settings.get(_SETTING, []) if isinstance(p, str)]

    def refresh(self) -> None:
        """Read the list again."""
        project, others = self._project, self.others()
        if project is None:
            self._timer.stop()
            return
        if self._reading:
            self._again = True
            return
        self._reading = True
        task = Task(lambda _: list_runs(project, others))
        task.done.connect(lambda runs: self._take(project, runs))
        task.ended.connect(self._read)
        task.start()

    def close(self) -> None:
        self._timer.stop()
        self._project = None

    def _take(self, project: "Project", runs: list[RunSummary]) -> None:
        if project is not self._project:
            return
        if any(run.state in LIVE for run in runs):
            self._timer.start()
        else:
            self._timer.stop()
        if runs != self.runs:
            self.runs = runs
            self.changed.emit(runs)

    def _read(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.refresh()
