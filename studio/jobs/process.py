"""Which process runs a job, told apart from a later process that was given the same number."""

import json
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from studio import files
from studio.errors import StudioError
from studio.opening import FileProblem, FileRefused, read_json
from studio.processes import start_of

DYING_S = 10.0
"""A killed process is dead before the system has taken all of its locks away: so long at most."""

PROCESS_FILE = "process.json"
LOCK_FILE = "run.lock"
_MAX_BYTES = 65_536


@dataclass(frozen=True)
class RunHolder:
    """The process that runs, or last ran, a job.

    `offset` is how long `events.jsonl` was when it was launched: states said before that are an
    earlier process's.
    """

    pid: int
    birth: str
    host: str
    offset: int

    @classmethod
    def of(cls, pid: int, offset: int) -> Self:
        """The process `pid` of this machine."""
        return cls(pid, start_of(pid) or "gone", socket.gethostname(), offset)

    def write(self, run_dir: Path) -> None:
        """Record it in the run folder."""
        files.write_text(run_dir / PROCESS_FILE, json.dumps(asdict(self)) + "\n")

    @property
    def here(self) -> bool:
        """Whether it ran on this machine."""
        return self.host == socket.gethostname()

    def alive(self) -> bool:
        """Whether it still runs. Of another machine's process (a cluster node) we cannot know,
        and the run's own last word has to do."""
        return not self.here or start_of(self.pid) == self.birth


def read_holder(run_dir: Path) -> RunHolder | None:
    """The process recorded in a run folder, None where no process ever took it.

    Raises StudioError for a file that cannot be read or names no process.
    """
    path = run_dir / PROCESS_FILE
    try:
        found = read_json(path, _MAX_BYTES)
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return None
        raise
    try:
        holder = RunHolder(found["pid"], found["birth"], found["host"], found["offset"])
    except (KeyError, TypeError):
        raise StudioError(f"{path} does not name a process: remove it to go on.") from None
    numbers = type(holder.pid) is int and type(holder.offset) is int
    texts = isinstance(holder.birth, str) and isinstance(holder.host, str)
    if not (numbers and texts and 0 < holder.pid < 1 << 32 and 0 <= holder.offset < 1 << 62):
        raise StudioError(f"{path} does not name a process: remove it to go on.")
    return holder


_held: set[Path] = set()


class RunLock:
    """At most one process works in a run folder; the system lets go when that process dies.

    A POSIX record lock and not flock: a worker that outlives a killed job must not keep its run.
    """

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir.resolve() / LOCK_FILE
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        # Record locks do not see a second holder in the same process, so that is kept here. It
        # also must be asked first: closing any handle of the file would drop the lock.
        if self._path in _held:
            raise self._busy()
        file = files.open_append(self._path)
        try:
            self._wait_for_lock(file)
        except BaseException:
            file.close()
            raise
        _held.add(self._path)
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        _held.discard(self._path)
        if self._file is not None:
            self._file.close()

    def _wait_for_lock(self, file: IO[bytes]) -> None:
        end = time.monotonic() + DYING_S
        while not _lock(file):
            holder = read_holder(self._path.parent)
            if (holder is not None and holder.alive()) or time.monotonic() > end:
                raise self._busy()
            time.sleep(0.05)

    def _busy(self) -> StudioError:
        holder = read_holder(self._path.parent)
        by = f" by process {holder.pid} on {holder.host}" if holder else ""
        return StudioError(f"{self._path.parent} is already being run{by}; stop it first.")


def _lock(file: IO[bytes]) -> bool:
    """Lock the file for this process; False where another one has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
