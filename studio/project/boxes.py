"""The boxes of a project: their present state."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select

from studio.errors import StudioError
from studio.imaging.square import Square
from studio.project import decisions, schema
from studio.project.access import ProjectAccess
from studio.project.events import last_event_id, reviewer_id
from studio.project.examinations import record_examinations
from studio.project.long_reads import ids_of
from studio.project.records import DECIDING, Action, Box, BoxState, NewBox, now, row_reader

CHUNK = 5_000  # ids in one IN (...); SQLite allows 32,766

_box, _image = schema.box, schema.image
_COLUMNS = select(_box)
_BY_ID = _COLUMNS.where(_box.c.id == bindparam("box_id"))
_OF_IMAGE = _COLUMNS.where(
    _box.c.image_id == bindparam("image_id"), _box.c.deleted.is_(False)
).order_by(_box.c.position, _box.c.id)
_BY_IDS = _COLUMNS.where(_box.c.id.in_(bindparam("ids", expanding=True)))


class BoxStore:
    """Boxes in the raw frame of their images. Removed boxes are found by id only."""

    def __init__(self, project: ProjectAccess) -> None:
        self._project = project

    def add(
        self,
        boxes: Sequence[NewBox],
        action: Action = Action.PROPOSE,
        reviewer: str | None = None,
        *,
        examined: Sequence[int] = (),
        detector: tuple[str, str] | None = None,
    ) -> list[int]:
        """Add boxes, each with its event, in one transaction; returns their ids in order.

        `examined` are images at which `detector` (name, version) has looked, with or without
        finding boxes: that is recorded in the same transaction, so that a proposal job that was
        stopped goes on exactly. Raises StudioError for an image that is not in the project.
        """
        self._project.require_write()
        with self._project.begin() as connection:
            ids = self.insert(connection, boxes, action, reviewer)
            if detector is not None:
                record_examinations(connection, examined, *detector)
        return ids

    def insert(
        self,
        connection: Connection,
        boxes: Sequence[NewBox],
        action: Action,
        reviewer: str | None = None,
        **event: Any,
    ) -> list[int]:
        """As `add`, in a transaction of the caller's; `event` are more columns of the events."""
        if not boxes:
            return []
        places = _Places(connection, {box.image_id for box in boxes})
        first = (connection.scalar(select(func.max(_box.c.id))) or 0) + 1
        rows = [_row(box, id_, *places.of(box)) for id_, box in enumerate(boxes, start=first)]
        connection.execute(insert(_box), rows)
        first_event = last_event_id(connection) + 1
        common = {
            "time": now(),
            "reviewer_id": reviewer_id(connection, reviewer),
            "action": action.value,
            **event,
        }
        events = [
            {**common, "id": id_, **_event_of(row)} for id_, row in enumerate(rows, first_event)
        ]
        connection.execute(insert(schema.event), events)
        if common["reviewer_id"] is not None and action in DECIDING:
            for row, made in zip(rows, events, strict=True):
                own = {"reason": None, **row, **(event.get("decision") or {})}
                decisions.keep(connection, row["id"], common["reviewer_id"], made["id"], own)
        return [row["id"] for row in rows]

    def by_id(self, box_id: int) -> Box:
        """One box, also a removed one. Raises StudioError when there is none of this id."""
        with self._project.connect() as connection:
            return self.read(connection, box_id)

    def read(self, connection: Connection, box_id: int) -> Box:
        """As `by_id`, in a transaction of the caller's."""
        row = None
        if 0 < box_id < 1 << 63:  # SQLite knows no other integers
            row = connection.execute(_BY_ID, {"box_id": box_id}).mappings().first()
        if row is None:
            raise StudioError(f"There is no box {box_id} in this project.")
        return box_of(row)

    def by_ids(self, ids: Iterable[int]) -> list[Box]:
        """Boxes in the order asked for; ids that are not in the project are left out."""
        ids = list(ids)
        found: dict[int, Box] = {}
        with self._project.connect() as connection:
            for part in chunks(ids):
                rows = connection.execute(_BY_IDS, {"ids": part}).mappings()
                found.update((row["id"], box_of(row)) for row in rows)
        return [found[id_] for id_ in ids if id_ in found]

    def of_image(self, image_id: int) -> list[Box]:
        """The boxes of an image, in their order of review."""
        with self._project.connect() as connection:
            rows = connection.execute(_OF_IMAGE, {"image_id": image_id}).mappings()
            return [box_of(row) for row in rows]

    def ids(self, states: Iterable[BoxState] | None = None) -> "array[int]":
        """Ids by image and position, of these states or of all."""
        query = select(_box.c.id).where(_box.c.deleted.is_(False))
        if states is not None:
            query = query.where(_box.c.state.in_([state.value for state in states]))
        with self._project.connect() as connection:
            ordered = query.order_by(_box.c.image_id, _box.c.position, _box.c.id)
            return ids_of(connection, ordered)

    def count_by(self) -> dict[tuple[BoxState, int | None], int]:
        """How many boxes there are by state and label id."""
        with self._project.connect() as connection:
            query = (
                select(_box.c.state, _box.c.label_id, func.count())
                .where(_box.c.deleted.is_(False))
                .group_by(_box.c.state, _box.c.label_id)
            )
            return {(BoxState(state), label): n for state, label, n in connection.execute(query)}


