"""Scripted decisions: a CSV file, row by row, through the same door as a reviewer's keys.

A row is applied once. Each event made from a row keeps what the row said (`on_screen`), so that
the same table, or a longer or reordered one, can be given again after it broke off: rows that this
reviewer has had applied before are passed over, also where the box was decided otherwise since.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from studio.dialects import (
    column_names,
    decode_text,
    delimiter_of,
    parse_number,
    separator_line,
    table_rows,
    text_lines,
)
from studio.errors import StudioError
from studio.imaging import Square
from studio.project import Action, Event, Label, Project, quoted
from studio.project.records import plain
from studio.review.deciders import MARK, history_of
from studio.review.reviewer import OnScreen, Reviewer
from studio.tables import restore, table_bytes

COLUMNS = ("box", "action", "label", "cx", "cy", "side", "reason", "comment")
_NEEDED = ("box", "action")
CORNERS = ("x0", "y0", "x1", "y1")
_NUMBERS = ("cx", "cy", "side", *CORNERS)
# What a table of boxes says besides: one that was exported needs only an action in each row.
_OF_IMAGE = ("image", "file", "sha256", "width", "height", "orientation", "frame")
_OF_BOX = (*CORNERS, "state", "origin", "version", "score", "rank")
_PASSED_OVER = (*_OF_IMAGE, *_OF_BOX)
_ALIASES = {"box id": "box", "box_id": "box"}
_ROWS_A_COMMIT = 500
_MAX_FIELD = 100_000  # characters
_MAX_BYTES = 64_000_000

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class RowFailure:
    """A row that was not applied: its line in the file from 1, and a sentence why."""

    row: int
    sentence: str


@dataclass(slots=True)
class DecideReport:
    """What became of the rows of a file; `already` counts those that were applied before.

    `contradictions` names rows that say something else of a box than an earlier one does; they were
    applied in order, so that the last one holds.
    """

    applied: int = 0
    failed: list[RowFailure] = field(default_factory=list)
    already: int = 0
    contradictions: list[RowFailure] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON; contradictions where there are any."""
        failed, contradictions = (
            [{"row": one.row, "sentence": one.sentence} for one in rows]
            for rows in (self.failed, self.contradictions)
        )
        found = {"applied": self.applied, "already": self.already, "failed": failed}
        return {**found, **({"contradictions": contradictions} if contradictions else {})}


def apply_decisions_csv(
    project: Project, path: Path, reviewer: Reviewer | str, *, again: bool = False
) -> DecideReport:
    """Apply the rows of a file in order; bad rows are reported and the rest is applied.

    Rows that this reviewer has had applied before, and did not undo, are passed over unless
    `again`; so are rows that would change nothing about the reviewer's own last decision.

    Columns `box` (id) and `action` (accept, reject, relabel, adjust, unsure, comment), where
    needed `label` (name), `reason`, `comment`, and to adjust `cx, cy, side` or the corners `x0, y0,
    x1, y1` (pixels of the raw frame; of a rectangle the square around it); in any
    order, as any spreadsheet saves them (see `studio.dialects`). The other columns of
    ``can-studio boxes`` may stand beside them and change nothing. A label given to accept is
    assigned, too. Raises StudioError for a file that cannot be read or whose header lacks a column.
    """
    if isinstance(reviewer, str):
        reviewer = Reviewer(project, reviewer)
    labels = {label.name: label for label in project.labels()}
    report = DecideReport()
    met: Counter[str] = Counter()
    told: dict[int, tuple[int, Row]] = {}
    with ExitStack() as commits:
        for number, (line, row) in enumerate(_rows(path)):
            if number % _ROWS_A_COMMIT == 0:
                commits.close()
                connection = commits.enter_context(reviewer.together())
            try:
                if isinstance(row, StudioError):
                    raise row
                if _decide_once(connection, reviewer, labels, row, met, again=again):
                    report.applied += 1
                else:
                    report.already += 1
                _compare(report, told, line, row)
            except StudioError as error:
                report.failed.append(RowFailure(line, str(error)))
    return report


