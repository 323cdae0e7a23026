"""The cache of prepared images: what was read, hashed and decoded once for all runs that use it.

A cache is a folder that can be deleted at any time. It holds

- packs of pixels and thumbnails (`studio.imaging.packs`), each row under the SHA-256 of its file,
  the square in it and, by the name of the pack, its side;
- results of comparisons, each under the SHA-256 of what was compared;
- `files.json`: the SHA-256 of files by path, so that they are not read again to know their keys.

A file counts as unchanged while device, inode, size, time of change and time of status change are
those that it had when it was hashed. The last of these cannot be set by a program. What was changed
within the two seconds before it was hashed is hashed again the next time, since the clocks of file
systems may be that coarse.

A cache may take 20 GB, or as many as the environment variable `CAN_STUDIO_PREPARED_GB` says. What
was least recently used goes first; what a process uses stays until it ends, so that a run which
needs more gets it.
"""

import contextlib
import hashlib
import json
import math
import os
import threading
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from studio import files
from studio.imaging.packs import SUFFIX, RowStore
from studio.opening import FileProblem, FileRefused, read_bytes, sha256_file

VERSION = 1
"""Raised when decoding, cropping or resizing gives other pixels than before."""

LIMIT_GB = 20.0
LIMIT_ENVIRONMENT = "CAN_STUDIO_PREPARED_GB"
_FILES = "files.json"
_RESULT = ".result"
_MOST_FILES = 300_000  # entries of files.json
_MOST_BYTES = 512 * 1024 * 1024
_SETTLED_NS = 2_000_000_000

FileStamp = tuple[int, int, int, int, int]
"""Device, inode, size, time of change and time of status change (ns)."""


class PreparedImages:
    """One cache. It is made when something is first written; where it cannot be written, what is
    asked for is made each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._stamps: dict[str, tuple[FileStamp, str]] | None = None
        self._fresh: dict[str, tuple[FileStamp, str]] = {}
        self._stores: dict[str, RowStore] = {}
        self._results: set[Path] = set()

    def rows(self, kind: str, shape: tuple[int, ...]) -> RowStore:
        """The rows of a kind and shape that were made as this studio would make them now."""
        with self._lock:
            if kind not in self._stores:
                self._stores[kind] = RowStore(self.folder, f"{kind}-{maker()}", shape)
            return self._stores[kind]

    def make(self) -> None:
        """Make the folder, and remove what killed processes left in it. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.sweep(self.folder)

    def sha256(self, path: Path) -> str:
        """The SHA-256 of a file, read only where it may have changed since. Raises OSError and
        FileRefused as reading it does."""
        stamp = file_stamp(path)
        if stamp is None:
            return sha256_file(path)  # which says what is wrong
        name = os.path.abspath(path)  # noqa: PTH100  not Path.absolute: ".." is to be gone
        known = self._known().get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        now = time.time_ns()
        digest = sha256_file(path)
        if max(stamp[3:]) < now - _SETTLED_NS and file_stamp(path) == stamp:
            with self._lock:
                self._fresh[name] = stamp, digest
        return digest

    def recall(self, name: str, key: str) -> Any:
        """What `remember` kept, None where there is nothing or it is damaged."""
        path, found = self._result(name, key), None
        with contextlib.suppress(FileRefused):
            found = _read(path)
        if found is not None:
            self._results.add(path)
            with contextlib.suppress(OSError):
                os.utime(path)
        return found

    def remember(self, name: str, key: str, value: Any) -> None:
        """Keep a JSON value; a cache that cannot be written keeps none."""
        path = self._result(name, key)
        with contextlib.suppress(OSError, FileRefused):
            self.make()
            _write(path, value)
            self._results.add(path)

    def finish(self) -> None:
        """Write down which files were hashed, and remove what is over the limit."""
        with self._lock:
            fresh, self._fresh = self._fresh, {}
        if fresh:
            # Read again: another process may have written meanwhile. Of two that write at the same
            # moment one loses what it knew, and hashes again. What cannot be read for a moment is
            # not written over.
            with contextlib.suppress(OSError, FileRefused):
                known = {**self._read_stamps(), **fresh}
                kept = dict(list(known.items())[-_MOST_FILES:])
                self._stamps = kept
                self.make()
                _write(self.folder / _FILES, {n: [*s, d] for n, (s, d) in kept.items()})
        used = {path for store in self._stores.values() for path in store.used} | self._results
        trim(self.folder, limit_bytes(), used)

    def _known(self) -> dict[str, tuple[FileStamp, str]]:
        if self._stamps is None:
            self._stamps = {}
            with contextlib.suppress(FileRefused):
                self._stamps = self._read_stamps()
        return self._stamps

    def _read_stamps(self) -> dict[str, tuple[FileStamp, str]]:
        found = _read(self.folder / _FILES)
        told = found if isinstance(found, dict) else {}
        return {n: ((v[0], v[1], v[2], v[3], v[4]), v[5]) for n, v in told.items()}

    def _result(self, name: str, key: str) -> Path:
        digest = hashlib.sha256(f"{maker()} {key}".encode()).hexdigest()
        return self.folder / f"{name}-{digest[:40]}{_RESULT}"


