"""`can-studio readers`: how many reviewers decide a box, and who settles their disagreements."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from studio.cli.common import JSON, PROJECT, open_project
from studio.cli.output import echo, emit_json, shown
from studio.wording import counted

if TYPE_CHECKING:
    from studio.project import Project


def readers(
    project: Path = PROJECT,
    number: int | None = typer.Option(
        None,
        "--set",
        min=1,
        max=2,
        help="1: the last decision counts. 2: two reviewers decide each box on their own, and "
        "where they do not agree a third one decides.",
    ),
    adjudicator: str | None = typer.Option(
        None,
        "--adjudicator",
        help="With two readers: who alone decides where they do not agree. The first two others "
        "who decide a box are its readers; what a third says is recorded and settles nothing.",
    ),
    reviewer: str | None = typer.Option(None, "--reviewer", help="Who changes the rule."),
    waiting: str | None = typer.Option(
        None,
        "--to-read",
        metavar="NAME",
        help="List the boxes that this reviewer has to decide, by their files.",
    ),
    as_json: bool = JSON,
) -> None:
    """Say by which rule decisions count, after a change of it. The review window shows a box of two
    readers as undecided until both have decided."""
    from studio.errors import UsageError
    from studio.review.readers import count_readings, readers_rule, set_readers_rule, to_read

    if adjudicator is not None and number is None:
        raise UsageError("--adjudicator goes with --set 2.")
    changed = 0
    with open_project(project, "read" if number is None else "edit", reviewer or "") as opened:
        if number is not None:
            changed = set_readers_rule(opened, number, adjudicator, reviewer)
        rule, readings = readers_rule(opened), count_readings(opened)
        disputed = opened.status()["boxes"]["by_state"].get("disputed", 0)
        boxes = None if waiting is None else list(to_read(opened, waiting))
        names = _file_names(opened, boxes or [])
    if as_json:
        found = {**rule.to_dict(), "changed": changed, "disputed": disputed}
        found["readings"] = {str(count): boxes_ for count, boxes_ in readings.items()}
        emit_json({**found, **({} if boxes is None else {"to_read": boxes})})
        return
    if rule.readers == 1:
        echo("One reader: the last decision on a box counts.")
    else:
        by = "a third reviewer" if rule.adjudicator is None else shown(rule.adjudicator)
        echo(f"Two readers; where they do not agree, {by} decides.")
        echo(f"{counted(disputed, 'box waits', 'boxes wait')} for that.")
    for count, boxes_ in readings.items():
        echo(f"{counted(boxes_, 'box', 'boxes')} decided by {counted(count, 'reviewer')}")
    if number is not None:
        echo(f"{counted(changed, 'box', 'boxes')} changed by the rule.")
    for name, box_id in sorted(zip(names, boxes or [], strict=True)):
        echo(f"{box_id:>8}  {shown(name)}")


def _file_names(project: "Project", boxes: "Sequence[int]") -> list[str]:
    """The file of the image of each box."""
    images = [box.image_id for box in project.boxes.by_ids(boxes)]
    files = {image.id: image.file for image in project.images.by_ids(sorted(set(images)))}
    return [files[image_id] for image_id in images]
