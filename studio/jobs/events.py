"""`events.jsonl`: everything that a job said, one JSON object a line, only ever appended to.

The window tails this file while the job writes it, and a machine may lose power between two bytes.
So a line counts only when its newline has arrived, a line that is no JSON is passed over, and a
writer that finds a cut line ends it before it goes on.
"""

import json
import math
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from studio.jobs.spec import now

EVENTS_FILE = "events.jsonl"
# The events that change what state a run is in; each is on the disk before its emit returns.
STATES = frozenset({"started", "stopped", "finished", "failed"})
TAIL = 64 * 1024


def plain(value: Any) -> Any:
    """The value in JSON's own types: NaN and infinities become None, numpy scalars numbers."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)


class EventWriter:
    """Appends events to a run, from any thread of the one process that holds the run."""

    def __init__(self, run_dir: Path) -> None:
        self._lock = threading.Lock()
        self._file = (run_dir / EVENTS_FILE).open("a+b")
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def parse(data: bytes) -> list[dict[str, Any]]:
    """The events in complete lines of `data`; what is no JSON object is passed over."""
    events = []
    for line in data.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("event"), str):
            events.append(found)
    return events


def read_events(run_dir: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events from byte `offset` on, and the offset to go on from.

    Cheap when nothing is new. A line still being written waits for the next call. Returns ([], 0)
    while the run has said nothing; an offset past the end (another file now) starts over.
    """
    try:
        with (run_dir / EVENTS_FILE).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = offset if 0 <= offset <= size else 0
            file.seek(start)
            data = file.read(size - start)
    except FileNotFoundError:
        return [], 0
    end = data.rfind(b"\n") + 1
    return parse(data[:end]), start + end


def read_ends(run_dir: Path) -> tuple[dict[str, Any] | None, list[tuple[int, dict[str, Any]]]]:
    """The first event, and the last ones with their byte offsets, however long the file is."""
    try:
        with (run_dir / EVENTS_FILE).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            first = parse(file.readline())
            tail = _tail(file, max(0, size - TAIL), size)
            if not tail and size > TAIL:
                tail = _tail(file, 0, size)  # the last line alone is longer than that
    except FileNotFoundError:
        return None, []
    return (first[0] if first else None), tail


def _tail(file: BinaryIO, start: int, size: int) -> list[tuple[int, dict[str, Any]]]:
    """Events with their offsets in the whole lines from byte `start` on."""
    file.seek(start)
    data = file.read(size - start)
    if start:
        cut = data.find(b"\n") + 1
        start, data = start + cut, data[cut:]
    tail = []
    for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
        tail += [(start, event) for event in parse(line)]
        start += len(line)
    return tail


def size(run_dir: Path) -> int:
    """Bytes of `events.jsonl`, 0 where there is none."""
    try:
        return (run_dir / EVENTS_FILE).stat().st_size
    except FileNotFoundError:
        return 0