class _Places:
    """Hands out positions and ranks after those that the images have."""

    def __init__(self, connection: Connection, image_ids: set[int]) -> None:
        self._position: Counter[int] = Counter()
        self._rank: Counter[tuple[int, str, str | None]] = Counter()
        known: set[int] = set()
        for part in chunks(image_ids):
            known.update(connection.scalars(select(_image.c.id).where(_image.c.id.in_(part))))
            of_one = (_box.c.image_id, _box.c.origin, _box.c.version)
            taken = (
                select(*of_one, func.max(_box.c.position), func.max(_box.c.rank))
                .where(_box.c.image_id.in_(part))
                .group_by(*of_one)
            )
            for image, origin, version, position, rank in connection.execute(taken):
                self._position[image] = max(self._position[image], position + 1)
                self._rank[image, origin, version] = rank + 1
        missing = sorted(image_ids - known)
        if missing:
            raise StudioError(f"There is no image {missing[0]} in this project.")

    def of(self, box: NewBox) -> tuple[int, int]:
        """The position and the rank of the next box."""
        by = (box.image_id, box.origin, box.version)
        following = self._position[box.image_id]
        position = following if box.position is None else box.position
        self._position[box.image_id] = max(position + 1, following)
        self._rank[by] += 1
        return position, self._rank[by] - 1


def chunks(ids: Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """The ids in lists that fit into one statement."""
    remaining = iter(ids)
    while part := list(islice(remaining, size)):
        yield part


@row_reader("box")
def box_of(row: RowMapping) -> Box:
    """A box from a row of its table."""
    return Box(
        row["id"],
        row["image_id"],
        Square(row["cx"], row["cy"], row["side"]),
        row["label_id"],
        BoxState(row["state"]),
        row["origin"],
        row["version"],
        row["score"],
        row["position"],
        row["reason"],
        row["comment"],
        row["deleted"],
        row["rank"],
    )


def _row(box: NewBox, id_: int, position: int, rank: int) -> dict[str, Any]:
    return {
        "id": id_,
        "image_id": box.image_id,
        "cx": float(box.square.cx),
        "cy": float(box.square.cy),
        "side": float(box.square.side),
        "label_id": box.label_id,
        "state": box.state.value,
        "origin": box.origin,
        "version": box.version,
        "score": box.score,
        "position": position,
        "rank": rank,
        "deleted": False,
    }


def _event_of(row: dict[str, Any]) -> dict[str, Any]:
    """The event of a new box; what undoes it is to mark the box as removed."""
    after = {name: row[name] for name in ("cx", "cy", "side", "label_id", "state", "deleted")}
    detected = row["version"] is not None
    return {
        "image_id": row["image_id"],
        "box_id": row["id"],
        "before": {"deleted": True},
        "after": after,
        "detector": row["origin"] if detected else None,
        "detector_version": row["version"],
    }
