"""Writing files so that a crash, a full disk or a power cut never leaves half of one.

What is written goes to a *part*, a temporary file or folder beside its place, is put on the disk,
and takes its place by a rename: a reader sees the old file or the new one. The part's name says
which process makes it, so that the parts of killed processes can be told from those of running ones
and be swept away (`sweep`, `sweep_left_over`), by the next studio that starts.

- `replacing` opens a part for bytes, `replacing_text` for text;
- `building` gives the path of a part, for folders and for libraries that want a path; what is
  written within it is put on the disk at its end;
- `write_bytes`, `write_text` and `write_json` write what is in memory;
- `open_append` opens a log for appending;
- `temporary_folder` is a folder that is gone afterwards, also when this process is killed.

Nothing here writes through a link: a link at the place of a file is replaced, a log that is a link
is refused.
"""

import atexit
import contextlib
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO

from studio.opening import FileProblem, FileRefused, refused, require_regular, shown_path
from studio.pool import OrderedPool
from studio.processes import start_of

STATE_ENVIRONMENT = "CAN_STUDIO_CONFIG"  # a folder; tests and portable installations set it
_OWNER = r"(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]{1,10})-(?P<start>[0-9a-f]{8})"
# SQLite's own files lie beside a database that is being built.
_PART = re.compile(rf"\.studio-{_OWNER}-[0-9a-f]{{8}}\.part(-wal|-shm|-journal)?")
_NOTE = re.compile(rf"{_OWNER}\.parts")
_SYNCING = 8  # files that are put on the disk at once
_OF_ANOTHER_HOST_S = 7 * 24 * 3600.0  # nobody builds one file for a week
_PLAIN = os.O_CLOEXEC if hasattr(os, "O_CLOEXEC") else 0
_PLAIN |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk: a file that was made or renamed is there after a power
    cut only when its folder is, too. Only POSIX lets one say so; elsewhere this does nothing."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def building(path: Path) -> Iterator[Path]:
    """The path of a part, not made yet, that takes the place of `path` when the block ends.

    The block makes a file or a folder there. When it raises, or makes nothing, `path` stays as it
    was. Either way no part is left. All that the block wrote, and the rename, is on the disk when
    this returns, so that it writes with whatever suits it.
    """
    part = part_beside(path)
    try:
        yield part
        if part.exists():
            _sync_tree(part)
            if part.is_dir() and path.is_dir() and not path.is_symlink():
                path.rmdir()  # only an empty folder is replaced, and Windows replaces none
            part.replace(path)
            sync_folder(path.parent)
    finally:
        remove(part)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True, parts: Path | None = None) -> Iterator[BinaryIO]:
    """A file, open for bytes, that takes the place of `path` when the block ends without an error.

    `durable` puts it on the disk first; leave it out for what can be made again (caches). `parts`
    is another folder of the same disk for the part, where there are many places.
    """
    part = part_beside(path if parts is None else parts / path.name)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | _PLAIN, 0o666)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        part.replace(path)
        if durable:
            sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_text(
    path: Path,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
    newline: str | None = None,
    durable: bool = True,
) -> Iterator[TextIO]:
    """As `replacing`, for text."""
    with replacing(path, durable=durable) as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=newline)
        try:
            yield text
            text.flush()
        finally:
            text.detach()  # the file is closed by whoever opened it


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a whole file; see `replacing`."""
    with replacing(path, durable=durable) as file:
        file.write(content)


def write_text(path: Path, text: str, *, errors: str = "strict", durable: bool = True) -> None:
    """Write a whole file of UTF-8 text with the line endings that `text` has."""
    write_bytes(path, text.encode("utf-8", errors), durable=durable)


def write_json(path: Path, content: Any, *, indent: int | None = 1, durable: bool = True) -> None:
    """Write a JSON file. NaN and infinities, which JSON does not have, raise ValueError."""
    text = json.dumps(content, indent=indent, allow_nan=False)
    write_bytes(path, text.encode() + b"\n", durable=durable)


def sync_file(path: Path) -> None:
    """Put the bytes of a finished file on the disk."""
    # Windows puts only what is open for writing on the disk.
    descriptor = os.open(path, (os.O_RDWR if os.name == "nt" else os.O_RDONLY) | _PLAIN)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_tree(path: Path) -> None:
    """Put a file, or all files and folders of a folder, on the disk."""
    if not path.is_dir():
        sync_file(path)
        return
    folders, names = [], []
    for folder, _, found in os.walk(path):
        folders.append(Path(folder))
        names += [Path(folder, name) for name in found]
    # One after the other they take eight times as long: the disk writes its journal for each.
    with OrderedPool(_SYNCING, "sync") as pool:
        for _ in pool.map(sync_file, (name for name in names if not name.is_symlink())):
            pass
    for made in folders:
        sync_folder(made)


def open_append(path: Path, buffering: int = -1) -> BinaryIO:
    """Open a log for reading and appending, made when it is absent. `buffering` is `open`'s.

    Raises FileRefused for a link, a FIFO, a device or anything else that is not a regular file with
    one name: somebody else's file is never appended to. Raises OSError where it cannot be written.
    """
    return _open_plain(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, "a+b", buffering)


def open_in_place(path: Path, *, create: bool = False) -> BinaryIO:
    """Open a file of our own for reading and for writing over parts of it; as `open_append`."""
    return _open_plain(path, os.O_RDWR | (os.O_CREAT if create else 0), "r+b")


def _open_plain(
    path: Path, flags: int, mode: Literal["a+b", "r+b"], buffering: int = -1
) -> BinaryIO:
    with contextlib.suppress(FileNotFoundError):
        _require_plain(os.lstat(path), path)  # before the opening, which alone can act on a device
    try:
        descriptor = os.open(path, flags | _PLAIN, 0o666)
    except OSError as error:
        problem = refused(error, path)
        if problem.problem in (FileProblem.LINK, FileProblem.NOT_FILE):
            raise problem from error
        raise
    try:
        require_regular(descriptor, path)
        _require_plain(os.fstat(descriptor), path)
        return os.fdopen(descriptor, mode, buffering)
    except BaseException:
        os.close(descriptor)
        raise


def _require_plain(found: os.stat_result, path: Path) -> None:
    if stat.S_ISLNK(found.st_mode):
        sentence = (
            f"{shown_path(path)} is a link, and the studio writes through no link: remove it."
        )
        raise FileRefused(FileProblem.LINK, sentence)
    if not stat.S_ISREG(found.st_mode):
        sentence = f"{shown_path(path)} is a folder or a device, not a file."
        raise FileRefused(FileProblem.NOT_FILE, sentence)
    if found.st_nlink > 1:
        sentence = (
            f"{shown_path(path)} is the same file as one of another name (a hard link): "
            "replace it by a copy."
        )
        raise FileRefused(FileProblem.LINK, sentence)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder, if it is there; links in it are not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


# --- parts and whose they are ---------------------------------------------------------------------


def part_beside(path: Path) -> Path:
    """A name, not in use, beside `path` for what will take its place; this process's by its name.

    Prefer `building` and `replacing`, which also remove it. Raises FileRefused for a path without
    a name, such as the root.
    """
    if not path.name:
        sentence = f"{shown_path(path)} cannot be the name of a file."
        raise FileRefused(FileProblem.BAD_NAME, sentence)
    _register(path.parent)
    return path.parent / new_name()


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for the length of the block, on the disk for temporary files."""
    folder = part_beside(Path(tempfile.gettempdir()).absolute() / "folder")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        remove(folder)


