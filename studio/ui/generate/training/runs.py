"""The GAN trainings that there are: those of the project and folders opened lately. No Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.jobs.events import read_ends
from studio.opening import FileRefused, open_regular, parse_json
from studio.ui.generate.training.reader import KIND
from studio.ui.generate.training.story import number

if TYPE_CHECKING:
    from studio.project import Project

METRICS = "metrics.jsonl"  # one line a snapshot
_LINE = 64 * 1024  # bytes from its end; a line has some kilobytes
RUNS = "gan_train"  # the kind under which a project lists them


@dataclass(frozen=True)
class GanSummary:
    """One training in a list."""

    run_dir: Path
    title: str
    state: str
    started: str = ""
    figures: str = ""
    fault: str = ""  # why it cannot be read


def list_gan_runs(project: "Project | None", others: Sequence[Path] = ()) -> list[GanSummary]:
    """GAN trainings, newest first: the project's, then other folders."""
    folders = [run.folder for run in project.runs.list(RUNS)][::-1] if project else []
    every = [*folders, *(path for path in others if path not in folders)]
    return [found for found in map(gan_summary, every) if found is not None]


def gan_summary(run_dir: Path) -> GanSummary | None:
    """A training at a glance; None for a folder that holds none. One that cannot be read is named
    with the reason."""
    status = jobs.listed_status(run_dir)
    if status is None:
        return None
    if status.state == "unreadable":
        return GanSummary(run_dir, run_dir.name, status.state, fault=status.error or "")
    if status.kind != KIND:
        return None
    _, tail = read_ends(run_dir)
    last = {event["event"]: event for _, event in tail}
    kimg = number(last.get("step", {}).get("kimg"))
    kid = _last_kid(run_dir, last.get("snapshot", {}))
    figures = [f"{kimg:,.4g} kimg"] if kimg is not None else []
    figures += [f"KID {kid:.4f}"] if kid is not None else []
    return GanSummary(
        run_dir, status.title, status.state, status.started or "", " · ".join(figures)
    )


def _last_kid(run_dir: Path, snapshot: dict[str, Any]) -> float | None:
    """The KID of the last snapshot: as just told, or from the history that lies beside it."""
    metrics = snapshot.get("metrics")
    if not isinstance(metrics, dict):
        lines = _tail(run_dir / METRICS).splitlines()
        found = next((one for one in map(_json, reversed(lines)) if one), {})
        metrics = found.get("metrics")
    return number(metrics.get("kid")) if isinstance(metrics, dict) else None


def _tail(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LINE))
            return file.read(_LINE)
    except (OSError, FileRefused):
        return b""


def _json(line: bytes) -> dict[str, Any]:
    try:
        found = parse_json(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
