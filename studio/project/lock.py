"""`project.lock`: who is editing a project.

The file names a process by host, id and start time. It is taken and given back under a short lock
of the operating system, so that two studios that start together cannot both win. That lock is not
held while editing: a child of a killed studio would inherit it and keep the project shut, whereas
a process that is gone is gone.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from studio.processes import is_running, start_of
from studio.project.records import now, plain

NAME = "project.lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that edits a project; `started` identifies it together with host and pid."""

    host: str
    user: str
    pid: int
    started: str
    reviewer: str
    since: str  # UTC, ISO 8601

    @classmethod
    def this_process(cls, reviewer: str) -> "Holder":
        """The holder that this process would be."""
        pid = os.getpid()
        return cls(socket.gethostname(), _user(), pid, start_of(pid) or "", plain(reviewer), now())

    @property
    def here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == socket.gethostname()

    def is_gone(self) -> bool:
        """Whether it certainly runs no more; another host's processes cannot be asked."""
        return self.here and not is_running(self.pid, self.started)

    def __str__(self) -> str:
        since = datetime.fromisoformat(self.since).astimezone()
        today = since.date() == datetime.now().astimezone().date()
        when = since.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")
        who = self.reviewer or self.user
        return f"{who} on host {self.host} since {when} (process {self.pid})"


def take(folder: Path, reviewer: str) -> Holder | None:
    """Make this process the editor of the project in `folder`.

    Returns None when it is, else who holds it. A holder that is gone is replaced. Raises OSError
    where the folder cannot be written.
    """
    with _guarded(folder / NAME) as descriptor:
        holder = _read(descriptor)
        if holder is not None and not holder.is_gone():
            return holder
        _write(descriptor, json.dumps(asdict(Holder.this_process(reviewer)), indent=1))
    return None


def give_back(folder: Path) -> None:
    """Let the next studio edit; nothing happens unless this process holds the lock."""
    path = folder / NAME
    if not path.exists():
        return
    with _guarded(path) as descriptor:
        holder = _read(descriptor)
        if holder is None or not holder.here or holder.pid != os.getpid():
            return
        _write(descriptor, "")
        if os.name == "posix":  # an open file cannot be removed elsewhere, and empty will do
            path.unlink()


def holder_of(folder: Path) -> Holder | None:
    """Who edits the project now, None when nobody does."""
    path = folder / NAME
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        holder = _read(descriptor)
    finally:
        os.close(descriptor)
    return None if holder is None or holder.is_gone() else holder


@contextmanager
def _guarded(path: Path) -> Iterator[int]:
    """The open lock file, while no other process has it open this way."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            # Whoever had it before may have removed the file that was opened here.
            if _same_file(descriptor, path):
                yield descriptor
                return
        finally:
            os.close(descriptor)  # gives the lock of the operating system back, too


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> Holder | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        holder = Holder(**json.loads(os.read(descriptor, 65_536)))
        datetime.fromisoformat(holder.since)
    except (ValueError, TypeError):
        # Empty, or cut by a crash in the middle of the takeover: nobody was let in by it.
        return None
    return holder if isinstance(holder.pid, int) else None


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text.encode())
    os.fsync(descriptor)


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or "someone"


if sys.platform != "win32":
    import fcntl

    def _lock(descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            # Some network file systems have no locks; the content of the file still decides.
            return

else:
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # a byte that nobody reads
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
