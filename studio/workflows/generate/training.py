"""Training a network as a job: its pictures settled and its options checked before it begins.

torchrun starts several processes of one command. The first holds the run, speaks and writes; the
others run the same job in silence and are told its parameters by the first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.errors import StudioError, UsageError
from studio.jobs import JobContext, JobSpec
from studio.jobs.context import Echo
from studio.jobs.event_models import ProbeEvent
from studio.jobs.kinds import NETWORK_LATEST, NETWORK_TRAINING, NetworkTrainingParams, ProbeParams
from studio.jobs.spec import JOB_FILE, load
from studio.jobs.spec import write as rewrite_job
from studio.project import is_project
from studio.results.run_identity import assign_identity, siblings
from studio.workflows.generate.data import settled, training_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.generate.data.training_images import TrainingImages
    from studio.generate.training.distributed import DistributedContext
    from studio.generate.training.options import TrainOptions
    from studio.generate.training.run import Measure

# Decoded pictures and features, within the run. Once removed they are made anew of what lies at the
# source by then: where a file or a stack has changed there, the run refuses to go on.
CACHE = "cache"


def create_training(
    run_dir: Path,
    data: str | Path,
    options: TrainOptions,
    *,
    title: str = "",
    device: str = "auto",
) -> None:
    """Write down a training, to be run by `jobs`. Raises StudioError where the folder is not empty
    or lies among the pictures, or `data` names nothing that can be trained on, having written
    nothing."""
    _require_apart(run_dir, data)
    _require_empty(run_dir)
    options = _settled(options)
    params = NetworkTrainingParams(data=settled(data), options=options.to_json(), device=device)
    name = title or f"Train a network on {Path(data).name}"
    run_dir.mkdir(parents=True, exist_ok=True)
    assign_identity(run_dir, siblings(run_dir))  # before others see that it is a run
    jobs.create(run_dir, JobSpec.of(NETWORK_TRAINING, name, params))


def _require_apart(run_dir: Path, data: str | Path) -> None:
    """The pictures that a run makes must never be read as photographs. A project is no such
    folder: only what it knows of is read, and its own runs lie within it."""
    run, source = run_dir.resolve(), Path(data).resolve()
    if source.is_dir() and not is_project(source) and run.is_relative_to(source):
        raise UsageError(
            f"{run_dir} lies among the pictures to learn from: choose a folder outside {data}."
        )


def _require_empty(run_dir: Path) -> None:
    """What lies there could be written over: an official run has files of the same names."""
    if (run_dir / JOB_FILE).exists():
        raise StudioError(f"{run_dir} already holds a run; choose another folder or resume it.")
    if run_dir.exists() and not run_dir.is_dir():
        raise UsageError(f"{run_dir} is a file: choose a new folder.")
    found = min((entry.name for entry in run_dir.iterdir()), default="") if run_dir.exists() else ""
    if found:
        raise UsageError(f"{run_dir} is not empty, {found} lies there: choose a new folder.")


def start_training(
    run_dir: Path, data: str | Path, options: TrainOptions, *, title: str = ""
) -> None:
    """Train in a process of its own."""
    create_training(run_dir, data, options, title=title)
    jobs.start(run_dir)


def extend_training(run_dir: Path, kimg: float) -> None:
    """Let a run go on to a new total of pictures. Raises StudioError when that is not a run of a
    network, it is running, or it is past that already."""
    spec = _load(run_dir)
    if jobs.status(run_dir).state in jobs.ACTIVE:
        raise StudioError(f"{run_dir} is running; stop it first.")
    params: NetworkTrainingParams = spec.parsed_params
    params = params.model_copy(update={"options": {**params.options, "kimg": kimg}})
    options = make_options(**params.options)
    from studio.generate.training.checkpoint import images_shown

    trained = images_shown(run_dir)
    if options.images <= trained:
        raise UsageError(f"This run is at {trained / 1000:g} kimg already: --kimg is a new total.")
    rewrite_job(run_dir, spec.model_copy(update={"params": params.to_json()}))


def require_unfinished(run_dir: Path) -> None:
    """StudioError when there is nothing left to train."""
    _load(run_dir)
    if jobs.status(run_dir).state == "finished":
        raise UsageError(f"{run_dir} has finished; give a new total with --kimg to go on.")


def leads() -> bool:
    """Whether this is the process that begins and holds the run: torchrun's first, or the only."""
    return os.environ.get("RANK", "0") == "0"


