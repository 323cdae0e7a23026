"""The boxes of a project as plain records."""

from typing import Any

from studio.datasets.box_table import box_records
from studio.datasets.selection import Query, pictures, select_boxes
from studio.project import Project


def list_boxes(project: Project) -> list[dict[str, Any]]:
    """Every box, best first within an image, corners in pixels of the stored (raw) frame."""
    names = {label.id: label.name for label in project.labels()}
    boxes = select_boxes(project, Query(states=None))
    return list(box_records(pictures(project, boxes), names))
