"""The window, for `can-studio` without a command and for the demo."""

import os
from collections.abc import Callable
from pathlib import Path

from studio.errors import StudioError


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


def take_screenshots(project: Path, run: Path, out: Path, say: Callable[[str], None]) -> list[Path]:
    """Pictures of every workspace, without a display; none, and a word, where Qt is missing."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from studio.ui.screenshots import take
    except ImportError as error:
        say(f"No screenshots: {error}.")
        return []
    return take(project, out, run_dir=run)