def _compare(report: DecideReport, told: dict[int, tuple[int, Row]], line: int, row: Row) -> None:
    """Name a row that decides a box otherwise than an earlier one of the table."""
    if row["action"].lower() == Action.COMMENT:
        return
    box_id = _box_id(row)
    earlier = told.get(box_id)
    if earlier is not None and _differ(earlier[1], row):
        sentence = f"Row {earlier[0]} says something else of box {box_id}; this row holds."
        report.contradictions.append(RowFailure(line, sentence))
    told[box_id] = line, row


def _differ(one: Row, other: Row) -> bool:
    """Whether two rows cannot both be meant of one box: to give a label and to move the box are no
    contradiction of each other, nor of accepting it."""
    kinds = [row["action"].lower() for row in (one, other)]
    if ("reject" in kinds or "unsure" in kinds) and kinds[0] != kinds[1]:
        return True
    both = ["reason"] if kinds[0] == "reject" else ["label"]
    if kinds == ["adjust", "adjust"]:
        both += _NUMBERS
    return any(a and b and a != b for a, b in ((one.get(n), other.get(n)) for n in both))


def _decide_once(
    connection: Connection,
    reviewer: Reviewer,
    labels: dict[str, Label],
    row: Row,
    met: Counter[str],
    *,
    again: bool,
) -> bool:
    """Apply a row; False, and nothing is written, where that was done before.

    `met` counts equal rows: a table may say the same of a box twice, with another row between.
    """
    said = _mark(row)
    met[said] += 1
    on_screen = {"mode": "table", MARK: f"{said}:{met[said]}"}
    if again:
        _decide(reviewer, labels, row, on_screen)
        return True
    history = history_of(connection, _box_id(row), plain(reviewer.name))
    if on_screen[MARK] in history.marks:
        return False
    if not history.decided and row["action"].lower() != Action.COMMENT:
        _decide(reviewer, labels, row, on_screen)
        return True
    with connection.begin_nested() as attempt:
        if not _decide(reviewer, labels, row, on_screen).after:
            attempt.rollback()  # it was so before, by this reviewer
            return False
    return True


def _mark(row: Row) -> str:
    """What a row says, in a form that other columns and their order do not change."""
    said = [row.get(column, "") for column in COLUMNS]
    said[COLUMNS.index("action")] = row["action"].lower()
    if _by_corners(row):
        said += [row.get(column, "") for column in CORNERS]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _rows(path: Path) -> Iterator[tuple[int, Row | StudioError]]:
    """Each row with its line, or what is wrong with it."""
    lines = text_lines(decode_text(table_bytes(path, _MAX_BYTES)))
    begin, delimiter = 0, separator_line(lines[0]) if lines else None
    if delimiter is not None:
        begin = 1
    header = lines[begin] if begin < len(lines) else ""
    delimiter = delimiter or delimiter_of(header, _NEEDED)
    names = _header(header, delimiter, path)
    for at, cells in table_rows(lines, begin + 1, delimiter, len(names)):
        yield at + 1, _row(cells, names, delimiter)


def _row(cells: list[str] | str, names: list[str], delimiter: str) -> Row | StudioError:
    if isinstance(cells, str):
        return StudioError(f"The row {cells}.")
    if len(cells) != len(names):
        return StudioError(f"The row has {len(cells)} cells and the header {len(names)}.")
    if any("\0" in cell or len(cell) > _MAX_FIELD for cell in cells):
        return StudioError("The row holds a NUL byte or an endless cell.")
    row = {name: restore(cell.strip()) for name, cell in zip(names, cells, strict=True)}
    for column in _NUMBERS:
        if "," in row.get(column, ""):
            with suppress(ValueError):  # of which _number speaks
                row[column] = repr(parse_number(row[column], delimiter))
    return row