def is_part(name: str) -> bool:
    """Whether a file or folder of this name is a part of some process."""
    return _PART.fullmatch(name) is not None


def sweep(*folders: Path) -> int:
    """Remove the parts in these folders whose processes are gone; returns how many there were.

    Parts of running processes stay, and everything else does. A part of another machine, whose
    processes cannot be asked, goes when nothing was written to it for a week.
    """
    removed = 0
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                found = [Path(entry.path) for entry in entries if is_part(entry.name)]
        except OSError:
            continue
        for path in found:
            if _is_left_over(path):
                with contextlib.suppress(OSError):
                    remove(path)
                    removed += 1
    return removed


def sweep_left_over() -> int:
    """Remove what killed processes of this person left anywhere; returns how many parts there were.

    Each process notes the folders in which it makes parts, in a file of its own among the studio's
    settings, and removes that file when it ends. Called when the studio or a job starts.
    """
    removed = 0
    try:
        with os.scandir(_notes_folder()) as entries:
            notes = [Path(entry.path) for entry in entries if _NOTE.fullmatch(entry.name)]
    except OSError:
        return 0
    for note in notes:
        found = _NOTE.fullmatch(note.name)
        if found is None or _owner_lives(found) is not False:
            continue
        with contextlib.suppress(OSError, ValueError):
            lines = note.read_bytes()[:1_000_000].split(b"\0")
            removed += sweep(*(Path(os.fsdecode(line)) for line in lines if line))
            note.unlink(missing_ok=True)
    return removed


