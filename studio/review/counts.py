"""How far a review is: the one count that Collect, Review and Datasets show."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, case, func, not_, select

from studio.project import KEPT, BoxState, Project
from studio.project.schema import box as _box
from studio.project.schema import image as _image
from studio.review.in_play import boxes_in_play
from studio.review.queue import Filter, image_passes, of_passing_images, passes_filter
from studio.review.readers import readers_rule, waits_for


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Counts of images and boxes that a filter lets pass, whatever the state of the boxes.

    `strong` boxes are those in play, of which `strong_done` are decided; `weak` ones are hidden
    proposals. An image is done when it has a strong box and none of them is undecided. `kept`,
    `rejected` and `unsure` are states of strong boxes.
    """

    images: int = 0
    images_done: int = 0
    strong: int = 0
    strong_done: int = 0
    weak: int = 0
    kept: int = 0
    rejected: int = 0
    unsure: int = 0

    @property
    def left(self) -> int:
        """Number of strong boxes that are undecided."""
        return self.strong - self.strong_done


def count_review(
    project: Project, chosen: Filter | None = None, reviewer: str | None = None
) -> ReviewCounts:
    """Count what the filter lets pass when its states are left aside; without one everything.

    With two readers, a `reviewer` has decided what does not wait for them; for nobody in
    particular, what is disputed is not decided either.
    """
    chosen = replace(chosen or Filter(), states=None)
    strong, undecided = boxes_in_play(), waits_for(readers_rule(project), reviewer)
    each = (
        of_passing_images(select(_box.c.image_id), chosen)
        .add_columns(
            _number(strong, "strong"),
            _number(and_(strong, undecided), "left"),
            _number(not_(strong), "weak"),
            _number(_is(*KEPT), "kept"),
            _number(_is(BoxState.REJECTED), "rejected"),
            _number(_is(BoxState.UNSURE), "unsure"),
        )
        .where(passes_filter(chosen))
        .group_by(_box.c.image_id)
        .subquery()
    )
    asked = each.c.strong > 0
    names = ("strong", "left", "weak", "kept", "rejected", "unsure")
    query = select(
        _number(asked, "images"),
        _number(and_(asked, each.c.left == 0), "images_done"),
        *(func.coalesce(func.sum(each.c[name]), 0).label(name) for name in names),
    )
    with project.connect() as connection:
        found = {name: int(n) for name, n in connection.execute(query).mappings().one().items()}
        if not chosen.filters_boxes:
            passing = select(func.count()).select_from(_image).where(image_passes(chosen))
            found["images"] = int(connection.scalar(passing) or 0)
    left = found.pop("left")
    return ReviewCounts(**found, strong_done=found["strong"] - left)


def weak_by_label(project: Project) -> dict[int | None, int]:
    """How many weak proposals there are, which are hidden, by label id."""
    query = (
        select(_box.c.label_id, func.count())
        .where(_box.c.deleted.is_(False), not_(boxes_in_play()))
        .group_by(_box.c.label_id)
    )
    with project.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _is(*states: BoxState) -> ColumnElement[bool]:
    return _box.c.state.in_([state.value for state in states])


def _number(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
