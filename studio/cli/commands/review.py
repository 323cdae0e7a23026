"""`can-studio propose`, `boxes` and `decide`: crop boxes, and the same decisions as by hand."""

from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.common import FAILURES, INTERRUPTED, JSON, PROJECT, leave, open_project, progress
from studio.cli.output import echo, emit_json, list_failures, shown, table
from studio.wording import counted


def propose(
    project: Path = PROJECT,
    keep: int = typer.Option(10, "--keep", min=1, max=100, help="Proposals kept a picture."),
    as_json: bool = JSON,
) -> None:
    """Propose crop boxes for every picture that has not been looked at yet."""
    from studio.workflows import propose_as_job

    with open_project(project, "append") as opened, progress("Proposing") as tell:
        report = propose_as_job(opened, keep, on_progress=tell)
    if as_json:
        emit_json(report)
    else:
        echo(
            f"{counted(report['proposed'], 'picture')}, {counted(report['boxes'], 'proposal')} by "
            f"{report['detector']} {report['version']} in {wording.duration(report['seconds'])}; "
            f"{wording.count(report['already'])} had been looked at."
        )
    list_failures(report["failed"])
    leave(INTERRUPTED if report["stopped"] else FAILURES if report["failed"] else 0)


def boxes(project: Path = PROJECT, as_json: bool = JSON) -> None:
    """List the boxes, in pixels of the stored (un-rotated) frame."""
    from studio.workflows import list_boxes

    with open_project(project, "read") as opened:
        listed = list_boxes(opened)
    if as_json:
        emit_json(listed)
        return
    columns = ["box", "file", "x0", "y0", "x1", "y1", "label", "state", "origin", "score"]
    table("Boxes", columns, [_rounded(box) for box in listed])


def _rounded(box: dict[str, Any]) -> list[object]:
    score = None if box["score"] is None else wording.number(box["score"])
    corners = [wording.number(box[name], 1) for name in ("x0", "y0", "x1", "y1")]
    words = [box["label"], box["state"], box["origin"], score]
    return [box["box"], box["file"], *corners, *("" if word is None else word for word in words)]


def decide(
    project: Path = PROJECT,
    table: Path = typer.Argument(
        ...,
        metavar="BOXES.csv",
        help="Columns box (id) and action; where needed label, reason, comment, and to adjust "
        "cx, cy, side or x0, y0, x1, y1, in pixels of the stored picture. Others of a table that "
        "export --format csv wrote may stay.",
        show_default=False,
    ),
    reviewer: str = typer.Option(..., "--reviewer", help="Who decides."),
    again: bool = typer.Option(False, "--again", help="Apply rows that were applied before, too."),
    as_json: bool = JSON,
) -> None:
    """Take decisions (accept, reject, relabel, adjust, unsure, comment) from a table."""
    from studio.workflows import decide_from_table

    with open_project(project, "edit", reviewer) as opened:
        report = decide_from_table(opened, table, reviewer, again=again)
    if as_json:
        emit_json(report.to_dict())
    else:
        decisions = counted(report.applied, "decision")
        before = f", {wording.count(report.already)} applied before" if report.already else ""
        failed = wording.count(len(report.failed))
        echo(f"{decisions} of {shown(reviewer)}{before}, {failed} left out.")
    told = report.to_dict()
    list_failures(told["failed"])
    list_failures({**one, "reason": "contradiction"} for one in told.get("contradictions", ()))
    leave(FAILURES if report.failed or report.contradictions else 0)
