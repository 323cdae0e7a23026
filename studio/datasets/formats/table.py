"""Tables with a header, as spreadsheets of any country save them.

Encoding, delimiter and decimal commas are told by `studio.dialects`. A quote left open hides no row
after it: one broken row stays one broken row.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from studio.datasets.formats.lines import MAX_LINE_BYTES, MAX_LINES, read_whole
from studio.datasets.formats.records import Problems, RowProblem, RowReason
from studio.dialects import (
    column_names,
    delimiter_of,
    separator_line,
    table_rows,
    text_lines,
)
from studio.errors import StudioError
from studio.tables import restore


class TableRow(NamedTuple):
    """A row: its 1-based line, and {column in lower case: text without spaces around it}."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as read: its rows, and what separates its cells (`parse_number` wants to know)."""

    delimiter: str = ","
    columns: tuple[str, ...] = ()
    rows: list[TableRow] = field(default_factory=list)


def read_table(path: Path, required: tuple[str, ...], problems: Problems) -> TableFile:
    """Read a table; rows that cannot be used are added to `problems`.

    `required` columns must be there with some text; other columns may be short or empty. Raises
    StudioError when the file cannot be read.
    """
    lines = text_lines(read_whole(path))
    if len(lines) > MAX_LINES:
        raise StudioError(f"{path.name} has more than {MAX_LINES:,} lines: split the list.")
    at, delimiter = first_row(lines)
    if at == len(lines):
        return TableFile()
    delimiter = delimiter or delimiter_of(lines[at], required)
    columns = tuple(column_names(lines[at], delimiter))
    table = TableFile(delimiter, columns)
    for found, cells in table_rows(lines, at + 1, delimiter, len(columns)):
        row = _row(found + 1, lines[found], cells, columns, required)
        if isinstance(row, RowProblem):
            problems.append(row)
        elif row is not None:
            table.rows.append(row)
    return table


def first_row(lines: list[str]) -> tuple[int, str | None]:
    """Where the header is (the number of lines where there is none), and the delimiter that a line
    `sep=` before it gives."""
    delimiter = None
    for at, line in enumerate(lines):
        found = separator_line(line)
        if found is not None:
            delimiter = found
        elif line.strip() and not line.startswith("#"):
            return at, delimiter
    return len(lines), None


def _row(
    line: int,
    text: str,
    cells: list[str] | str,
    columns: tuple[str, ...],
    required: tuple[str, ...],
) -> TableRow | RowProblem | None:
    if text.startswith("#"):
        return None
    if len(text) > MAX_LINE_BYTES:
        what = f"Line {line} is longer than a row can be."
        return RowProblem(line, RowReason.TOO_LONG, what)
    if "\0" in text:
        return RowProblem(line, RowReason.NUL_BYTE, f"Line {line} has a NUL byte.")
    if isinstance(cells, str):
        return RowProblem(line, RowReason.BAD_ROW, f"Line {line} {cells}.")
    row = {name: restore(cell.strip()) for name, cell in zip(columns, cells, strict=False)}
    missing = [name for name in required if not row.get(name)]
    if missing:
        what = f"Line {line} has nothing under “{missing[0]}”."
        return RowProblem(line, RowReason.BAD_ROW, what)
    return TableRow(line, row)
