"""What several commands share."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from studio.cli.output import ProgressReporter, shown
from studio.errors import StudioError, UsageError

if TYPE_CHECKING:
    from studio.project import Mode, Project

FAILURES = 1  # finished, and what stayed out was listed
CANNOT = 2
INTERRUPTED = 130

PROJECT = typer.Argument(..., help="Folder of the project.", show_default=False)
GROUPS = typer.Option(
    None,
    "--groups",
    help="Table (CSV) with a column file and one group, patient, lesion or photograph: what "
    "belongs together is kept together and counted so. May be given several times; a groups.csv "
    "beside the class folders is read anyway.",
)
WHERE = typer.Option(
    "",
    "--where",
    help="Only images of which the table beside the class folders says this, such as "
    "\"framing == 'close-up' and age >= 40\": columns, == != < <= > >= in, and, or, not.",
)


def _labels_file(given: Path | None) -> Path | None:
    from studio.datasets.label_map import labels_file

    return labels_file(given) if given is not None else None


LABELS = typer.Option(
    None,
    "--labels",
    callback=_labels_file,
    help='File (TOML) for folders whose classes have other names, with a line "folder" = "class" '
    'for each: "" leaves its images out, "*" stands for all others, "set/folder" is of one set. '
    "can10000 in its place: the ten diagnoses of CAN10000 in the usual spellings.",
)
JSON = typer.Option(False, "--json", help="Print one JSON document on stdout.")


class ThresholdRule(StrEnum):
    """How a threshold is chosen on a validation set: the rules of `studio.stats.RULES`."""

    YOUDEN = "youden"
    SE90 = "se90"
    SE95 = "se95"
    SP95 = "sp95"


RULE_HELP = (
    "How each class's threshold is chosen on the validation set: youden, se90, se95 or sp95."
)
OWN_RULE_HELP = f"{RULE_HELP} The run's own without it."


@contextmanager
def progress(what: str) -> Iterator[ProgressReporter]:
    """Progress on stderr for the length of the block."""
    shown = ProgressReporter(what)
    try:
        yield shown
    finally:
        shown.close()


def open_project(path: Path, mode: "Mode" = "edit", reviewer: str = "") -> "Project":
    """As `studio.workflows.open_project`, with progress on stderr while an older project is
    upgraded."""
    from studio import workflows

    with progress("Upgrading the project") as tell:
        return workflows.open_project(
            path, mode, reviewer, lambda done, total: tell(done, total, "")
        )


def leave(code: int) -> None:
    """End the command with an exit code other than 0."""
    if code:
        raise typer.Exit(code)


def read_pair(text: str) -> tuple[str, str]:
    """`NAME=VALUE` of an option, cut at the last sign of equality. Raises UsageError."""
    name, sign, value = text.rpartition("=")
    if not sign or not name:
        raise UsageError(f"{shown(text)} is not NAME=VALUE.")
    return name, value


def folder_list(paths: list[Path] | None) -> list[Path]:
    """The folders of an option that may be given several times, or not at all."""
    return list(paths or [])


def require_alone(
    context: typer.Context,
    option: str,
    beside: Collection[str],
    says: str,
    names: Mapping[str, str],
) -> None:
    """UsageError when something is given with `option`, a file that `says` it itself.

    `beside` are the parameters that go with it, and `names` options that are not called as their
    parameter is.
    """
    for name in context.params:
        given = context.get_parameter_source(name)
        if name not in beside and given is not None and given.name != "DEFAULT":
            other = names.get(name, name).replace("_", "-")
            raise UsageError(f"{says}: leave --{other} out, or --{option}.")


def open_window(project: Path | None = None, *, demo: bool = False) -> int:
    """Open the studio, on a project or the sample project, and stay until it is closed."""
    try:
        from studio.ui.app import run
    except ImportError as error:
        raise StudioError(
            f"The window cannot be opened: {error}. On Debian or Ubuntu, "
            "`python3 packaging/bootstrap.py` names the packages that Qt needs."
        ) from error
    return run(project=project, demo=demo)


def take_screenshots(
    project: Path, run: Path, out: Path, echo: Callable[[str], None]
) -> list[Path]:
    """Pictures of every workspace, without a display; none, and a word, where Qt is missing."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from studio.ui.screenshots import take
    except ImportError as error:
        echo(f"No screenshots: {error}.")
        return []
    return take(project, out, run_dir=run)
