"""`events.jsonl`: everything that a job said, one JSON object a line, only ever appended to.

The window tails this file while the job writes it, and a machine may lose power between two bytes.
So a line counts only when its newline has arrived, a line that is no JSON is passed over, and a
writer that finds a cut line ends it before it goes on.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

from studio import files
from studio.jobs.event_models import (
    FailedEvent,
    FinishedEvent,
    StartedEvent,
    StoppedEvent,
    plain,
)
from studio.jobs.spec import now
from studio.opening import FileProblem, FileRefused, open_regular, parse_json, refused

EVENTS_FILE = "events.jsonl"
# The events that change what state a run is in; each is on the disk before its emit returns.
STATES = frozenset(one.event for one in (StartedEvent, StoppedEvent, FinishedEvent, FailedEvent))
TAIL = 64 * 1024
MAX_LINE = 4 * 1024 * 1024  # bytes; an event of ours has some kilobytes
MAX_BYTES = 1024 * 1024 * 1024
_BLOCK = 16 * 1024 * 1024


class EventWriter:
    """Appends events to a run, from any thread of the one process that holds the run."""

    def __init__(self, run_dir: Path) -> None:
        self._lock = threading.Lock()
        self._file = files.open_append(run_dir / EVENTS_FILE)
        try:
            self._end_cut_line()
        except BaseException:
            self.close()
            raise

    def _end_cut_line(self) -> None:
        if self._file.seek(0, os.SEEK_END) == 0:
            return
        self._file.seek(-1, os.SEEK_END)
        if self._file.read(1) != b"\n":
            self._file.write(b"\n")

    def write(self, event: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Append one event and return it as written."""
        line = plain({"t": now(), "event": event, **fields})
        data = json.dumps(line, allow_nan=False).encode() + b"\n"
        with self._lock:
            self._file.write(data)
            self._file.flush()
            if event in STATES:
                os.fsync(self._file.fileno())
        return dict(line)

    def close(self) -> None:
        """Close the file; further writes raise ValueError."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parse(data: bytes) -> list[dict[str, Any]]:
    """The events in complete lines of `data`; what is not an event of ours is passed over."""
    events = []
    for line in data.splitlines():
        if not line.startswith(b"{") or len(line) > MAX_LINE:
            continue
        try:
            found = parse_json(line)
        except ValueError:
            continue
        if not isinstance(found, dict) or not isinstance(found.get("event"), str):
            continue
        if isinstance(found.setdefault("t", ""), str):
            events.append(found)
    return events


def read_events(run_dir: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events from byte `offset` on, and the offset to go on from.

    Cheap when nothing is new. A line still being written waits for the next call. Returns ([], 0)
    while the run has said nothing; an offset past the end (another file now) starts over. Raises
    FileRefused for what is not a regular file, is larger than MAX_BYTES or cannot be read.
    """
    path = run_dir / EVENTS_FILE
    try:
        with open_regular(path, max_bytes=MAX_BYTES) as file:
            size = os.fstat(file.fileno()).st_size
            start = offset if 0 <= offset <= size else 0
            file.seek(start)
            events: list[dict[str, Any]] = []
            rest = b""
            # In blocks, so that a long history is never in memory as a whole.
            while left := size - start - len(rest):
                block = _read(file, path, left)
                if not block:
                    break  # it was cut meanwhile
                data = rest + block
                end = data.rfind(b"\n") + 1
                events += parse(data[:end])
                start, rest = start + end, data[end:]
                if len(rest) > 2 * MAX_LINE:  # a line without an end: pass over what is there of it
                    start, rest = start + len(rest), b""
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return [], 0
        raise
    return events, start


class LoggedEvent(NamedTuple):
    """An event as it stands in the file, and the byte at which its line begins."""

    offset: int
    event: dict[str, Any]


def read_ends(run_dir: Path) -> tuple[dict[str, Any] | None, list[LoggedEvent]]:
    """The first event, and the last ones with their byte offsets, however long the file is.

    Raises FileRefused for what is not a regular file or cannot be read.
    """
    path = run_dir / EVENTS_FILE
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            first = parse(_read(file, path, MAX_LINE).partition(b"\n")[0])
            tail = _tail(file, path, max(0, size - TAIL), size)
            if not tail and size > TAIL:  # the last line alone is longer than that
                tail = _tail(file, path, max(0, size - 2 * MAX_LINE), size)
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return None, []
        raise
    return (first[0] if first else None), tail


def _read(file: BinaryIO, path: Path, most: int) -> bytes:
    try:
        return file.read(min(most, _BLOCK))
    except OSError as error:
        raise refused(error, path) from error


def _tail(file: BinaryIO, path: Path, start: int, size: int) -> list[LoggedEvent]:
    """Events with their offsets in the whole lines from byte `start` on."""
    file.seek(start)
    data = _read(file, path, size - start)
    if start:
        cut = data.find(b"\n") + 1
        start, data = start + cut, data[cut:]
    tail = []
    for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
        tail += [LoggedEvent(start, event) for event in parse(line)]
        start += len(line)
    return tail


def size(run_dir: Path) -> int:
    """Bytes of `events.jsonl`, 0 where there is none."""
    try:
        return (run_dir / EVENTS_FILE).stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise refused(error, run_dir / EVENTS_FILE) from error
