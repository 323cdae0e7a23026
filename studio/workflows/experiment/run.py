"""Running an experiment as a job: its plan is frozen in its folder, then its queue is run."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio import jobs
from studio.classify import TrainConfig
from studio.compute.backbones import PRESETS
from studio.compute.device import cores_each, usable_cores
from studio.errors import StudioError, UsageError
from studio.experiment.folder import IMAGES_FILE, PLAN_FILE, TrainingProgress, read_experiment
from studio.experiment.plan import ExperimentPlan, changed_key, plan_text, read_plan
from studio.experiment.queue import Executor, LocalExecutor, TrainingQueue
from studio.experiment.trainings import PlannedTraining, list_trainings
from studio.files import write_json, write_text
from studio.imaging.prepared import PreparedImages
from studio.jobs import JobContext, JobSpec, spec
from studio.jobs.event_models import ExperimentPlanEvent, ProgressEvent, TrainingEvent
from studio.jobs.kinds import (
    CLASSIFIER_BEST,
    CLASSIFIER_PREVIOUS,
    EXPERIMENT,
    ExperimentParams,
)
from studio.opening import FileProblem, FileRefused, read_json, shown_path, shown_text
from studio.project import Project
from studio.results.run_identity import assign_identity, siblings
from studio.wording import counted
from studio.workflows.experiment.data import (
    ExperimentData,
    image_digests,
    load_plan,
    read_data,
    training_settings,
    unfit_test_sets,
)
from studio.workflows.experiment.leakage import (
    PlanLeakage,
    compare_folders,
    leak_sentences,
    same_images,
    take_fingerprints,
    unchecked_record,
)
from studio.workflows.prepared import cache_of, writable
from studio.workflows.train import check_model, write_run

MOST_WORKERS = 64
_LOG = "trainings.log"


def start_in_project(
    project: Project,
    plan: ExperimentPlan,
    params: ExperimentParams | None = None,
    out: Path | None = None,
) -> Path:
    """Run a plan in a process of its own, among the runs of a project or in the folder `out`;
    returns its folder.

    Raises UsageError where the plan cannot be or `out` holds a run, StudioError where the project
    is only read here.
    """
    if out is not None and (out / jobs.JOB_FILE).exists():
        raise UsageError(
            f"{shown_path(out)} already holds a run: choose another folder, or open it and resume."
        )
    folder = out
    if folder is None:
        folder = project.runs.new_folder(EXPERIMENT.name, _title(plan))
        assign_identity(folder, siblings(folder))
    create_experiment(plan, folder, params=params)
    jobs.start(folder)
    return folder


def create_experiment(
    plan_file: Path | ExperimentPlan,
    folder: Path,
    *,
    params: ExperimentParams | None = None,
    resume: bool = False,
) -> None:
    """Freeze a plan, or one in a file, in `folder` and make it an experiment, without starting it;
    with `resume` a folder that holds this experiment already is left as it is.

    Raises UsageError where the plan cannot be, the folder holds an experiment and `resume` is not
    asked for, or it holds another one, naming the first key that differs.
    """
    params = params or ExperimentParams()
    if not 1 <= params.workers <= MOST_WORKERS:
        raise UsageError(f"Trainings at once are 1 to {MOST_WORKERS}, not {params.workers}.")
    folder = folder.absolute()
    plan = load_plan(plan_file) if isinstance(plan_file, Path) else plan_file
    if (folder / jobs.JOB_FILE).exists():
        if not resume:
            raise UsageError(
                f"{shown_path(folder)} already holds a run: choose another folder, or go on with "
                "it by --resume."
            )
        begun = _has_begun(folder)
        if begun:
            _require_same(folder, plan)
        else:
            write_text(folder / PLAN_FILE, _frozen(plan))  # no folder of the other could be read
        if not begun or jobs.load(folder).parsed_params != params:
            spec.write(folder, _spec(plan, params))
        return
    for model in plan.models:
        if model not in PRESETS:  # these need no torch to be known
            check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / PLAN_FILE).exists():  # it was killed before it was a job
        _require_same(folder, plan)
    else:
        write_text(folder / PLAN_FILE, _frozen(plan))
    jobs.create(folder, _spec(plan, params))


def _spec(plan: ExperimentPlan, params: ExperimentParams) -> JobSpec:
    return JobSpec.of(EXPERIMENT, _title(plan), params)


def _title(plan: ExperimentPlan) -> str:
    sizes = (
        counted(len(plan.mixes), "mix", "mixes"),
        counted(len(plan.tests), "test"),
        counted(len(list_trainings(plan).trainings), "training"),
    )
    return " · ".join(("Experiment", *sizes))


def _frozen(plan: ExperimentPlan) -> str:
    return plan_text(plan, ["Frozen when the experiment was begun."])


def _has_begun(folder: Path) -> bool:
    """Whether the folders of the plan were read, or may be read yet: where that has failed, a plan
    may be mended."""
    if _kind(folder) != EXPERIMENT.name or (folder / IMAGES_FILE).exists():
        return True
    return jobs.status(folder).state != "failed"


def _require_same(folder: Path, plan: ExperimentPlan) -> None:
    if _kind(folder) not in ("", EXPERIMENT.name):
        raise UsageError(f"{shown_path(folder)} holds a run that is not an experiment.")
    changed = changed_key(read_plan(folder / PLAN_FILE), plan)
    if changed:
        raise UsageError(
            f"{shown_path(folder)} holds an experiment of another plan ({changed} differs): go on "
            "with the same plan, or begin in another folder."
        )


def _kind(folder: Path) -> str:
    """The kind of job that a folder holds, "" for none."""
    return jobs.load(folder).kind if (folder / jobs.JOB_FILE).exists() else ""


def run_job_experiment(context: JobContext[ExperimentParams]) -> dict[str, Any]:
    """The job: read the folders, look for leakage, and train what has not been trained yet."""
    begun = time.monotonic()
    folder, params = context.run_dir, context.params
    prepared = _prepare(context)
    data = prepared.data
    listed = list_trainings(data.plan)
    context.emit(
        ExperimentPlanEvent(
            trainings=len(listed.trainings),
            classes=list(data.classes),
            positive=data.plan.positive or "",
            images=data.counts(),
            seconds=time.monotonic() - begun,
        )
    )
    known = read_experiment(folder).trainings
    waiting = [one for one in listed.trainings if not _is_kept(known[one.name])]
    queue = TrainingQueue(
        folder,
        waiting,
        _executor(params, folder, data.plan),
        create=prepared.writer(params.workers),
        say=_Listener(context, data),
        stop_requested=context.stop_requested,
        cost=prepared.cost,
        done=len(listed.trainings) - len(waiting),
        tidy=remove_spares,
    )
    if not queue.run():
        raise jobs.Stopped
    for name, sentence in queue.failed.items():
        context.warning(f"The training {name} failed twice and is left out: {sentence}")
    total = len(listed.trainings)
    context.emit(ProgressEvent(done=total - len(queue.failed), total=total, message=""))
    return {
        "trainings": total,
        "finished": total - len(queue.failed),
        "failed": dict(queue.failed),
        "seconds": time.monotonic() - begun,
    }


def _is_kept(training: TrainingProgress) -> bool:
    """Whether a training has finished and its folder is still there."""
    return training.state == "finished" and (training.run_dir / jobs.JOB_FILE).is_file()


class _Listener:
    """Passes on what the queue says, and warns once of a test set with images that could not be
    scored."""

    def __init__(self, context: JobContext[ExperimentParams], data: ExperimentData) -> None:
        self._context, self._data = context, data
        self._warned: set[str] = set()

    def __call__(self, event: TrainingEvent | ProgressEvent) -> None:
        self._context.emit(event)
        for name, figures in event.tests.items() if isinstance(event, TrainingEvent) else ():
            total, scored = len(self._data.test(name).split.items), figures.get("n")
            if isinstance(scored, int) and scored < total and name not in self._warned:
                self._warned.add(name)
                self._context.warning(
                    f"{total - scored:,} of {counted(total, 'image')} of the test set "
                    f"{shown_text(name, 60)} could not be read and are in no figure of it."
                )


def remove_spares(run_dir: Path) -> None:
    """Remove the checkpoints of a finished training that no command takes its model from: hundreds
    of trainings would keep three each."""
    config: TrainConfig = jobs.load(run_dir).parsed_params
    spares = [CLASSIFIER_PREVIOUS]
    spares += [CLASSIFIER_BEST] if config.resolved().keep == "last" else []
    for name in spares:
        with contextlib.suppress(OSError):
            (run_dir / name).unlink(missing_ok=True)


def _executor(params: ExperimentParams, folder: Path, plan: ExperimentPlan) -> Executor:
    if params.executor == "ray":
        from studio.experiment.ray_executor import RayExecutor

        # Ray is asked for as many cores as a training has threads, or it would give them twice.
        threads = plan.settings.get("threads") or cores_each(params.workers)
        return RayExecutor(params.workers, max(1, min(int(threads), usable_cores())))
    return LocalExecutor(params.workers, folder / _LOG)


@dataclass(frozen=True)
class _Prepared:
    """What the trainings of an experiment have in common."""

    data: ExperimentData
    cache: Path | None
    leakage: PlanLeakage | None
    same: Mapping[str, int] | None

    def cost(self, training: PlannedTraining) -> float:
        """About how long a training takes, in images."""
        config = training_settings(self.data.plan, training)
        images = sum(len(one.split.items) for one in self.data.trained_on(training.folders))
        tests = sum(len(self.data.test(name).split.items) for name in training.tests)
        return config.resolved().epochs * (config.epoch_images or images) + tests / 4

    def writer(self, workers: int) -> Callable[[PlannedTraining, Path], None]:
        """Writes a training down as a run."""

        def write(training: PlannedTraining, run_dir: Path) -> None:
            config = training_settings(self.data.plan, training, workers)
            leakage = (
                self.leakage.of_training(training)
                if self.leakage is not None
                else unchecked_record(self.data, training)
            )
            update: dict[str, Any] = {"leakage": leakage}
            if config.cache_dir is None and self.cache is not None:
                update["cache_dir"] = self.cache
            config = config.model_copy(update=update)
            write_run(run_dir, config, self.data.training_data(training, self.same), training.name)

        return write


def _prepare(context: JobContext[ExperimentParams]) -> _Prepared:
    def progress(done: int, total: int, message: str) -> None:
        context.raise_if_stopped()
        context.progress(done, total, message)

    folder = context.run_dir
    data = read_data(read_plan(folder / PLAN_FILE), progress)
    for sentence in data.problems:
        context.log(sentence)
    for sentence in unfit_test_sets(data):
        context.warning(sentence)
    splits = [source.split for source in data.sources.values()]
    place = writable(cache_of(splits, folder))
    cache = PreparedImages(place if place is not None else folder / "cache")
    _require_unchanged(folder, data, cache, progress)
    prints = leakage = same = None
    if context.params.check_leakage or data.plan.validation > 0:
        prints = take_fingerprints(data, cache, progress)
    if prints is not None and data.plan.validation > 0:
        same = same_images(data, prints)
    if prints is not None and context.params.check_leakage:
        leakage = compare_folders(data, prints, progress)
        for sentence in leak_sentences(leakage):
            context.warning(sentence)
        leakage.record.write(folder)
    cache.finish()
    return _Prepared(data, cache.folder, leakage, same)


def _require_unchanged(
    folder: Path, data: ExperimentData, cache: PreparedImages, progress: Callable[..., None]
) -> None:
    """Trainings on different images stand in one row of the table: that is refused."""
    digests = image_digests(data, cache, progress)
    path = folder / IMAGES_FILE
    try:
        before = read_json(path)
    except FileRefused as error:
        if error.problem is not FileProblem.MISSING:
            raise
        write_json(path, {"digests": digests, "images": data.counts()})
        return
    known = before.get("digests") if isinstance(before, dict) else None
    for name, digest in digests.items():
        if not isinstance(known, dict) or known.get(name) != digest:
            raise StudioError(
                f"The images in {shown_path(name)} are not those that the experiment began with: "
                "put them back, or begin a new experiment."
            )


def start_experiment(plan_file: Path, folder: Path, **options: Any) -> int:
    """`create_experiment`, then start it in its own process; returns that process's number."""
    create_experiment(plan_file, folder, **options)
    return jobs.start(folder)
