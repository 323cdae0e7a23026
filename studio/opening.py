"""The one way in which the studio opens a file to read it: only regular files, within limits.

A path from outside may name anything: a FIFO that nobody writes to, a device, a link to
`/dev/zero`, a file of the kernel, a line of 100 MB, JSON of ten million brackets, a number of 5,000
digits. Every reader of the studio therefore goes through a function of this module:

- `open_regular` gives a binary file, for readers that stream or seek;
- `read_bytes` and `read_text` give a whole file that is not larger than it may be;
- `read_json`, and `studio.validation.read_model`, give what a JSON file says;
- `parse_json` does the same for bytes that are in memory already.

All of them raise `FileRefused`, a StudioError: one sentence that names the file and says what is
wrong with it. Pictures go through `studio.imaging`, which opens them here, and tensors through
`studio.compute.tensors`.
"""

import errno
import hashlib
import json
import math
import os
import re
import stat
import sys
import time
from enum import StrEnum
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from studio.errors import StudioError

MB = 1024 * 1024
MAX_BYTES = 64 * MB
MAX_SECONDS = 60.0
"""A disk that gives 64 MB in more than a minute is as good as gone."""
MAX_VALUES = 6_000_000  # with MAX_BYTES, bounds the memory of a JSON document to about 700 MB
MAX_DIGITS = 300  # what a float can still hold

_BLOCK = 1 * MB
_SHOWN = 200
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS + 1))
_KERNEL = frozenset(
    {"proc", "sysfs", "debugfs", "tracefs", "securityfs", "cgroup", "cgroup2", "bpf", "configfs"}
    | {"pstore", "efivarfs", "devpts", "mqueue", "binfmt_misc", "fusectl", "nsfs"}
)


class FileProblem(StrEnum):
    """Why a file was refused."""

    MISSING = "missing"
    NOT_FILE = "not_file"  # a folder, a FIFO, a device, a file of the kernel
    LINK = "link"  # where a link is not wanted
    BAD_NAME = "bad_name"
    TOO_BIG = "too_big"
    TOO_SLOW = "too_slow"
    UNREADABLE = "unreadable"
    WRONG = "wrong"  # it can be read, and is not what it should be


