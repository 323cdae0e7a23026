"""CSV files: the one writer, which keeps spreadsheets from running what is in a cell, and the
reader that undoes it.

A spreadsheet runs a cell that begins with ``= + - @`` (or a tab or a line break in front of one) as
a formula, and names of files, labels and comments come from anywhere. The writer puts an apostrophe
in front of such a text, which the spreadsheets take for "this is text"; one that has apostrophes
there already gets one more, so that reading takes exactly one away again. Numbers stay numbers:
``-0.5`` is not a formula. Spreadsheets of many countries split cells at semicolons, so what follows
a semicolon is treated as a cell, too. (OWASP, "CSV Injection".)

Files are UTF-8; bytes of a file name that are no Unicode go out as they came.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from studio.files import replacing_text
from studio.opening import FileProblem, FileRefused, read_bytes, shown_path

MAX_BYTES = 256 * 1024 * 1024
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers"})
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_IN_WORKBOOK = (b"xl/", b"[Content_Types].xml", b"opendocument.spreadsheet")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-](inf|nan)", re.ASCII)
_RUNS = re.compile(r"[\s']*[=+\-@＝＋－＠]|'*[\t\r\n]")


def neutralise(value: Any) -> Any:
    """A cell as it is, or a text that a spreadsheet would run with an apostrophe in front."""
    if not isinstance(value, str):
        return value
    return ";".join(_escaped(part) for part in value.split(";"))


def restore(text: str) -> str:
    """What `neutralise` was given; any other text as it is, save that one apostrophe in front of
    what would run is taken away."""
    return ";".join(_unescaped(part) for part in text.split(";"))


def _escaped(part: str) -> str:
    return f"'{part}" if _RUNS.match(part) and not _NUMBER.fullmatch(part) else part


def _unescaped(part: str) -> str:
    return part[1:] if part.startswith("'") and _RUNS.match(part, 1) else part


class TableWriter:
    """Writes rows to an open text file; every text is neutralised."""

    def __init__(self, file: TextIO, line_end: str = "\r\n") -> None:
        self._writer = csv.writer(file, lineterminator=line_end)

    def row(self, cells: Iterable[Any]) -> None:
        """Write one row. None is an empty cell."""
        self._writer.writerow([neutralise(cell) for cell in cells])


@contextmanager
def writing_table(path: Path, columns: Sequence[str]) -> Iterator[TableWriter]:
    """A CSV file with a header that is there, whole and on the disk, when the block has ended."""
    with replacing_text(path, errors="surrogateescape", newline="") as file:
        writer = TableWriter(file)
        writer.row(columns)
        yield writer


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Any]], line_end: str = "\n") -> str:
    """The same as text, for a clipboard or another file."""
    stream = io.StringIO()
    writer = TableWriter(stream, line_end)
    writer.row(columns)
    for row in rows:
        writer.row(row)
    return stream.getvalue()


def is_workbook(name: str, content: bytes) -> bool:
    """Whether bytes are those of a workbook of Excel or another spreadsheet, whole or broken, and
    not a table in text. `content` may be the beginning alone."""
    packed = content.startswith((_ZIP, _OLE))
    if Path(name).suffix.lower() in _WORKBOOKS:
        return packed or b"\0" in content[:1024]
    return content.startswith(_OLE) or (packed and any(one in content for one in _IN_WORKBOOK))


def workbook_sentence(name: str) -> str:
    """What to do with a workbook."""
    return f"{name} is an Excel workbook: save it as CSV and take that file."


def table_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a table that a person gives. Raises FileRefused where they cannot be read, or
    are those of a workbook or a zip."""
    content = read_bytes(path, max_bytes)
    if is_workbook(path.name, content):
        raise FileRefused(FileProblem.WRONG, workbook_sentence(shown_path(path)))
    if content.startswith(_ZIP):
        sentence = f"{shown_path(path)} is a zip and not a table: unpack it, or save it as CSV."
        raise FileRefused(FileProblem.WRONG, sentence)
    return content


def read_table(path: Path, max_bytes: int = MAX_BYTES) -> list[list[str]]:
    """The rows of a table that the studio wrote, header first, as they were given to the writer.

    Raises FileRefused where it is not a regular file, too large, or not a table.
    """
    text = read_bytes(path, max_bytes).decode("utf-8-sig", "surrogateescape")
    return list(parse_table(text, path))


def parse_table(text: str, path: Path, delimiter: str = ",") -> Iterator[list[str]]:
    """The rows of a table's text; `path` is for the sentence of FileRefused."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield [restore(cell) for cell in row]
    except csv.Error as error:
        sentence = f"{shown_path(path)} is not a table: line {reader.line_num}: {error}."
        raise FileRefused(FileProblem.WRONG, sentence) from error
