"""Cross-validation by group: each part of the images is judged by a run that was trained on the
others.

    OUT/items.json          the images, as they were when it was begun
    OUT/folds.csv           the fold of each: file,label,group,kept_together,fold
    OUT/trainings/fold-K/   the run that was not trained on fold K, a run as any other
    OUT/scores.csv          the scores of all images, each by the run that did not see it
    OUT/figures.json        what is made of them (`studio.results.cross_validation`)

beside what every job has. The trainings are run as those of an experiment are: one after another in
a process that is kept, and each that is killed goes on from its last checkpoint.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from studio import jobs
from studio.classify import DataSplit, TrainConfig, TrainData
from studio.classify.classes import class_map
from studio.classify.config import ITEMS_FILE
from studio.compute.device import cores_each
from studio.datasets.image_table import SUBGROUPS, known_columns, known_values
from studio.datasets.splits import grouped_folds
from studio.errors import StudioError, UsageError
from studio.experiment.folder import training_folder
from studio.experiment.queue import LocalExecutor, TrainingQueue
from studio.experiment.trainings import PlannedTraining
from studio.files import write_json
from studio.imaging.prepared import PreparedImages
from studio.jobs import JobContext, JobSpec
from studio.jobs.kinds import CROSS_VALIDATION, CrossValidationParams
from studio.opening import read_json, shown_path, shown_text
from studio.project.groups import join_groups
from studio.results.classifier_run import load_test_scores
from studio.results.cross_validation import cross_validation_figures, pool, write_pooled
from studio.tables import read_table, writing_table
from studio.wording import counted
from studio.workflows.experiment.run import remove_spares
from studio.workflows.prepared import cache_of, writable
from studio.workflows.train import with_full_path, write_run
from studio.workflows.training_data import (
    DataSource,
    Fingerprints,
    OnProgress,
    TrainingSource,
    conflict_sentence,
    hold_out,
    read_sources,
    verdicts_of,
)

FOLDS_FILE, SCORES_FILE, FIGURES_FILE = "folds.csv", "scores.csv", "figures.json"
KNOWN_FILE = "known.json"
HELD_OUT = "held out"
MOST_FOLDS = 100
_COLUMNS = ("file", "label", "group", "kept_together", "fold")
_LOG = "trainings.log"


class _Frozen(NamedTuple):
    """The images of a cross-validation with, for each, the number of what is kept together and the
    fold, counted from 1."""

    data: TrainData
    together: list[int]
    folds: list[int]


def create_cross_validation(
    folder: Path,
    sources: Sequence[DataSource],
    settings: Mapping[str, Any],
    *,
    folds: int = 5,
    by: Sequence[str] = (),
    workers: int = 1,
    tables: Sequence[Path] = (),
    where: str = "",
    labels: Path | None = None,
    on_progress: OnProgress = lambda done, total, message: None,
) -> tuple[str, ...]:
    """Write a cross-validation down without starting it; returns sentences about files that are
    left out.

    The folds never part a group (a patient, lesion, stack or photograph) or copies of an image, and
    have about as many images of each class. `by` are columns of the tables beside the class folders
    that figures are told by, skin tone, sex, age and site without any; `tables`, `where` and
    `labels` are those of `studio.workflows.train.create_training`. Raises StudioError where
    `folder` holds a run or the images do not allow so many folds.
    """
    folder = folder.absolute()
    if (folder / jobs.JOB_FILE).exists():
        raise UsageError(
            f"{shown_path(folder)} already holds a run: choose another folder, or go on with it by "
            "--resume."
        )
    if not 2 <= folds <= MOST_FOLDS:
        raise UsageError(f"Folds are 2 to {MOST_FOLDS}, not {folds}.")
    config = TrainConfig.parse(with_full_path(dict(settings)))
    read, said = read_sources(sources, tables, where, labels)
    items = [item for source in read for item in source.split.items]
    # What every fold would refuse is refused before anything is written.
    class_map(TrainData(train=[one.split for one in read]), config.positive)
    known = _known(read, sources, by)
    same, problems = _same_images(read, [*sources, folder], on_progress)
    joined = join_groups(
        [item.file for item in items], [g for source in read for g in source.groups], same
    )
    fold_of = grouped_folds(joined, folds, config.seed, [item.label for item in items])
    folder.mkdir(parents=True, exist_ok=True)
    name = " + ".join(source.split.name for source in read)
    TrainData(train=[DataSplit(name=name, items=items)]).write(folder)
    with writing_table(folder / FOLDS_FILE, _COLUMNS) as table:
        for item, number, fold in zip(items, joined, fold_of, strict=True):
            table.row([item.file, item.label, item.group or "", number, fold + 1])
    write_json(folder / KNOWN_FILE, known)
    params = CrossValidationParams(
        settings=config.model_dump(mode="json", exclude_none=True, exclude={"data", "leakage"}),
        folds=folds,
        by=list(by) or [name for name in SUBGROUPS if name in known],
        workers=workers,
    )
    title = f"Cross-validation · {counted(folds, 'fold')} · {config.model} · {config.recipe}"
    jobs.create(folder, JobSpec.of(CROSS_VALIDATION, title, params))
    return (*said, *problems)


def _known(
    read: Sequence[TrainingSource], sources: Sequence[DataSource], by: Sequence[str]
) -> dict[str, list[str]]:
    """By column of the tables beside the folders, what they say of each image."""
    columns: dict[str, list[str]] = {}
    before = 0
    for source, place in zip(read, sources, strict=True):
        count = len(source.split.items)
        if isinstance(place, Path):
            files = [Path(item.file) for item in source.split.items]
            found = known_values(place.absolute(), files, known_columns(place.absolute()))
            for name, values in found.items():
                columns.setdefault(name, [""] * before).extend(values)
        before += count
        for values in columns.values():
            values.extend([""] * (before - len(values)))
    if missing := [name for name in by if name not in columns]:
        has = ", ".join(shown_text(name, 40) for name in columns) or "no column with values"
        raise UsageError(
            f"No table beside the class folders says {shown_text(missing[0], 60)} of the images; "
            f"there is {has}."
        )
    return columns


def _same_images(
    read: Sequence[TrainingSource], places: Sequence[DataSource], on_progress: OnProgress
) -> tuple[list[int], list[str]]:
    """A number for each image that copies share, and sentences about what cannot be compared."""
    cache = PreparedImages(cache_of([source.split for source in read]))
    images = [image for source in read for image in source.images]
    prints = Fingerprints(images, on_progress, verdicts_of(places), cache)
    conflict = conflict_sentence(prints.label_conflicts(read))
    same = prints.same_groups([image for source in read for image in source.all_images])
    return same, [*([conflict] if conflict else []), *prints.problems]


def run_job_cross_validation(context: JobContext[CrossValidationParams]) -> dict[str, Any]:
    """The job: train what has not been trained yet, then pool the scores."""
    folder, params = context.run_dir, context.params
    config = _config(params)
    planned = [
        PlannedTraining(
            f"fold-{number}", f"fold {number}", "", config.model, config.seed, (), {}, (HELD_OUT,)
        )
        for number in range(1, params.folds + 1)
    ]
    waiting = [one for one in planned if not _has_finished(training_folder(folder, one.name))]
    frozen = _frozen(folder)
    cache = cache_of(frozen.data.train, folder)
    if config.cache_dir is None:
        config = config.model_copy(update={"cache_dir": writable(cache)})

    def create(training: PlannedTraining, run_dir: Path) -> None:
        number = planned.index(training) + 1
        write_run(run_dir, config, _fold_data(frozen, number, config), training.mix)

    queue = TrainingQueue(
        folder,
        waiting,
        LocalExecutor(params.workers, folder / _LOG),
        create=create,
        say=context.emit,
        stop_requested=context.stop_requested,
        done=len(planned) - len(waiting),
        tidy=remove_spares,
    )
    if waiting and not queue.run():
        raise jobs.Stopped
    for name, sentence in queue.failed.items():
        raise StudioError(
            f"{name} failed, and without it not every image has a score: {sentence} Go on with "
            "--resume when that is mended."
        )
    return _pooled(folder, frozen, planned, params)


def _config(params: CrossValidationParams) -> TrainConfig:
    settings = dict(params.settings)
    if params.workers > 1 and settings.get("threads") is None:
        settings["threads"] = cores_each(params.workers)
    return TrainConfig.parse(settings)


def _has_finished(run_dir: Path) -> bool:
    return (run_dir / jobs.JOB_FILE).exists() and jobs.status(run_dir).state == "finished"


def _frozen(folder: Path) -> _Frozen:
    data = TrainData.read(folder / ITEMS_FILE)
    path = folder / FOLDS_FILE
    if len(data.train) != 1:
        raise StudioError(f"{shown_path(folder / ITEMS_FILE)} is not what the studio wrote.")
    items = data.train[0].items
    try:
        told = [(row[0], int(row[3]), int(row[4])) for row in read_table(path)[1:]]
    except (ValueError, IndexError):
        raise StudioError(f"{shown_path(path)} has a row without a fold.") from None
    if [file for file, _, _ in told] != [item.file for item in items]:
        raise StudioError(f"{shown_path(path)} is not of these images: begin in a new folder.")
    return _Frozen(data, [together for _, together, _ in told], [fold for _, _, fold in told])


def _fold_data(frozen: _Frozen, number: int, config: TrainConfig) -> TrainData:
    """The images of the run that does not see fold `number`: that fold is its test set.

    A recipe that chooses an epoch by validation gets a fifth of the other images for that, whole
    groups; other recipes train on all of them.
    """
    (split,) = frozen.data.train
    held, kept, together = [], [], []
    for item, number_together, fold in zip(split.items, frozen.together, frozen.folds, strict=True):
        if fold == number:
            held.append(item)
        else:
            kept.append(item)
            together.append(number_together)
    train, val = [DataSplit(name=split.name, items=kept)], None
    recipe = config.resolved()
    if recipe.keep == "best" or recipe.patience:
        groups = tuple(item.group or item.file for item in kept)
        train, val = hold_out([TrainingSource(train[0], groups, ())], together, config.seed)
    return TrainData(train=train, val=val, test=[DataSplit(name=HELD_OUT, items=held)])


def _pooled(
    folder: Path,
    frozen: _Frozen,
    planned: Sequence[PlannedTraining],
    params: CrossValidationParams,
) -> dict[str, Any]:
    """Pool the scores of all folds, keep them and the figures, and tell these."""
    parts = [load_test_scores(training_folder(folder, one.name), HELD_OUT) for one in planned]
    scores, folds = pool(parts)
    items = frozen.data.train[0].items
    places: dict[tuple[str, Any], list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault((item.file, item.square), []).append(place)
    squares = scores.squares or (None,) * scores.n
    order = [places[one].pop(0) for one in zip(scores.files, squares, strict=True)]
    known: dict[str, list[str]] = read_json(folder / KNOWN_FILE)
    values = {name: [own[place] for place in order] for name, own in known.items()}
    write_pooled(folder / SCORES_FILE, scores, folds, values)
    figures = {
        "images": len(items),
        "unreadable": len(items) - scores.n,
        **cross_validation_figures(scores, folds, {name: values[name] for name in params.by}),
    }
    write_json(folder / FIGURES_FILE, figures)
    return figures


def fold_runs(folder: Path) -> list[Path]:
    """The runs of a cross-validation that has finished, by fold. Raises StudioError where one of
    them has not."""
    params: CrossValidationParams = jobs.load(folder).parsed_params
    runs = [training_folder(folder, f"fold-{number}") for number in range(1, params.folds + 1)]
    for run in runs:
        if not _has_finished(run):
            raise StudioError(
                f"{shown_path(folder)} has not finished ({run.name} is missing): go on with it by "
                "can-studio cross-validate --resume."
            )
    return runs


def read_figures(folder: Path) -> dict[str, Any]:
    """The figures of a cross-validation that has finished. Raises StudioError where it has not."""
    if not (folder / FIGURES_FILE).is_file():
        raise StudioError(f"{shown_path(folder)} has no finished cross-validation.")
    found = read_json(folder / FIGURES_FILE)
    if not isinstance(found, dict):
        raise StudioError(f"{shown_path(folder / FIGURES_FILE)} is not what the studio wrote.")
    return found
