"""What a job's function is given: its parameters, a way to speak, and whether to stop."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.jobs.events import EventWriter

STOP_FILE = "stop"
Echo = Callable[[dict[str, Any]], None]


class Stopped(Exception):
    """Raised by a job's function that left early because it was asked to; resume goes on."""


class Params(dict[str, Any]):
    """The parameters of a job file; one that is lacking is a sentence and not a KeyError."""

    def __missing__(self, name: str) -> Any:
        raise StudioError(f"The job file of this run does not say its “{name}”.")

    def path(self, name: str) -> Path:
        """A parameter that is a path. Raises StudioError for anything else."""
        value = self[name]
        if not isinstance(value, str) or "\0" in value:
            raise StudioError(f"The “{name}” in the job file of this run is not a path.")
        return Path(value)

    def text(self, name: str) -> str:
        """A parameter that is text. Raises StudioError for anything else."""
        value = self[name]
        if not isinstance(value, str):
            raise StudioError(f"The “{name}” in the job file of this run is not text.")
        return value

    def table(self, name: str) -> dict[str, Any]:
        """A parameter that has parts with names. Raises StudioError for anything else."""
        value = self[name]
        if not isinstance(value, dict):
            raise StudioError(f"The “{name}” in the job file of this run has no parts with names.")
        return value

    def whole(self, name: str) -> int:
        """A parameter that is a whole number. Raises StudioError for anything else."""
        value = self[name]
        if type(value) is not int or abs(value) >= 1 << 63:
            raise StudioError(f"The “{name}” in the job file of this run is not a whole number.")
        return value


class JobContext:
    """Handed to the function of a job's kind.

    `params` are the job file's, `resumed` says whether an earlier process began this run. The
    function returns when all is done and raises `Stopped` when it left work for a resume. Without
    a `writer` nothing is said: another process speaks for the run.
    """

    # A window repaints at a human pace; a million lines of progress help nobody.
    PROGRESS_INTERVAL = 0.1

    def __init__(
        self,
        run_dir: Path,
        params: dict[str, Any],
        writer: EventWriter | None,
        *,
        resumed: bool = False,
        echo: Echo | None = None,
    ) -> None:
        self.run_dir = run_dir
        self.params = Params(params)
        self.resumed = resumed
        self._writer = writer
        self._echo = echo
        self._stop = threading.Event()
        self._began: tuple[float, int, int] | None = None
        self._last = 0.0

    def emit(self, event: str, **fields: Any) -> None:
        """Append one event to `events.jsonl`; values are JSON values, paths or numpy numbers."""
        if self._writer is None:
            return
        written = self._writer.write(event, fields)
        if self._echo is not None:
            self._echo(written)

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
        self.emit("progress", done=done, total=total, message=message, eta_s=eta)

    def log(self, message: str) -> None:
        """Say something for the run's history."""
        self.emit("log", message=message)

    def warning(self, message: str) -> None:
        """Say something that the user should know although the work goes on."""
        self.emit("warning", message=message)

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
