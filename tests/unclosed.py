"""A test that leaves something open fails, whichever Python runs it.

Left to the garbage collector, a connection, a file or a pool is closed at a time that nobody chose:
a lock is held too long, or a file cannot be removed. Python warns of most of that itself; added
here is what it says nothing about.
"""

import gc
import os
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_DESCRIPTORS = Path("/proc/self/fd")
_GENTLY_S = 20.0  # that a process may take to end when it is asked to
_ENDING_S = 5.0  # that a thread which has been told to end is waited for


class _Watched(sqlite3.Connection):
    """Warns as Python 3.13 does when it is collected open."""

    _open = True

    def close(self) -> None:
        self._open = False
        super().close()

    def __del__(self) -> None:
        if self._open:
            warnings.warn(
                f"unclosed database in {self!r}", ResourceWarning, stacklevel=2, source=self
            )


def watch_databases() -> None:
    """Have every later connection warn when nobody closes it, which is new in Python 3.13."""
    if sys.version_info >= (3, 13):
        return
    connect = sqlite3.connect

    def watched(*args: Any, **options: Any) -> sqlite3.Connection:
        return connect(*args, **{"factory": _Watched, **options})

    sqlite3.connect = watched


@contextmanager
def nothing_left_open(folder: Path) -> Iterator[None]:
    """AssertionError where the block leaves a file under `folder` open, or a thread running.

    Descriptors are known on Linux only. Python warns of file objects, but not of descriptors from
    `os.open` nor of a pool that nobody shut down.
    """
    files, threads = open_files(folder), set(threading.enumerate())
    yield
    if open_files(folder) - files:
        # A caught error holds the frames that it came through; what these own warns by itself.
        gc.collect()
    left = sorted(open_files(folder) - files)
    assert not left, f"left open: {', '.join(left)}"
    for thread in set(threading.enumerate()) - threads:
        if not thread.daemon:
            thread.join(_ENDING_S)
            assert not thread.is_alive(), f"left running: thread {thread.name}"


def end(process: "subprocess.Popen[Any]") -> None:
    """End a child process that still runs, gently at first, and close its pipes."""
    with process:
        if process.poll() is None:
            process.terminate()  # torchrun takes its processes with it
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GENTLY_S)
            process.kill()


def open_files(folder: Path) -> set[str]:
    """Descriptor and name of the files under `folder` that this process has open."""
    found = set()
    for link in _DESCRIPTORS.iterdir() if _DESCRIPTORS.is_dir() else ():
        try:
            target = str(link.readlink())
        except OSError:  # the one that listed the folder
            continue
        if target.startswith(f"{folder}{os.sep}"):
            found.add(f"{target} (descriptor {link.name})")
    return found
