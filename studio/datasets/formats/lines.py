"""Lines of a text list that may be hostile: bounded, and byte-exact on the way back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studio.errors import StudioError

MAX_BYTES = 128 * 1024 * 1024
MAX_LINES = 1_000_000
MAX_LINE_BYTES = 256 * 1024

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `raw` without its ending, undecodable bytes as lone surrogates (PEP 383)."""

    number: int  # from 1
    raw: str
    end: str  # "\n", "\r\n", or "" at the end of the file
    cut: bool = False  # longer than MAX_LINE_BYTES; the rest is not kept


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of `path`, streamed. Raises StudioError when it is missing, huge or UTF-16."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StudioError(
                f"{path.name} is larger than {MAX_BYTES >> 20} MB: split the list and try again."
            )
        with path.open("rb") as file:
            if file.read(2) in _UTF16:
                raise StudioError(f"{path.name} is UTF-16 text: save it as UTF-8 and try again.")
            file.seek(0)
            yield from _numbered(file, path.name)
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error


def clean_text(raw: str) -> str:
    """`raw` as text that any table or window takes: what is not UTF-8 is read as Latin-1."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        return raw.encode("utf-8", "surrogateescape").decode("latin-1")
    return raw


def to_bytes(raw: str, end: str) -> bytes:
    """The bytes of a line exactly as they were read."""
    return (raw + end).encode("utf-8", "surrogateescape")


def _numbered(file: BinaryIO, name: str) -> Iterator[Line]:
    number = 0
    while data := file.readline(MAX_LINE_BYTES):
        number += 1
        if number > MAX_LINES:
            raise StudioError(f"{name} has more than {MAX_LINES:,} lines: split the list.")
        cut = False
        rest = data
        while not rest.endswith(b"\n") and (rest := file.readline(MAX_LINE_BYTES)):
            cut = True
        body = data.removesuffix(b"\n")
        end = "\n" if rest.endswith(b"\n") else ""
        if end and not cut and body.endswith(b"\r"):
            body, end = body[:-1], "\r\n"
        yield Line(number, body.decode("utf-8", "surrogateescape"), end, cut)
