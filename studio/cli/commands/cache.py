"""`can-studio cache`: the prepared images of a project, or of your own folders."""

from pathlib import Path

import typer

from studio import wording
from studio.cli.common import JSON
from studio.cli.output import echo, emit_json, shown
from studio.errors import StudioError


def cache(
    project: Path | None = typer.Argument(
        None, help="Folder of a project; without it, your own cache, for all other folders."
    ),
    remove: bool = typer.Option(False, "--remove", help="Remove them; they are made again."),
    as_json: bool = JSON,
) -> None:
    """Say how much disk prepared images take: decoded pixels, thumbnails and comparisons.

    Trainings and checks for leakage make them once and share them. A cache keeps 20 GB at most, or
    as many as the environment variable CAN_STUDIO_PREPARED_GB says; the least recently used go
    first.
    """
    from studio.project import is_project
    from studio.workflows.prepared import cache_folder, cache_size, remove_cache

    if project is not None and not is_project(project):
        raise StudioError(f"{shown(project)} is not a project: it has no project.db.")
    size = remove_cache(project) if remove else cache_size(project)
    folder = cache_folder(project)
    if as_json:
        emit_json({"folder": str(folder), "bytes": size, "removed": remove})
    else:
        said = "removed from" if remove else "in"
        echo(f"Prepared images: {wording.megabytes(size)} {said} {shown(folder)}.")
