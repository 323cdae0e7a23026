"""A finished run on pictures that it has not seen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio import jobs
from studio.classify import DataSplit, TrainData, evaluate
from studio.classify.config import ITEMS_FILE
from studio.datasets.leakage import check
from studio.errors import StudioError
from studio.jobs import JobContext, JobSpec
from studio.workflows.training_data import (
    SEEN_IN_VALIDATION,
    DataSource,
    Source,
    read_source,
)

Warn = Callable[[str], None]


def evaluate_run(
    run_dir: Path, test: DataSource, *, device: str = "auto", warn: Warn = lambda sentence: None
) -> dict[str, Any]:
    """Score a test folder or snapshot with the model of a run.

    Returns what `studio.classify.evaluate` does with `leakage` beside it: overlap with the
    training and validation pictures is reported, by `warn` too, and never hidden. `scores.csv` is
    written into the run. Raises StudioError for a run without a model or data that do not fit it.
    """
    if not run_dir.is_dir():
        raise StudioError(f"There is no run {run_dir}.")
    source = read_source(test)
    for sentence in source.problems:
        warn(sentence)
    leakage = _leakage(run_dir, source)
    if leakage is not None and not leakage["clean"]:
        warn(str(leakage["sentence"]))
    if leakage is not None and not leakage["validation"]["clean"]:
        warn(SEEN_IN_VALIDATION)

    def hear(event: str, **fields: Any) -> None:
        if event == "warning":
            warn(str(fields["message"]))

    result = evaluate(run_dir, source.split.items, source.split.name, device=device, emit=hear)
    return {**result, "left_out": list(source.problems), "leakage": leakage}


def _leakage(run_dir: Path, source: Source) -> dict[str, Any] | None:
    """None for a run whose training pictures are not on record or no longer there."""
    if not (run_dir / ITEMS_FILE).is_file():
        return None
    data = TrainData.read(run_dir / ITEMS_FILE)
    told = check(_files(data.train), source.files).to_dict()
    told["validation"] = check(_files([data.val] if data.val else []), source.files).to_dict()
    return told


def _files(splits: Sequence[DataSplit]) -> list[Path]:
    return list(dict.fromkeys(Path(item.file) for split in splits for item in split.items))


def start_evaluation(run_dir: Path, model_run: Path, test: Path) -> int:
    """Evaluate in a process of its own, with `run_dir` as its run folder."""
    params = {"run": str(model_run.absolute()), "test": str(test.absolute())}
    title = f"Evaluate {model_run.name} on {test.name}"
    jobs.create(run_dir, JobSpec(kind="evaluate", title=title, params=params))
    return jobs.start(run_dir)


def run_job_evaluate(context: JobContext) -> dict[str, Any]:
    """The job."""
    params = context.params
    return evaluate_run(Path(params["run"]), Path(params["test"]), warn=context.warning)
