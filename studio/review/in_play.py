"""Which boxes a review is about: of a detector's proposals, only the best few of each image.

A detector keeps ten boxes an image so that a missed lesion can still be found, and most of them
show none. Those that are *in play* are in the queues, counted as strong boxes, and drawn at first;
the others are weak and wait until somebody asks for them on their image. What a person decided,
drew by hand or brought in with a list is always in play.

What is in play follows from the position of a box in the order of its image. Boxes of a list come
first and a detector's after them by rank. A second detector's take positions beside those of the
first, so that its best are seen as well. Those far weaker than the best of their image, and those
that show again what is in play already, come behind and are not in play.
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


WEAK_ODDS = 0.4
"""A proposal is weak when the odds of its score are under this share of its image's best.

The score of the blob detector is r / (r + 12) of the response r of a ring around the blob, so its
odds go as the response itself. Measured on 240 close-ups of PAD-UFES-20, on nine wide-field
photographs and on 118 lesions of the sample project: 0.4 hides a quarter of the boxes of the first
three ranks and no lesion that they show; 0.45 and more hide some.
"""


def is_weak(score: float | None, best: float | None) -> bool:
    """Whether a score (0..1) is far under the best of its image; never without a score, nor where
    the best is 0 or 1, which have no odds to compare with."""
    if score is None or best is None or not 0 < best < 1 or score >= best:
        return False
    return score / (1 - score) < WEAK_ODDS * best / (1 - best)


def positions_of(
    squares: Sequence[Square], scores: Sequence[float], there: Sequence[Box]
) -> list[int | None]:
    """Positions of a detector's new boxes, given best first, on an image with the boxes `there`.

    None means "after all others", where no other detector has been at the image. Else they begin
    where that one's begin. Each that is weak, or shows the same as a box in play of another
    detector, comes after the others, and not in play.
    """
    best = max(scores, default=None)
    behind = [is_weak(score, best) for score in scores]
    others = [box.position for box in there if box.version is not None]
    first = min(others) if others else 1 + max((box.position for box in there), default=-1)
    if others:
        seen = [box.square for box in there if in_play(box)]
        again = [any(square.iou(one) >= SAME_PLACE for one in seen) for square in squares]
        behind = [weak or repeats for weak, repeats in zip(behind, again, strict=True)]
    positions = iter(range(first, first + len(squares)))
    after = iter(range(max(first + behind.count(False), PROPOSALS_IN_PLAY), 1 << 30))
    if not others:
        return [next(after) if weak else None for weak in behind]
    return [next(after) if weak else next(positions) for weak in behind]
