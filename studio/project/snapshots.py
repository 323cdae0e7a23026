"""Frozen queries, so that every figure can be traced to the pixels it came from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, insert, literal, select

from studio.errors import StudioError
from studio.imaging.square import Square
from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.boxes import chunks
from studio.project.events import last_event_id
from studio.project.names import quoted
from studio.project.records import BoxState, Snapshot, SnapshotBox, now, plain, row_reader

_snapshot, _frozen = schema.snapshot, schema.snapshot_box
_box, _image, _label = schema.box, schema.image, schema.label


class SnapshotStore:
    """Snapshots by name."""

    def __init__(self, project: ProjectAccess) -> None:
        self._project = project

    def create(self, name: str, query: Mapping[str, Any], boxes: Iterable[int]) -> Snapshot:
        """Freeze boxes as they are now, with the last event and the hashes of their images.

        `query` says in JSON how the boxes were chosen. Raises StudioError when the name is taken
        or a box is not in the project.
        """
        self._project.require_write()
        name = plain(name)
        if not name.strip() or len(name) > 120:
            raise StudioError("A snapshot needs a name of 1 to 120 characters.")
        if self.by_name(name):
            raise StudioError(f"There is a snapshot {quoted(name)} already: give another name.")
        ids = list(dict.fromkeys(boxes))
        with self._project.begin() as connection:
            head: dict[str, Any] = {
                "name": name,
                "event_id": last_event_id(connection),
                "query": dict(query),
                "created": now(),
            }
            key = connection.execute(insert(_snapshot).values(**head)).inserted_primary_key
            assert key is not None
            found = 0
            for part in chunks(ids):
                frozen = _freeze(int(key[0])).where(_box.c.id.in_(part))
                found += connection.execute(
                    insert(_frozen).from_select([column.name for column in _frozen.c], frozen)
                ).rowcount
            if found != len(ids):
                raise StudioError(
                    f"{len(ids) - found} boxes of snapshot {quoted(name)} are not in this project."
                )
        return Snapshot(id=int(key[0]), **head)

    def unused_name(self, stem: str) -> str:
        """The first of "stem 1", "stem 2" … that no snapshot has."""
        taken = {snapshot.name for snapshot in self.list()}
        number = 1
        while f"{stem} {number}" in taken:
            number += 1
        return f"{stem} {number}"

    def list(self) -> list[Snapshot]:
        """All of them, oldest first."""
        with self._project.connect() as connection:
            rows = connection.execute(select(_snapshot).order_by(_snapshot.c.id)).mappings()
            return [Snapshot(**row) for row in rows]

    def by_name(self, name: str) -> Snapshot | None:
        """The snapshot of this name."""
        with self._project.connect() as connection:
            query = select(_snapshot).where(_snapshot.c.name == plain(name))
            row = connection.execute(query).mappings().first()
        return None if row is None else Snapshot(**row)

    def boxes(self, snapshot: Snapshot) -> "Sequence[SnapshotBox]":
        """The boxes as they were, by image and position."""
        with self._project.connect() as connection:
            query = (
                select(_frozen)
                .join(_box, _box.c.id == _frozen.c.box_id)
                .where(_frozen.c.snapshot_id == snapshot.id)
                .order_by(_box.c.image_id, _box.c.position, _box.c.id)
            )
            return [_frozen_of(row) for row in connection.execute(query).mappings()]


def _freeze(snapshot_id: int) -> Select[Any]:
    return (
        select(
            literal(snapshot_id),
            _box.c.id,
            _image.c.sha256,
            _label.c.name,
            _box.c.state,
            _box.c.cx,
            _box.c.cy,
            _box.c.side,
        )
        .join(_image, _image.c.id == _box.c.image_id)
        .outerjoin(_label, _label.c.id == _box.c.label_id)
    )


@row_reader("snapshot_box")
def _frozen_of(row: RowMapping) -> SnapshotBox:
    return SnapshotBox(
        row["box_id"],
        row["image_sha256"],
        row["label"],
        BoxState(row["state"]),
        Square(row["cx"], row["cy"], row["side"]),
    )
