"""Beginning a stage: its pictures settled, its options written down, its process started."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from studio.errors import StudioError
from studio.generate.training.options import TrainOptions
from studio.jobs.kinds import NETWORK_TRAINING, PROBE, ProbeParams
from studio.project import Project
from studio.workflows.generate.data import frozen_name
from studio.workflows.generate.stage_state import read_stage_states
from studio.workflows.generate.stages import RESULTS, Stage, StagePlan, name_run, run_folder

OnProgress = Callable[[int, int, str], None]
SAMPLE_PER_CLASS = 500


def start_stage(
    project: Project,
    plan: StagePlan,
    name: str,
    on_progress: OnProgress = lambda done, total, message: None,
) -> Path:
    """Train a stage in a process of its own; return the folder of the run, which the project's kept
    plan names from then on, whatever becomes of who asked.

    Raises StudioError with the sentence of what it lacks.
    """
    from studio.workflows.generate.training import start_training

    stage = plan.by_name(name)
    if stage is None:
        raise StudioError(f"There is no stage called {name!r}.")
    state = read_stage_states(project, plan)[name]
    if not state.can_start:
        reason = state.missing[0] if state.missing else state.sentence
        raise StudioError(reason or f"{name} is being trained.")
    options = stage.options(begin_from_file(project, plan, stage))
    data = data_of(project, stage, options.resolution, on_progress)
    run_dir = project.runs.new_folder(NETWORK_TRAINING.name, name)
    try:
        start_training(run_dir, data, options, title=name)
    except StudioError:
        if not any(run_dir.iterdir()):
            run_dir.rmdir()
        raise
    with contextlib.suppress(StudioError):  # it trains; who keeps the plan next will hear why not
        name_run(project, name, run_dir)
    return run_dir


def resume_stage(run_dir: Path, kimg: float | None = None) -> None:
    """Go on with a run in a process of its own, or train a finished one on to a new total of
    `kimg`. Raises StudioError when there is nothing left to do."""
    from studio import jobs
    from studio.workflows.generate.training import extend_training

    if kimg is None:
        jobs.resume(run_dir, kind=NETWORK_TRAINING.name)
        return
    extend_training(run_dir, kimg)
    jobs.start(run_dir)


def begin_from_file(project: Project, plan: StagePlan, stage: Stage) -> str | None:
    """The network file that a stage begins from; None for random weights."""
    parent = plan.parent(stage)
    if parent is not None:
        folder = run_folder(project, parent)
        return None if folder is None else str(folder / RESULTS[stage.start.result])
    return stage.start.file or None if stage.start.kind == "network" else None


def data_of(project: Project, stage: Stage, resolution: int, on_progress: OnProgress) -> str:
    """The pictures of a stage as `training_source` names them; a project's are frozen first, the
    sample's rendered, once for each resolution."""
    data = stage.data
    if data.kind == "folder":
        return str(Path(data.path) / data.only if data.only else Path(data.path))
    if data.kind == "sample":
        return str(_sample(project, resolution, on_progress))
    name = data.snapshot
    if data.kind == "project":
        name = frozen_name(project, [data.only] if data.only else None)
    return f"{project.path}:{name}"


def probe_options(project: Project, plan: StagePlan, stage: Stage) -> TrainOptions:
    """The options by which the pace of a stage is measured, before there is anything to begin
    from: only sizes matter to time and memory."""
    file = begin_from_file(project, plan, stage)
    return stage.options(file if file is not None and Path(file).is_file() else None)


def start_probe(folder: Path, options: TrainOptions) -> None:
    """Measure time and memory of a training in a process of its own."""
    from studio import jobs
    from studio.jobs import JobSpec

    params = ProbeParams(options=options.to_json())
    jobs.create(folder, JobSpec.of(PROBE, "Estimate", params))
    jobs.start(folder)


def _sample(project: Project, resolution: int, on_progress: OnProgress) -> Path:
    """Crops of the synthetic sample in the project's cache: the same bytes every time."""
    from studio.sample import write_training_set

    folder = project.cache_dir / f"sample-crops-{resolution}"
    ready = folder / ".whole"
    if ready.is_file():
        return folder
    import shutil

    shutil.rmtree(folder, ignore_errors=True)  # of a rendering that was cut short
    write_training_set(
        folder,
        SAMPLE_PER_CLASS,
        0,
        resolution,
        lambda done, total: on_progress(done, total, "Rendering synthetic crops"),
    )
    ready.touch()
    return folder
