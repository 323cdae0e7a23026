"""Follows one run folder: a background task reads it on a timer and signals what is new."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from studio.results import RUNNING_STATES
from studio.ui.background import Task

if TYPE_CHECKING:
    from studio.jobs import JobStatus

POLL_MS = 400


class FollowedRun(Protocol):
    """A run at one moment; it does not change afterwards."""

    @property
    def run_dir(self) -> Path: ...
    @property
    def status(self) -> "JobStatus": ...


S = TypeVar("S", bound=FollowedRun)


class Follower(QObject, Generic[S]):
    """Emits `changed(S)` when the run has news and `failed(str)` when it cannot be read.

    `reader(run_dir)` makes what reads the folder: its `read()` is called in a background thread,
    one call at a time, and gives the same object again where nothing is new.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, reader: Callable[[Path], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: S | None = None
        self._make = reader
        self._reader: Any = None
        self._reading = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def run_dir(self) -> Path | None:
        return self._reader.run_dir if self._reader else None

    @property
    def live(self) -> bool:
        """Whether more is to come."""
        return self.run is None or self.run.status.state in RUNNING_STATES

    def follow(self, run_dir: Path | None) -> None:
        """Follow another run from its beginning, or none."""
        self.run = None
        self._reader = self._make(run_dir) if run_dir is not None else None
        if self._reader is None:
            self._timer.stop()
        else:
            self._timer.start()
            self.poll()

    def wake(self) -> None:
        """Poll again although the run had ended: it was resumed."""
        if self._reader is not None:
            self._timer.start()

    def close(self) -> None:
        self._timer.stop()
        self._reader = None

    def poll(self) -> None:
        """Read what is new now."""
        reader = self._reader
        if reader is None or self._reading:
            return
        self._reading = True
        task = Task(lambda _: reader.read())
        task.done.connect(lambda run: self._store_run(reader, run))
        task.failed.connect(lambda error: self._report_failure(reader, error))
        task.ended.connect(self._reading_ended)
        task.start()

    def _store_run(self, reader: object, run: S) -> None:
        if reader is not self._reader:
            return
        new = run is not self.run
        self.run = run
        if not self.live:
            self._timer.stop()
        if new:
            self.changed.emit(run)

    def _report_failure(self, reader: object, error: Exception) -> None:
        if reader is self._reader:
            self._timer.stop()
            self.failed.emit(str(error))

    def _reading_ended(self) -> None:
        self._reading = False
        reader = self._reader
        if reader is not None and (self.run is None or reader.run_dir != self.run.run_dir):
            self.poll()  # another run was chosen while this was read
