"""Comma-separated text with a header, read one physical line at a time.

A quote left open would swallow the rest of the file if fields could span lines; no list that the
studio reads needs that, and so one broken row stays one broken row.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from studio.datasets.formats.lines import Line, clean_text, read_lines
from studio.datasets.formats.records import Problems, RowProblem, RowReason


def read_table(
    path: Path, required: tuple[str, ...], problems: Problems
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows as (1-based line, {column in lower case: text}); bad rows are added to `problems`.

    `required` columns must be there with some text; other columns may be short or empty.
    """
    header: list[str] | None = None
    for line in read_lines(path):
        if not line.raw.strip() or line.raw.startswith("#"):
            continue
        fields = split_row(line)
        if isinstance(fields, RowProblem):
            problems.append(fields)
        elif header is None:
            header = [name.strip().lower() for name in fields]
        else:
            row = dict(zip(header, fields, strict=False))
            missing = [name for name in required if not row.get(name, "").strip()]
            if missing:
                what = f"Line {line.number} has nothing under “{missing[0]}”."
                problems.append(RowProblem(line.number, RowReason.BAD_ROW, what))
            else:
                yield line.number, row


def split_row(line: Line) -> list[str] | RowProblem:
    """The fields of one line, or the reason why it has none."""
    if line.cut:
        what = f"Line {line.number} is longer than a row can be."
        return RowProblem(line.number, RowReason.TOO_LONG, what)
    if "\0" in line.raw:
        return RowProblem(line.number, RowReason.NUL_BYTE, f"Line {line.number} has a NUL byte.")
    try:
        return next(csv.reader([clean_text(line.raw.removeprefix("\ufeff"))], strict=False))
    except csv.Error as error:
        return RowProblem(line.number, RowReason.BAD_ROW, f"Line {line.number}: {error}.")
