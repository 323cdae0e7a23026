"""`can-studio decide`: scripted decisions, the same events as by hand."""

from pathlib import Path

import typer

from studio.cli.common import FAILURES, JSON, PROJECT, leave
from studio.cli.output import counted, emit_json, list_failures, say, shown


def decide(
    project: Path = PROJECT,
    table: Path = typer.Argument(
        ..., metavar="BOXES.csv", help="Columns box, action, label, …", show_default=False
    ),
    reviewer: str = typer.Option(..., "--reviewer", help="Who decides."),
    again: bool = typer.Option(False, "--again", help="Apply rows that were applied before, too."),
    as_json: bool = JSON,
) -> None:
    """Take decisions (accept, reject, relabel, adjust, unsure, comment) from a table."""
    from studio.workflows import decide_from_table, open_project

    with open_project(project, "edit", reviewer) as opened:
        report = decide_from_table(opened, table, reviewer, again=again)
    if as_json:
        emit_json(report.to_dict())
    else:
        decisions = counted(report.applied, "decision")
        before = f", {report.already:,} applied before" if report.already else ""
        say(f"{decisions} of {shown(reviewer)}{before}, {len(report.failed):,} left out.")
    list_failures(report.to_dict()["failed"])
    leave(FAILURES if report.failed else 0)
