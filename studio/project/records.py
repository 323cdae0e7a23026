"""What the stores of a project hand out: frozen rows, free of SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from studio.errors import StudioError
from studio.imaging.square import Square

_Row = TypeVar("_Row")
_Made = TypeVar("_Made")


class WrongValue(StudioError):
    """A row of the database has a value that the studio never writes: it was damaged."""


def row_reader(table: str) -> Callable[[Callable[[_Row], _Made]], Callable[[_Row], _Made]]:
    """Let a function that makes something of a row of `table` raise WrongValue for a bad value.

    SQLite keeps anything in any column, so a damaged file may hold text where a number was.
    """

    def decorate(read: Callable[[_Row], _Made]) -> Callable[[_Row], _Made]:
        @wraps(read)
        def reading(row: _Row) -> _Made:
            try:
                return read(row)
            except (ValueError, TypeError, KeyError, OverflowError, StudioError) as error:
                raise WrongValue(f"a row of “{table}”: {str(error)[:100]}") from error

        return reading

    return decorate


def whole(value: Any) -> int:
    """A whole number of a row; ValueError for anything else."""
    if type(value) is not int:
        raise ValueError(f"{value!r:.40} is not a whole number")
    return value


class BoxState(StrEnum):
    """What is known of a box."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    ADJUSTED = "adjusted"
    REJECTED = "rejected"
    UNSURE = "unsure"
    DISPUTED = "disputed"
    """Two readers do not agree: a third, or the adjudicator, decides."""


KEPT = (BoxState.ACCEPTED, BoxState.ADJUSTED)
"""The states of boxes that a reviewer found good: what an export takes by default."""


class Action(StrEnum):
    """What an event records."""

    PROPOSE = "propose"
    IMPORT = "import"
    CREATE = "create"
    ACCEPT = "accept"
    REJECT = "reject"
    RELABEL = "relabel"
    ADJUST = "adjust"
    UNSURE = "unsure"
    COMMENT = "comment"
    REASON = "reason"
    UNDO = "undo"
    REDO = "redo"
    LABEL = "label"
    """A class was renamed, moved, removed or made positive: an event without image or box."""
    METADATA = "metadata"
    """A table said something else of an image: an event without box."""
    RULE = "rule"
    """What follows from the decisions on a box was worked out anew, by another rule."""


DECIDING = frozenset(
    {
        Action.CREATE,
        Action.ACCEPT,
        Action.REJECT,
        Action.RELABEL,
        Action.ADJUST,
        Action.UNSURE,
    }
)
"""What a reviewer decides of a box; a comment or the reason of a rejection is not a decision."""


class SourceStatus(StrEnum):
    """What became of a row of a list or a file of a folder: exactly one of these."""

    IMAGE = "image"
    WAITING = "waiting"
    FAILED = "failed"
    NEEDS_REVIEW = "needs_review"


@dataclass(frozen=True, slots=True)
class Label:
    """A class of the project; `position` (from 1) is the number key that assigns it."""

    id: int
    name: str
    position: int
    positive: bool
    never_in_bulk: bool


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One photograph; width and height in pixels of the raw frame, `orientation` EXIF 1..8.

    What comes after `created` is metadata, None where nothing is known: `age` in years, `extra`
    what other columns of a table said, by their names.
    """

    id: int
    sha256: str
    file: str
    suffix: str
    bytes: int
    width: int
    height: int
    orientation: int
    phash: str | None
    sharpness: float | None
    label_id: int | None
    stack_id: int | None
    synthetic: bool
    created: str
    patient: str | None = None
    lesion: str | None = None
    skin_tone: str | None = None
    sex: str | None = None
    age: float | None = None
    site: str | None = None
    modality: str | None = None
    framing: str | None = None
    verification: str | None = None
    licence: str | None = None
    extra: dict[str, str] | None = None

    @property
    def square_limits(self) -> tuple[int, int]:
        """Width and height in which a square of this image must lie, raw frame."""
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class Box:
    """The present state of a box; `square` in pixels of the raw frame.

    `position`, from 0, is its place in the order of review of its image; `rank`, from 0, its place
    among the boxes of its image by the same detector, list or hand, best first.
    """

    id: int
    image_id: int
    square: Square
    label_id: int | None
    state: BoxState
    origin: str
    version: str | None
    score: float | None
    position: int
    reason: str | None
    comment: str | None
    deleted: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class NewBox:
    """A box to be added; without a position it goes after the boxes that its image has. Boxes of
    one detector, list or hand are given best first."""

    image_id: int
    square: Square
    label_id: int | None = None
    origin: str = "hand"
    version: str | None = None
    score: float | None = None
    position: int | None = None
    state: BoxState = BoxState.UNDECIDED


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the append-only log; before and after hold the box columns that changed.

    `reverts` is the decision that an undo or redo is about. `batch` is the first event of the
    gesture that this one belongs to, None when it is that first one. `decision` holds what the
    reviewer says of the box where a project has two readers, {} for nothing any more.
    """

    id: int
    time: str
    reviewer: str | None
    image_id: int | None
    box_id: int | None
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    detector: str | None = None
    detector_version: str | None = None
    ms_spent: int | None = None
    on_screen: dict[str, Any] | None = None
    reverts: int | None = None
    batch: int | None = None
    decision: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer says of a box: their last decision in force, made by `event_id`."""

    box_id: int
    reviewer: str
    event_id: int
    state: BoxState
    label_id: int | None
    square: Square
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an image came from: a row of a list (`line` from 1) or a file of a folder.

    `as_read` is the row exactly as read, JSON; `url` is repaired, `url_listed` is not.
    """

    id: int
    origin: str
    list_name: str
    line: int | None
    as_read: Any
    url_listed: str | None
    url: str | None
    host: str | None
    path: str | None
    label: str | None
    status: SourceStatus
    reason: str | None
    detail: str | None
    needs_box: bool
    image_id: int | None
    box_id: int | None
    headers: dict[str, Any] | None
    created: str


@dataclass(frozen=True, slots=True)
class NewSource:
    """A row of a list or a file of a folder to be recorded; the fields are those of Source."""

    origin: str
    list_name: str
    status: SourceStatus
    line: int | None = None
    as_read: Any = ""
    url_listed: str | None = None
    url: str | None = None
    host: str | None = None
    path: str | None = None
    label: str | None = None
    reason: str | None = None
    detail: str | None = None
    needs_box: bool = False
    image_id: int | None = None
    box_id: int | None = None
    headers: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen query; `event_id` is the last event that it knows, 0 for none."""

    id: int
    name: str
    event_id: int
    query: dict[str, Any]
    created: str


@dataclass(frozen=True, slots=True)
class SnapshotBox:
    """A box as it was when the snapshot was made."""

    box_id: int
    image_sha256: str
    label: str | None
    state: BoxState
    square: Square


@dataclass(frozen=True, slots=True)
class Run:
    """A long job of the project; everything else about it lies in its folder."""

    id: int
    kind: str
    title: str
    folder: Path
    snapshot_id: int | None
    created: str


def now() -> str:
    """The present time as events record it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def plain(text: str) -> str:
    """Text from outside in a form that the database can hold.

    File names that are no Unicode reach Python with lone surrogates, which UTF-8 has no bytes for,
    and a NUL ends a string early for other tools that read the database.
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
