"""What is to be reviewed, in order: lists of ids over SQLite, never rows held in memory.

Only boxes in play (`studio.review.in_play`) are in a queue.

A box whose state no longer fits drops out when the queue is asked for again; the order of the
others stays, also of the random order, which hangs on each id and the seed alone.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select

from studio.errors import StudioError
from studio.project import KEPT, BoxState, Project
from studio.project.long_reads import ids_of
from studio.project.schema import box as _box
from studio.project.schema import image as _image
from studio.project.schema import source as _source
from studio.review.deciders import decided_by
from studio.review.in_play import boxes_in_play
from studio.review.readers import readers_rule, waits_for

Order = Literal["image", "score", "random"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which boxes or images, and in which order; None lets everything pass.

    `labels` may hold None for boxes without a label. Scores are 0..1; a bound on them leaves boxes
    without a score out. `text` is a part of the file's name. `needs_box` asks for images that
    still need one: listed without a box or without any at all, and none accepted yet. Orders:
    "image" by import and position, "score" best first and those without last, "random" by `seed`.

    `reviewers` asks for boxes whose decision in force is by one of these names. `reasons` asks for
    rejected boxes, None standing for those without a reason. `comment` asks for boxes with a
    comment that contains this text; the empty text asks for any comment. `images` are SHA-256 sums
    of the images to look at, such as candidates for wrong labels.
    """

    states: frozenset[BoxState] | None = None
    labels: frozenset[int | None] | None = None
    origins: frozenset[str] | None = None
    min_score: float | None = None
    max_score: float | None = None
    text: str = ""
    needs_box: bool = False
    order: Order = "image"
    seed: int = 0
    reviewers: frozenset[str] | None = None
    reasons: frozenset[str | None] | None = None
    comment: str | None = None
    images: frozenset[str] | None = None

    @property
    def filters_boxes(self) -> bool:
        """Whether it asks anything of a box."""
        asked = (self.states, self.labels, self.origins, self.min_score, self.max_score)
        history = (self.reviewers, self.reasons, self.comment)
        return any(part is not None for part in (*asked, *history))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, for settings and for the query of a snapshot."""
        return {
            "states": None if self.states is None else sorted(self.states),
            "labels": None if self.labels is None else sorted(self.labels, key=_none_first),
            "origins": None if self.origins is None else sorted(self.origins),
            "min_score": self.min_score,
            "max_score": self.max_score,
            "text": self.text,
            "needs_box": self.needs_box,
            "order": self.order,
            "seed": self.seed,
            "reviewers": None if self.reviewers is None else sorted(self.reviewers),
            "reasons": None if self.reasons is None else sorted(self.reasons, key=_blank_first),
            "comment": self.comment,
            "images": None if self.images is None else sorted(self.images),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Filter":
        """From what `to_dict` gave. Raises StudioError for anything else."""
        try:
            sets = {
                "states": _set(fields["states"], BoxState),
                "labels": _set(fields["labels"], lambda label: label),
                "origins": _set(fields["origins"], str),
                # Filters saved by earlier versions do not have these.
                "reviewers": _set(fields.get("reviewers"), str),
                "reasons": _set(fields.get("reasons"), lambda reason: reason),
                "images": _set(fields.get("images"), str),
            }
            return cls(**{**fields, **sets})
        except (KeyError, TypeError, ValueError) as error:
            raise StudioError("The saved filter cannot be read: choose it anew.") from error


def box_queue(
    project: Project, chosen: Filter | None = None, reviewer: str | None = None
) -> "array[int]":
    """Ids of the boxes that pass, in the order asked for.

    With two readers, what is undecided for a `reviewer` is what waits for them: the boxes that
    they have not decided or, for an adjudicator, the disputed ones.
    """
    chosen = chosen or Filter()
    passing = _box_passes(chosen, _waiting(project, chosen, reviewer))
    query = of_passing_images(select(_box.c.id).where(passing), chosen)
    if chosen.order == "score":
        query = query.order_by(_box.c.score.desc().nulls_last())
    in_order = query.order_by(_box.c.image_id, _box.c.position, _box.c.id)
    return _ids(project, in_order, chosen)


def image_queue(
    project: Project, chosen: Filter | None = None, reviewer: str | None = None
) -> "array[int]":
    """Ids of the images that pass: those with at least one box that does, as `box_queue` has it.

    A filter that asks nothing of boxes lets images without any pass, too.
    """
    chosen = chosen or Filter()
    waiting = _waiting(project, chosen, reviewer)
    query = select(_image.c.id).where(image_passes(chosen))
    if chosen.filters_boxes:
        passing = select(_box.c.image_id).where(_box_passes(chosen, waiting))
        query = query.where(_image.c.id.in_(passing))
    if chosen.order == "score":
        best = _best_scores(chosen, waiting)
        query = query.outerjoin(best, best.c.image_id == _image.c.id)
        query = query.order_by(best.c.score.desc().nulls_last())
    return _ids(project, query.order_by(_image.c.id), chosen)


def _waiting(project: Project, chosen: Filter, reviewer: str | None) -> ColumnElement[bool] | None:
    """What is undecided for a reviewer, where a filter asks for that and it is not the state."""
    if reviewer is None or BoxState.UNDECIDED not in (chosen.states or ()):
        return None
    rule = readers_rule(project)
    return None if rule.readers == 1 else waits_for(rule, reviewer)


def _box_passes(
    chosen: Filter, undecided: ColumnElement[bool] | None = None
) -> ColumnElement[bool]:
    return and_(boxes_in_play(), passes_filter(chosen, undecided))


def passes_filter(
    chosen: Filter, undecided: ColumnElement[bool] | None = None
) -> ColumnElement[bool]:
    """What a filter asks of boxes that are there, in play or not; `undecided` says which are, where
    that is not their state."""
    conditions: list[ColumnElement[bool]] = [_box.c.deleted.is_(False)]
    if chosen.states is not None:
        named = chosen.states - ({BoxState.UNDECIDED} if undecided is not None else set())
        state = _box.c.state.in_(sorted(one.value for one in named))
        conditions.append(state if undecided is None else or_(state, undecided))
    if chosen.labels is not None:
        labels = sorted(label for label in chosen.labels if label is not None)
        within = _box.c.label_id.in_(labels)
        conditions.append(
            or_(within, _box.c.label_id.is_(None)) if None in chosen.labels else within
        )
    if chosen.origins is not None:
        conditions.append(_box.c.origin.in_(sorted(chosen.origins)))
    if chosen.min_score is not None:
        conditions.append(_box.c.score >= chosen.min_score)
    if chosen.max_score is not None:
        conditions.append(_box.c.score <= chosen.max_score)
    return and_(*conditions, *_history_passes(chosen))


def _history_passes(chosen: Filter) -> list[ColumnElement[bool]]:
    """What a filter asks of what people did to a box."""
    conditions: list[ColumnElement[bool]] = []
    if chosen.reviewers is not None:
        conditions.append(_box.c.state != BoxState.UNDECIDED.value)
        conditions.append(decided_by(chosen.reviewers))
    if chosen.reasons is not None:
        named = sorted(reason for reason in chosen.reasons if reason is not None)
        within = _box.c.reason.in_(named)
        conditions.append(_box.c.state == BoxState.REJECTED.value)
        conditions.append(
            or_(within, _box.c.reason.is_(None)) if None in chosen.reasons else within
        )
    if chosen.comment is not None:
        conditions.append(_box.c.comment.is_not(None))
        conditions.append(_box.c.comment.icontains(chosen.comment, autoescape=True))
    return conditions


def of_passing_images(query: Select[Any], chosen: Filter) -> Select[Any]:
    """A query of boxes, of the images only that a filter lets pass."""
    # As a set of ids and not as a join, which would look up each box's image.
    if not (chosen.text or chosen.needs_box or chosen.images is not None):
        return query
    return query.where(_box.c.image_id.in_(select(_image.c.id).where(image_passes(chosen))))


def image_passes(chosen: Filter) -> ColumnElement[bool]:
    """What a filter asks of images themselves."""
    conditions: list[ColumnElement[bool]] = []
    if chosen.text:
        conditions.append(_image.c.file.icontains(chosen.text, autoescape=True))
    if chosen.images is not None:
        conditions.append(_image.c.sha256.in_(sorted(chosen.images)))
    if chosen.needs_box:
        live = select(_box.c.image_id).where(_box.c.deleted.is_(False))
        kept = live.where(_box.c.state.in_(sorted(state.value for state in KEPT)))
        listed = select(_source.c.image_id).where(
            _source.c.needs_box.is_(True), _source.c.image_id.is_not(None)
        )
        conditions.append(_image.c.id.not_in(kept))
        conditions.append(or_(_image.c.id.not_in(live), _image.c.id.in_(listed)))
    return and_(True, *conditions)


def _best_scores(chosen: Filter, undecided: ColumnElement[bool] | None) -> Subquery:
    """For each image, the best score of its boxes that pass."""
    return (
        select(_box.c.image_id, func.max(_box.c.score).label("score"))
        .where(_box_passes(chosen, undecided))
        .group_by(_box.c.image_id)
        .subquery()
    )


def _ids(project: Project, query: Select[Any], chosen: Filter) -> "array[int]":
    with project.connect() as connection:
        ids = ids_of(connection, query)
    return _shuffled(ids, chosen.seed) if chosen.order == "random" else ids


def _shuffled(ids: "array[int]", seed: int) -> "array[int]":
    """In the order of the hash of each id (splitmix64), so that a lost id moves no other."""
    numbers = np.frombuffer(ids, dtype=np.int64) if ids else np.empty(0, np.int64)
    start = (seed + 1) * 0x9E3779B97F4A7C15 % (1 << 64)
    mixed = numbers.astype(np.uint64) + np.uint64(start)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    shuffled = array("q")
    shuffled.frombytes(numbers[np.argsort(mixed, kind="stable")].tobytes())
    return shuffled


def _set(values: Iterable[Any] | None, kind: Any) -> frozenset[Any] | None:
    return None if values is None else frozenset(kind(value) for value in values)


def _none_first(label: int | None) -> int:
    return -1 if label is None else label


def _blank_first(reason: str | None) -> str:
    return reason or ""
