"""The CAN list: ``no label x_center y_center width height url``, one row a box.

Fields are separated by single spaces and **the URL is the rest of the line**, spaces and all.
``#`` starts a comment. Numbers are fractions of the raw, un-rotated frame, rounded to three
decimals. Everything is kept as it was read, so that an unchanged list is written back byte for
byte: comments, blank lines, rows that cannot be used, line endings, bytes that are not UTF-8.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.datasets.formats.lines import Line, clean_text, read_lines, to_bytes
from studio.datasets.formats.records import Problems, RowProblem, RowReason, read_label, shown
from studio.dialects import parse_number
from studio.imaging import Square, fit_square

_ROW = re.compile(r"(\S+)[ \t]+(\S+)" + r"[ \t]+(\S+)" * 4 + r"[ \t]+(\S.*)", re.DOTALL)
# As a spreadsheet saves a list whose fields it has parted: the same mark between all of them.
_CELLS = re.compile(r"([^;,|\s]+)([;,|])([^;,|]+)\2" + r"([^;|]+?)\2" * 4 + r"\s*(\S.*)", re.DOTALL)
_ROUNDING = 0.0005  # numbers are given to three decimals


@dataclass(frozen=True, slots=True)
class CanRow:
    """One row. `raw` and `end` are its exact text (see `lines.Line`); the rest is parsed from it.

    `x_center`, `y_center`, `width` and `height` are fractions 0..1 of the raw frame.
    """

    line: int
    raw: str
    end: str
    number: str
    label: str
    x_center: float
    y_center: float
    width: float
    height: float
    url: str

    @property
    def zero_area(self) -> bool:
        """The image is worth keeping, but its box has still to be drawn."""
        return self.width <= 0 or self.height <= 0

    @property
    def as_read(self) -> dict[str, Any]:
        """What the `source` table keeps, enough to write the row back (`row_from`)."""
        return {"raw": self.raw, "end": self.end}

    def square(self, width: int, height: int) -> Square | None:
        """The box as a square in pixels of the raw frame, inside the picture; None without area.

        CAN boxes are squares in pixels whose two sides were rounded apart. Rounding errs by up to
        0.0005 W across and 0.0005 H down, so within that the sides are averaged by the inverse of
        the squared error; a box that was not a square keeps its long side.
        """
        if self.zero_area:
            return None
        across, down = self.width * width, self.height * height
        side = max(across, down)
        if abs(across - down) <= 2 * _ROUNDING * (width + height):
            weight = height**2 / (width**2 + height**2)
            side = weight * across + (1 - weight) * down
        square = Square(self.x_center * width, self.y_center * height, side)
        return fit_square(square, width, height)


@dataclass(frozen=True, slots=True)
class CanText:
    """A line that is not a row (comment, blank) or that cannot be used; kept for writing back."""

    line: int
    raw: str
    end: str

    @property
    def is_comment(self) -> bool:
        """A comment or a blank line, not a row that cannot be used."""
        text = self.raw.removeprefix("\ufeff")
        return text.startswith("#") or not text.strip()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A URL under more than one label."""

    url: str
    rows: tuple[CanRow, ...]
    same_lesion: bool  # two of its boxes with different labels overlap with IoU of at least 0.5


