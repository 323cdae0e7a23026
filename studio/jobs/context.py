"""What a job's function is given: its parameters, a way to speak, and whether to stop."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from studio.jobs.event_models import JobEvent, LogEvent, ProgressEvent, WarningEvent
from studio.jobs.events import EventWriter
from studio.jobs.kinds import JobKind

STOP_FILE = "stop"
Echo = Callable[[JobEvent], None]


class Stopped(Exception):
    """Raised by a job's function that left early because it was asked to; resume goes on."""


Params = TypeVar("Params", bound=BaseModel)


class JobContext(Generic[Params]):
    """Handed to the function of a job's kind.

    `params` are the job file's as the model of the kind, `resumed` says whether an earlier process
    began this run. The function returns when all is done and raises `Stopped` when it left work for
    a resume. Without a `writer` nothing is said: another process speaks for the run.
    """

    # A window repaints only so often; more lines of progress would only fill the file.
    PROGRESS_INTERVAL = 0.1

    def __init__(
        self,
        run_dir: Path,
        kind: JobKind,
        params: Params,
        writer: EventWriter | None,
        *,
        resumed: bool = False,
        echo: Echo | None = None,
    ) -> None:
        self.run_dir = run_dir
        self.params = params
        self._may_say = {model.event: model for model in kind.every_event}
        self.resumed = resumed
        self._writer = writer
        self._echo = echo
        self._stop = threading.Event()
        self._began: tuple[float, int, int] | None = None
        self._last = 0.0

    def emit(self, event: JobEvent) -> None:
        """Append one event to `events.jsonl`."""
        self.relay(event.event, **event.fields)

    def relay(self, event: str, **fields: Any) -> None:
        """Append an event of code that knows no jobs; values are JSON values, paths or numpy
        numbers. Raises ValueError for an event that `studio.jobs.kinds` does not give this kind."""
        model = self._may_say.get(event)
        if model is None:
            raise ValueError(f"A job of this kind says nothing called {event!r}.")
        if self._writer is None:
            return
        written = self._writer.write(event, fields)
        if self._echo is not None and (heard := model.of(written)) is not None:
            self._echo(heard)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far it is. May be called for every item: only some reach the file, the last
        (done = total) always. Time left is from the pace of this process alone; another total is
        another phase of the work, with a pace of its own. At the end of a phase none is told: what
        follows may take a while."""
        clock = time.monotonic()
        if self._began is None or self._began[2] != total:
            self._began = (clock, done, total)
        elif done < total and clock - self._last < self.PROGRESS_INTERVAL:
            return
        self._last = clock
        began, first, _ = self._began
        pace = (done - first) / (clock - began) if clock > began else 0.0
        eta = (total - done) / pace if pace > 0 and done < total else None
        self.relay(ProgressEvent.event, done=done, total=total, message=message, eta_s=eta)

    def log(self, message: str) -> None:
        """Say something for the run's history."""
        self.emit(LogEvent(message=message))

    def warning(self, message: str) -> None:
        """Say something that the user should know although the work goes on."""
        self.emit(WarningEvent(message=message))

    def stop(self) -> None:
        """Ask this job to stop, from a signal handler or another thread."""
        self._stop.set()

    def stop_requested(self) -> bool:
        """Whether to leave at the next safe place. Cheap enough to ask at every item."""
        if not self._stop.is_set() and (self.run_dir / STOP_FILE).exists():
            self._stop.set()
        return self._stop.is_set()

    def raise_if_stopped(self) -> None:
        """Leave by `Stopped` when asked to stop."""
        if self.stop_requested():
            raise Stopped
