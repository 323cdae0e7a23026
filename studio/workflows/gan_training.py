"""Training a network as a job: its pictures settled and its options checked before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.errors import StudioError, UsageError
from studio.jobs import JobContext, JobSpec
from studio.jobs.spec import JOB_FILE, load, write_atomic
from studio.workflows.gan_data import settled, training_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.generate.data.pictures import TrainingPictures
    from studio.generate.training.options import TrainOptions
    from studio.generate.training.run import Measure

KIND = "gan-train"
CACHE = "cache"  # decoded pictures and features, within the run; safe to delete


def create_training(
    run_dir: Path,
    data: str | Path,
    options: TrainOptions,
    *,
    title: str = "",
    device: str = "auto",
) -> None:
    """Write down a training, to be run by `jobs`. Raises StudioError where the folder holds a run,
    or `data` names nothing that can be trained on."""
    from studio.generate.files.named import resolve_network

    if (run_dir / JOB_FILE).exists():
        raise StudioError(f"{run_dir} already holds a run; choose another folder or resume it.")
    if options.resume is not None:
        resolve_network(options.resume)
    params = {
        "data": settled(data),
        "options": options.model_dump(mode="json"),
        "device": device,
    }
    name = title or f"Train a network on {Path(data).name}"
    jobs.create(run_dir, JobSpec(kind=KIND, title=name, params=params))


def start_training(
    run_dir: Path, data: str | Path, options: TrainOptions, *, title: str = ""
) -> None:
    """Train in a process of its own."""
    create_training(run_dir, data, options, title=title)
    jobs.start(run_dir)


def extend_training(run_dir: Path, kimg: float) -> None:
    """Let a run go on to a new total of pictures. Raises StudioError when that is no run of a
    network or it is past that already."""
    spec = load(run_dir)
    if spec.kind != KIND:
        raise StudioError(f"{run_dir} is no run of a network.")
    trained = _images(run_dir)
    if round(kimg * 1000) <= trained:
        raise UsageError(f"This run is at {trained / 1000:g} kimg already: --kimg is a new total.")
    spec.params["options"]["kimg"] = kimg
    make_options(**spec.params["options"])
    write_atomic(run_dir / JOB_FILE, spec.model_dump_json(indent=2) + "\n")


def run_job_train(context: JobContext) -> dict[str, Any]:
    """The job: read the pictures, train, stop where asked to."""
    from studio.compute.device import pick_device
    from studio.generate.training.holding import held_out_rows
    from studio.generate.training.run import train

    options = make_options(**context.params["options"])
    pictures = _read(context, options)
    rows, away = held_out_rows(pictures, options.hold_out, options.seed)
    for one in pictures.left_out:
        context.warning(one.sentence)

    def emit(event: str, **fields: Any) -> None:
        context.emit(event, **fields)
        if event == "step":
            said = f"{fields['kimg']:.1f} of {options.kimg:g} kimg"
            context.progress(fields["images"], options.images, said)

    finished = train(
        options,
        pictures,
        context.run_dir,
        rows=rows,
        device=pick_device(context.params["device"]).type,
        measure=_measure(context.run_dir, options, pictures, rows, away),
        emit=emit,
        stop_requested=context.stop_requested,
        today=load(context.run_dir).created[:10],
    )
    if not finished:
        raise jobs.Stopped
    return {"network": "network-latest.safetensors"}


def run_job_probe(context: JobContext) -> dict[str, Any]:
    """The job: a few steps on noise, to say how long and how much memory a training will take."""
    from studio.compute.device import pick_device
    from studio.generate.training.probe import probe

    found = probe(make_options(**context.params["options"]), pick_device("auto").type)
    told = found.to_dict()
    context.emit("probe", **told)
    return told


def _read(context: JobContext, options: TrainOptions) -> TrainingPictures:
    return training_source(
        context.params["data"],
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
    pictures: TrainingPictures,
    rows: NDArray[np.int64],
    away: NDArray[np.int64],
) -> Measure | None:
    if options.metrics == "none":
        return None
    from studio.generate.metrics.references import chosen
    from studio.generate.metrics.snapshot import SnapshotMetrics
    from studio.generate.training.holding import to_measure

    return SnapshotMetrics(
        to_measure(pictures, rows, options.seed),
        chosen(pictures, away) if len(away) else None,
        options.metrics,
        options.fakes,
        options.seed,
        cache=run_dir / CACHE,
    )


def make_options(**given: Any) -> TrainOptions:
    """Options from plain values; UsageError says which of them is wrong."""
    from pydantic import ValidationError

    from studio.generate.training.options import TrainOptions

    try:
        return TrainOptions.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{part}: " for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"These options do not go together: {where}{message}.") from None


def _images(run_dir: Path) -> int:
    """How many pictures a run has shown by its newest checkpoint."""
    from studio.generate.training import checkpoint

    content = checkpoint.load(run_dir)
    return 0 if content is None else int(content["images"])
