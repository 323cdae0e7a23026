"""What state a run is in, read from its folder alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.errors import StudioError
from studio.jobs.context import STOP_FILE
from studio.jobs.events import STATES, LoggedEvent, read_ends
from studio.jobs.process import RunHolder, read_holder
from studio.jobs.spec import JOB_FILE, load
from studio.opening import as_int

State = Literal[
    "queued", "running", "stopping", "stopped", "finished", "failed", "crashed", "unreadable"
]
ENDED: dict[str, State] = {"stopped": "stopped", "finished": "finished", "failed": "failed"}
ACTIVE: frozenset[State] = frozenset({"running", "stopping"})


@dataclass(frozen=True)
class JobStatus:
    """The state and progress of a run.

    Times are UTC, ISO 8601; `eta_s` is in seconds, None while unknown.
    """

    state: State
    kind: str
    title: str
    done: int = 0
    total: int = 0
    message: str = ""
    eta_s: float | None = None
    started: str | None = None
    ended: str | None = None
    error: str | None = None
    pid: int | None = None


def status(run_dir: Path) -> JobStatus:
    """The state of a run, in constant time however long its history is.

    `crashed` is a run whose process is gone without a last word. Raises StudioError where the
    folder holds no job, or one that cannot be read.
    """
    spec = load(run_dir)
    holder = read_holder(run_dir)
    first, tail = read_ends(run_dir)
    changes = [one for one in tail if one.event["event"] in STATES]
    last = changes[-1] if changes else None
    state = _state(run_dir, holder, last)
    now = _last(tail, "progress")
    ended = last.event if last and state in ENDED else None
    return JobStatus(
        state=state,
        kind=spec.kind,
        title=spec.title,
        done=as_int(now.get("done")),
        total=as_int(now.get("total")),
        message=str(now.get("message") or ""),
        eta_s=_seconds(now.get("eta_s")) if state in ACTIVE else None,
        started=first["t"] if first else None,
        ended=ended["t"] if ended else None,
        error=_error(state, ended),
        pid=holder.pid if holder and state in ACTIVE else None,
    )


def listed_status(run_dir: Path) -> JobStatus | None:
    """As `status`, for lists of runs, in which one unreadable folder must not hide the others.

    None where there is no run; the state is `unreadable`, with the reason as its error, for a run
    that cannot be read. Its kind is then not known.
    """
    try:
        return status(run_dir)
    except StudioError as error:
        if not _is_there(run_dir / JOB_FILE):
            return None
        return JobStatus("unreadable", "", run_dir.name, error=str(error))


def _is_there(path: Path) -> bool:
    """Whether a name is there; true where that cannot be told, as in a folder without access."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True
    return True


def _seconds(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if good else None


def _state(run_dir: Path, holder: RunHolder | None, last: LoggedEvent | None) -> State:
    if holder is None:
        return "queued"
    word = last.event["event"] if last and last.offset >= holder.offset else "started"
    if word in ENDED:
        return ENDED[word]
    if not holder.alive():
        return "crashed"
    return "stopping" if (run_dir / STOP_FILE).exists() else "running"


def _last(tail: list[LoggedEvent], name: str) -> dict[str, Any]:
    return next((event for _, event in reversed(tail) if event["event"] == name), {})


def _error(state: State, ended: dict[str, Any] | None) -> str | None:
    if state == "crashed":
        return "The process of this run is gone without a word; resume goes on from its last save."
    return str(ended.get("message") or "It failed.") if state == "failed" and ended else None
