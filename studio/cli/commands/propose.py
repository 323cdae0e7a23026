"""`can-studio propose`: crop boxes for the pictures of a project, in a process of their own."""

from pathlib import Path

import typer

from studio.cli.common import FAILURES, INTERRUPTED, JSON, PROJECT, leave, progress
from studio.cli.output import emit_json, note, say, shown


def propose(
    project: Path = PROJECT,
    keep: int = typer.Option(10, "--keep", min=1, max=100, help="Proposals kept a picture."),
    as_json: bool = JSON,
) -> None:
    """Propose crop boxes for every picture that has not been looked at yet."""
    from studio.workflows import open_project, propose_as_job

    with open_project(project, "append") as opened, progress("Proposing") as tell:
        report = propose_as_job(opened, keep, on_progress=tell)
    if as_json:
        emit_json(report.to_dict())
    else:
        say(
            f"{report.proposed:,} pictures, {report.boxes:,} proposals by {report.detector} "
            f"{report.version} in {report.seconds:.1f} s; {report.already:,} had been looked at."
        )
    for failure in report.failed:
        note(f"{failure.reason}: {shown(failure.sentence, 400)}")
    leave(INTERRUPTED if report.stopped else FAILURES if report.failed else 0)
