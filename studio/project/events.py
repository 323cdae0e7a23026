"""Changes of boxes and their append-only log: `EventLog.record` writes both in one transaction."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update

from studio.errors import StudioError
from studio.project import decisions, schema
from studio.project.access import ProjectAccess
from studio.project.records import Action, Box, BoxState, Event, now, plain, row_reader

CHANGEABLE = frozenset({"cx", "cy", "side", "label_id", "state", "reason", "comment", "deleted"})
"""The columns of a box that an event may change."""

_event, _reviewer, _box = schema.event, schema.reviewer, schema.box
# Built once: a decision is felt, and building a statement takes longer than running it.
_INSERT = insert(_event)
_UPDATE = (
    update(_box)
    .where(_box.c.id == bindparam("box_id"))
    .values({name: bindparam(f"new_{name}") for name in sorted(CHANGEABLE)})
)
_REVIEWER = select(_reviewer.c.id).where(_reviewer.c.name == bindparam("name"))
_EVENTS: Select[Any] = (
    select(_event, _reviewer.c.name.label("reviewer"))
    .outerjoin(_reviewer, _event.c.reviewer_id == _reviewer.c.id)
    .order_by(_event.c.id)
)
_BY_ID = _EVENTS.where(_event.c.id == bindparam("event_id"))
_LAST = select(func.max(_event.c.id))


def record_label(
    connection: Connection,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reviewer: str | None,
) -> None:
    """Record a change of the project's classes, in the transaction that makes it."""
    row = {
        "time": now(),
        "reviewer_id": reviewer_id(connection, reviewer),
        "action": Action.LABEL.value,
        "before": dict(before),
        "after": dict(after),
    }
    connection.execute(insert(_event), row)


class EventLog:
    """The events of a project, oldest first."""

    def __init__(self, project: ProjectAccess, read_box: Callable[[Connection, int], Box]) -> None:
        """`read_box` gives a box by its id, in a transaction."""
        self._project = project
        self._read_box = read_box

    def change(
        self,
        box_id: int,
        action: Action,
        after: Mapping[str, Any],
        reviewer: str | None = None,
        *,
        ms_spent: int | None = None,
        on_screen: Mapping[str, Any] | None = None,
        reverts: int | None = None,
    ) -> Event:
        """Change columns of a box and record it, durably committed before this returns.

        `after` maps columns of CHANGEABLE to their new values; the event keeps those that really
        changed. Raises StudioError for an unknown box or a project that is not open for editing.
        """
        self._project.require_edit()
        with self._project.begin() as connection:
            box = self._read_box(connection, box_id)
            return self.record(
                connection,
                box,
                action,
                after,
                reviewer,
                ms_spent=ms_spent,
                on_screen=on_screen,
                reverts=reverts,
            )

    def record(
        self,
        connection: Connection,
        box: Box,
        action: Action,
        after: Mapping[str, Any],
        reviewer: str | None,
        *,
        ms_spent: int | None = None,
        on_screen: Mapping[str, Any] | None = None,
        reverts: int | None = None,
        batch: int | None = None,
        decision: Mapping[str, Any] | None = None,
    ) -> Event:
        """As `change`, in a transaction of the caller's that has read `box`.

        `decision` is what the reviewer says of the box where that is not what the box becomes.
        """
        before, changed = difference(box, after)
        new = {**columns_of(box), **changed}
        if changed:
            values = {f"new_{name}": value for name, value in new.items()}
            connection.execute(_UPDATE, {"box_id": box.id, **values})
        row = {
            "time": now(),
            "reviewer_id": reviewer_id(connection, reviewer),
            "image_id": box.image_id,
            "box_id": box.id,
            "action": action.value,
            "before": before,
            "after": changed,
            "ms_spent": ms_spent,
            "on_screen": dict(on_screen) if on_screen else None,
            "reverts": reverts,
            "batch": batch,
            "decision": None if decision is None else dict(decision),
        }
        key = connection.execute(_INSERT, row).inserted_primary_key
        assert key is not None
        if row["reviewer_id"] is not None:
            decisions.follow(connection, row, key[0], new)
        fields = {name: row[name] for name in row if name not in ("reviewer_id", "action")}
        return Event(id=key[0], reviewer=reviewer, action=action, **fields)  # type: ignore[arg-type]

    def since(self, event_id: int, limit: int | None = None) -> list[Event]:
        """Events after this one."""
        return self._read(_EVENTS.where(_event.c.id > event_id).limit(limit))

    def last_id(self) -> int:
        """The newest event, 0 when there is none."""
        with self._project.connect() as connection:
            return last_event_id(connection)

    def of_box(self, box_id: int) -> list[Event]:
        """The history of a box."""
        return self._read(_EVENTS.where(_event.c.box_id == box_id))

    def of_image(self, image_id: int) -> list[Event]:
        """The history of all boxes of an image."""
        boxes = select(_box.c.id).where(_box.c.image_id == image_id)
        return self._read(_EVENTS.where(_event.c.box_id.in_(boxes)))

    def of_reviewer(self, reviewer: str, after_id: int = 0) -> list[Event]:
        """What a reviewer did, after an event."""
        return self._read(
            _EVENTS.where(_reviewer.c.name == plain(reviewer), _event.c.id > after_id)
        )

    def count(self) -> int:
        """How many there are."""
        with self._project.connect() as connection:
            return connection.scalar(select(func.count()).select_from(_event)) or 0

    def _read(self, query: Select[Any]) -> list[Event]:
        with self._project.connect() as connection:
            return [event_of(row) for row in connection.execute(query).mappings()]


