"""How the stages of a plan stand: read from their runs' folders and from what they need."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from studio import jobs
from studio.errors import StudioError
from studio.jobs.event_models import NetworkStepEvent
from studio.jobs.events import read_ends
from studio.opening import finite
from studio.project import KEPT, Project
from studio.workflows.generate.stages import RESULTS, Stage, StagePlan, run_folder

State = Literal[
    "no_data", "waiting", "ready", "running", "stopping", "stopped", "failed", "crashed", "done"
]
_OF_JOB: dict[str, State] = {
    "queued": "running",
    "running": "running",
    "stopping": "stopping",
    "stopped": "stopped",
    "failed": "failed",
    "crashed": "crashed",
    "finished": "done",
}
BEGUN: frozenset[State] = frozenset({"running", "stopping", "stopped", "failed", "crashed", "done"})
GOING: frozenset[State] = frozenset({"running", "stopping"})


@dataclass(frozen=True)
class StageState:
    """One stage at a moment.

    `share` (0..1) is how far its run is, None before there is one; `kimg` is what that run was
    told to show in all, and `changed` whether the stage has other settings by now; where a finished
    run is only asked for more, `longer` is its new total. `missing` says in sentences what it lacks
    before it can begin; `sentence` is what a failed run said.
    """

    state: State
    share: float | None = None
    missing: tuple[str, ...] = ()
    sentence: str = ""
    run_dir: Path | None = None
    kimg: float | None = None
    changed: bool = False
    longer: float | None = None

    @property
    def can_start(self) -> bool:
        """Whether everything is there to begin, or to begin again."""
        return not self.missing and self.state not in ("waiting", *GOING)


def read_stage_states(project: Project, plan: StagePlan) -> dict[str, StageState]:
    """The state of every stage by name. Reads small files: not for a window's own thread."""
    runs = {stage.name: _of_run(run_folder(project, stage), stage) for stage in plan.stages}
    counts = crop_counts(project)
    found = {}
    for stage in plan.stages:
        missing = tuple(_missing(project, plan, stage, counts))
        run = runs[stage.name]
        parent = plan.parent(stage)
        waits = parent is not None and not _has_result(project, parent, stage, runs)
        if run is not None:
            found[stage.name] = replace(run, missing=missing)
        elif missing:
            found[stage.name] = StageState("no_data", missing=missing)
        elif waits and parent is not None:
            words = f"It begins from the result of {parent.name}, which is not there yet."
            found[stage.name] = StageState("waiting", sentence=words)
        else:
            found[stage.name] = StageState("ready")
    return found


def crop_counts(project: Project) -> dict[str, int]:
    """Accepted crops of the project by label; crops without one under ""."""
    names = {label.id: label.name for label in project.labels()}
    counts: dict[str, int] = {}
    for (state, label_id), count in project.boxes.count_by().items():
        if str(state) in {str(kept) for kept in KEPT}:
            name = names.get(label_id, "") if label_id is not None else ""
            counts[name] = counts.get(name, 0) + count
    return counts


def _of_run(run_dir: Path | None, stage: Stage) -> StageState | None:
    """The state of a run, None where there is none (any more)."""
    if run_dir is None:
        return None
    try:
        status, spec = jobs.status(run_dir), jobs.load(run_dir)
    except StudioError:
        return None
    state = _OF_JOB[status.state]
    # Not as a model: what the run has shown is told also where it cannot be run again.
    options = spec.params.get("options")
    options = options if isinstance(options, dict) else {}
    total = finite(options.get("kimg"))
    kimg = total if total is not None and total > 0 else None
    differ = _differ(stage, options)
    more = state == "done" and differ == {"kimg"} and kimg is not None and stage.kimg > kimg
    return StageState(
        state,
        1.0 if state == "done" else _share(run_dir, kimg),
        sentence=status.error or "",
        run_dir=run_dir,
        kimg=kimg,
        changed=bool(differ) and not more,
        longer=stage.kimg if more else None,
    )


def _differ(stage: Stage, options: dict[str, Any]) -> set[str]:
    """The settings of the stage that its run was told otherwise. What is measured makes no other
    network, and its name is written out as a whole path in the run."""
    told = {name: value for name, value in stage.settings.items() if name != "metrics"}
    return {name for name, value in told.items() if options.get(name, value) != value}


def _share(run_dir: Path, total: float | None) -> float | None:
    """How far a run is by the last step that it told of; None before the first."""
    _, tail = read_ends(run_dir)
    steps = jobs.parse_events([line for _, line in tail], NetworkStepEvent)
    kimg = steps[-1].kimg if steps else None
    if kimg is None or total is None:
        return None
    return min(max(kimg / total, 0.0), 1.0)


def _has_result(
    project: Project, parent: Stage, stage: Stage, runs: dict[str, StageState | None]
) -> bool:
    run = runs[parent.name]
    if run is None or run.run_dir is None or run.state in GOING:
        return False
    return (run.run_dir / RESULTS[stage.start.result]).is_file()


def _missing(project: Project, plan: StagePlan, stage: Stage, counts: dict[str, int]) -> list[str]:
    """What a stage lacks that a person has to choose, and what is wrong with its settings."""
    needs: list[Callable[[], str]] = [
        lambda: _missing_start(stage),
        lambda: _missing_data(project, stage, counts),
    ]
    sentences = [sentence for need in needs if (sentence := need())]
    return [*sentences, *stage.problems().values()]


def _missing_start(stage: Stage) -> str:
    start = stage.start
    if start.kind != "network":
        return ""
    if not start.file:
        wanted = f" {start.wanted}" if start.wanted else ""
        return f"Choose the network file that it begins from.{wanted}"
    if not Path(start.file).is_file():
        return f"The network file {Path(start.file).name} is not there any more: {start.file}."
    return ""


def _missing_data(project: Project, stage: Stage, counts: dict[str, int]) -> str:
    data = stage.data
    if data.kind == "none" or (data.kind == "folder" and not data.path):
        return f"No pictures yet.{f' {data.wanted}' if data.wanted else ''}"
    if data.kind == "folder" and not _folder_of(stage).exists():
        return f"The pictures are not there any more: {_folder_of(stage)}."
    if data.kind == "project":
        if data.only and not counts.get(data.only):
            return f"This project has no accepted crop of {data.only} yet: review some first."
        if not sum(counts.values()):
            return "This project has no accepted crop yet: review some first."
    if data.kind == "snapshot" and project.snapshots.by_name(data.snapshot) is None:
        return f"This project has no snapshot called {data.snapshot!r}."
    return ""


def _folder_of(stage: Stage) -> Path:
    path = Path(stage.data.path)
    return path / stage.data.only if stage.data.only else path