def processes() -> int:
    """How many processes torchrun has started to train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def train_here(run_dir: Path, echo: Echo | None = None) -> jobs.Outcome:
    """Train in this process, and together with those that torchrun started beside it."""
    kind = NETWORK_TRAINING.name
    return jobs.run_here(run_dir, echo, kind=kind) if leads() else jobs.run_beside(run_dir, kind)


def run_job_train(context: JobContext[NetworkTrainingParams]) -> dict[str, Any]:
    """The job: read the pictures, train, stop where asked to."""
    from studio.generate.data.decoding import ReadingStoppedError
    from studio.generate.training.distributed import join_processes

    with join_processes() as world:
        try:
            finished = _train(context, world)
        except ReadingStoppedError:
            finished = False
    if not finished:
        raise jobs.Stopped
    return {"network": NETWORK_LATEST}


def _train(context: JobContext[NetworkTrainingParams], world: DistributedContext) -> bool:
    from studio.compute.device import pick_device
    from studio.generate.training.held_out import held_out_rows
    from studio.generate.training.run import train

    params = world.same(context.params)
    options = make_options(**params.options)
    device = world.device(pick_device(params.device))
    with world.first_before_others():
        pictures = _read(context, params.data, options)
    if options.cond and not pictures.names:
        raise StudioError(
            f"{pictures.source} has no classes to tell the network: train without --cond, or put "
            "the pictures into a folder for each class."
        )
    rows, away = held_out_rows(pictures, options.hold_out, options.seed)
    for sentence in (*pictures.notes, *(one.sentence for one in pictures.left_out)):
        context.warning(sentence)

    def emit(event: str, **fields: Any) -> None:
        context.relay(event, **fields)
        if event == "step":
            shown = min(fields["images"], options.images)  # the last batch may pass the end
            context.progress(shown, options.images, _pace(fields, options))

    return train(
        options,
        pictures,
        context.run_dir,
        rows=rows,
        world=world,
        device=device,
        measure=_measure(context.run_dir, options, pictures, rows, away) if world.first else None,
        emit=emit,
        stop_requested=context.stop_requested,
        today=load(context.run_dir).created[:10],
    )


def run_job_probe(context: JobContext[ProbeParams]) -> dict[str, Any]:
    """The job: a few steps on noise, to say how long and how much memory a training will take."""
    from studio.compute.device import pick_device
    from studio.generate.training.probe import probe

    options = make_options(**context.params.options)

    def before_turn(done: int, total: int) -> None:
        context.raise_if_stopped()
        context.progress(done, total)

    found = probe(options, pick_device("auto").type, before_turn)
    told = found.to_dict()
    context.relay(ProbeEvent.event, **told)
    return told


def make_options(**given: Any) -> TrainOptions:
    """Options from plain values; UsageError says which of them is wrong, and what it may be."""
    from pydantic import ValidationError

    from studio.generate.training.options import TrainOptions
    from studio.validation import first_fault, flag_of, sentence

    try:
        return TrainOptions.model_validate(given)
    except ValidationError as error:
        words = first_fault(error, flag_of(TrainOptions), TrainOptions)
        whole = "" if error.errors()[0]["loc"] else "these options do not go together: "
        raise UsageError(sentence(f"{whole}{words}")) from None


def _load(run_dir: Path) -> JobSpec:
    spec = load(run_dir)
    if spec.kind != NETWORK_TRAINING.name:
        raise StudioError(f"{run_dir} is not a run of a network.")
    return spec


def _settled(options: TrainOptions) -> TrainOptions:
    """With whole paths, since the job may go on in another folder. StudioError when there is no
    such file, or the network to begin from is plainly of another kind."""
    from studio.generate.files.named import SAMPLE, resolve_network_path
    from studio.generate.training.options import require_nothing_frozen

    changed = {}
    if options.begin_from is None:
        require_nothing_frozen(options.freezed)
    else:
        found = resolve_network_path(options.begin_from)
        _require_kind(found, options)
        changed["begin_from"] = SAMPLE if options.begin_from == SAMPLE else str(found.absolute())
    space, colon, file = options.metrics.partition(":")
    if colon:
        if not Path(file).is_file():
            raise StudioError(f"There is no file {file} with the weights of {space}.")
        changed["metrics"] = f"{space}:{Path(file).absolute()}"
    return options.model_copy(update=changed)


def _require_kind(network: Path, options: TrainOptions) -> None:
    """UsageError when a network does not fit, before a picture is decoded; of its classes only
    whether it has any is known by then."""
    from studio.generate.files.header import read_header
    from studio.generate.networks.config import require_same_shape
    from studio.generate.training.options import require_nothing_frozen

    header = read_header(network)
    if not header.has_discriminator:
        require_nothing_frozen(options.freezed, network.name)
    if header.resolution != options.resolution:
        raise UsageError(
            f"{network.name} is a network of {header.resolution} px: it cannot be trained on at "
            f"{options.resolution} px."
        )
    count = header.config.c_dim
    if bool(count) != options.cond:
        kind = "knows classes" if count else "knows no classes"
        raise UsageError(
            f"{network.name} {kind}: train {'with' if count else 'without'} --cond, or "
            "begin from another file."
        )
    require_same_shape(header.config, options.generator(count), network.name)


def _read(
    context: JobContext[NetworkTrainingParams], data: str, options: TrainOptions
) -> TrainingImages:
    return training_source(
        data,
        options.resolution,
        context.run_dir / CACHE,
        classes=options.cond,
        channels=options.img_channels,
        on_progress=lambda done, total: context.progress(done, total, "reading pictures"),
        stop=context.stop_requested,
    )


def _measure(
    run_dir: Path,
    options: TrainOptions,
    pictures: TrainingImages,
    rows: NDArray[np.int64],
    away: NDArray[np.int64],
) -> Measure | None:
    if options.metrics == "none":
        return None
    from studio.generate.metrics.references import select_images
    from studio.generate.metrics.snapshot import SnapshotMetrics
    from studio.generate.training.held_out import to_measure

    return SnapshotMetrics(
        to_measure(pictures, rows, options.seed),
        select_images(pictures, away) if len(away) else None,
        options.metrics,
        options.fakes,
        options.seed,
        cache=run_dir / CACHE,
        learnt_from=len(rows),
    )


def _pace(step: dict[str, Any], options: TrainOptions) -> str:
    """How far a training is and how fast, such as "12.8 of 160 kimg, 74 s/kimg"."""
    pace = step["sec_per_kimg"]
    kimg = min(step["kimg"], options.kimg)
    return f"{kimg:.4g} of {options.kimg:g} kimg" + (f", {pace:.3g} s/kimg" if pace else "")
