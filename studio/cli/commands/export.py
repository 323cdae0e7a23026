"""`can-studio export`: crops or lists out of a project, with a manifest."""

from enum import StrEnum
from pathlib import Path

import typer

from studio.cli.common import FAILURES, JSON, PROJECT, leave, progress
from studio.cli.output import emit_json, list_failures, say, shown


class Format(StrEnum):
    """What an export writes."""

    FOLDER = "folder"
    COCO = "coco"
    YOLO = "yolo"
    VOC = "voc"
    CAN = "can"
    CSV = "csv"


def export(
    project: Path = PROJECT,
    out: Path = typer.Argument(..., help="A folder that is empty or new.", show_default=False),
    format_: Format = typer.Option(..., "--format", help="folder: squared crops by class."),
    size: int | None = typer.Option(
        None, "--size", min=16, max=4096, help="Side of the crops; original pixels without it."
    ),
    states: str = typer.Option(
        "accepted,adjusted", "--states", help="States of the boxes to take, or all."
    ),
    as_json: bool = JSON,
) -> None:
    """Export what was reviewed."""
    from studio.workflows import export_project, export_record, open_project

    with open_project(project, "append") as opened, progress("Exporting") as tell:
        report = export_project(opened, out, format_.value, size, states, on_progress=tell)
    record = export_record(report)
    if as_json:
        emit_json(record)
    else:
        say(
            f"{record['boxes']:,} boxes, {record['files']:,} files in {shown(out)}; "
            f"snapshot {shown(record['snapshot'])}."
        )
        if record["unlabelled"]:
            say(f"{record['unlabelled']:,} boxes without a label were left out.")
    list_failures(record["failed"])
    leave(FAILURES if record["failed"] else 0)
