"""Who decided a box, and when, by the decisions that are in force."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, select

from studio.project import Project
from studio.project.decisions import decisions_on_image, log_of, undone
from studio.project.events import reviewer_id_of
from studio.project.records import DECIDING
from studio.project.schema import box as _box
from studio.project.schema import decision as _decision
from studio.project.schema import event as _event
from studio.project.schema import reviewer as _reviewer

MARK = "decision"
"""The key in an event's `on_screen` under which a table of decisions names the row."""


@dataclass(frozen=True, slots=True)
class Decider:
    """Who made the decision that is in force, and when (UTC, ISO 8601)."""

    reviewer: str
    time: str


def deciders(project: Project, image_id: int, reviewer: str | None = None) -> dict[int, Decider]:
    """The last decider of each box of an image, or when this `reviewer` decided it, by box id;
    boxes that nobody, or not this reviewer, has decided are left out."""
    with project.connect() as connection:
        made = decisions_on_image(connection, image_id)
        if reviewer is not None:
            made = {
                id_: own
                for id_, each in made.items()
                if (own := [one for one in each if one.reviewer == reviewer])
            }
        last = {id_: each[-1] for id_, each in made.items()}
        events = [one.event_id for one in last.values()]
        query = select(_event.c.id, _event.c.time).where(_event.c.id.in_(events))
        times = {row.id: row.time for row in connection.execute(query)}
    return {id_: Decider(one.reviewer, times[one.event_id]) for id_, one in last.items()}


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """What one reviewer did to a box: `marks` of the rows of tables applied to it and in force,
    and whether the decision in force is this reviewer's."""

    marks: frozenset[str]
    decided: bool


def history_of(connection: Connection, box_id: int, reviewer: str) -> OwnHistory:
    """The history of a box, of which an id that is not in the project has none."""
    own = reviewer_id_of(connection, reviewer)
    if not 0 < box_id < 1 << 63 or own is None:  # SQLite knows no other integers
        return OwnHistory(frozenset(), False)
    log = log_of(connection, box_id)
    dead = undone(log)
    in_force = [row for row in log if row.id not in dead]
    marked = [row.on_screen or {} for row in in_force if row.reviewer_id == own]
    decisions = [row for row in in_force if row.action in DECIDING]
    return OwnHistory(
        frozenset(shown[MARK] for shown in marked if MARK in shown),
        bool(decisions) and decisions[-1].reviewer_id == own,
    )


def decided_by(reviewers: Iterable[str]) -> ColumnElement[bool]:
    """Whether the last decision on a row of the table of boxes is by one of these."""
    later = _decision.alias()
    named = select(_reviewer.c.id).where(_reviewer.c.name.in_(sorted(reviewers)))
    theirs = select(_decision.c.box_id).where(
        _decision.c.reviewer_id.in_(named),
        ~exists().where(
            later.c.box_id == _decision.c.box_id, later.c.event_id > _decision.c.event_id
        ),
    )
    return _box.c.id.in_(theirs)


def reviewers_of(project: Project) -> list[str]:
    """The names under which decisions are filed, in order of the alphabet."""
    filed = select(_event.c.reviewer_id).where(_event.c.action.in_(sorted(DECIDING))).distinct()
    query = select(_reviewer.c.name).where(_reviewer.c.id.in_(filed))
    with project.connect() as connection:
        return sorted(connection.scalars(query), key=str.casefold)
