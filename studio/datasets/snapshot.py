"""Freeze what a query selects, so that a figure can be traced to the pixels behind it."""

from collections.abc import Iterable, Sequence

from studio.datasets.selection import make_query, select_ids
from studio.project import KEPT, Project, Snapshot


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