@dataclass(frozen=True, slots=True)
class CanList:
    rows: tuple[CanRow, ...]
    texts: tuple[CanText, ...]
    problems: tuple[RowProblem, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Distinct labels in the order of their first row."""
        return tuple(dict.fromkeys(row.label for row in self.rows))

    @property
    def urls(self) -> tuple[str, ...]:
        """Distinct URLs, as listed, in the order of their first row."""
        return tuple(self.by_url())

    @property
    def needs_box(self) -> int:
        """How many rows have a box without area."""
        return sum(row.zero_area for row in self.rows)

    def by_url(self) -> dict[str, list[CanRow]]:
        """Rows of each distinct URL: one download, several boxes."""
        grouped: dict[str, list[CanRow]] = defaultdict(list)
        for row in self.rows:
            grouped[row.url].append(row)
        return dict(grouped)

    def conflicts(self) -> tuple[Conflict, ...]:
        """URLs listed under more than one label; one that is the same lesion needs review."""
        return tuple(
            Conflict(url, tuple(rows), _same_lesion(rows))
            for url, rows in self.by_url().items()
            if len({row.label for row in rows}) > 1
        )


def read(path: Path) -> CanList:
    """Read a CAN list. Rows that cannot be used are named in `problems`; the rest is kept.

    Raises StudioError when the file itself cannot be read.
    """
    rows: list[CanRow] = []
    texts: list[CanText] = []
    problems = Problems(path.name)
    for line in read_lines(path):
        parsed = parse(line)
        if isinstance(parsed, CanRow):
            rows.append(parsed)
            continue
        texts.append(CanText(line.number, line.raw, line.end))
        if parsed is not None:
            problems.append(parsed)
    return CanList(tuple(rows), tuple(texts), tuple(problems))


def parse(line: Line) -> CanRow | RowProblem | None:
    """One line as a row or a named problem; None for a comment or a blank line."""
    text = line.raw.removeprefix("\ufeff")
    if not text.strip() or text.startswith("#"):
        return None
    if line.cut:
        return _problem(line, RowReason.TOO_LONG, "is longer than a row can be")
    if "\0" in text:
        return _problem(line, RowReason.NUL_BYTE, "has a NUL byte")
    fields = _split(text)
    if fields is None:
        wanted = "no label x_center y_center width height url"
        return _problem(line, RowReason.BAD_ROW, f"is not “{wanted}”: {shown(text)}")
    number, label, *numbers, url = fields
    values = _fractions(numbers)
    if values is None:
        told = shown(" ".join(numbers))
        return _problem(line, RowReason.BAD_NUMBER, f"has a box that is not fractions 0..1: {told}")
    label, why = read_label(label)
    if why is not None:
        sentence = f"Line {line.number} is left out for its label. {why}"
        return RowProblem(line.number, RowReason.BAD_LABEL, sentence)
    return CanRow(
        line.number, line.raw, line.end, clean_text(number), label, *values, clean_text(url)
    )


def row_from(line: int, as_read: dict[str, Any]) -> CanRow:
    """The row that `CanRow.as_read` came from. Raises ValueError when it is not a row."""
    parsed = parse(Line(line, as_read["raw"], as_read["end"]))
    if not isinstance(parsed, CanRow):
        raise ValueError(f"line {line} is not a row of a CAN list")
    return parsed


def format_row(number: str, label: str, square: Square, size: tuple[int, int], url: str) -> str:
    """A new row for `square` (raw frame) in a picture of `size` (width, height), no line ending."""
    return " ".join([number, label, *_fields(square, size), url])


def changed(
    row: CanRow, label: str | None, square: Square | None, size: tuple[int, int]
) -> CanText:
    """`row` with a new label or a new `square` in a picture of `size`; None leaves the text."""
    fields = _split(row.raw.removeprefix("\ufeff"))
    if fields is None:
        raise ValueError(f"line {row.line} is not a row of a CAN list")
    number, old_label, *old_numbers, url = fields
    numbers = old_numbers if square is None else _fields(square, size)
    text = " ".join([number, label or old_label, *numbers, url])
    mark = "\ufeff" if row.raw.startswith("\ufeff") else ""
    return CanText(row.line, mark + text, row.end)


def write(path: Path, lines: Iterable[CanRow | CanText]) -> None:
    """Write lines in the order given; those that `read` returned come out byte for byte."""
    with path.open("wb") as file:
        for line in lines:
            file.write(to_bytes(line.raw, line.end))


def _problem(line: Line, reason: RowReason, what: str) -> RowProblem:
    return RowProblem(line.number, reason, f"Line {line.number} {what}.")


def _split(text: str) -> list[str] | None:
    """The seven fields of a row, or None."""
    if found := _ROW.fullmatch(text):
        return list(found.groups())
    if found := _CELLS.fullmatch(text):
        number, _, *fields = (field.strip() for field in found.groups())
        url = fields[-1]
        if len(url) > 1 and url[0] == url[-1] == '"':
            fields[-1] = url[1:-1].replace('""', '"')
        return [number, *fields]
    return None


def _fractions(numbers: list[str]) -> tuple[float, float, float, float] | None:
    try:
        x, y, width, height = (parse_number(number, ";") for number in numbers)
    except ValueError:
        return None
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in (x, y, width, height)):
        return None
    return x, y, width, height


def _fields(square: Square, size: tuple[int, int]) -> list[str]:
    width, height = size
    numbers = (square.cx / width, square.cy / height, square.side / width, square.side / height)
    return [_decimal(number) for number in numbers]


def _decimal(value: float) -> str:
    """Six decimals, a thousandth of a pixel in most photographs, without trailing zeros."""
    text = f"{value:.6f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _same_lesion(rows: list[CanRow]) -> bool:
    return any(
        first.label != second.label and _overlap(first, second) >= 0.5
        for index, first in enumerate(rows)
        for second in rows[index + 1 :]
    )


def _overlap(first: CanRow, second: CanRow) -> float:
    """IoU; fractions of the same picture give the same value as its pixels."""
    across = _shared(first.x_center, first.width, second.x_center, second.width)
    down = _shared(first.y_center, first.height, second.y_center, second.height)
    union = first.width * first.height + second.width * second.height - across * down
    return across * down / union if union > 0 else 0.0


def _shared(center: float, length: float, other_center: float, other_length: float) -> float:
    low = max(center - length / 2, other_center - other_length / 2)
    high = min(center + length / 2, other_center + other_length / 2)
    return max(0.0, high - low)
