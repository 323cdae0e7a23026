"""What a decision makes of a box: pure functions to the columns that shall change."""

from enum import StrEnum
from typing import Any

from studio.errors import StudioError
from studio.imaging import Square, fit_square
from studio.project import Box, BoxState, quoted
from studio.project.records import plain


class NeedsLabel(StudioError):
    """A box cannot be accepted before it has a label."""


class RejectReason(StrEnum):
    """Why a box was rejected."""

    BLUR = "blur"
    OFF_TOPIC = "off_topic"
    DUPLICATE = "duplicate"
    FACE = "face"
    MISPLACED = "misplaced"


def accepted(box: Box, label_id: int | None, first: Square | None) -> dict[str, Any]:
    """The box is right and of this label. Raises NeedsLabel.

    Adjusted boxes stay adjusted, and so is one whose square is no longer the `first` that it had:
    it may have been edited before it had a label.
    """
    if label_id is None:
        raise NeedsLabel("This box has no label yet: give it one to accept it.")
    edited = box.state is BoxState.ADJUSTED or (first is not None and box.square != first)
    state = BoxState.ADJUSTED if edited else BoxState.ACCEPTED
    return {"label_id": label_id, "state": state, "reason": None}


def rejected(reason: str | None) -> dict[str, Any]:
    """The box is wrong."""
    return {"state": BoxState.REJECTED, "reason": None if reason is None else reason_of(reason)}


def reason_of(reason: str) -> str:
    """One of RejectReason, written in any usual way. Raises StudioError for another."""
    try:
        return RejectReason(reason.strip().lower().replace("-", "_").replace(" ", "_")).value
    except ValueError:
        known = ", ".join(RejectReason)
        sentence = f"{quoted(reason)} is not a reason to reject: use one of {known}."
        raise StudioError(sentence) from None


def comment_of(text: str) -> str | None:
    """The note as it is kept; blanks alone are none."""
    return plain(text).strip() or None


def columns_of(square: Square) -> dict[str, Any]:
    """The columns of a box that hold its square."""
    return {"cx": float(square.cx), "cy": float(square.cy), "side": float(square.side)}


SCALES = (1.0, 1.6, 2.6)


def alternatives(square: Square, width: int, height: int) -> list[Square]:
    """The square at each of SCALES about its centre, fitted into a picture of this size.

    Near an edge the larger ones are shifted, then shrunk; those that come out equal stay, so that
    the key always cycles through the same number.
    """
    return [fit_square(square.scaled(scale), width, height) for scale in SCALES]
