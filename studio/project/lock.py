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

from studio.errors import StudioError
from studio.files import open_in_place
from studio.opening import FileProblem, FileRefused, open_regular, parse_json, shown_text
from studio.processes import is_running, start_of
from studio.project.records import now, plain
from studio.wording import moment

NAME = "project.lock"
MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that edits a project; `started` identifies it together with host and pid.

    `since` tells the projects that one process opened one after the other apart.
    """

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
        who = shown_text(self.reviewer or self.user, 60)
        host, since = shown_text(self.host, 60), moment(self.since)
        return f"{who} on host {host} since {since} (process {self.pid})"


def acquire(folder: Path, me: Holder) -> Holder | None:
    """Make `me`, this process, the editor of the project in `folder`.

    Returns None when it is, else who holds it. A holder that is gone is replaced. Raises OSError
    where the folder cannot be written.
    """
    with guarded(folder / NAME) as descriptor:
        holder = _read(descriptor)
        if holder is not None and not holder.is_gone():
            return holder
        _write(descriptor, json.dumps(asdict(me), indent=1))
    return None


def give_back(folder: Path, me: Holder) -> None:
    """Let the next studio edit; nothing happens unless `me` still holds the lock."""
    path = folder / NAME
    if not path.is_file() or path.is_symlink():
        return
    with guarded(path) as descriptor:
        holder = _read(descriptor)
        if holder != me:
            return
        _write(descriptor, "")
        if os.name == "posix":  # an open file cannot be removed elsewhere, and empty will do
            path.unlink()


def holder_of(folder: Path) -> Holder | None:
    """Who edits the project now, None when nobody does. Raises FileRefused for a lock that is not a
    plain file."""
    try:
        with open_regular(folder / NAME, follow_links=False) as file:
            holder = _read(file.fileno())
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return None
        raise
    return None if holder is None or holder.is_gone() else holder


def take_over(folder: Path, me: Holder, asked: Holder) -> Holder | None:
    """Make `me`, this process, the editor in place of `asked`, a process of another machine that a
    person has said to be gone.

    Returns None when it is, else who holds the lock by now: another than was asked about, or a
    process of this machine that runs.
    """
    with guarded(folder / NAME) as descriptor:
        holder = _read(descriptor)
        if holder is not None and not holder.is_gone() and (holder.here or holder != asked):
            return holder
        _write(descriptor, json.dumps(asdict(me), indent=1))
    return None


@contextmanager
def guarded(path: Path) -> Iterator[int]:
    """The open lock file, made when it is absent, while nothing else has it open this way.

    The block may remove the file at its end.
    """
    while True:
        # Refuses a link, a hard link, a FIFO: what it writes, it would write to somebody's file.
        with open_in_place(path, create=True) as file:
            descriptor = file.fileno()
            if os.fstat(descriptor).st_size > MAX_BYTES:
                raise StudioError(f"{path} is not a lock of the studio: move it elsewhere.")
            _lock(descriptor)  # closing the file gives it back, too
            # Whoever had it before may have removed the file that was opened here.
            if _same_file(descriptor, path):
                yield descriptor
                return


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> Holder | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        holder = Holder(**parse_json(os.read(descriptor, MAX_BYTES)))
        datetime.fromisoformat(holder.since).astimezone()
    except (ValueError, TypeError, OverflowError):
        # Empty, or cut by a crash in the middle of the takeover: nobody was let in by it.
        return None
    texts = (holder.host, holder.user, holder.started, holder.reviewer)
    if type(holder.pid) is not int or not all(isinstance(text, str) for text in texts):
        return None
    return holder if 0 < holder.pid < 1 << 32 else None


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
