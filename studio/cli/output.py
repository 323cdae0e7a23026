"""What the command says: results on stdout, progress and sentences on stderr.

Names come from outside and may hold anything, so every text is cleaned before it is written: no
control character reaches a terminal, no name fills the screen, no encoding fails.
"""

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from studio import wording

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

SHOWN = 160
_LINES = frozenset({"", ".csv", ".tsv", ".txt", ".tab", ".list"})
"""Suffixes of files whose rows are lines, with numbers from 1."""


def clean(text: str) -> str:
    """The text in Unicode that has an encoding: lone surrogates become their escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shown(text: object, limit: int = SHOWN) -> str:
    """The text for one line of a terminal: printable and not long."""
    plain = "".join(c if c.isprintable() else "�" for c in str(text))
    return clean(plain if len(plain) <= limit else f"{plain[: limit - 1]}…")


def prepare_streams() -> None:
    """Let no encoding of the terminal fail: what it lacks is written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def emit_json(document: Any) -> None:
    """Write the one JSON document of a command."""
    sys.stdout.write(json.dumps(_plain(document), indent=2, default=str) + "\n")


def echo(text: str = "") -> None:
    """A line for the reader of the terminal, on stdout."""
    sys.stdout.write(clean(text) + "\n")


def note(text: str) -> None:
    """A line beside the result, on stderr."""
    sys.stderr.write(clean(text) + "\n")
    sys.stderr.flush()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; numbers are set to the right."""
    made = Table(title=escape(title), title_justify="left", header_style="bold")
    listed = [[shown(cell) for cell in row] for row in rows]
    for index, column in enumerate(columns):
        numbers = all(_is_number(row[index]) for row in listed)
        made.add_column(escape(column), justify="right" if numbers else "left", overflow="fold")
    for row in listed:
        made.add_row(*(escape(cell) for cell in row))
    Console(file=sys.stdout, highlight=False, emoji=False).print(made)


def terminal_width() -> int:
    """Characters in a line of `table`."""
    return Console(file=sys.stdout).width


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("–", "").strip("- ").isdigit()


def list_failures(failed: Iterable[Mapping[str, Any]]) -> None:
    """Name on stderr what stayed out: one line each, with its list's row and its reason."""
    for one in failed:
        row, file = one.get("row"), str(one.get("file") or "")
        # Most sentences about a list name its line themselves.
        where = ""
        if row is not None and Path(file).suffix.lower() not in _LINES:
            # Of no line: of a folder, or an object of JSON or XML, which the sentence names.
            where = "" if Path(file).name in one["sentence"] else f"{shown(file)}: "
        elif row is not None and not one["sentence"].startswith((f"Line {row}", f"Row {row}")):
            where = f"row {row}: "
        reason = f"{wording.reason_word(one['reason'])}: " if one.get("reason") else ""
        note(f"{reason}{where}{shown(one['sentence'], 400)}")


class ProgressReporter:
    """Progress on stderr: a bar in a terminal, elsewhere a line now and then."""

    TERMINAL_S, LOG_S = 0.1, 10.0

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._last = 0.0
        self._bar: Bar | None = None

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Say that `done` of `total` is done."""
        clock = time.monotonic()
        if done < total and clock - self._last < (self.TERMINAL_S if self._live else self.LOG_S):
            return
        self._last = clock
        line = shown(f"{self._what} {wording.progress(done, total)}  {message}".rstrip(), 100)
        if not self._live:
            self._stream.write(f"{line}\n")
            self._stream.flush()
            return
        self._bar = self._bar or _bar(self._stream)
        self._bar.update(self._bar.task_ids[0], description=line, completed=done, total=total)
        self._bar.start()
        self._bar.refresh()

    def close(self) -> None:
        """End the line."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar(stream: TextIO) -> "Bar":
    from rich import progress

    bar = progress.Progress(
        progress.BarColumn(20),
        progress.TimeRemainingColumn(compact=True),
        # The text is cut where the terminal ends: a name in it must not break the line.
        progress.TextColumn(
            "{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)
        ),
        console=Console(file=stream, highlight=False, emoji=False),
        expand=True,
        auto_refresh=False,  # no thread, which a fork would lose
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task("")
    return bar
