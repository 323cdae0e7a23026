"""Which process runs a job, told apart from a later process that was given the same number."""

import json
import platform
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from studio.errors import StudioError
from studio.jobs.spec import write_atomic

DYING_S = 10.0
"""A killed process is dead before the system has taken all of its locks away: so long at most."""

PROCESS_FILE = "process.json"
LOCK_FILE = "run.lock"


def birth(pid: int) -> str | None:
    """A token of when process `pid` began, or None where no such process lives.

    The pair (pid, birth) never comes twice on one machine, so a number that the system has given
    to another program since is not taken for ours. A zombie counts as dead.
    """
    if sys.platform == "win32":
        return _birth_windows(pid)
    if platform.system() == "Linux":
        return _birth_linux(pid)
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return None if len(found) < 2 or found[0].startswith("Z") else found[1].strip()


def _birth_linux(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    # The program's name is in parentheses and may hold anything, so count from the last one.
    fields = stat[stat.rfind(b")") + 2 :].split()
    return None if fields[0] in (b"Z", b"X") else f"{boot}:{fields[19].decode()}"


def _birth_windows(pid: int) -> str | None:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 (only Windows has it)
    query_limited, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query_limited, False, pid)
    if not handle:
        return None
    try:
        code = ctypes.c_ulong()
        times = [ctypes.c_ulonglong() for _ in range(4)]
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times))
        return str(times[0].value) if code.value == still_active else None
    finally:
        kernel.CloseHandle(handle)


@dataclass(frozen=True)
class Holder:
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
        return cls(pid, birth(pid) or "gone", socket.gethostname(), offset)

    def write(self, run_dir: Path) -> None:
        """Record it in the run folder."""
        write_atomic(run_dir / PROCESS_FILE, json.dumps(asdict(self)) + "\n")

    @property
    def here(self) -> bool:
        """Whether it ran on this machine."""
        return self.host == socket.gethostname()

    def alive(self) -> bool:
        """Whether it still runs. Of another machine's process (a cluster node) we cannot know,
        and the run's own last word has to do."""
        return not self.here or birth(self.pid) == self.birth


def read_holder(run_dir: Path) -> Holder | None:
    """The process recorded in a run folder, None where no process ever took it."""
    try:
        found = json.loads((run_dir / PROCESS_FILE).read_text(encoding="utf-8"))
        return Holder(int(found["pid"]), str(found["birth"]), found["host"], int(found["offset"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StudioError(f"{run_dir / PROCESS_FILE} cannot be read: {error}.") from None


_held: set[Path] = set()


class RunLock:
    """At most one process works in a run folder; the system lets go when that process dies.

    A POSIX record lock and not flock: a worker that outlives a killed job must not keep its run.
    """

    def __init__(self, run_dir: Path) -> None:
        self._path = (run_dir / LOCK_FILE).resolve()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        # Record locks do not see a second holder in the same process, so that is kept here. It
        # also must be asked first: closing any handle of the file would drop the lock.
        if self._path in _held:
            raise self._busy()
        file = self._path.open("a+b")
        end = time.monotonic() + DYING_S
        while not _lock(file):
            holder = read_holder(self._path.parent)
            if (holder is not None and holder.alive()) or time.monotonic() > end:
                file.close()
                raise self._busy()
            time.sleep(0.05)
        _held.add(self._path)
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _held.discard(self._path)
        if self._file is not None:
            self._file.close()

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
