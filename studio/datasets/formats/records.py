"""What the readers of lists hand over: images, boxes and problems, knowing nothing of a project."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

from studio.errors import StudioError
from studio.project import safe_label

Frame = Literal["raw", "exif"]
"""Of the stored pixels, or of the picture as displayed, after its EXIF orientation."""
Unit = Literal["pixels", "fractions", "percent"]
"""Of a box's numbers: pixels, parts 0..1 of the width and height, or hundredths of them."""

MAX_PROBLEMS = 100_000
MAX_NAME_BYTES = 255  # of one component of a path, on every file system in use


class RowReason(StrEnum):
    """Why a row of a list could not be used, or not wholly."""

    BAD_ROW = "bad_row"
    BAD_NUMBER = "bad_number"
    BAD_LABEL = "bad_label"
    BAD_NAME = "bad_name"
    BAD_BOX = "bad_box"
    OUTSIDE = "outside"
    FRAME = "frame"
    UNIT = "unit"
    AMBIGUOUS = "ambiguous"
    PLACEHOLDER = "placeholder"
    NUL_BYTE = "nul_byte"
    TOO_LONG = "too_long"
    NO_IMAGE = "no_image"
    DUPLICATE = "duplicate"
    CROWD = "crowd"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that is left out. `line` is 1-based in text lists, a 0-based index in JSON.

    `file` is the file of annotations that the row stands in, where a data set has many.
    """

    line: int
    reason: RowReason
    sentence: str
    file: str = ""


class Problems(list[RowProblem]):
    """The problems of one file, `name`; `append` raises StudioError when there is no end to them.

    A file of another kind has as many problems as lines, and no one reads them.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def append(self, problem: RowProblem) -> None:
        super().append(problem)
        if len(self) > MAX_PROBLEMS:
            raise StudioError(
                f"More than {MAX_PROBLEMS:,} rows of {shown(self._name)} cannot be used: it is "
                f"another kind of file. The first: {self[0].sentence}"
            )


@dataclass(frozen=True, slots=True)
class ListedBox:
    """A box as a list gives it: corners in the unit of its list, in the frame of its image.

    `shape` names what the corners are around (see `shapes`), and `beyond` keeps what no rectangle
    holds of it: an outline, a mask, points, an angle.
    """

    line: int
    x0: float
    y0: float
    x1: float
    y1: float
    label: str | None = None
    score: float | None = None
    as_read: dict[str, Any] = field(default_factory=dict)
    shape: str = "rectangle"
    beyond: dict[str, Any] = field(default_factory=dict)

    @property
    def zero_area(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1)."""
        return self.x0, self.y0, self.x1, self.y1


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image that a list names.

    `written` is the name as the list has it; `file` is the same made fit to be shown and compared:
    relative, with forward slashes and without ``..``. `frame` and `unit` are those of the numbers,
    None where the format leaves them open (`frame_and_unit` decides them for a whole list).
    `tool_frame` is the frame in which the tools of the format draw: it counts where no stated size
    tells one.
    `width` and `height` are the size that the list states, in pixels. `sha256` is that of the file,
    where the list tells which content it means.
    """

    line: int
    file: str
    boxes: tuple[ListedBox, ...] = ()
    frame: Frame | None = None
    unit: Unit | None = None
    width: int | None = None
    height: int | None = None
    url: str | None = None
    as_read: dict[str, Any] = field(default_factory=dict)
    written: str = ""
    tool_frame: Frame | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """What the list calls the file."""
        return self.written or self.file


@dataclass(frozen=True, slots=True)
class BoxList:
    """A list of boxes as read: `labels` in the order in which the file names them.

    `notes` are sentences about the whole. `aside` are images of a data set, by their paths in it,
    that are not photographs (masks).
    """

    images: tuple[ListedImage, ...]
    problems: tuple[RowProblem, ...]
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    aside: frozenset[str] = frozenset()


def shown(text: str, limit: int = 80) -> str:
    """`text` from outside, made fit to stand in a sentence: printable and not long."""
    clean = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:limit])
    return clean + "…" if len(text) > limit else clean


@lru_cache(maxsize=4096)
def read_label(name: str) -> tuple[str, str | None]:
    """A label as the project writes it (NFC), and why it cannot be one, in a sentence, or None."""
    try:
        return safe_label(name), None
    except StudioError as error:
        return name, str(error)


def relative_file(name: str) -> str | None:
    """A file name of a list as a relative path, or None when it cannot be one.

    Windows separators are understood. Of an absolute path, which names another computer's disk,
    only the last component is kept; ``..`` is resolved, and dropped where it would lead out. No
    file is ever opened by such a name: it is only compared with those that are there.
    """
    path = name.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":":
        path = path.rpartition("/")[2]
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    if not parts or not all(char.isprintable() for char in path):
        return None
    if path.rpartition("/")[2] in ("", ".", ".."):
        return None
    if any(len(part.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES for part in parts):
        return None
    return "/".join(parts)


def read_size(value: object) -> int | None:
    """A width or height as JSON has it: a whole number above 0, also as 640.0; else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def read_score(value: object) -> float | None:
    """The score of a box as JSON has it: a number from 0 to 1; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)
