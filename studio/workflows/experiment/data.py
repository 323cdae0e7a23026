"""What a plan means on this disk: settings that a training takes, folders as they are read, and
the pictures of each training."""

import hashlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.classify import DataSplit, TrainConfig, TrainData
from studio.classify.classes import class_map
from studio.compute.device import cores_each
from studio.datasets.image_table import known_values
from studio.datasets.public.catalogue import catalogue
from studio.errors import StudioError, UsageError
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder, read_plan
from studio.experiment.trainings import PlannedTraining
from studio.imaging.prepared import PreparedImages
from studio.opening import shown_path, shown_text
from studio.toml_text import toml_path
from studio.wording import counted
from studio.workflows.train import WEIGHTS, with_full_path
from studio.workflows.train_config import require_setting
from studio.workflows.training_data import TrainingSource, hold_out, named_apart, read_source

OnProgress = Callable[[int, int, str], None]
_OF_THE_PLAN = ("model", "recipe", "seed", "positive", "data", "leakage")


def load_plan(path: Path) -> ExperimentPlan:
    """Read a plan whose settings a training takes; a file of weights gets its full path.

    Raises UsageError as `read_plan` does, and for a setting that is not known, cannot be, or is the
    plan's own.
    """
    plan = read_plan(path)
    try:
        plan = _with_weights(plan, path.absolute().parent)
        for where, settings in _all_settings(plan):
            _check_settings(plan, settings, where)
    except UsageError as error:
        raise UsageError(f"{shown_path(path)}: {error}") from error
    return plan


def _all_settings(plan: ExperimentPlan) -> list[tuple[str, Mapping[str, Any]]]:
    of_mixes = [(f"[mixes] {shown_text(mix.name, 60)}", mix.settings) for mix in plan.mixes]
    return [("[settings]", plan.settings), *of_mixes]