def _header(header: str, delimiter: str, path: Path) -> list[str]:
    names = [_ALIASES.get(name, name) for name in column_names(header, delimiter)]
    missing = [name for name in _NEEDED if name not in names]
    foreign = [name for name in names if name not in COLUMNS and name not in _PASSED_OVER]
    if missing or foreign or len(set(names)) != len(names):
        problem = f"lacks the column {missing[0]}" if missing else "has columns it cannot have"
        raise StudioError(
            f"{path} {problem}: its first row must name box, action and, where needed, "
            f"{', '.join(COLUMNS[2:])} (or {', '.join(CORNERS)}), each once."
        )
    return names


def _decide(reviewer: Reviewer, labels: dict[str, Label], row: Row, on_screen: OnScreen) -> Event:
    action = _ACTIONS.get(row["action"].lower())
    if action is None:
        known = ", ".join(_ACTIONS)
        raise StudioError(f"{quoted(row['action'])} is not an action: use one of {known}.")
    return action(reviewer, _box_id(row), row, _label_id(labels, row), on_screen)


def _accept(
    reviewer: Reviewer, box_id: int, row: Row, label_id: int | None, on_screen: OnScreen
) -> Event:
    if label_id is None:
        return reviewer.accept(box_id, on_screen=on_screen)
    return reviewer.relabel(box_id, label_id, on_screen=on_screen)


def _reject(
    reviewer: Reviewer, box_id: int, row: Row, label_id: int | None, on_screen: OnScreen
) -> Event:
    return reviewer.reject(box_id, row.get("reason") or None, on_screen=on_screen)


def _relabel(
    reviewer: Reviewer, box_id: int, row: Row, label_id: int | None, on_screen: OnScreen
) -> Event:
    if label_id is None:
        raise StudioError("A relabel needs the name of a label.")
    return reviewer.relabel(box_id, label_id, on_screen=on_screen)


def _adjust(
    reviewer: Reviewer, box_id: int, row: Row, label_id: int | None, on_screen: OnScreen
) -> Event:
    return reviewer.adjust(box_id, _square(row), label_id, on_screen=on_screen)


def _by_corners(row: Row) -> bool:
    """Whether a row adjusts a box by its corners alone, as tables of boxes have them."""
    if row["action"].lower() != "adjust" or any(map(row.get, ("cx", "cy", "side"))):
        return False
    return any(map(row.get, CORNERS))


def _square(row: Row) -> Square:
    if not _by_corners(row):
        return Square(_number(row, "cx"), _number(row, "cy"), _number(row, "side"))
    frame = row.get("frame") or "raw"
    if frame != "raw":
        raise StudioError(f"An adjust needs corners in the raw frame, not in {quoted(frame)}.")
    x0, y0, x1, y1 = (_number(row, column) for column in CORNERS)
    if x1 <= x0 or y1 <= y0:
        raise StudioError("An adjust needs corners with x0 below x1 and y0 below y1.")
    return Square.from_corners(x0, y0, x1, y1)


def _unsure(
    reviewer: Reviewer, box_id: int, row: Row, label_id: int | None, on_screen: OnScreen
) -> Event:
    return reviewer.unsure(box_id, row.get("comment") or None, on_screen=on_screen)


def _comment(
    reviewer: Reviewer, box_id: int, row: Row, label_id: int | None, on_screen: OnScreen
) -> Event:
    return reviewer.comment(box_id, row.get("comment", ""), on_screen=on_screen)


_ACTIONS: dict[str, Callable[[Reviewer, int, Row, int | None, OnScreen], Event]] = {
    "accept": _accept,
    "reject": _reject,
    "relabel": _relabel,
    "adjust": _adjust,
    "unsure": _unsure,
    "comment": _comment,
}


def _box_id(row: Row) -> int:
    text = row["box"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise StudioError(f"{quoted(text)} is not the id of a box: use those of can-studio boxes.")
    return int(text)


def _label_id(labels: dict[str, Label], row: Row) -> int | None:
    name = row.get("label")
    if not name:
        return None
    if name not in labels:
        raise StudioError(f"There is no label {quoted(name)} in this project.")
    return labels[name].id


def _number(row: Row, column: str) -> float:
    text = row.get(column, "")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise StudioError(f"An adjust needs a number as {column}, not {quoted(text)}.")
    return number
