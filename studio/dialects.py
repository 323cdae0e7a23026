"""Text and tables as other programs save them: encodings, delimiters, decimal commas.

A spreadsheet of a country that writes 0,5 for a half separates cells by semicolons and saves in
Windows-1252 or UTF-16; others use tabs or bars. The readers of lists and of tables of decisions and
answers all go through here, so that what one understands all do. (`studio.tables` writes tables.)
"""

import csv
import io
import re
from codecs import getincrementaldecoder
from collections.abc import Collection, Iterator, Sequence

DELIMITERS = ",;\t|"
MAX_ROW_LINES = 100  # of one row, by line breaks in its cells

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WIDE_HEAD = 4096  # bytes that tell UTF-16 without a byte order mark
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<mark>[^\r\n"])"?\s*', re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'\N{RIGHT SINGLE QUOTATION MARK}"


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes of a text show: by its byte order mark, or UTF-16 by its
    zero bytes; "utf-8" where nothing speaks for another."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    part = head[: _WIDE_HEAD & ~1]
    for encoding, zeros, others in (
        ("utf-16-le", part[1::2], part[::2]),
        ("utf-16-be", part[::2], part[1::2]),
    ):
        if len(zeros) >= 8 and zeros.count(0) > 0.7 * len(zeros) and others.count(0) == 0:
            return encoding
    return "utf-8"


def is_wide(head: bytes) -> bool:
    """Whether the first bytes are those of UTF-16 or UTF-32, which no line reader understands."""
    return encoding_of(head) != "utf-8"


def decode_text(content: bytes, cut: bool = False) -> str:
    """Bytes of a text file as text without a byte order mark; never fails.

    `cut` where more bytes follow, so that the last character may be half there. What is neither
    UTF-8 nor UTF-16 is taken for Windows-1252, the five bytes that it lacks for Latin-1.
    """
    encoding = encoding_of(content[:_WIDE_HEAD])
    if encoding != "utf-8":
        return content.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        text = getincrementaldecoder("utf-8")().decode(content, final=not cut)
        return text.removeprefix("\ufeff")
    except UnicodeDecodeError:
        return decode_western(content)


def decode_western(content: bytes) -> str:
    """Bytes of an old Windows program in western Europe, or of anything that is not Unicode."""
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def text_lines(text: str) -> list[str]:
    """The lines of a text with their endings, at ``\\n``, ``\\r\\n`` and ``\\r`` only."""
    return io.StringIO(text, newline="").readlines()


def separator_line(line: str) -> str | None:
    """The delimiter that Excel's first line ``sep=;`` gives, or None for any other line."""
    found = _SEPARATOR_LINE.fullmatch(line.strip("\ufeff\r\n"))
    return found["mark"] if found else None


def delimiter_of(header: str, wanted: Collection[str] = ()) -> str:
    """What separates the cells of a table, by its header.

    The one under which the header has all `wanted` columns (lower case), else the most frequent.
    """
    if wanted:
        for mark in DELIMITERS:
            if set(wanted) <= set(column_names(header, mark)):
                return mark
    return max(DELIMITERS, key=header.count)


def column_names(header: str, delimiter: str) -> list[str]:
    """The columns of a header in lower case, without quotes and spaces around them."""
    cells = split_cells(header, delimiter)
    return [name.strip().strip('"').lower() for name in cells]


def split_cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; a broken quote ends with the line."""
    try:
        return next(csv.reader([line.strip("\ufeff\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def table_rows(
    lines: Sequence[str], begin: int, delimiter: str, width: int
) -> Iterator[tuple[int, list[str] | str]]:
    """The rows from line `begin` (0-based) on, as (line, cells), or what is wrong with it as the
    end of a sentence; blank lines are passed over.

    A quoted cell may hold line breaks, if its row then has `width` cells: a quote left open hides
    no row after it.
    """
    at = begin
    while at < len(lines):
        cells, used = _row_at(lines, at, delimiter, width)
        if isinstance(cells, str) or any(cell.strip() for cell in cells):
            yield at, cells
        at += used


def _row_at(
    lines: Sequence[str], at: int, delimiter: str, width: int
) -> tuple[list[str] | str, int]:
    reader = csv.reader(lines[at : at + MAX_ROW_LINES], delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error as error:
        return f"is not CSV: {error}", 1
    if reader.line_num > 1 and len(cells) != width:
        return "has a quote that is not closed", 1
    return cells, reader.line_num


def parse_number(text: str, delimiter: str = ",") -> float:
    """A number with a decimal point or a decimal comma; ValueError for anything else.

    With both, the last of them is the decimal mark and the other groups digits. A comma alone is a
    decimal comma (``0,5``), except between groups of three digits in a table separated by commas
    (``"1,234"``), as English spreadsheets write them.
    """
    plain = text.strip()
    if "_" in plain:
        raise ValueError(f"{text!r} is not a number")
    for space in _SPACES:
        plain = plain.replace(space, "")
    if "," in plain:
        if "." in plain:
            point = plain.rfind(".") > plain.rfind(",")
            plain = plain.replace(",", "") if point else plain.replace(".", "").replace(",", ".")
        elif delimiter == "," and _THOUSANDS.fullmatch(plain):
            plain = plain.replace(",", "")
        else:
            plain = plain.replace(",", ".")
    return float(plain)