def difference(box: Box, after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of `after` that differ from the box: as they are, and as they shall be.

    Raises ValueError for a column that no event may change.
    """
    foreign = after.keys() - CHANGEABLE
    if foreign:
        raise ValueError(f"an event cannot change {sorted(foreign)}")
    old = columns_of(box)
    new = {name: str(v) if isinstance(v, BoxState) else v for name, v in after.items()}
    changed = {name: value for name, value in new.items() if value != old[name]}
    return {name: old[name] for name in changed}, changed


def columns_of(box: Box) -> dict[str, Any]:
    """The columns of CHANGEABLE as they are in the database."""
    return {
        "cx": box.square.cx,
        "cy": box.square.cy,
        "side": box.square.side,
        "label_id": box.label_id,
        "state": box.state.value,
        "reason": box.reason,
        "comment": box.comment,
        "deleted": box.deleted,
    }


def reviewer_id(connection: Connection, name: str | None) -> int | None:
    """The id of a reviewer, who is added when new; None for nobody.

    Raises StudioError for a name of blanks or of more than 120 characters.
    """
    if name is None:
        return None
    known = reviewer_id_of(connection, name)
    if known is not None:
        return known
    if not name.strip() or len(name) > 120:
        raise StudioError("A reviewer needs a name of 1 to 120 characters.")
    added = connection.execute(insert(_reviewer).values(name=plain(name))).inserted_primary_key
    assert added is not None
    return int(added[0])


def reviewer_id_of(connection: Connection, name: str) -> int | None:
    """The id of a reviewer, None for a name under which nothing was done."""
    known: int | None = connection.scalar(_REVIEWER, {"name": plain(name)})
    return known


def last_event_id(connection: Connection) -> int:
    """The newest event as this transaction sees it, 0 when there is none."""
    return connection.scalar(_LAST) or 0


def event_of_id(connection: Connection, event_id: int) -> Event:
    """The event of this id, which must exist."""
    return event_of(connection.execute(_BY_ID, {"event_id": event_id}).mappings().one())


@row_reader("event")
def event_of(row: RowMapping) -> Event:
    """An event from a row of the event table joined with its reviewer's name."""
    fields = {name: row[name] for name in Event.__dataclass_fields__ if name != "action"}
    return Event(action=Action(row["action"]), **fields)
