"""Who decided a box, and when: read from the event log, in which undone decisions do not count.

A decision is in force when it has not been undone, or was redone after that. The last one in force
says who decided the box. A comment or the reason of a rejection is not a decision.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select

from studio.project import Action, Project
from studio.project.schema import box as _box
from studio.project.schema import event as _event
from studio.project.schema import reviewer as _reviewer

_DECIDES = tuple(
    action.value
    for action in (
        Action.CREATE,
        Action.ACCEPT,
        Action.REJECT,
        Action.RELABEL,
        Action.ADJUST,
        Action.UNSURE,
    )
)
_UNDO, _REDO = Action.UNDO.value, Action.REDO.value

_OF_IMAGE = (
    select(
        _event.c.id,
        _event.c.box_id,
        _event.c.action,
        _event.c.reverts,
        _event.c.time,
        _reviewer.c.name,
    )
    .outerjoin(_reviewer, _event.c.reviewer_id == _reviewer.c.id)
    .where(
        _event.c.box_id.in_(select(_box.c.id).where(_box.c.image_id == bindparam("image_id"))),
        _event.c.action.in_((*_DECIDES, _UNDO, _REDO)),
    )
    .order_by(_event.c.id)
)


MARK = "decision"
"""The key in an event's `on_screen` under which a table of decisions names the row."""

_OF_BOX = (
    select(
        _event.c.id,
        _event.c.action,
        _event.c.reverts,
        _event.c.on_screen,
        _reviewer.c.name,
    )
    .outerjoin(_reviewer, _event.c.reviewer_id == _reviewer.c.id)
    .where(_event.c.box_id == bindparam("box_id"))
    .order_by(_event.c.id)
)


@dataclass(frozen=True, slots=True)
class Decider:
    """Who made the decision that is in force, and when (UTC, ISO 8601)."""

    reviewer: str
    time: str


def deciders(project: Project, image_id: int) -> dict[int, Decider]:
    """The decider of each box of an image, by box id; boxes that nobody decided are left out."""
    made: dict[int, tuple[int, Decider]] = {}  # event id -> box id and decider
    undone: set[int] = set()
    with project.connect() as connection:
        for row in connection.execute(_OF_IMAGE, {"image_id": image_id}):
            if row.action == _UNDO:
                undone.add(row.reverts)
            elif row.action == _REDO:
                undone.discard(row.reverts)
            else:
                made[row.id] = (row.box_id, Decider(row.name or "", row.time))
    return {box_id: who for id_, (box_id, who) in made.items() if id_ not in undone}


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """What one reviewer did to a box: `marks` of the rows of tables applied to it and in force,
    and whether the decision in force is this reviewer's."""

    marks: frozenset[str]
    decided: bool


def history_of(connection: Connection, box_id: int, reviewer: str) -> OwnHistory:
    """The history of a box, of which an id that is not in the project has none."""
    if not 0 < box_id < 1 << 63:  # SQLite knows no other integers
        return OwnHistory(frozenset(), False)
    rows = connection.execute(_OF_BOX, {"box_id": box_id}).all()
    undone: set[int] = set()
    for row in rows:
        if row.action == _UNDO:
            undone.add(row.reverts)
        elif row.action == _REDO:
            undone.discard(row.reverts)
    in_force = [row for row in rows if row.id not in undone]
    own = [row for row in in_force if row.name == reviewer]
    marks = frozenset(row.on_screen[MARK] for row in own if MARK in (row.on_screen or {}))
    decisions = [row for row in in_force if row.action in _DECIDES]
    return OwnHistory(marks, bool(decisions) and decisions[-1].name == reviewer)


def decided_by(reviewers: Iterable[str]) -> ColumnElement[bool]:
    """Whether the decision in force on a row of the table of boxes is by one of these."""
    undo = func.max(case((_event.c.action == _UNDO, _event.c.id)))
    redo = func.max(case((_event.c.action == _REDO, _event.c.id)))
    undone = (
        select(_event.c.reverts)
        .where(_event.c.action.in_((_UNDO, _REDO)), _event.c.reverts.is_not(None))
        .group_by(_event.c.reverts)
        .having(undo > func.coalesce(redo, 0))
    )
    last = (
        select(func.max(_event.c.id))
        .where(_event.c.action.in_(_DECIDES), _event.c.id.not_in(undone))
        .group_by(_event.c.box_id)
    )
    named = select(_reviewer.c.id).where(_reviewer.c.name.in_(sorted(reviewers)))
    theirs = select(_event.c.box_id).where(_event.c.id.in_(last), _event.c.reviewer_id.in_(named))
    return _box.c.id.in_(theirs)


def reviewers_of(project: Project) -> list[str]:
    """The names under which decisions are filed, in order of the alphabet."""
    filed = select(_event.c.reviewer_id).where(_event.c.action.in_(_DECIDES)).distinct()
    query = select(_reviewer.c.name).where(_reviewer.c.id.in_(filed))
    with project.connect() as connection:
        return sorted(connection.scalars(query), key=str.casefold)
