"""`can-studio boxes`: every box of a project, best first within a picture."""

from pathlib import Path
from typing import Any

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
    table("Boxes", columns, [_rounded(box) for box in listed])


def _rounded(box: dict[str, Any]) -> list[object]:
    score = None if box["score"] is None else f"{box['score']:.3f}"
    corners = [f"{box[name]:.1f}" for name in ("x0", "y0", "x1", "y1")]
    words = [box["label"], box["state"], box["origin"], score]
    return [box["box"], box["file"], *corners, *("" if word is None else word for word in words)]
