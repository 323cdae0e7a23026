"""The long jobs that the window watches: their state, progress and events, read off the Qt thread.

A job lives in its own process and writes to its run folder; this only looks, so closing the
window does not touch it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from studio.results import RUNNING_STATES
from studio.ui.background import Control, Task

if TYPE_CHECKING:
    from studio.jobs import JobStatus
    from studio.jobs.event_models import JobEvent

POLL_MS = 250


@dataclass
class WatchedJob:
    """One run folder and what was last read from it."""

    run_dir: Path
    title: str
    status: "JobStatus | None" = None
    offset: int = 0
    events: "list[JobEvent]" = field(default_factory=list)
    in_sight: bool = False  # its end shows where it was asked for: nothing more is to be said

    @property
    def kind(self) -> str:
        """The name of its kind, "" before it was read."""
        return self.status.kind if self.status is not None else ""

    @property
    def live(self) -> bool:
        return self.status is None or str(self.status.state) in RUNNING_STATES


class JobsModel(QObject):
    """Jobs by run folder, in the order they were watched."""

    added = Signal(object)  # WatchedJob
    changed = Signal(object)  # WatchedJob, its status is new
    events = Signal(object, list)  # WatchedJob, its new events (studio.jobs.event_models)
    ended = Signal(object)  # WatchedJob, once, when it is no longer live
    removed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[Path, WatchedJob] = {}
        self._reading = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    def all(self) -> list[WatchedJob]:
        return list(self._jobs.values())

    def live(self) -> list[WatchedJob]:
        return [job for job in self._jobs.values() if job.live]

    def get(self, run_dir: Path) -> WatchedJob | None:
        return self._jobs.get(Path(run_dir))

    def watch(self, run_dir: Path, title: str = "") -> WatchedJob:
        """Follow a run folder; its whole history arrives as events first."""
        run_dir = Path(run_dir)
        job = self._jobs.get(run_dir)
        if job is None:
            job = WatchedJob(run_dir, title or run_dir.name)
            self._jobs[run_dir] = job
            self.added.emit(job)
        elif not job.live:
            job.status = None  # resumed: it may live again
        self._timer.start()
        return job

    def forget(self, run_dir: Path) -> None:
        """Stop following a run; the job itself goes on."""
        job = self._jobs.pop(Path(run_dir), None)
        if job is not None:
            self.removed.emit(job)

    def clear(self) -> None:
        for run_dir in list(self._jobs):
            self.forget(run_dir)

    def stop(self, run_dir: Path) -> None:
        """Ask a job to stop where it can be resumed; may be called from any thread."""
        from studio import jobs

        jobs.request_stop(Path(run_dir))

    def close(self) -> None:
        """Stop polling the jobs."""
        self._timer.stop()
        self._jobs.clear()

    def _poll(self) -> None:
        live = self.live()
        if not live:
            self._timer.stop()
            return
        if self._reading:
            return
        self._reading = True
        wanted = [(job.run_dir, job.offset) for job in live]
        task = Task(lambda _: [read_run(run_dir, offset) for run_dir, offset in wanted])
        task.done.connect(self._store_found)
        task.failed.connect(self._read_failed)
        task.start()

    def _read_failed(self, _error: object) -> None:
        self._reading = False  # a folder that went away: the next look sees it

    def _store_found(
        self, found: "list[tuple[Path, JobStatus | None, list[JobEvent], int]]"
    ) -> None:
        self._reading = False
        for run_dir, status, events, offset in found:
            job = self._jobs.get(run_dir)
            if job is None:
                continue
            if status is None:
                self.forget(run_dir)
                continue
            new = status != job.status
            job.status, job.offset = status, offset
            job.events.extend(events)
            if events:
                self.events.emit(job, events)
            if new:
                self.changed.emit(job)
            if not job.live:
                self.ended.emit(job)


def read_run(
    run_dir: Path, offset: int, _control: Control | None = None
) -> "tuple[Path, JobStatus | None, list[JobEvent], int]":
    """A run's status and the events of its kind after `offset`; status None when the folder is
    gone."""
    from studio import jobs

    if not run_dir.is_dir():
        return run_dir, None, [], offset
    # Status before events: when it says finished, every event has been written.
    status = jobs.status(run_dir)
    lines, new_offset = jobs.read_events(run_dir, offset)
    return run_dir, status, jobs.parse_events(lines, *jobs.kind_of(status.kind).events), new_offset
