"""What state a run is in, read from its folder alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.jobs.context import STOP_FILE
from studio.jobs.events import STATES, read_ends
from studio.jobs.process import Holder, read_holder
from studio.jobs.spec import load

State = Literal["queued", "running", "stopping", "stopped", "finished", "failed", "crashed"]
ENDED: dict[str, State] = {"stopped": "stopped", "finished": "finished", "failed": "failed"}
ACTIVE: frozenset[State] = frozenset({"running", "stopping"})


@dataclass(frozen=True)
class JobStatus:
    """A run at a glance. Times are UTC, ISO 8601; `eta_s` is in seconds, None while unknown."""

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
    folder holds no job.
    """
    spec = load(run_dir)
    holder = read_holder(run_dir)
    first, tail = read_ends(run_dir)
    said = [(at, event) for at, event in tail if event["event"] in STATES]
    last = said[-1] if said else None
    state = _state(run_dir, holder, last)
    now = _last(tail, "progress")
    ended = last[1] if last and state in ENDED else None
    return JobStatus(
        state=state,
        kind=spec.kind,
        title=spec.title,
        done=int(now.get("done") or 0),
        total=int(now.get("total") or 0),
        message=str(now.get("message") or ""),
        eta_s=now.get("eta_s") if state in ACTIVE else None,
        started=first["t"] if first else None,
        ended=ended["t"] if ended else None,
        error=_error(state, ended),
        pid=holder.pid if holder and state in ACTIVE else None,
    )


def _state(run_dir: Path, holder: Holder | None, last: tuple[int, dict[str, Any]] | None) -> State:
    if holder is None:
        return "queued"
    word = last[1]["event"] if last and last[0] >= holder.offset else "started"
    if word in ENDED:
        return ENDED[word]
    if not holder.alive():
        return "crashed"
    return "stopping" if (run_dir / STOP_FILE).exists() else "running"


def _last(tail: list[tuple[int, dict[str, Any]]], name: str) -> dict[str, Any]:
    return next((event for _, event in reversed(tail) if event["event"] == name), {})


def _error(state: State, ended: dict[str, Any] | None) -> str | None:
    if state == "crashed":
        return "The process of this run is gone without a word; resume goes on from its last save."
    return str(ended.get("message") or "It failed.") if state == "failed" and ended else None
