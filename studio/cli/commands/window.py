"""The window, for `can-studio` without a command and for the demo."""

from pathlib import Path

from studio.errors import StudioError


def open_window(project: Path | None = None) -> int:
    """Open the studio, on a project where one is given, and stay until it is closed."""
    try:
        from studio.ui.app import run
    except ImportError as error:
        raise StudioError(
            f"The window cannot be opened: {error}. On Debian or Ubuntu, "
            "`python3 packaging/bootstrap.py` names the packages that Qt needs."
        ) from error
    return run(project)
