"""Scripted decisions, through the same door as a reviewer's keys."""

from pathlib import Path

from studio.project import Project
from studio.review import DecideReport, apply_decisions_csv


def decide_from_table(
    project: Project, table: Path, reviewer: str, *, again: bool = False
) -> DecideReport:
    """Apply a CSV of decisions (box id, action, label …) as `reviewer`; bad rows are reported.

    What was applied before is passed over, so that a table can be given twice; `again` applies it
    all the same.
    """
    project.require_edit()
    return apply_decisions_csv(project, table, reviewer, again=again)
