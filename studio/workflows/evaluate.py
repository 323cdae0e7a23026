"""A finished run on pictures that it has not seen."""

import contextlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio import jobs
from studio.classify import DataSplit, Item, TrainData, evaluate
from studio.classify.classes import check_known, trained_classes
from studio.classify.config import ITEMS_FILE
from studio.datasets.image_table import known_values
from studio.datasets.label_map import LabelMap
from studio.datasets.verdicts import Verdicts
from studio.datasets.where import parse_condition
from studio.errors import StudioError, UsageError
from studio.imaging.prepared import PreparedImages
from studio.jobs import JobContext, JobSpec, Stopped
from studio.jobs.event_models import (
    FailedEvent,
    FinishedEvent,
    JobEvent,
    ProgressEvent,
    WarningEvent,
)
from studio.jobs.kinds import EVALUATE, EvaluateParams
from studio.results.assessment import assessment
from studio.results.leakage import evaluation_finding
from studio.results.model_results import EVALUATIONS, figures_of, kept_validation, run_rule
from studio.results.operating import threshold_of
from studio.results.scores import ScoreSet, read_scores
from studio.stats import RULES
from studio.workflows.prepared import cache_of, writable
from studio.workflows.training_data import (
    DataSource,
    Fingerprints,
    OnProgress,
    TrainingSource,
    conflict_sentence,
    read_source,
    verdicts_of,
    whole_name,
)

Warn = Callable[[str], None]
PICTURES_FILE = "pictures.csv"
FLIPS_THRESHOLD = (
    "The scores are means over mirrored copies of each picture; the thresholds were chosen on "
    "validation scores without them, so sensitivity and specificity may lie a little off."
)
NO_THRESHOLD = (
    "This run keeps no validation scores, so no threshold can be carried over: sensitivity, "
    "specificity and predictive values are not given."
)


