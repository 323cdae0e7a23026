"""Lines of a text list that may be hostile: bounded, and byte-exact on the way back."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from studio.dialects import decode_text, decode_western, is_wide
from studio.errors import StudioError
from studio.opening import open_regular, read_rest

MAX_BYTES = 128 * 1024 * 1024
MAX_LINES = 1_000_000
MAX_LINE_BYTES = 256 * 1024
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `raw` without its ending, undecodable bytes as lone surrogates (PEP 383)."""

    number: int  # from 1
    raw: str
    end: str  # "\n", "\r\n", or "" at the end of the file
    cut: bool = False  # longer than MAX_LINE_BYTES; the rest is not kept


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of `path`, streamed. A list in UTF-16 is read, and written back as UTF-8.

    Raises StudioError when it is missing, huge, or not a regular file.
    """
    try:
        with open_regular(path) as file:
            _require_bearable(file, path)
            if is_wide(file.read(_HEAD_BYTES)):
                file.seek(0)
                text = decode_text(read_rest(file, path, MAX_BYTES))
                yield from _numbered(BytesIO(text.encode("utf-8", "replace")), path.name)
                return
            file.seek(0)
            yield from _numbered(file, path.name)
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error


def read_whole(path: Path) -> str:
    """The text of a list, whatever its encoding. Raises StudioError as `read_lines` does."""
    with open_regular(path) as file:
        _require_bearable(file, path)
        return decode_text(read_rest(file, path, MAX_BYTES))


def _require_bearable(file: BinaryIO, path: Path) -> None:
    if os.fstat(file.fileno()).st_size > MAX_BYTES:
        raise StudioError(
            f"{path.name} is larger than {MAX_BYTES >> 20} MB: split the list and try again."
        )


def clean_text(raw: str) -> str:
    """`raw` as text that any table or window takes: what is not UTF-8 is read as Windows-1252."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        return decode_western(raw.encode("utf-8", "surrogateescape"))
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
