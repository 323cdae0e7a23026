"""Undo and redo from the event log alone: they reach across images and sessions by themselves.

A gesture is the run of events that one keystroke made (most often one event). The log of a
reviewer is read as two stacks: a decision and a REDO push a gesture onto the first, an UNDO moves
it to the second, and a decision empties the second. Neither stack is kept anywhere. Each move says
which decision it is about, so its top is found by jumping from the end of the log: after an UNDO
the first stack is what it was before the decision undone, and after a REDO the second is what it
was before the UNDO that was taken back.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, or_, select

from studio.imaging import Square
from studio.project import Action
from studio.project.schema import event as _event

Gesture = Sequence[Row[Any]]

_MOVES = (Action.UNDO.value, Action.REDO.value)
_NOT_MINE_TO_UNDO = tuple(
    action.value
    for action in (Action.PROPOSE, Action.IMPORT, Action.LABEL, Action.METADATA, Action.RULE)
)
_END = (1 << 63) - 1

# Built once, as the statements of studio.project.events.
_COLUMNS: Select[Any] = select(
    _event.c.id,
    _event.c.box_id,
    _event.c.action,
    _event.c.before,
    _event.c.after,
    _event.c.reverts,
    _event.c.batch,
    _event.c.decision,
)
_OWN = _COLUMNS.where(
    _event.c.reviewer_id == bindparam("reviewer"), _event.c.action.not_in(_NOT_MINE_TO_UNDO)
)
_NEWEST = _OWN.where(_event.c.id < bindparam("before")).order_by(_event.c.id.desc()).limit(1)
_RUN = _OWN.where(_event.c.id.between(bindparam("first"), bindparam("last"))).order_by(_event.c.id)
_BY_IDS = _COLUMNS.where(_event.c.id.in_(bindparam("ids", expanding=True))).order_by(_event.c.id)
_UNDO_OF = select(func.max(_event.c.id)).where(
    _event.c.reverts == bindparam("decision"),
    _event.c.action == Action.UNDO.value,
    _event.c.id < bindparam("before"),
)
_FIRST = (
    select(_event.c.after).where(_event.c.box_id == bindparam("box")).order_by(_event.c.id).limit(1)
)
# Decisions of others that are in force: each counts one, its UNDO takes it back.
_OTHERS = select(func.sum(case((_event.c.action == Action.UNDO.value, -1), else_=1))).where(
    _event.c.box_id == bindparam("box"),
    _event.c.id > bindparam("since"),
    _event.c.reviewer_id != bindparam("reviewer"),
    or_(_event.c.action.not_in(_MOVES), _event.c.reverts > bindparam("since")),
    _event.c.action != Action.RULE.value,
)


def last_gesture(connection: Connection, reviewer_id: int, before: int = _END) -> Gesture:
    """The newest gesture of a reviewer that ended before an event; empty when there is none."""
    newest = connection.execute(_NEWEST, {"reviewer": reviewer_id, "before": before}).first()
    if newest is None or newest.batch is None:
        return [] if newest is None else [newest]
    ends = {"reviewer": reviewer_id, "first": newest.batch, "last": newest.id}
    return connection.execute(_RUN, ends).all()


def gesture_to_undo(connection: Connection, reviewer_id: int) -> Gesture:
    """The decisions, oldest first, that the next undo takes back; empty when there are none."""
    gesture = last_gesture(connection, reviewer_id)
    while gesture and gesture[-1].action == Action.UNDO:
        gesture = last_gesture(connection, reviewer_id, min(row.reverts for row in gesture))
    if gesture and gesture[-1].action == Action.REDO:
        decisions = [row.reverts for row in gesture]
        return connection.execute(_BY_IDS, {"ids": decisions}).all()
    return gesture


def gesture_to_redo(connection: Connection, reviewer_id: int) -> Gesture:
    """The UNDO events, oldest first, that the next redo takes back; empty when there are none."""
    gesture = last_gesture(connection, reviewer_id)
    while gesture and gesture[-1].action == Action.REDO:
        redone = {"decision": gesture[-1].reverts, "before": gesture[0].id}
        undone = connection.scalar(_UNDO_OF, redone)
        undo = last_gesture(connection, reviewer_id, (undone or 0) + 1)
        gesture = last_gesture(connection, reviewer_id, undo[0].id) if undo else []
    return gesture if gesture and gesture[-1].action == Action.UNDO else []


def first_columns(connection: Connection, box_id: int) -> dict[str, Any]:
    """The columns that a box had when it was proposed, imported or drawn, as far as known."""
    return connection.scalar(_FIRST, {"box": box_id}) or {}


def first_square(connection: Connection, box_id: int) -> Square | None:
    """The square that a box had when it was proposed, imported or drawn; None when unknown."""
    columns = first_columns(connection, box_id)
    if not {"cx", "cy", "side"} <= columns.keys():
        return None
    return Square(columns["cx"], columns["cy"], columns["side"])


def is_contested(connection: Connection, box_id: int, since: int, reviewer_id: int) -> bool:
    """Whether a decision of somebody else on the box, made after an event, is still in force."""
    asked = {"box": box_id, "since": since, "reviewer": reviewer_id}
    return (connection.scalar(_OTHERS, asked) or 0) > 0
