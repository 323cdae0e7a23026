"""The figures of a project, for the window's overview and `can-studio status`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, distinct, func, or_, select

from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.metadata import metadata_counts
from studio.project.records import KEPT, BoxState, Label, SourceStatus, WrongValue

_box, _image, _source = schema.box, schema.image, schema.source
_examination = schema.examination
_NO_LISTS = ("folder", "file", "sample")  # origins that are not lists of rows


def status_of(project: ProjectAccess, labels: Sequence[Label]) -> dict[str, Any]:
    """Counts of everything, ready for JSON; `labels` are the classes of the project.

    `waiting` counts distinct URLs still to be fetched and `waiting_rows` their rows; `needs_box`
    counts rows listed without a box whose image has no accepted one yet; a conflict is a URL
    listed under two labels. `metadata` counts the images of which each column says something,
    `examined` those that each detector has looked at.
    """
    with project.connect() as connection:
        waiting, waiting_rows = _waiting(connection)
        return {
            "images": connection.scalar(select(func.count()).select_from(_image)),
            "boxes": _boxes(connection, {label.id: label.name for label in labels}),
            "waiting": waiting,
            "waiting_rows": waiting_rows,
            "failed": _failed(connection),
            "needs_box": _needs_box(connection),
            "lists": _lists(connection),
            "labels": [
                {
                    "name": label.name,
                    "positive": label.positive,
                    "never_in_bulk": label.never_in_bulk,
                }
                for label in labels
            ],
            "events": connection.scalar(select(func.count()).select_from(schema.event)),
            "stacks": connection.scalar(select(func.count()).select_from(schema.stack)),
            "metadata": metadata_counts(connection),
            "examined": _examined(connection),
        }


def _boxes(connection: Connection, names: dict[int, str]) -> dict[str, Any]:
    by_state = {state.value: 0 for state in BoxState}
    by_label: dict[str, int] = dict.fromkeys(names.values(), 0)
    unlabelled = 0
    query = (
        select(_box.c.state, _box.c.label_id, func.count())
        .where(_box.c.deleted.is_(False))
        .group_by(_box.c.state, _box.c.label_id)
    )
    for state, label_id, count in connection.execute(query):
        if state not in by_state or (label_id is not None and label_id not in names):
            raise WrongValue("a row of “box”: it has a state or a label that there is not")
        by_state[state] += count
        if label_id is None:
            unlabelled += count
        else:
            by_label[names[label_id]] += count
    if not by_state[BoxState.DISPUTED]:
        del by_state[BoxState.DISPUTED]  # there are some with two readers only
    return {
        "total": sum(by_state.values()),
        "by_state": by_state,
        "by_label": by_label,
        "unlabelled": unlabelled,
    }


def _examined(connection: Connection) -> dict[str, int]:
    key = (_examination.c.detector, _examination.c.version)
    query = select(*key, func.count()).group_by(*key).order_by(*key)
    return {f"{name} {version}": count for name, version, count in connection.execute(query)}


def _waiting(connection: Connection) -> tuple[int, int]:
    query = select(func.count(distinct(_source.c.url)), func.count())
    urls, rows = connection.execute(
        query.where(_source.c.status == SourceStatus.WAITING.value)
    ).one()
    return urls, rows


def _failed(connection: Connection) -> dict[str, int]:
    query = (
        select(_source.c.reason, func.count())
        .where(_source.c.status == SourceStatus.FAILED.value)
        .group_by(_source.c.reason)
    )
    return {reason or "unknown": count for reason, count in connection.execute(query)}


def _needs_box(connection: Connection) -> int:
    # Not a correlated EXISTS: SQLite would search it by state, once for each row.
    boxed = select(_box.c.image_id).where(
        _box.c.deleted.is_(False), _box.c.state.in_([state.value for state in KEPT])
    )
    bare = or_(_source.c.image_id.is_(None), _source.c.image_id.not_in(boxed))
    asked = and_(_source.c.needs_box.is_(True), bare)
    return connection.scalar(select(func.count()).select_from(_source).where(asked)) or 0


def _lists(connection: Connection) -> list[dict[str, Any]]:
    listed = _source.c.origin.not_in(_NO_LISTS)
    by_url = (
        select(
            _source.c.list_name,
            func.count().label("rows"),
            _source.c.url,
            func.sum(case((_source.c.needs_box.is_(True), 1), else_=0)).label("needs_box"),
            func.count(distinct(_source.c.label)).label("labels"),
        )
        .where(listed)
        .group_by(_source.c.list_name, _source.c.url)
        .subquery()
    )
    conflict = and_(by_url.c.url.is_not(None), by_url.c.labels > 1)
    query = (
        select(
            by_url.c.list_name.label("name"),
            func.sum(by_url.c.rows).label("rows"),
            func.count(by_url.c.url).label("urls"),
            func.sum(by_url.c.needs_box).label("needs_box"),
            func.sum(case((conflict, 1), else_=0)).label("conflicts"),
        )
        .group_by(by_url.c.list_name)
        .order_by(by_url.c.list_name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
