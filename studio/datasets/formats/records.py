"""What the readers of lists hand over: images, boxes and problems, knowing nothing of a project."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

from studio.errors import StudioError
from studio.imaging import Square, fit_square, to_raw
from studio.project import safe_label

Frame = Literal["raw", "exif"]

MAX_PROBLEMS = 100_000
MAX_NAME_BYTES = 255  # of one component of a path, on every file system in use


class RowReason(StrEnum):
    """Why a row of a list could not be used, or not wholly."""

    BAD_ROW = "bad_row"
    BAD_NUMBER = "bad_number"
    BAD_LABEL = "bad_label"
    BAD_NAME = "bad_name"
    BAD_BOX = "bad_box"
    NUL_BYTE = "nul_byte"
    TOO_LONG = "too_long"
    NO_IMAGE = "no_image"
    DUPLICATE = "duplicate"
    CROWD = "crowd"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that is left out. `line` is 1-based in text lists, a 0-based index in JSON."""

    line: int
    reason: RowReason
    sentence: str


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
    """A box as a list gives it: corners in pixels, in the frame of its image."""

    line: int
    x0: float
    y0: float
    x1: float
    y1: float
    label: str | None = None
    score: float | None = None
    as_read: dict[str, Any] = field(default_factory=dict)

    @property
    def zero_area(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    @property
    def square(self) -> Square:
        """The square of the long side about the centre: nothing of a lesion is cut away."""
        return Square.from_corners(self.x0, self.y0, self.x1, self.y1)


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image that a list names.

    `file` is a relative path with forward slashes and without ``..``. `frame` is the frame of the
    numbers, None when only the stated `width` and `height` can tell.
    """

    line: int
    file: str
    boxes: tuple[ListedBox, ...] = ()
    frame: Frame | None = None
    width: int | None = None
    height: int | None = None
    url: str | None = None
    as_read: dict[str, Any] = field(default_factory=dict)

    def frame_in(self, width: int, height: int, orientation: int) -> Frame:
        """The frame of the numbers, given the size of the raw frame and the EXIF orientation.

        A stated size equal to the turned size and not to the raw one means that the tool that
        wrote the list had turned the picture. Raises StudioError when the size fits neither.
        """
        if self.frame is not None:
            return self.frame
        if (
            self.width is None
            or self.height is None
            or (self.width, self.height) == (width, height)
        ):
            return "raw"
        if orientation >= 5 and (self.width, self.height) == (height, width):
            return "exif"
        raise StudioError(
            f"{shown(self.file)} is {width} × {height} pixels but the list says "
            f"{self.width} × {self.height}: its boxes were drawn on another version of the picture."
        )

    def square(self, box: ListedBox, width: int, height: int, orientation: int) -> Square | None:
        """`box` as a square in the raw frame that lies inside the picture.

        None for a box without area, which still has to be drawn. Raises as `frame_in` does.
        """
        frame = self.frame_in(width, height, orientation)
        if box.zero_area:
            return None
        square = box.square
        if frame == "exif":
            square = to_raw(square, width, height, orientation)
        return fit_square(square, width, height)


@dataclass(frozen=True, slots=True)
class BoxList:
    """A list of boxes as read: `labels` in the order in which the file names them."""

    images: tuple[ListedImage, ...]
    problems: tuple[RowProblem, ...]
    labels: tuple[str, ...] = ()


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
    only the last component is kept.
    """
    path = name.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":":
        path = path.rpartition("/")[2]
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or not all(char.isprintable() for char in path):
        return None
    if any(len(part.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES for part in parts):
        return None
    return "/".join(parts)
