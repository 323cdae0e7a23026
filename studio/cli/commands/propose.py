"""`can-studio propose`: crop boxes for the pictures of a project, in a process of their own."""

from pathlib import Path

import typer

from studio.cli.common import FAILURES, INTERRUPTED, JSON, PROJECT, leave, progress
from studio.cli.output import counted, emit_json, list_failures, say


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
        emit_json(report)
    else:
        say(
            f"{counted(report['proposed'], 'picture')}, {counted(report['boxes'], 'proposal')} by "
            f"{report['detector']} {report['version']} in {report['seconds']:.1f} s; "
            f"{report['already']:,} had been looked at."
        )
    list_failures(report["failed"])
    leave(INTERRUPTED if report["stopped"] else FAILURES if report["failed"] else 0)
