"""The classes of a project."""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update

from studio.errors import StudioError
from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.events import record_label
from studio.project.names import quoted, safe_label
from studio.project.records import Label, row_reader, whole

USUAL_POSITIVES = ("malignantmelanoma", "melanoma", "malignant")
"""The positive class of CAN, and other usual names of it, the surest first."""

_label = schema.label


class LabelStore:
    """Labels by position. Use the methods of Project."""

    def __init__(self, project: ProjectAccess) -> None:
        self._project = project

    def list(self) -> list[Label]:
        """All of them, by position."""
        with self._project.connect() as connection:
            return _all(connection)

    def by_name(self, name: str) -> Label | None:
        """The label of exactly this name."""
        return next((label for label in self.list() if label.name == name), None)

    def add(self, name: str, positive: bool | None, never_in_bulk: bool | None) -> Label:
        """See Project.add_label."""
        self._project.require_write()
        name = safe_label(name)
        with self._project.begin() as connection:
            labels = _all(connection)
            for label in labels:
                if label.name == name:
                    return label
            _refuse_twins([*(label.name for label in labels), name])
            has_positive = any(label.positive for label in labels)
            if positive and has_positive:
                raise StudioError(f"A project has one positive class; {name} would be a second.")
            if positive is None:
                positive = usual_positive([name]) is not None and not has_positive
            position = max((label.position for label in labels), default=0) + 1
            _insert(connection, name, position, positive, never_in_bulk)
            return _all(connection)[-1]

    def rename(self, name: str, new: str, reviewer: str | None) -> Label:
        """See Project.rename_label."""
        self._project.require_edit()
        new = safe_label(new)
        with self._project.begin() as connection:
            labels = _all(connection)
            label = _named(labels, name)
            if new != label.name:
                _refuse_twins([*(other.name for other in labels if other != label), new])
                connection.execute(update(_label).where(_label.c.id == label.id).values(name=new))
                record_label(connection, {"name": label.name}, {"name": new}, reviewer)
            return _named(_all(connection), new)

    def move(self, name: str, position: int, reviewer: str | None) -> Sequence[Label]:
        """See Project.move_label."""
        self._project.require_edit()
        with self._project.begin() as connection:
            labels = _all(connection)
            label = _named(labels, name)
            if not 1 <= position <= len(labels):
                raise StudioError(
                    f"The project has {len(labels)} labels: {name!r} cannot be number {position}."
                )
            before = [one.name for one in labels]
            labels.remove(label)
            labels.insert(position - 1, label)
            for number, one in enumerate(labels, start=1):
                statement = update(_label).where(_label.c.id == one.id).values(position=number)
                connection.execute(statement)
            after = [one.name for one in labels]
            if after != before:
                record_label(connection, {"order": before}, {"order": after}, reviewer)
            return _all(connection)

    def remove(self, name: str, reviewer: str | None) -> None:
        """See Project.remove_label."""
        self._project.require_edit()
        with self._project.begin() as connection:
            label = _named(_all(connection), name)
            if any(
                _uses(connection, table, label)
                for table in (schema.image, schema.box, schema.decision)
            ):
                raise StudioError(
                    f"The label {label.name!r} is in use: give its images and boxes another first."
                )
            connection.execute(delete(_label).where(_label.c.id == label.id))
            record_label(connection, {"name": label.name}, {}, reviewer)

    def set_positive(self, name: str | None, reviewer: str | None) -> None:
        """See Project.set_positive_label."""
        self._project.require_edit()
        with self._project.begin() as connection:
            labels = _all(connection)
            chosen = None if name is None else _named(labels, name)
            before = next((label.name for label in labels if label.positive), None)
            if before == (chosen.name if chosen else None):
                return
            connection.execute(update(_label).values(positive=False))
            if chosen is not None:
                values = {"positive": True, "never_in_bulk": True}
                connection.execute(update(_label).where(_label.c.id == chosen.id).values(values))
            after = chosen.name if chosen else None
            record_label(connection, {"positive": before}, {"positive": after}, reviewer)

    @staticmethod
    def check_new(names: Sequence[str], positive: str | None) -> "Sequence[str]":
        """The names in their safe form. Raises StudioError for what cannot be a set of labels."""
        safe = [safe_label(name) for name in names]
        _refuse_twins(safe)
        if positive is not None and safe_label(positive) not in safe:
            raise StudioError(f"The positive class {positive!r} is not among the labels.")
        return safe

    @staticmethod
    def insert_first(connection: Connection, names: Sequence[str], positive: str | None) -> None:
        """The labels of a new project, checked before."""
        chosen = usual_positive(names) if positive is None else safe_label(positive)
        for position, name in enumerate(names, start=1):
            _insert(connection, name, position, name == chosen, None)


def usual_positive(names: Sequence[str]) -> str | None:
    """The label that is the positive class when nobody says so; None when no name tells."""
    folded = {name.casefold(): name for name in names}
    return next((folded[usual] for usual in USUAL_POSITIVES if usual in folded), None)


def _insert(
    connection: Connection, name: str, position: int, positive: bool, never_in_bulk: bool | None
) -> None:
    connection.execute(
        insert(_label).values(
            name=name,
            position=position,
            positive=positive,
            never_in_bulk=positive if never_in_bulk is None else never_in_bulk,
        )
    )


def _all(connection: Connection) -> "list[Label]":
    rows = connection.execute(select(_label).order_by(_label.c.position, _label.c.id)).mappings()
    return [_label_of(row) for row in rows]


@row_reader("label")
def _label_of(row: RowMapping) -> Label:
    # Checked again although it was when it was added: it becomes a folder, and a database may come
    # from anywhere.
    if safe_label(row["name"]) != row["name"]:
        raise ValueError(f"the label {quoted(row['name'])} is not in the form of a label")
    whole(row["position"])
    return Label(**row)


def _named(labels: Sequence[Label], name: str) -> Label:
    """The label of this name. Raises StudioError, with the names that there are, for another."""
    found = next((label for label in labels if label.name == name), None)
    if found is None:
        known = ", ".join(label.name for label in labels) or "none"
        raise StudioError(f"The project has no label {name!r}; its labels: {known}.")
    return found


def _uses(connection: Connection, table: Table, label: Label) -> bool:
    of_label = select(table.c.label_id).where(table.c.label_id == label.id).limit(1)
    return connection.scalar(of_label) is not None


def _refuse_twins(names: Sequence[str]) -> None:
    # Class folders that differ in case only are one folder on many disks.
    seen: dict[str, str] = {}
    for name in names:
        if name in seen.values():
            raise StudioError(f"The label {name!r} is given twice.")
        twin = seen.setdefault(unicodedata.normalize("NFC", name.casefold()), name)
        if twin != name:
            raise StudioError(
                f"The labels {twin!r} and {name!r} would share one class folder: rename one."
            )