def _check_settings(plan: ExperimentPlan, settings: Mapping[str, Any], where: str) -> None:
    try:
        for name in settings:
            if name in _OF_THE_PLAN:
                raise UsageError(f"“{name}” is told by the plan itself, not by its settings.")
            require_setting(name)
        TrainConfig.parse({"recipe": plan.recipe, **plan.settings, **settings})
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _with_weights(plan: ExperimentPlan, folder: Path) -> ExperimentPlan:
    def whole(settings: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(settings)
        weights = found.get("weights")
        if isinstance(weights, str) and weights not in WEIGHTS:
            found["weights"] = str(toml_path(weights, folder))
        return with_full_path(found)

    mixes = tuple(replace(mix, settings=whole(mix.settings)) for mix in plan.mixes)
    return replace(plan, mixes=mixes, settings=whole(plan.settings))


def training_settings(
    plan: ExperimentPlan, training: PlannedTraining, workers: int = 1
) -> TrainConfig:
    """The settings of one training. `workers` share the cores where no number of threads is given,
    and the frozen backbone is only tried where the recipe begins from its result."""
    given: dict[str, Any] = {
        "model": training.model,
        "recipe": plan.recipe,
        "positive": plan.positive,
        **plan.settings,
        **training.settings,
        "seed": training.seed,
    }
    if workers > 1 and given.get("threads") is None:
        given["threads"] = cores_each(workers)
    config = TrainConfig.parse(given)
    if "frozen_images" not in given and config.resolved().head != "probe":
        config = config.model_copy(update={"frozen_images": 0})
    return config


@dataclass(frozen=True)
class ExperimentData:
    """The folders of a plan as they were read, by their paths in it. `plan` says its positive
    class; `problems` are sentences about files that are left out."""

    plan: ExperimentPlan
    classes: tuple[str, ...]
    sources: Mapping[Path, TrainingSource]
    problems: tuple[str, ...]

    def trained_on(self, folders: Sequence[MixFolder]) -> list[TrainingSource]:
        """The sources of a training, under names that tell them apart."""
        parts = [part_of(self.sources[one.folder], one.count) for one in folders]
        return named_apart(parts, [one.folder for one in folders])

    def test(self, name: str) -> TrainingSource:
        """A test set under its name in the plan."""
        source = self.sources[self.plan.tests[name]]
        return replace(source, split=source.split.model_copy(update={"name": name}))

    def counts(self) -> dict[str, dict[str, int]]:
        """Images of each class in each folder."""
        return {str(path): source.split.counts() for path, source in self.sources.items()}

    def training_data(
        self, training: PlannedTraining, same: Mapping[str, int] | None = None
    ) -> TrainData:
        """The pictures of one training. `same` has a number for each training file that those of
        the same picture share; it is needed where the plan holds images out."""
        trained = self.trained_on(training.folders)
        splits, val = [source.split for source in trained], None
        if self.plan.validation > 0:
            known = same or {}
            files = [item.file for split in splits for item in split.items]
            numbers = [known.get(file, -1 - place) for place, file in enumerate(files)]
            splits, val = hold_out(trained, numbers, training.seed, self.plan.validation)
        tests = [self.test(name).split for name in training.tests]
        return TrainData(train=splits, val=val, test=tests)


def read_data(plan: ExperimentPlan, on_progress: OnProgress) -> ExperimentData:
    """Read every folder of a plan once.

    Raises StudioError where a folder cannot be read, folders of mixes differ in their classes, a
    test set has a class that they lack, or nothing says which class is positive.
    """
    sources: dict[Path, TrainingSource] = {}
    problems: list[str] = []
    for number, folder in enumerate(plan.folders):
        on_progress(number, len(plan.folders), f"reading {folder.name}")
        source = read_source(folder)
        problems += [*source.problems, *source.notes]
        sources[folder], said = _of_classes(source, plan.classes, folder)
        problems += said
    on_progress(len(plan.folders), len(plan.folders), "")
    classes = _classes(plan, sources)
    # As a training would choose it, but told once, and never by the alphabet.
    chosen = class_map(TrainData(train=[_as_one(sources, plan)]), plan.positive)
    if not chosen.stated:
        raise UsageError(
            f"Say which class is positive: “positive” is one of {', '.join(chosen.names)}."
        )
    plan = replace(plan, positive=chosen.positive)
    return ExperimentData(plan, classes, sources, tuple(dict.fromkeys(problems)))


def _of_classes(
    source: TrainingSource, classes: Sequence[str], folder: Path
) -> tuple[TrainingSource, list[str]]:
    """The items of `classes`, and what is said of the others."""
    items = source.split.items
    chosen = [place for place, item in enumerate(items) if not classes or item.label in classes]
    if len(chosen) == len(items):
        return source, []
    if not chosen:
        raise StudioError(
            f"The folder {shown_path(folder)} has no image of {_listed(classes)}; it has "
            f"{_listed(list(source.split.counts()))}: see “classes”."
        )
    left = counted(len(items) - len(chosen), "image")
    return _at(source, chosen), [f"{left} of {shown_path(folder)} are of other classes."]


def _at(source: TrainingSource, places: Sequence[int]) -> TrainingSource:
    """The items of a source at these places."""
    return TrainingSource(
        source.split.model_copy(update={"items": [source.split.items[one] for one in places]}),
        tuple(source.groups[one] for one in places),
        source.problems,
        source.notes,
        tuple(source.origins[one] for one in places) if source.origins else (),
    )


def _as_one(sources: Mapping[Path, TrainingSource], plan: ExperimentPlan) -> DataSplit:
    splits = [sources[part.folder].split for part in plan.mixes[0].folders]
    items = [item for split in splits for item in split.items]
    return DataSplit.model_construct(name=splits[0].name, items=items)


def _classes(plan: ExperimentPlan, sources: Mapping[Path, TrainingSource]) -> tuple[str, ...]:
    """Those of the first mix. A folder may lack some, as one of synthetic nevi does, where the
    others of its mix bring them."""
    first = plan.mixes[0]
    classes = _of_mix(first, sources)
    for mix in plan.mixes:
        found = _of_mix(mix, sources)
        if found == classes:
            continue
        odd = next((p.folder for p in mix.folders if _odd(sources[p.folder], classes)), None)
        where = f"the folder {shown_path(odd)}" if odd is not None else "the mix"
        told = tuple(sources[odd].split.counts()) if odd is not None else found
        raise StudioError(
            f"[mixes] {shown_text(mix.name, 60)}: {where} has the classes {_listed(told)}, and "
            f"{shown_text(first.name, 60)} has {_listed(classes)}: give all mixes of a plan the "
            "same classes, or name those that it is about in “classes”."
        )
    for name, folder in plan.tests.items():
        extra = [one for one in sources[folder].split.counts() if one not in classes]
        if extra:
            raise StudioError(
                f"[tests] {shown_text(name, 60)}: the folder {shown_path(folder)} has the class "
                f"{shown_text(extra[0], 60)}, which the mixes lack (they have "
                f"{_listed(classes)}): rename or remove that folder."
            )
    return classes


def _of_mix(mix: Mix, sources: Mapping[Path, TrainingSource]) -> tuple[str, ...]:
    found = [name for part in mix.folders for name in sources[part.folder].split.counts()]
    return tuple(sorted(dict.fromkeys(found)))


def _odd(source: TrainingSource, classes: Sequence[str]) -> bool:
    """Whether a folder has a class that is none of these."""
    return not set(source.split.counts()) <= set(classes)


def unfit_test_sets(data: ExperimentData) -> list[str]:
    """A sentence for each test set of which its table says that it is a public set whose labels
    cannot judge a classifier."""
    said = []
    for name, folder in data.plan.tests.items():
        files = [Path(item.file) for item in data.sources[folder].split.items]
        for source in sorted(set(known_values(folder, files, ("source",)).get("source", ()))):
            known = catalogue().get(source)
            if known is not None and not known.validates:
                said.append(
                    f"The test set {shown_text(name, 60)} has images of {known.title}, which "
                    f"should train and not judge: {known.why_not}."
                )
    return said


def _listed(classes: Sequence[str]) -> str:
    return ", ".join(shown_text(one, 60) for one in classes) or "none"


def part_of(source: TrainingSource, count: int | None) -> TrainingSource:
    """At most `count` items of a source, in proportion to its classes; one of each class where
    `count` is less than the classes are.

    They are chosen by their names alone: the same for every seed, and those of a smaller count are
    among those of a larger one.
    """
    items = source.split.items
    if count is None or count >= len(items):
        return source
    by_class: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        by_class.setdefault(item.label, []).append(place)
    chosen: list[int] = []
    shares = _shares([len(places) for places in by_class.values()], count)
    for places, own in zip(by_class.values(), shares, strict=True):
        chosen += sorted(places, key=lambda place: _rank(items[place].file))[:own]
    return _at(source, sorted(chosen))


def _shares(sizes: Sequence[int], count: int) -> list[int]:
    """`count` divided in proportion to `sizes`, with at least one of each, by Webster's divisors:
    with a larger count no share gets smaller."""
    shares = [1] * len(sizes)
    waiting = [(-size / 3, place) for place, size in enumerate(sizes) if size > 1]
    heapq.heapify(waiting)
    for _ in range(count - len(sizes)):
        if not waiting:
            break
        _, place = heapq.heappop(waiting)
        shares[place] += 1
        if shares[place] < sizes[place]:
            heapq.heappush(waiting, (-sizes[place] / (2 * shares[place] + 1), place))
    return shares


def _rank(file: str) -> bytes:
    return hashlib.sha256(Path(file).name.encode("utf-8", "surrogateescape")).digest()


def image_digests(
    data: ExperimentData, cache: PreparedImages, on_progress: OnProgress
) -> dict[str, str]:
    """A sum over the names, classes, groups and bytes of each folder, to tell whether it changed.
    A file that cannot be read counts by its name."""
    found = {}
    total = sum(len(source.split.items) for source in data.sources.values())
    done = 0
    for folder, source in data.sources.items():
        digest = hashlib.sha256()
        for item in source.split.items:
            try:
                own = cache.sha256(Path(item.file))
            except (OSError, StudioError):
                own = ""
            line = "\0".join((item.file, item.label, item.group or "", own))
            digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
            done += 1
            on_progress(done, total, f"reading {folder.name}")
        found[str(folder)] = digest.hexdigest()
    cache.finish()
    return found
