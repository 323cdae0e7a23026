"""Which boxes a review is about: of a detector's proposals, only the best few of each image.

A detector keeps ten boxes an image so that a missed lesion can still be found, and most of them
are nobody's business. Those that are *in play* are in the queues, counted by progress, and drawn
at first; the others wait until somebody asks for them on their image. What a person decided, drew
by hand or brought in with a list is always in play.

What is in play follows from the position of a box in the order of its image. Boxes of a list come
first and a detector's after them by rank. A second detector's take positions beside those of the
first, so that its best are seen as well; those that show again what is in play already come behind.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_

from studio.imaging import Square
from studio.project import Box, BoxState
from studio.project.schema import box as _box

PROPOSALS_IN_PLAY = 3
"""Positions below this are in play, also for an undecided proposal of a detector."""


def in_play(box: Box) -> bool:
    """Whether a review asks for a decision on this box, or has had one."""
    detected = box.version is not None
    return box.position < PROPOSALS_IN_PLAY or box.state is not BoxState.UNDECIDED or not detected


def boxes_in_play() -> ColumnElement[bool]:
    """The same of rows of the table of boxes."""
    return or_(
        _box.c.position < PROPOSALS_IN_PLAY,
        _box.c.state != BoxState.UNDECIDED.value,
        _box.c.version.is_(None),
    )


SAME_PLACE = 0.5
"""Intersection over union from which two squares show one lesion."""


def positions_of(squares: Sequence[Square], there: Sequence[Box]) -> list[int | None]:
    """Positions of a detector's new boxes, given best first, on an image with the boxes `there`.

    None, for "after all others", where no other detector has been at the image. Else they begin
    where that one's begin; each that shows the same as a box in play comes after the others, and
    not in play.
    """
    others = [box.position for box in there if box.version is not None]
    if not others:
        return [None] * len(squares)
    seen = [box.square for box in there if in_play(box)]
    again = [any(square.iou(one) >= SAME_PLACE for one in seen) for square in squares]
    first = min(others)
    positions = iter(range(first, first + len(squares)))
    behind = iter(range(max(first + again.count(False), PROPOSALS_IN_PLAY), 1 << 30))
    return [next(behind) if repeats else next(positions) for repeats in again]
