"""`can-studio export`: crops or lists out of a project, with a manifest."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from studio.cli.common import FAILURES, JSON, PROJECT, leave, open_project, progress
from studio.cli.output import echo, emit_json, list_failures, shown
from studio.datasets import export_names
from studio.wording import counted

KEPT = "accepted,adjusted"


Format = StrEnum("Format", {name: name for name in export_names()})  # type: ignore[misc]


def export(
    project: Path = PROJECT,
    out: Path = typer.Argument(..., help="A folder that is empty or new.", show_default=False),
    format_: Format = typer.Option(..., "--format", help="folder: squared crops by class."),
    size: int | None = typer.Option(
        None, "--size", min=16, max=4096, help="Side of the crops; original pixels without it."
    ),
    states: str = typer.Option(KEPT, "--states", help="States of the boxes to take, or all."),
    as_json: bool = JSON,
) -> None:
    """Export what was reviewed."""
    from studio.workflows import export_project, export_record

    with open_project(project, "append") as opened, progress("Exporting") as tell:
        report = export_project(opened, out, format_.value, size, states, on_progress=tell)
    record = export_record(report)
    if as_json:
        emit_json(record)
    else:
        _print_report(record, out)
    list_failures(record["failed"])
    leave(FAILURES if record["failed"] else 0)


def _print_report(record: dict[str, Any], out: Path) -> None:
    echo(
        f"{counted(record['boxes'], 'box', 'boxes')}, {counted(record['files'], 'file')} "
        f"in {shown(out)}; "
        f"snapshot {shown(record['snapshot'])}."
    )
    if record["unlabelled"]:
        boxes = counted(record["unlabelled"], "box", "boxes")
        echo(f"Left out: {boxes} without a label.")
    _print_left_out(record["left_out"])


def _print_left_out(left_out: dict[str, Any]) -> None:
    parts = [
        counted(count, f"{state} box", f"{state} boxes")
        for state, count in left_out["boxes"].items()
    ]
    for count, what in (
        (
            left_out["waiting_rows"],
            ("row that waits for its picture", "rows that wait for their picture"),
        ),
        (left_out["needs_box_rows"], ("row that needs a box", "rows that need a box")),
    ):
        if count:
            parts.append(counted(count, *what))
    if parts:
        echo(f"Left out: {', '.join(parts)}; --states all asks for them, too.")
    if left_out["proposals"]:
        echo(
            f"Left out: {counted(left_out['proposals'], 'box', 'boxes')} of no list that nobody "
            "has accepted; name their states (--states undecided) to make rows of them."
        )
