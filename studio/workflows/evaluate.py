"""A finished run on pictures that it has not seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio import jobs
from studio.classify import TrainData, evaluate
from studio.classify.config import ITEMS_FILE
from studio.datasets.leakage import compare
from studio.errors import StudioError
from studio.jobs import JobContext, JobSpec
from studio.workflows.training_data import (
    SEEN_IN_VALIDATION,
    DataSource,
    OnProgress,
    Prints,
    Source,
    read_source,
    whole_name,
)

Warn = Callable[[str], None]
NOT_LOOKED_FOR = "This run keeps no list of its training pictures: leakage was not looked for."


def evaluate_run(
    run_dir: Path,
    test: DataSource,
    *,
    device: str = "auto",
    warn: Warn = lambda sentence: None,
    on_progress: OnProgress = lambda done, total, message: None,
) -> dict[str, Any]:
    """Score a test folder or snapshot with the model of a run.

    Returns what `studio.classify.evaluate` does with `leakage` beside it: overlap with the
    training and validation pictures is reported, by `warn` too, and never hidden. `scores.csv` is
    written into the run. Raises StudioError for a run without a model or data that do not fit it.
    """
    if not run_dir.is_dir():
        raise StudioError(f"There is no run {run_dir}.")
    source = read_source(test)
    data = TrainData.read(run_dir / ITEMS_FILE) if (run_dir / ITEMS_FILE).is_file() else None
    leakage = None if data is None else _leakage(data, source, on_progress)
    for sentence in (*source.problems, *_warnings(leakage)):
        warn(sentence)

    def hear(event: str, **fields: Any) -> None:
        if event == "warning":
            warn(str(fields["message"]))
        elif event == "progress":
            on_progress(fields["done"], fields["total"], str(fields["message"]))

    name = _name(data, test, source)
    result = evaluate(run_dir, source.split.items, name, device=device, emit=hear)
    return {**result, "left_out": list(source.problems), "leakage": leakage}


def _name(data: TrainData | None, test: DataSource, source: Source) -> str:
    """The short name for the test set that the run itself had under it, else the whole path.

    Scores are kept by name: another folder `test` must not replace those of the run's own.
    """
    own = [split for split in data.test if split.name == source.split.name] if data else []
    return source.split.name if own and own[0].items == source.split.items else whole_name(test)


def _leakage(data: TrainData, source: Source, on_progress: OnProgress) -> dict[str, Any]:
    trained = [Source(split, (), ()) for split in data.train]
    validation = [Source(data.val, (), ())] if data.val else []
    known = [*trained, *validation]
    prints = Prints([file for one in (*known, source) for file in one.files], on_progress)
    tested = prints.of([source])
    told = compare(prints.of(trained), tested, unreadable=prints.problems).to_dict()
    told["validation"] = compare(prints.of(validation), tested).to_dict()
    files = {file for one in known for file in one.files}
    told["lost"] = len(files) - len(prints.of(known))
    return told


def _warnings(leakage: dict[str, Any] | None) -> list[str]:
    if leakage is None:
        return [NOT_LOOKED_FOR]
    warnings = [] if leakage["clean"] else [str(leakage["sentence"])]
    if not leakage["validation"]["clean"]:
        warnings.append(SEEN_IN_VALIDATION)
    if leakage["lost"]:
        warnings.append(lost_sentence(leakage["lost"]))
    return warnings


def lost_sentence(count: int) -> str:
    """What it means that `count` pictures of the run are gone."""
    return (
        f"Of the run's training and validation pictures {count:,} cannot be read any more: leakage "
        "was looked for without them."
    )


def start_evaluation(run_dir: Path, model_run: Path, test: Path) -> int:
    """Evaluate in a process of its own, with `run_dir` as its run folder."""
    params = {"run": str(model_run.absolute()), "test": str(test.absolute())}
    title = f"Evaluate {model_run.name} on {test.name}"
    jobs.create(run_dir, JobSpec(kind="evaluate", title=title, params=params))
    return jobs.start(run_dir)


def run_job_evaluate(context: JobContext) -> dict[str, Any]:
    """The job."""
    params = context.params
    run, test = params.path("run"), params.path("test")
    return evaluate_run(run, test, warn=context.warning, on_progress=context.progress)