def own_cache() -> Path:
    """The cache for images that lie in no project: in the user's folder for caches, or beside the
    settings where those have a place of their own."""
    given = os.environ.get(files.STATE_ENVIRONMENT)
    if given:
        return Path(given).absolute() / "cache" / "prepared"
    import platformdirs

    return Path(platformdirs.user_cache_dir("can-studio")) / "prepared"


@cache
def maker() -> str:
    """A short name for what decides which pixels a file gives: this module's version and those of
    the libraries that decode and resize."""
    import cv2
    import PIL
    from PIL import features

    jpeg = features.version("jpg")
    told = f"{VERSION} {PIL.__version__} {jpeg} {features.version('webp')} {cv2.__version__}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def file_stamp(path: Path) -> FileStamp | None:
    """What tells whether a file may have changed; None where there is none."""
    try:
        told = path.stat()
    except (OSError, ValueError):
        return None
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def is_unchanged(path: Path, stamp: FileStamp | None, sha256: str) -> bool:
    """Whether a file still has the content of this SHA-256, before whose reading it had the stamp.

    Asked after decoding: what was decoded is kept under the sum only where it belongs to it.
    """
    try:
        return (stamp is not None and file_stamp(path) == stamp) or sha256_file(path) == sha256
    except (OSError, FileRefused):
        return False


def limit_bytes() -> int:
    """How much a cache may take on the disk."""
    with contextlib.suppress(ValueError):
        given = float(os.environ.get(LIMIT_ENVIRONMENT, LIMIT_GB))
        if math.isfinite(given) and given >= 0:
            return int(given * 1e9)
    return int(LIMIT_GB * 1e9)


def trim(folder: Path, limit: int, keep: Iterable[Path] = ()) -> int:
    """Remove what was least recently used in a cache until at most `limit` bytes are left; `keep`
    stays. Returns the bytes removed."""
    kept = set(keep)
    entries = sorted(_entries(folder), key=lambda entry: entry[2])
    total, removed = sum(size for _, size, _ in entries), 0
    for path, size, _ in entries:
        if total - removed <= limit:
            break
        if path not in kept:
            with contextlib.suppress(OSError):
                path.unlink()
                removed += size
    return removed


def measure(folder: Path) -> int:
    """What a cache takes on the disk, in bytes."""
    return sum(size for _, size, _ in _entries(folder))


def clear(folder: Path) -> int:
    """Remove a cache, and nothing else that may lie in its folder; returns its bytes. A run that
    uses it goes on with what it has open."""
    removed = trim(folder, -1)
    (folder / _FILES).unlink(missing_ok=True)
    files.sweep(folder)
    with contextlib.suppress(OSError):
        folder.rmdir()  # only an empty one goes
    return removed


def _entries(folder: Path) -> list[tuple[Path, int, int]]:
    """(file, bytes, time of last use in ns) of the packs and results of a cache."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((SUFFIX, _RESULT)):
                with contextlib.suppress(OSError):
                    told = entry.stat(follow_symlinks=False)
                    found.append((Path(entry.path), told.st_size, told.st_mtime_ns))
    return found


def _write(path: Path, value: Any) -> None:
    """JSON after a line with its SHA-256: a damaged file is told from a whole one."""
    content = json.dumps(value, allow_nan=False).encode()
    digest = hashlib.sha256(content).hexdigest().encode()
    files.write_bytes(path, digest + b"\n" + content, durable=False)


def _read(path: Path) -> Any:
    """The value that `_write` wrote; None where there is none or it is damaged. Raises FileRefused
    where it cannot be read."""
    try:
        digest, _, content = read_bytes(path, _MOST_BYTES, follow_links=False).partition(b"\n")
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return None
        raise
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    return json.loads(content)
