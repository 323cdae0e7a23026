"""What several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from studio.cli.output import Progress

FAILURES = 1  # finished, and what stayed out was listed
CANNOT = 2
INTERRUPTED = 130

PROJECT = typer.Argument(..., help="Folder of the project.", show_default=False)
JSON = typer.Option(False, "--json", help="Print one JSON document on stdout.")


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Progress on stderr for the length of the block."""
    shown = Progress(what)
    try:
        yield shown
    finally:
        shown.close()


def leave(code: int) -> None:
    """End the command with an exit code other than 0."""
    if code:
        raise typer.Exit(code)


def folder_list(paths: list[Path] | None) -> list[Path]:
    """The folders of an option that may be given several times, or not at all."""
    return list(paths or [])
