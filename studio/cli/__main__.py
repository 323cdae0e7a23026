"""Entry point of the can-studio command: exit codes and sentences instead of tracebacks.

0 done · 1 finished with failures listed · 2 not done: the request cannot be understood or begun,
or something went wrong on the way ·
130 stopped by Ctrl+C (a training run can be resumed).
"""

import errno
import sys
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

import typer
import typer.main

from studio.cli.common import CANNOT, INTERRUPTED
from studio.cli.output import note, prepare_streams, shown
from studio.errors import StudioError
from studio.files import sweep_left_over

DONE = 0
_REFUSALS = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EIO, errno.ENOTDIR, errno.EISDIR,
    errno.ENAMETOOLONG, errno.ELOOP,
}  # fmt: skip

# Some versions of typer carry their own copy of click; this is the one that it raises.
CLICK_ERROR: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    prepare_streams()
    sweep_left_over()
    line, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    try:
        return _run(line)
    except StudioError as error:
        if debug:
            raise
        note(f"can-studio: {error}")
        return CANNOT
    except CLICK_ERROR as error:
        note(f"can-studio: {_sentence(error)}")
        return CANNOT
    except (KeyboardInterrupt, typer.Abort):
        note("can-studio: stopped.")
        return INTERRUPTED
    # Whatever escapes is a defect: its user gets a sentence, --debug gets the traceback. A place
    # that the system refuses, such as one with too long a name, is not a defect.
    except Exception as error:
        if debug:
            raise
        note(f"can-studio: {_refused(error) or _unexpected(error)}")
        return CANNOT


def _run(line: list[str]) -> int:
    from studio.cli.app import app

    command: Any = typer.main.get_command(app)
    project = _project_of(line, command.commands)
    if project is not None:
        from studio.cli.common import open_window

        return open_window(project)
    code = command.main(args=line, prog_name="can-studio", standalone_mode=False)
    return code if isinstance(code, int) else DONE


def _project_of(line: list[str], commands: Container[str]) -> Path | None:
    """The project of `can-studio PROJECT`, which opens the window on it; None for a command.

    A command goes before a folder of its name: `can-studio ./train` opens that one. Raises
    StudioError for what is meant as a path and is not a folder.
    """
    if len(line) != 1 or line[0].startswith("-") or line[0] in commands:
        return None
    path = Path(line[0])
    if path.is_dir():
        return path.absolute()
    if path.exists() or len(path.parts) > 1:
        raise StudioError(f"{shown(line[0], 120)} is not the folder of a project.")
    return None


def _sentence(error: Any) -> str:
    """What the parser says, without its own jargon and with a way on."""
    said: str = error.format_message().replace("Value error, ", "")
    if said.startswith("No such command"):
        return f"{said} can-studio --help lists the commands."
    return said


def _refused(error: Exception) -> str:
    """Why the system refuses a file or folder, in a sentence; "" where it does not."""
    if not isinstance(error, OSError) or not error.filename or error.errno not in _REFUSALS:
        return ""
    return f"{shown(str(error.filename), 120)} cannot be used: {error.strerror}."


def _unexpected(error: Exception) -> str:
    return f"this is a defect of the studio ({type(error).__name__}: {error}); --debug shows where."


def _without_debug(line: list[str]) -> tuple[list[str], bool]:
    """--debug may stand anywhere before a `--`."""
    end = line.index("--") if "--" in line else len(line)
    kept = [word for word in line[:end] if word != "--debug"]
    return kept + line[end:], len(kept) < end


if __name__ == "__main__":
    sys.exit(main())