class FileRefused(StudioError):
    """A file that is not opened or not read; the text is the sentence for the user."""

    def __init__(self, problem: FileProblem, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = problem

    def __reduce__(self) -> tuple[type["FileRefused"], tuple[FileProblem, str]]:
        return type(self), (self.problem, str(self))


def open_regular(
    path: Path, *, max_bytes: int | None = None, follow_links: bool = True
) -> BufferedReader:
    """Open a regular file for reading, without ever waiting for the other end of a FIFO.

    `max_bytes` refuses larger files. `follow_links=False` refuses a link at the end of the path:
    for files that the studio itself makes and that nobody has a reason to link.
    Raises FileRefused for everything else that a path can name.
    """
    try:
        # Asked before the opening, which alone can rewind a tape or raise a modem's line.
        _require_regular(Path(path).stat(follow_symlinks=follow_links), path)
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        if not follow_links:
            flags |= getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except ValueError as error:  # a NUL, or a character that the file system cannot hold
        sentence = f"{shown_path(path)} cannot be the name of a file."
        raise FileRefused(FileProblem.BAD_NAME, sentence) from error
    except OSError as error:
        raise refused(error, path) from error
    try:
        found = os.fstat(descriptor)
        _require_regular(found, path)  # what was asked above may have been replaced
        if max_bytes is not None and found.st_size > max_bytes:
            _too_big(path, max_bytes)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_bytes(path: Path, max_bytes: int = MAX_BYTES, *, follow_links: bool = True) -> bytes:
    """The bytes of a regular file that has at most `max_bytes`. Raises FileRefused."""
    with open_regular(path, max_bytes=max_bytes, follow_links=follow_links) as file:
        return read_rest(file, path, max_bytes)


def read_rest(file: BinaryIO, path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """What is left of an open file, for readers that have sought in it. Raises FileRefused where
    that is more than `max_bytes` (the file may be growing) or comes too slowly."""
    end = time.monotonic() + MAX_SECONDS
    blocks: list[bytes] = []
    left = max_bytes + 1
    try:
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            blocks.append(block)
            left -= len(block)
            if time.monotonic() > end:
                sentence = f"{shown_path(path)} is read too slowly: its disk or network hangs."
                raise FileRefused(FileProblem.TOO_SLOW, sentence)
    except OSError as error:
        raise refused(error, path) from error
    if left <= 0:
        _too_big(path, max_bytes)
    return b"".join(blocks)


def read_text(
    path: Path,
    max_bytes: int = MAX_BYTES,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
    follow_links: bool = True,
) -> str:
    """The text of a regular file. Raises FileRefused, also for bytes of another encoding."""
    content = read_bytes(path, max_bytes, follow_links=follow_links)
    try:
        return content.decode(encoding, errors)
    except UnicodeDecodeError as error:
        sentence = (
            f"{shown_path(path)} is not {encoding.upper()} text: byte {error.start} is wrong."
        )
        raise FileRefused(FileProblem.WRONG, sentence) from error


def read_json(
    path: Path,
    max_bytes: int = MAX_BYTES,
    *,
    max_values: int = MAX_VALUES,
    follow_links: bool = True,
) -> Any:
    """The value that a JSON file holds.

    Raises FileRefused where the file is not JSON, has more than `max_values` values or is nested
    too deeply; see `parse_json`.
    """
    content = read_bytes(path, max_bytes, follow_links=follow_links)
    try:
        return parse_json(content, max_values)
    except ValueError as error:
        sentence = f"{shown_path(path)} is not valid JSON: {error}."
        raise FileRefused(FileProblem.WRONG, sentence) from error


def parse_json(content: bytes | str, max_values: int = MAX_VALUES) -> Any:
    """The value of a JSON text; ValueError, with the end of a sentence, for what is not one.

    Python alone would raise RecursionError for deep nesting, and would make integers that no other
    type can hold: a number of more than MAX_DIGITS digits is an infinity, as 1e999 is, so that only
    what needs it is refused.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if sum(data.count(mark) for mark in b"[{,") > max_values:
        raise ValueError(f"it has more than {max_values:,} values")
    try:
        if _LONG_NUMBER.search(data):
            return json.loads(content, parse_int=_short_int, parse_float=_short_float)
        return json.loads(content)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}, column {error.colno}") from None


def as_int(value: Any, default: int = 0) -> int:
    """A number of a file from outside as an integer; `default` for what is none or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    try:
        return int(value)
    except (ValueError, OverflowError):  # NaN and infinities, which Python's JSON knows
        return default


def finite(value: object) -> float | None:
    """A number of a file from outside; None for what is not one, not finite, or so large (1e300)
    that sums and axes of such numbers would not be finite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        return None
    return float(value)


def sha256_file(path: Path) -> str:
    """SHA-256 of the bytes of a file, 64 hexadecimal digits."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown_path(path: str | os.PathLike[str]) -> str:
    """A path for a sentence: printable, in one line, and cut in its middle where it is long."""
    return shown_text(os.fspath(path))


def shown_text(text: str, limit: int = _SHOWN) -> str:
    """Text from outside for a sentence: printable, in one line, cut in its middle."""
    plain = "".join(c if c.isprintable() else "�" for c in text)
    if len(plain) <= limit:
        return plain
    half = limit // 2
    return f"{plain[:half]}…{plain[-half:]}"


def refused(error: OSError, path: Path) -> FileRefused:
    """The sentence for an error of the operating system about `path`."""
    name = shown_path(path)
    if error.errno in {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}:
        return FileRefused(FileProblem.BAD_NAME, f"{name} cannot be the name of a file.")
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return FileRefused(FileProblem.MISSING, f"{name} does not exist.")
    if error.errno == errno.ELOOP:
        return FileRefused(FileProblem.LINK, f"{name} is a link, which is not followed here.")
    if error.errno in {errno.EISDIR, errno.ENXIO, errno.ENODEV}:
        return FileRefused(FileProblem.NOT_FILE, f"{name} is a folder or a device, not a file.")
    why = error.strerror or (os.strerror(error.errno) if error.errno else "unknown error")
    return FileRefused(FileProblem.UNREADABLE, f"{name} cannot be read: {why}.")


def is_regular(path: Path) -> bool:
    """Whether `open_regular` would open it, without opening it."""
    try:
        _require_regular(Path(path).stat(), path)
    except (OSError, ValueError, FileRefused):
        return False
    return True


def require_regular(descriptor: int, path: Path) -> None:
    """Raise FileRefused unless an open file is a regular one."""
    _require_regular(os.fstat(descriptor), path)


def _require_regular(found: os.stat_result, path: Path) -> None:
    if stat.S_ISLNK(found.st_mode):
        sentence = f"{shown_path(path)} is a link, which is not followed here."
        raise FileRefused(FileProblem.LINK, sentence)
    if not stat.S_ISREG(found.st_mode):
        sentence = f"{shown_path(path)} is {_kind(found.st_mode)}, not a file."
        raise FileRefused(FileProblem.NOT_FILE, sentence)
    if _of_kernel(found.st_dev):
        sentence = f"{shown_path(path)} is made by the kernel and is not a file on a disk."
        raise FileRefused(FileProblem.NOT_FILE, sentence)


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((words for test, words in kinds if test(mode)), "a device")


@lru_cache(maxsize=256)
def _of_kernel(device: int) -> bool:
    """Whether the files of a device are made up by the kernel when they are read: they look
    regular and empty, and some never end or wait for ever."""
    if not sys.platform.startswith("linux") or os.major(device) != 0:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return False
    for mount in mounts:
        before, _, after = mount.partition(" - ")
        if before.split()[2:3] == [number] and after.split()[:1] != []:
            return after.split()[0] in _KERNEL
    return False


def _too_big(path: Path, max_bytes: int) -> NoReturn:
    size = f"{max_bytes / MB:,.0f} MB" if max_bytes >= MB else f"{max_bytes:,} bytes"
    sentence = f"{shown_path(path)} is larger than {size}, more than such a file may have."
    raise FileRefused(FileProblem.TOO_BIG, sentence)


def _short_int(text: str) -> int | float:
    return int(text) if len(text) <= MAX_DIGITS else _endless(text)


def _short_float(text: str) -> float:
    return float(text) if len(text) <= 2 * MAX_DIGITS else _endless(text)


def _endless(text: str) -> float:
    return -math.inf if text.startswith("-") else math.inf
