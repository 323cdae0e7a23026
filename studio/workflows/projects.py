"""Opening and making projects, their boxes as records, and decisions from a table, for the window
and the command line alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.datasets.box_table import box_records
from studio.datasets.selection import Query, pictures, select_boxes
from studio.errors import StudioError
from studio.project import Mode, Project
from studio.project.migration import OnProgress
from studio.project.rescue import RescueReport, rescue
from studio.review import DecideReport, apply_decisions_csv

__all__ = ["RescueReport", "new_project", "open_project", "rescue"]


def new_project(
    path: Path, labels: Sequence[str], positive: str | None = None, reviewer: str = ""
) -> Project:
    """Make a project with its classes, open for editing. Raises as `Project.create` does."""
    return Project.create(path, labels, positive, reviewer)


def open_project(
    path: Path,
    mode: Mode = "edit",
    reviewer: str = "",
    on_upgrade: OnProgress = lambda done, total: None,
) -> Project:
    """Open a project in exactly the mode asked for; one of an older version is upgraded.

    Raises StudioError, naming the holder, where somebody else edits it or it cannot be written.
    The window, which shows a held project read-only, uses `Project.open`.
    """
    project = Project.open(path, mode, reviewer, on_upgrade=on_upgrade)
    if project.mode == mode:
        return project
    holder = project.holder
    project.close()
    if holder:
        raise StudioError(f"{path} is being edited by {holder}: close it there first.")
    raise StudioError(f"{path} is open for reading only: its folder cannot be written.")


def list_boxes(project: Project) -> list[dict[str, Any]]:
    """Every box, best first within an image, corners in pixels of the stored (raw) frame."""
    names = {label.id: label.name for label in project.labels()}
    boxes = select_boxes(project, Query(states=None))
    return list(box_records(pictures(project, boxes), names))


def decide_from_table(
    project: Project, table: Path, reviewer: str, *, again: bool = False
) -> DecideReport:
    """Apply a CSV of decisions (box id, action, label …) as `reviewer`; bad rows are reported.

    What was applied before is passed over, so that a table can be given twice; `again` applies it
    all the same.
    """
    project.require_edit()
    return apply_decisions_csv(project, table, reviewer, again=again)
