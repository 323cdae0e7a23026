"""Reads a run folder as it grows. Called from a background thread, one call at a time."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from studio import jobs
from studio.jobs import JobKind, JobStatus
from studio.jobs.event_models import JobEvent
from studio.results.run_identity import RunIdentity


class RunState(Protocol):
    """A run at one moment, a dataclass that does not change afterwards."""

    @property
    def run_dir(self) -> Path: ...
    @property
    def status(self) -> JobStatus: ...
    @property
    def title(self) -> str: ...
    @property
    def identity(self) -> RunIdentity: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...


class EventLog(Protocol):
    """What gathers the events of a run."""

    def feed(self, events: Iterable[JobEvent]) -> None: ...


Run = TypeVar("Run", bound=RunState)
Log = TypeVar("Log", bound=EventLog)


class RunReader(Generic[Run, Log]):
    """One run folder. A subclass says of what `kind` the run is, what gathers its events and what
    is made of them."""

    kind: ClassVar[JobKind]

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._offset = 0
        self._last: Run | None = None
        self.begin()

    def begin(self) -> None:
        """Make an empty `_log`: nothing is read yet, or the events are other ones now."""
        self._log: Log
        raise NotImplementedError

    def run_at(self, status: JobStatus) -> Run:
        """The run as `_log` has it."""
        raise NotImplementedError

    def check(self, status: JobStatus) -> None:
        """Raise StudioError for a run of another kind."""

    def read(self) -> Run:
        """Read what is new; the same object where nothing is. Raises StudioError for a folder that
        holds no such run."""
        # Status before events: when it says finished, every event has been written.
        status = jobs.status(self.run_dir)
        self.check(status)
        lines, offset = jobs.read_events(self.run_dir, self._offset)
        if offset < self._offset:
            self.begin()
        self._offset = offset
        if self._last is None or lines:
            self._log.feed(jobs.parse_events(lines, *self.kind.every_event))
            self._last = self.run_at(status)
        elif status != self._last.status:
            self._last = replace(self._last, status=status)  # type: ignore[type-var]
        return self._last
