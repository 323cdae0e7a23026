"""Opening and making projects, for the window and the command line alike."""

from collections.abc import Sequence
from pathlib import Path

from studio.errors import StudioError
from studio.project import Mode, Project
from studio.project.rescue import RescueReport, rescue

__all__ = ["RescueReport", "new_project", "open_project", "rescue"]


def new_project(
    path: Path, labels: Sequence[str], positive: str | None = None, reviewer: str = ""
) -> Project:
    """Make a project with its classes, open for editing. Raises as `Project.create` does."""
    return Project.create(path, labels, positive, reviewer)


def open_project(path: Path, mode: Mode = "edit", reviewer: str = "") -> Project:
    """Open a project in exactly the mode asked for.

    Raises StudioError, naming the holder, where somebody else edits it or it cannot be written.
    The window, which shows a held project read-only, uses `Project.open`.
    """
    project = Project.open(path, mode, reviewer)
    if project.mode == mode:
        return project
    holder = project.holder
    project.close()
    if holder:
        raise StudioError(f"{path} is being edited by {holder}: close it there first.")
    raise StudioError(f"{path} is open for reading only: its folder cannot be written.")
