"""Why a file cannot be used as a photograph: a closed set of reasons, each with its sentence."""

import os
from enum import StrEnum
from pathlib import Path

from studio.errors import StudioError
from studio.opening import FileProblem, FileRefused

_PASSING = frozenset({FileProblem.MISSING, FileProblem.TOO_SLOW, FileProblem.UNREADABLE})


class Reason(StrEnum):
    """The reasons by which refused files and rows are counted and listed."""

    EMPTY = "empty"
    NOT_IMAGE = "not_image"
    TRUNCATED = "truncated"
    BOMB = "bomb"
    TOO_BIG = "too_big"
    TOO_SMALL = "too_small"
    TOO_SLOW = "too_slow"
    UNSUPPORTED = "unsupported"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    NOT_FILE = "not_file"
    BAD_NAME = "bad_name"
    BAD_LABEL = "bad_label"


class ImageError(StudioError):
    """A file that cannot be used; `reason` counts it and the text is the sentence for its user."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason

    def __reduce__(self) -> tuple[type["ImageError"], tuple[Reason, str]]:
        return type(self), (self.reason, str(self))


def may_be_read_later(error: Exception) -> bool:
    """Whether the system did not give a file (a full table of files, a disk that is away, no
    memory), so that another attempt may succeed; False where the bytes of the file are at fault.
    Read off the causes of `error`: Pillow's own OSErrors about bytes have no number."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, FileRefused):
            return cause.problem in _PASSING
        if isinstance(cause, MemoryError):
            return True
        if isinstance(cause, OSError) and cause.errno is not None:
            return True
        cause = cause.__cause__
    return False


SHOWN_CHARACTERS = 80


def shown_name(path: str | os.PathLike[str]) -> str:
    """The last part of a path as plain printable text of at most about a hundred characters."""
    name = Path(path).name or os.fspath(path)
    plain = "".join(c if c.isprintable() else "�" for c in name)
    if len(plain) <= SHOWN_CHARACTERS:
        return plain
    half = SHOWN_CHARACTERS // 2
    return f"{plain[:half]}…{plain[-half:]} ({len(plain):,} characters)"
