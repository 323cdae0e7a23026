"""Which boxes of a project a snapshot or an export takes, by state and label."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from studio.errors import UsageError
from studio.project import KEPT, Box, BoxState, ImageRow, Project, Snapshot
from studio.project.long_reads import ids_of
from studio.project.schema import box as box_table


@dataclass(frozen=True, slots=True)
class Query:
    """What to take. `states` or `labels` None means any."""

    states: tuple[BoxState, ...] | None = KEPT
    labels: tuple[str, ...] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing of the project is left out."""
        return self.states is None and self.labels is None

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> "Query":
        """The query that `snapshot` froze; of a snapshot made otherwise, what it can say."""
        states, labels = snapshot.query.get("states"), snapshot.query.get("labels")
        return cls(parse_states(states), None if labels is None else tuple(labels))

    def to_dict(self) -> dict[str, Any]:
        """As a snapshot and a manifest write it down."""
        states = None if self.states is None else [state.value for state in self.states]
        return {"states": states, "labels": None if self.labels is None else list(self.labels)}


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with its selected boxes, best first, and the path of its original."""

    image: ImageRow
    path: Path
    boxes: tuple[Box, ...]


def parse_states(states: str | Iterable[str] | None) -> tuple[BoxState, ...] | None:
    """``"accepted,adjusted"``, several names, or ``"all"`` (None). Raises UsageError."""
    if states is None or states == "all":
        return None
    names = states.split(",") if isinstance(states, str) else states
    try:
        return tuple(BoxState(name.strip()) for name in names)
    except ValueError as error:
        known = ", ".join(state.value for state in BoxState)
        raise UsageError(f"{error}: choose from {known}, or all.") from error


def make_query(
    project: Project,
    states: str | Iterable[str] | None = KEPT,
    labels: Sequence[str] | None = None,
) -> Query:
    """A query whose labels exist in `project`. Raises UsageError when one does not."""
    for name in labels or ():
        if project.label_by_name(name) is None:
            known = ", ".join(label.name for label in project.labels())
            raise UsageError(f"This project has no label “{name}”: it has {known}.")
    return Query(parse_states(states), None if labels is None else tuple(labels))


def select_boxes(project: Project, query: Query) -> list[Box]:
    """The boxes of `query`, by image and best first within an image."""
    return project.boxes.by_ids(select_ids(project, query))


def select_ids(project: Project, query: Query) -> Sequence[int]:
    """The ids of `select_boxes`, which the window can wait for."""
    with project.connect() as connection:
        return ids_of(connection, _box_ids(project, query))


def has_boxes(project: Project, query: Query) -> bool:
    """Whether `query` takes any box at all."""
    with project.connect() as connection:
        return connection.scalar(_box_ids(project, query).limit(1)) is not None


def count_left_out(project: Project, query: Query) -> dict[str, int]:
    """How many boxes with the labels of `query` are in a state that it does not take, by state."""
    if query.states is None:
        return {}
    state = box_table.c.state
    wanted = [*_with_labels(project, query), state.not_in([s.value for s in query.states])]
    statement = select(state, func.count()).where(*wanted).group_by(state).order_by(state)
    with project.connect() as connection:
        return {row.state: row[1] for row in connection.execute(statement)}


def frozen_boxes(project: Project, snapshot: Snapshot) -> list[Box]:
    """The boxes of `snapshot` as they were when it was made, by image and best first."""
    label_ids: dict[str | None, int] = {label.name: label.id for label in project.labels()}
    frozen = project.snapshots.boxes(snapshot)
    present = project.boxes.by_ids(box.box_id for box in frozen)
    return [
        replace(box, square=was.square, state=was.state, label_id=label_ids.get(was.label))
        for box, was in zip(present, frozen, strict=True)
    ]


def pictures(project: Project, boxes: Sequence[Box]) -> list[Picture]:
    """The images of `boxes`, which must be sorted by image, as `select_boxes` gives them."""
    grouped = [(key, tuple(group)) for key, group in groupby(boxes, lambda box: box.image_id)]
    images = {image.id: image for image in project.images.by_ids(key for key, _ in grouped)}
    return [Picture(images[key], project.images.path(images[key]), group) for key, group in grouped]


def _box_ids(project: Project, query: Query) -> Select[Any]:
    statement = select(box_table.c.id).where(*_with_labels(project, query))
    if query.states is not None:
        statement = statement.where(box_table.c.state.in_([s.value for s in query.states]))
    return statement.order_by(box_table.c.image_id, box_table.c.position, box_table.c.id)


def _with_labels(project: Project, query: Query) -> list[ColumnElement[bool]]:
    present = box_table.c.deleted.is_(False)
    if query.labels is None:
        return [present]
    wanted = [label.id for label in project.labels() if label.name in query.labels]
    return [present, box_table.c.label_id.in_(wanted)]


def freeze(
    project: Project,
    states: str | Iterable[str] | None = KEPT,
    labels: Sequence[str] | None = None,
    name: str | None = None,
) -> Snapshot:
    """Snapshot of the boxes in `states` with `labels`; None means any.

    `name` must be new; without one it is numbered. Raises UsageError for an unknown state
    or label, StudioError when the project is open read-only.
    """
    query = make_query(project, states, labels)
    ids = select_ids(project, query)
    name = name or project.snapshots.unused_name("snapshot")
    return project.snapshots.create(name, query.to_dict(), ids)
