"""Plain lists of URLs: one a line, the crawler's ``url,path``, or a CSV with a ``url`` column.

An import of files and boxes does not take such a list: it has no boxes, and nothing fetches yet.
"""

from dataclasses import dataclass
from pathlib import Path

from studio.datasets.formats.lines import clean_text, read_lines
from studio.datasets.formats.records import (
    Problems,
    RowProblem,
    RowReason,
    read_label,
    relative_file,
    shown,
)
from studio.datasets.formats.table import read_table
from studio.dialects import column_names, delimiter_of, separator_line


@dataclass(frozen=True, slots=True)
class ListedUrl:
    """A URL as listed, with the file that the crawler wrote for it and a label, where given."""

    line: int
    raw: str
    url: str
    path: str | None = None  # relative, as records.relative_file makes it
    label: str | None = None


@dataclass(frozen=True, slots=True)
class UrlList:
    rows: tuple[ListedUrl, ...]
    problems: tuple[RowProblem, ...]


def read(path: Path) -> UrlList:
    """Read a list of URLs. Raises StudioError when the file itself cannot be read."""
    problems = Problems(path.name)
    rows = _with_header(path, problems) if has_header(path) else _plain(path, problems)
    return UrlList(tuple(rows), tuple(problems))


def has_header(path: Path) -> bool:
    """Whether the first line that is not a comment names a column ``url``."""
    for line in read_lines(path):
        text = line.raw.removeprefix("\ufeff")
        if text.strip() and not text.startswith("#") and separator_line(text) is None:
            return is_header(text)
    return False


def is_header(text: str) -> bool:
    """Whether a line is a header with a column ``url``.

    A table in a text begins its lines with the bar that parts its cells, and is not a list.
    """
    if text.lstrip().startswith("|"):
        return False
    return "url" in column_names(text, delimiter_of(text, ("url",)))


def _with_header(path: Path, problems: Problems) -> list[ListedUrl]:
    rows: list[ListedUrl] = []
    for line, row in read_table(path, ("url",), problems).rows:
        listed = row.get("label", "").strip()
        label, why = read_label(listed) if listed else (None, None)
        if why is not None:
            sentence = f"Line {line} is left out for its label. {why}"
            problems.append(RowProblem(line, RowReason.BAD_LABEL, sentence))
        elif _is_url(row["url"]):
            file = relative_file(row.get("path", ""))
            rows.append(ListedUrl(line, ",".join(row.values()), row["url"], file, label))
        else:
            problems.append(_not_url(line, row["url"]))
    return rows


def _plain(path: Path, problems: Problems) -> list[ListedUrl]:
    """One URL a line, or ``url,path`` without a header: a comma ends the URL only before a path
    that could be a file, since commas are legal in URLs."""
    rows: list[ListedUrl] = []
    for line in read_lines(path):
        text = clean_text(line.raw.removeprefix("\ufeff"))
        if not text.strip() or text.startswith("#"):
            continue
        if line.cut or "\0" in text or not _is_url(text):
            problems.append(_not_url(line.number, text))
            continue
        url, comma, file = text.rpartition(",")
        if comma and _is_local_path(file):
            rows.append(ListedUrl(line.number, text, url, relative_file(file)))
        else:
            rows.append(ListedUrl(line.number, text, text))
    return rows


def _is_url(text: str) -> bool:
    return text.strip().lower().startswith(("http://", "https://"))


def _is_local_path(text: str) -> bool:
    return "." in text and "=" not in text and relative_file(text) is not None


def _not_url(line: int, text: str) -> RowProblem:
    sentence = f"Line {line} is not an http(s) URL: {shown(text)}"
    return RowProblem(line, RowReason.BAD_ROW, sentence)
