"""Which boxes a review is about: of a detector's proposals, only the best few of each image.

A detector keeps ten boxes an image so that a missed lesion can still be found, and most of them
are nobody's business. Those that are *in play* are in the queues, counted by progress, and drawn
at first; the others wait until somebody asks for them on their image. What a person decided, drew
by hand or brought in with a list is always in play.
"""

from sqlalchemy import ColumnElement, or_

from studio.project import Box, BoxState
from studio.project.schema import box as _box

PROPOSALS_IN_PLAY = 3
"""Ranks below this are in play, also for an undecided proposal of a detector."""


def in_play(box: Box) -> bool:
    """Whether a review asks for a decision on this box, or has had one."""
    detected = box.version is not None
    return box.rank < PROPOSALS_IN_PLAY or box.state is not BoxState.UNDECIDED or not detected


def boxes_in_play() -> ColumnElement[bool]:
    """The same of rows of the table of boxes."""
    return or_(
        _box.c.rank < PROPOSALS_IN_PLAY,
        _box.c.state != BoxState.UNDECIDED.value,
        _box.c.version.is_(None),
    )
