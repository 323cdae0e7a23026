"""Scripted decisions, through the same door as a reviewer's keys."""

from pathlib import Path

from studio.project import Project
from studio.review import DecideReport, apply_decisions_csv


def decide_from_table(project: Project, table: Path, reviewer: str) -> DecideReport:
    """Apply a CSV of decisions (box id, action, label …) as `reviewer`; bad rows are reported."""
    project.require_edit()
    return apply_decisions_csv(project, table, reviewer)
