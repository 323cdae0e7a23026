"""What each reviewer says of each box: the table `decision`, kept in step with the log.

A decision is in force when it has not been undone, or was redone after that. A reviewer's row is
their last decision in force on a box; a comment or the reason of a rejection is not a decision,
though the reason stands in the row. The rows can always be read anew out of the log (`from_log`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    RowMapping,
    Select,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from studio.imaging.square import Square
from studio.project import schema
from studio.project.records import DECIDING, Action, BoxState, Decision, row_reader

COLUMNS = ("state", "label_id", "cx", "cy", "side", "reason")
"""The columns of a box that a decision has, too."""

_DECIDING = frozenset(action.value for action in DECIDING)
_decision, _event = schema.decision, schema.event
_reviewer, _box = schema.reviewer, schema.box
_KEY = ("box_id", "reviewer_id")

# Built once, as the statements of studio.project.events.
_INSERT = insert(_decision)
_KEEP = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={name: _INSERT.excluded[name] for name in ("event_id", *COLUMNS)},
)
_OWN = (_decision.c.box_id == bindparam("box")) & (_decision.c.reviewer_id == bindparam("own"))
_FORGET = delete(_decision).where(_OWN)
_REASON = update(_decision).where(_OWN).values(reason=bindparam("why"))
_LOG: Select[Any] = (
    select(
        _event.c.id,
        _event.c.reviewer_id,
        _event.c.action,
        _event.c.reverts,
        _event.c.before,
        _event.c.after,
        _event.c.decision,
        _event.c.on_screen,
    )
    .where(_event.c.box_id == bindparam("box"))
    .order_by(_event.c.id)
)
_STATE = select(_box.c.state).where(_box.c.id == bindparam("box"))
_ALL: Select[Any] = (
    select(_decision, _reviewer.c.name.label("reviewer"))
    .join(_reviewer, _reviewer.c.id == _decision.c.reviewer_id)
    .order_by(_decision.c.event_id)
)
_OF_BOX = _ALL.where(_decision.c.box_id == bindparam("box"))
_OF_IMAGE = _ALL.where(
    _decision.c.box_id.in_(select(_box.c.id).where(_box.c.image_id == bindparam("image")))
)


Log = Sequence[Row[Any]]
"""The events of a box, oldest first."""


class Undoing(NamedTuple):
    """An undo or redo (`action`) of a decision that is about to be recorded."""

    action: Action
    reverts: int


def follow(
    connection: Connection,
    event: Mapping[str, Any],
    event_id: int,
    box: Mapping[str, Any],
) -> None:
    """Keep the table in step with an event of a reviewer that has just been recorded.

    `event` is its row, `box` the columns of its box now.
    """
    box_id, own = event["box_id"], event["reviewer_id"]
    said = event["decision"]
    if event["action"] in _DECIDING:
        keep(connection, box_id, own, event_id, said or box)
    elif event["action"] == Action.REASON:
        why = (said or box)["reason"]
        connection.execute(_REASON, {"box": box_id, "own": own, "why": why})
    elif event["action"] in (Action.UNDO, Action.REDO):
        found = from_log(log_of(connection, box_id), own, box)
        if found is None:
            connection.execute(_FORGET, {"box": box_id, "own": own})
        else:
            keep(connection, box_id, own, *found)


def keep(
    connection: Connection, box_id: int, own: int, event_id: int, said: Mapping[str, Any]
) -> None:
    """Write what a reviewer says of a box in the place of what they said before."""
    values = {name: said[name] for name in COLUMNS} | {"state": str(said["state"])}
    row = {"box_id": box_id, "reviewer_id": own, "event_id": event_id, **values}
    connection.execute(_KEEP, row)


def log_of(connection: Connection, box_id: int) -> Log:
    """The events of a box, oldest first."""
    return connection.execute(_LOG, {"box": box_id}).all()


def undone(log: Log, next_: Undoing | None = None) -> set[int]:
    """Ids of the events of `log` that are not in force, also after the undo or redo `next_`."""
    found: set[int] = set()
    moves = [(row.action, row.reverts) for row in log]
    for action, reverts in [*moves, *([next_] if next_ else [])]:
        if action == Action.UNDO:
            found.add(reverts)
        elif action == Action.REDO:
            found.discard(reverts)
    return found


def first_decided(connection: Connection, box_id: int) -> dict[str, int]:
    """The first event in force with which each reviewer decided a box, by their name.

    An event that leaves the box undecided, such as a label alone, is not a decision.
    """
    log = log_of(connection, box_id)
    dead = undone(log)
    left = _states_left(log, connection.scalar(_STATE, {"box": box_id}))
    found: dict[int, int] = {}
    for row in log:
        state = row.decision["state"] if row.decision else left[row.id]
        if row.action in _DECIDING and row.id not in dead and state != BoxState.UNDECIDED:
            found.setdefault(row.reviewer_id, row.id)
    names = connection.execute(select(_reviewer.c.name, _reviewer.c.id))
    return {name: found[own] for name, own in names if own in found}


def _states_left(log: Log, now: str | None) -> dict[int, str | None]:
    """The state in which each event of `log` left the box, which has the state `now`, by event.

    An event holds only what it changed: who accepts an accepted box changes nothing.
    """
    found: dict[int, str | None] = {}
    for row in reversed(log):
        found[row.id] = now
        now = (row.before or {}).get("state", now)
    return found


def from_log(
    log: Log, own: int, box: Mapping[str, Any], next_: Undoing | None = None
) -> tuple[int, dict[str, Any]] | None:
    """What a reviewer says of a box, read out of its log: the id of the event and COLUMNS.

    `box` has the columns of the box after the last event of `log`; `next_` is an undo or redo that
    comes after it. None where the reviewer has no decision in force.
    """
    dead = undone(log, next_)
    mine = [row for row in log if row.reviewer_id == own and row.id not in dead]
    last = next((row for row in reversed(mine) if row.action in _DECIDING), None)
    if last is None:
        return None
    said = last.decision
    if not said:
        # With one reader the box itself was what its reviewer had made of it: back to there.
        said = {name: box[name] for name in COLUMNS}
        for row in reversed(log):
            if row.id <= last.id:
                break
            earlier = row.before or {}
            said.update({name: earlier[name] for name in COLUMNS if name in earlier})
    reasons = [row for row in mine if row.action == Action.REASON and row.id > last.id]
    for row in reasons:
        told = row.decision or row.after or {}
        if "reason" in told:
            said = {**said, "reason": told["reason"]}
    return last.id, dict(said)


def decisions_on(connection: Connection, box_id: int) -> list[Decision]:
    """What each reviewer says of a box, by the time of the decision."""
    return [_decision_of(row) for row in connection.execute(_OF_BOX, {"box": box_id}).mappings()]


def decisions_on_image(connection: Connection, image_id: int) -> dict[int, list[Decision]]:
    """As `decisions_on`, for each box of an image that somebody decided, by box id."""
    found: dict[int, list[Decision]] = {}
    for row in connection.execute(_OF_IMAGE, {"image": image_id}).mappings():
        found.setdefault(row["box_id"], []).append(_decision_of(row))
    return found


@row_reader("decision")
def _decision_of(row: RowMapping) -> Decision:
    return Decision(
        row["box_id"],
        row["reviewer"],
        row["event_id"],
        BoxState(row["state"]),
        row["label_id"],
        Square(row["cx"], row["cy"], row["side"]),
        row["reason"],
    )
