"""`can-studio boxes`: every box of a project, best first within a picture."""

from pathlib import Path

from studio.cli.common import JSON, PROJECT
from studio.cli.output import emit_json, table


def boxes(project: Path = PROJECT, as_json: bool = JSON) -> None:
    """List the boxes, in pixels of the stored (un-rotated) frame."""
    from studio.workflows import list_boxes, open_project

    with open_project(project, "read") as opened:
        listed = list_boxes(opened)
    if as_json:
        emit_json(listed)
        return
    columns = ["box", "file", "x0", "y0", "x1", "y1", "label", "state", "origin", "score"]
    table("Boxes", columns, [[_cell(box[name]) for name in columns] for box in listed])


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1 else value
