"""Starting, stopping and resuming a job from outside of it."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from studio import files
from studio.errors import StudioError
from studio.jobs.context import STOP_FILE
from studio.jobs.events import size
from studio.jobs.process import RunHolder
from studio.jobs.runner import LOG_FILE, require_kind
from studio.jobs.spec import load
from studio.jobs.status import ACTIVE, status


def start(run_dir: Path, env: Mapping[str, str] | None = None) -> int:
    """Run the job in its own process, which outlives this one; return that process's number.

    `env` is added to this process's environment. Output goes to log.txt. Raises StudioError where
    the run is already going or there is no job.
    """
    run_dir = run_dir.resolve()
    load(run_dir)
    if status(run_dir).state in ACTIVE:
        raise StudioError(f"{run_dir} is already running.")
    (run_dir / STOP_FILE).unlink(missing_ok=True)
    before = size(run_dir)
    with files.open_append(run_dir / LOG_FILE) as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "studio.jobs", str(run_dir), "--keep-stop"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            start_new_session=os.name == "posix",
            creationflags=_detached_flags(),
        )
    RunHolder.of(process.pid, before).write(run_dir)
    # Someone has to wait for a child, or it stays a zombie until this process ends.
    threading.Thread(target=process.wait, name=f"job {process.pid}", daemon=True).start()
    return process.pid


def _detached_flags() -> int:
    if sys.platform == "win32":
        return subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def resume(run_dir: Path, env: Mapping[str, str] | None = None, *, kind: str | None = None) -> int:
    """Go on with a stopped, failed or crashed job, in its own process and the same events.

    Raises StudioError as `start` does, and for a job of another kind than the `kind` asked for.
    """
    require_kind(run_dir, load(run_dir), kind)
    if status(run_dir).state == "finished":
        raise StudioError(f"{run_dir} has finished; there is nothing to resume.")
    return start(run_dir, env)


def request_stop(run_dir: Path) -> None:
    """Ask a running job to stop at its next safe place. Nothing happens to one that is not."""
    if status(run_dir).state in ACTIVE:
        files.write_bytes(run_dir / STOP_FILE, b"", durable=False)