_noted: set[tuple[int, str]] = set()
_noting = threading.Lock()


def _register(folder: Path) -> None:
    """Note, once for each folder, that this process makes parts in it."""
    key = (os.getpid(), str(folder))
    if key in _noted:
        return
    with _noting:
        if key in _noted:
            return
        _noted.add(key)
        # Without the note a killed process's parts are swept only by who opens that project or
        # run again. Work goes on where the home folder cannot be written.
        with contextlib.suppress(OSError, FileRefused):
            notes = _notes_folder()
            notes.mkdir(parents=True, exist_ok=True)
            note = notes / f"{_owner(os.getpid())}.parts"
            if not note.exists():
                atexit.register(_forget, note, os.getpid())
            with open_append(note) as file:
                file.write(os.fsencode(folder.absolute()) + b"\0")


def _forget(note: Path, pid: int) -> None:
    if os.getpid() == pid:  # not in a fork
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)


def _notes_folder() -> Path:
    given = os.environ.get(STATE_ENVIRONMENT)
    if given:
        return Path(given) / "parts"
    import platformdirs

    return Path(platformdirs.user_state_dir("can-studio")) / "parts"


def new_name(ending: str = "part") -> str:
    """A name, not in use, that says which process a file belongs to; see `owners_in`."""
    return f".studio-{_owner(os.getpid())}-{secrets.token_hex(4)}.{ending}"


def owners_in(folder: Path, ending: str) -> list[tuple[Path, bool]]:
    """The files of this ending that `new_name` named, and whether their processes may still run."""
    named = re.compile(rf"\.studio-{_OWNER}-[0-9a-f]{{8}}\.{ending}")
    try:
        with os.scandir(folder) as entries:
            found = [(Path(entry.path), named.fullmatch(entry.name)) for entry in entries]
    except OSError:
        return []
    return [(path, _owner_lives(match) is not False) for path, match in found if match]


@lru_cache(maxsize=8)
def _owner(pid: int) -> str:
    return f"{_short(socket.gethostname())}-{pid}-{_short(start_of(pid) or '')}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _is_left_over(path: Path) -> bool:
    found = _PART.fullmatch(path.name)
    if found is None:
        return False
    lives = _owner_lives(found)
    if lives is not None:
        return not lives
    try:
        return time.time() - path.lstat().st_mtime > _OF_ANOTHER_HOST_S
    except OSError:
        return False


def _owner_lives(found: re.Match[str]) -> bool | None:
    """Whether the process that a name tells of runs; None of another machine's."""
    if found["host"] != _short(socket.gethostname()):
        return None
    start = start_of(int(found["pid"]))
    return start is not None and _short(start) == found["start"]