def evaluate_run(
    run_dir: Path,
    test: DataSource,
    *,
    device: str = "auto",
    rule: str | None = None,
    folder: Path | None = None,
    tables: Sequence[Path] = (),
    where: str = "",
    flips: bool = False,
    labels: Path | None = None,
    warn: Warn = lambda sentence: None,
    on_progress: OnProgress = lambda done, total, message: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Score a test folder or snapshot with the model of a run.

    Returns the figures of `studio.results.operating.summary` at the thresholds that
    `rule`, or the run's own, chooses on its validation set, with `name`, `epoch`, `scores`,
    `thresholds`,
    `unreadable`, `left_out` and `leakage`: overlap with the training and validation pictures is
    reported, by `warn` too, and never hidden; `leakage_verdict` is "clean", "found" or "not fully
    checked". The scores are written into the run with the SHA-256 of each picture, which `folder`
    gets as `pictures.csv` too. `flips` scores each image as the mean over its mirrored copies,
    under a name of its own. Only images that fit `where` are scored (see `datasets.where`), and
    `tables` say which images belong together, beside what the folder says; `labels` is a file that
    says which class each class folder is. Raises StudioError for a
    run without a model, data that do not fit it or an unknown rule, and Stopped where
    `stop_requested` was heeded.
    """
    if not run_dir.is_dir():
        raise StudioError(f"There is no run {run_dir}.")
    rule = run_rule(run_dir) if rule is None else check_rule(rule)
    names = LabelMap.read(labels) if labels is not None else None
    source = read_source(test, tables, parse_condition(where) if where else None, names)
    data = TrainData.read(run_dir / ITEMS_FILE) if (run_dir / ITEMS_FILE).is_file() else None
    if data is not None:  # before pictures are compared, which takes long
        check_known(source.split, trained_classes(data))
    verdicts = verdicts_of([test, run_dir])
    cache = cache_of(data.train if data else [source.split], run_dir)
    leakage = None if data is None else _leakage(data, source, verdicts, cache, on_progress)
    finding = evaluation_finding(leakage)
    said = (leakage or {}).get("label_conflict")
    conflicts = [said] if said else []
    unused = [names.unused_sentence()] if names is not None else []
    told = (*source.problems, *source.notes, *unused, *conflicts, *finding.sentences)
    for sentence in filter(None, told):
        warn(sentence)

    def on_event(event: str, **fields: Any) -> None:
        if event == "warning":
            warn(str(fields["message"]))
        elif event == "progress":
            on_progress(fields["done"], fields["total"], str(fields["message"]))

    result = evaluate(
        run_dir,
        source.split.items,
        _scored_as(_name(data, test, source), where, flips),
        device=device,
        emit=on_event,
        cache_dir=writable(cache),
        table=folder / PICTURES_FILE if folder is not None else None,
        flips=flips,
        stop_requested=stop_requested,
    )
    if result is None:
        raise Stopped
    figures = figures_of(run_dir, result, rule)
    if figures["thresholds"] is None:
        warn(NO_THRESHOLD)
    elif flips:
        warn(FLIPS_THRESHOLD)
    scores = read_scores(run_dir / result["scores"], result["positive"], list(result["classes"]))
    kept = kept_validation(run_dir)
    return {
        **result,
        "flips": flips,
        **figures,
        **assessment_on(test, scores, kept.scores if kept is not None else None, rule),
        "left_out": list(source.problems),
        "leakage": leakage,
        "leakage_verdict": finding.verdict,
    }


def assessment_on(
    test: DataSource, scores: ScoreSet, validation: ScoreSet | None, rule: str
) -> dict[str, Any]:
    """Calibration, decision curve and, by the table beside the images of `test`, subgroups."""
    known = (
        known_values(test.absolute(), [Path(file) for file in scores.files])
        if isinstance(test, Path)
        else {}
    )
    threshold = threshold_of(validation, scores.positive, rule)
    return assessment(scores, validation, threshold, known)


def _scored_as(name: str, where: str, flips: bool) -> str:
    """The name that scores are kept under: one kind of scores must not replace another."""
    about = [one for one in (where, "mean of flips" if flips else "") if one]
    return f"{name} ({', '.join(about)})" if about else name


def check_rule(rule: str) -> str:
    """The rule. Raises UsageError for one that chooses no threshold."""
    if rule not in RULES:
        raise UsageError(f"No rule named {rule} chooses a threshold: use {', '.join(RULES)}.")
    return rule


def _name(data: TrainData | None, test: DataSource, source: TrainingSource) -> str:
    """The short name for the test set that the run itself had under it, else the whole path.

    Scores are kept by name: another folder `test` must not replace those of the run's own.
    """
    own = [split for split in data.test if split.name == source.split.name] if data else []
    same = bool(own) and _pictures(own[0].items) == _pictures(source.split.items)
    return source.split.name if same else whole_name(test)


def _pictures(items: Sequence[Item]) -> list[Item]:
    """What is scored, whatever is known of its groups by now."""
    return [item.model_copy(update={"group": None, "origins": None}) for item in items]


def _leakage(
    data: TrainData,
    source: TrainingSource,
    verdicts: Verdicts,
    cache: Path,
    on_progress: OnProgress,
) -> dict[str, Any]:
    trained = [_as_read(split) for split in data.train]
    validation = [_as_read(data.val)] if data.val else []
    known = [*trained, *validation]
    images = [image for one in (*known, source) for image in one.images]
    prints = Fingerprints(images, on_progress, verdicts, PreparedImages(cache))
    told = prints.compare(trained, [source]).to_dict()
    told["validation"] = prints.compare(validation, [source]).to_dict()
    own = {image.path for one in known for image in one.images}
    told["label_conflict"] = conflict_sentence(prints.label_conflicts([source]))
    told["lost"] = len(own) - len({one.path for one in prints.of(known)})
    return told


def _as_read(split: DataSplit) -> TrainingSource:
    """A split of a run, which keeps the group of each image and its other names."""
    groups = tuple(item.group or item.file for item in split.items)
    origins = tuple(frozenset(item.origins or ()) for item in split.items)
    return TrainingSource(split, groups, (), origins=origins)


def start_evaluation(run_dir: Path, model_run: Path, test: Path, rule: str | None = None) -> int:
    """Evaluate in a process of its own, with `run_dir` as its run folder."""
    jobs.create(run_dir, _spec(model_run, test, rule))
    return jobs.start(run_dir)


def evaluate_here(
    model_run: Path,
    test: Path,
    *,
    device: str = "auto",
    rule: str | None = None,
    tables: Sequence[Path] = (),
    where: str = "",
    flips: bool = False,
    labels: Path | None = None,
    warn: Warn = lambda sentence: None,
    on_progress: OnProgress = lambda done, total, message: None,
) -> dict[str, Any] | None:
    """Evaluate in this process and keep the result in the run, where the window finds it.

    Returns what `evaluate_run` does with `kept` beside it, the folder of the evaluation; None when
    it was stopped. Nothing is kept of an evaluation that does not finish. Raises StudioError as
    `evaluate_run` does.
    """
    if not model_run.is_dir():
        raise StudioError(f"There is no run {model_run}.")
    if rule is not None:
        check_rule(rule)
    folder = _new_folder(model_run / EVALUATIONS)
    ended: list[FinishedEvent | FailedEvent] = []

    def on_event(event: JobEvent) -> None:
        if isinstance(event, WarningEvent):
            warn(event.message)
        elif isinstance(event, ProgressEvent):
            on_progress(event.done, event.total, event.message)
        elif isinstance(event, FinishedEvent | FailedEvent):
            ended.append(event)

    finished = False
    try:
        jobs.create(folder, _spec(model_run, test, rule, device, tables, where, flips, labels))
        finished = jobs.run_here(folder, on_event) == "finished"
    finally:
        if not finished:
            _remove(folder)
    for event in ended:
        if isinstance(event, FinishedEvent):
            return {**event.result, "kept": str(folder)}
        raise StudioError(event.message)
    return None


def _new_folder(parent: Path) -> Path:
    """The next empty folder `0001`, `0002`, ... in `parent`."""
    try:
        parent.mkdir(exist_ok=True)
        numbers = [int(one.name) for one in parent.iterdir() if one.name.isdecimal()]
        number = max(numbers, default=0) + 1
        while True:
            with contextlib.suppress(FileExistsError):
                folder = parent / f"{number:04d}"
                folder.mkdir()
                return folder
            number += 1  # another command has just taken it
    except OSError as error:
        raise StudioError(
            f"The evaluation cannot be kept in {parent}: {error.strerror}. Give yourself the right "
            "to write there, or evaluate a copy of the run."
        ) from error


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()  # only an empty one goes


def _spec(
    model_run: Path,
    test: Path,
    rule: str | None,
    device: str = "auto",
    tables: Sequence[Path] = (),
    where: str = "",
    flips: bool = False,
    labels: Path | None = None,
) -> JobSpec:
    params = EvaluateParams(
        run=model_run,
        test=test,
        groups=list(tables),
        rule=rule or run_rule(model_run),
        device=device,
        where=where,
        flips=flips,
        labels=labels,
    )
    return JobSpec.of(EVALUATE, f"Evaluate {model_run.name} on {test.name}", params)


def run_job_evaluate(context: JobContext[EvaluateParams]) -> dict[str, Any]:
    """The job."""
    params = context.params

    def progress(done: int, total: int, message: str) -> None:
        if context.stop_requested():
            raise Stopped
        context.progress(done, total, message)

    return evaluate_run(
        params.run,
        params.test,
        device=params.device,
        rule=params.rule,
        folder=context.run_dir,
        tables=params.groups,
        where=params.where,
        flips=params.flips,
        labels=params.labels,
        warn=context.warning,
        on_progress=progress,
        stop_requested=context.stop_requested,
    )
