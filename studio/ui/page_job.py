"""The job that a page begins, follows and stops: one at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.ui.background import Task
from studio.ui.jobs_model import JobsModel, WatchedJob

if TYPE_CHECKING:
    from studio.jobs.event_models import JobEvent


@dataclass
class _StartingJob:
    """A job whose process is being started; `stop` once it is not wanted any more."""

    title: str
    stop: bool = False


class PageJob(QObject):
    """`started` when there is a process; `changed`, `said` and `ended` are what the jobs model
    tells of it. `failed(error, awaited)` when none could be started, `awaited` if the page has not
    left it meanwhile.

    A page is busy with it from `begin` on, and `stop` works from there on.
    """

    started = Signal()
    changed = Signal(object)  # WatchedJob
    said = Signal(object, list)  # WatchedJob, its new events
    ended = Signal(object)  # WatchedJob
    failed = Signal(object, bool)

    def __init__(self, jobs: JobsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._beginning: _StartingJob | None = None
        self.run_dir: Path | None = None
        jobs.changed.connect(self._changed)
        jobs.events.connect(self._show_events)
        jobs.ended.connect(self._ended)
        jobs.removed.connect(self._removed)

    @property
    def busy(self) -> bool:
        """Whether a job is being started or followed."""
        return self._beginning is not None or self.run_dir is not None

    def begin(self, work: Callable[[], Path], title: str) -> bool:
        """Let `work` start a job off the Qt thread and follow the run folder that it returns.

        False, and nothing begins, while there is one already.
        """
        if self.busy:
            return False
        beginning = self._beginning = _StartingJob(title)
        task = Task(lambda _: work())
        task.done.connect(lambda run_dir: self._job_started(beginning, run_dir))
        task.failed.connect(lambda error: self._start_failed(beginning, error))
        task.start()
        return True

    def follow(self, run_dir: Path, title: str) -> None:
        """Follow a job that is running already."""
        self.run_dir = run_dir
        self._jobs.watch(run_dir, title)
        self.started.emit()

    def stop(self) -> None:
        """Ask the job to stop; one that is being started is asked as soon as it runs."""
        if self._beginning is not None:
            self._beginning.stop = True
        elif self.run_dir is not None:
            self._ask_to_stop(self.run_dir)

    def leave(self) -> None:
        """Stop following the job, such as for another project; the job itself goes on."""
        self._beginning = self.run_dir = None

    def _job_started(self, beginning: _StartingJob, run_dir: Path) -> None:
        if beginning.stop:
            self._ask_to_stop(run_dir)
        if beginning is self._beginning:
            self._beginning = None
            self.follow(run_dir, beginning.title)

    def _start_failed(self, beginning: _StartingJob, error: Exception) -> None:
        awaited = beginning is self._beginning
        if awaited:
            self._beginning = None
        self.failed.emit(error, awaited)

    def _ask_to_stop(self, run_dir: Path) -> None:
        Task(lambda _: self._jobs.stop(run_dir)).start()

    def _changed(self, job: WatchedJob) -> None:
        if job.run_dir == self.run_dir:
            self.changed.emit(job)

    def _show_events(self, job: WatchedJob, events: "list[JobEvent]") -> None:
        if job.run_dir == self.run_dir:
            self.said.emit(job, events)

    def _removed(self, job: WatchedJob) -> None:
        """A job whose folder has gone says no more; of one that is only followed no longer, such
        as with its project, nobody here needs to hear."""
        if not job.run_dir.exists():
            self._ended(job)

    def _ended(self, job: WatchedJob) -> None:
        if job.run_dir == self.run_dir:
            self.run_dir = None
            self.ended.emit(job)
