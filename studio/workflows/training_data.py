"""Folders and snapshots as the pictures of a training run: splits and the leakage check."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.classify import DataSplit, Item, TrainData
from studio.datasets.fingerprints import CloseUps, Fingerprint, Fingerprinter, ImageRef
from studio.datasets.image_table import fitting
from studio.datasets.label_map import LabelMap
from studio.datasets.leakage import LeakageReport, compare
from studio.datasets.same_picture import same_among
from studio.datasets.splits import grouped_split
from studio.datasets.training_folder import read_folder
from studio.datasets.verdicts import Verdicts, verdict_files
from studio.datasets.where import Condition, parse_condition
from studio.errors import StudioError, UsageError
from studio.imaging.prepared import PreparedImages
from studio.opening import shown_path, shown_text
from studio.project import Project
from studio.project.groups import image_groups, join_groups
from studio.results.leakage import (
    SEEN_IN_VALIDATION,
    leaks,
    unchecked_counts,
    unchecked_sentence,
)
from studio.wording import counted
from studio.workflows.prepared import cache_of

OnProgress = Callable[[int, int, str], None]
_CONFLICTS_TOLD = 200
VALIDATION = 0.2
"""Share of the training pictures held out where no validation set is given."""


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """The labelled boxes of a snapshot of a project."""

    project: Path
    name: str


DataSource = Path | SnapshotSource


class LeakageError(StudioError):
    """Training and test pictures overlap; `report` says where."""

    def __init__(self, report: dict[str, Any], sentence: str) -> None:
        super().__init__(sentence)
        self.report = report


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """A source as read: parallel items and groups, sentences about what was left out, and others
    about groups. `origins` are further names of what each item shows, shared with other sources."""

    split: DataSplit
    groups: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    origins: tuple[frozenset[str], ...] = ()

    @property
    def images(self) -> list[ImageRef]:
        """The distinct images, in order."""
        return list(dict.fromkeys(self.all_images))

    @property
    def all_images(self) -> list[ImageRef]:
        """An image for each item; two items may be the same one."""
        count = len(self.split.items)
        groups = self.groups or (None,) * count
        origins = self.origins or (frozenset(),) * count
        return [
            ImageRef(Path(item.file), item.square, group, names)
            for item, group, names in zip(self.split.items, groups, origins, strict=True)
        ]


def read_source(
    source: DataSource,
    tables: Sequence[Path] = (),
    where: Condition | None = None,
    labels: LabelMap | None = None,
) -> TrainingSource:
    """Read one folder (`class/image`) or snapshot. Raises StudioError where it has no classes.

    `tables` say of the images of folders what they belong to (see `datasets.group_table`). Of a
    folder only the images are taken of which its table says what `where` asks for; UsageError where
    it has no such table, or no image fits. `labels` say which class each class folder is, or label
    of a snapshot; UsageError for one of which they say nothing.
    """
    if isinstance(source, SnapshotSource):
        if where is not None:
            raise UsageError("A condition is on the table beside a folder; a snapshot has none.")
        found = _snapshot(source)
    else:
        found = _folder(source, tables)
        found = found if where is None else _fitting(found, source.absolute(), where)
    return found if labels is None else _labelled(found, labels)


def read_sources(
    sources: Sequence[DataSource],
    tables: Sequence[Path] = (),
    where: str = "",
    labels: Path | None = None,
) -> tuple[list[TrainingSource], list[str]]:
    """Read several sources by a condition and a file of labels, "" and None for neither, under
    names that tell them apart; and sentences about what is left out and labels that none has."""
    condition = parse_condition(where) if where else None
    names = LabelMap.read(labels) if labels is not None else None
    read = named_apart([read_source(one, tables, condition, names) for one in sources], sources)
    said = [sentence for source in read for sentence in (*source.problems, *source.notes)]
    unused = names.unused_sentence() if names is not None else ""
    return read, [*said, *([unused] if unused else [])]


def _labelled(source: TrainingSource, labels: LabelMap) -> TrainingSource:
    """The images under the classes that `labels` give them."""
    counts = source.split.counts()
    class_of = labels.classes_of(source.split.name, list(counts))
    kept = [place for place, item in enumerate(source.split.items) if class_of[item.label]]
    if not kept:
        raise UsageError(
            f"{shown_path(labels.path)} leaves every image of {shown_text(source.split.name, 60)} "
            "out."
        )
    items = [source.split.items[place] for place in kept]
    renamed = [one.model_copy(update={"label": class_of[one.label]}) for one in items]
    notes = [
        f"{counted(counts[label], 'image')} of {source.split.name}/{shown_text(label, 60)} left "
        f"out, as {labels.path.name} says."
        for label, name in class_of.items()
        if not name
    ]
    return TrainingSource(
        source.split.model_copy(update={"items": renamed}),
        tuple(source.groups[place] for place in kept),
        source.problems,
        (*source.notes, *notes),
        tuple(source.origins[place] for place in kept) if source.origins else (),
    )


def _fitting(source: TrainingSource, folder: Path, where: Condition) -> TrainingSource:
    files = [Path(item.file) for item in source.split.items]
    kept = [place for place, fits in enumerate(fitting(folder, files, where)) if fits]
    if not kept:
        raise UsageError(f"No image of {shown_path(folder)} fits {shown_text(where.text, 100)}.")
    items = [source.split.items[place] for place in kept]
    left = counted(len(files) - len(kept), "image")
    note = f"{left} of {folder.name} left out: not {shown_text(where.text, 100)}."
    return TrainingSource(
        source.split.model_copy(update={"items": items}),
        tuple(source.groups[place] for place in kept),
        source.problems,
        (*source.notes, note),
        tuple(source.origins[place] for place in kept),
    )


def _folder(path: Path, tables: Sequence[Path]) -> TrainingSource:
    path = path.absolute()
    folder = read_folder(path, tables)
    items = [
        Item(
            file=str(item.path),
            label=item.label,
            group=item.known_group,
            origins=sorted(item.origins) or None,
        )
        for item in folder.items
    ]
    return TrainingSource(
        DataSplit(name=path.name or str(path), items=items),
        tuple(item.group for item in folder.items),
        tuple(problem.sentence for problem in folder.problems),
        folder.notes,
        tuple(item.origins for item in folder.items),
    )


def _snapshot(source: SnapshotSource) -> TrainingSource:
    with Project.open(source.project, "read") as project:
        snapshot = project.snapshots.by_name(source.name)
        if snapshot is None:
            raise StudioError(f"{source.project} has no snapshot {source.name!r}.")
        frozen = project.snapshots.boxes(snapshot)
        groups = image_groups(project)
        images = {sha: project.images.by_sha256(sha) for sha in {b.image_sha256 for b in frozen}}
        items, keys, origins = [], [], []
        for box in frozen:
            image = images[box.image_sha256]
            if box.label is None or image is None:
                continue
            square = (box.square.cx, box.square.cy, box.square.side)
            file = str(project.images.path(image))
            group = groups[image.id]
            names = sorted(group.names) or None
            items.append(
                Item(file=file, label=box.label, square=square, group=group.name, origins=names)
            )
            keys.append(group.name)
            origins.append(group.names)
    left = len(frozen) - len(items)
    problems = (f"{left} boxes of {source.name} have no label and are left out.",) if left else ()
    name = f"{source.project.name}/{source.name}"
    return TrainingSource(
        DataSplit(name=name, items=items), tuple(keys), problems, (), tuple(origins)
    )


@dataclass(frozen=True, slots=True)
class PreparedData:
    """The pictures of a run, the leakage report (JSON) and sentences about what was left out."""

    data: TrainData
    leakage: dict[str, Any]
    problems: tuple[str, ...]


def prepare_data(
    train: Sequence[DataSource],
    val: DataSource | None,
    tests: Sequence[DataSource],
    *,
    seed: int = 0,
    allow_leakage: bool = False,
    tables: Sequence[Path] = (),
    where: Condition | None = None,
    labels: LabelMap | None = None,
    places: Sequence[Path] = (),
    validate: bool = True,
    on_progress: OnProgress = lambda done, total, message: None,
) -> PreparedData:
    """Read the sources, hold out a validation set where none is given and `validate`, and look for
    leakage.

    `tables` say of the images of folders what they belong to, beside what the folders say; `where`
    is a condition on what these say, and `labels` say which class a class folder is (see
    `read_source`).

    The validation split never parts a group (a patient, lesion, stack or photograph, the first that
    is known) or near-duplicates. Raises LeakageError
    where a test picture is among the training pictures, unless `allow_leakage`, which the report
    then records. Overlap of the validation set with either is reported and never refused. Verdicts
    on pairs are those of the projects in which sources, or `places` such as the run's folder, lie.
    """
    trained = named_apart([read_source(one, tables, where, labels) for one in train], train)
    tested = named_apart([read_source(one, tables, where, labels) for one in tests], tests)
    held = read_source(val, tables, where, labels) if val is not None else None
    sources = [*trained, *tested, *([held] if held else [])]
    given = [*train, *tests, *([val] if val is not None else []), *places]
    images = [image for source in sources for image in source.images]
    at = next(iter(places), None)
    cache = PreparedImages(cache_of([one.split for one in trained], at))
    prints = Fingerprints(images, on_progress, verdicts_of(given), cache)
    leakage = _leakage(prints, trained, held, tested, allow_leakage)
    conflicts = prints.label_conflicts(sources)
    leakage["label_conflicts"] = conflicts[:_CONFLICTS_TOLD]
    leakage["label_conflict"] = conflict_sentence(conflicts)
    problems = [sentence for source in sources for sentence in (*source.problems, *source.notes)]
    problems += [said for said in [labels.unused_sentence() if labels else ""] if said]
    problems += overlap_warnings(leakage)
    data = TrainData(
        train=[source.split for source in trained],
        val=held.split if held else None,
        test=[source.split for source in tested],
    )
    if held is None and validate:
        same = prints.same_groups([image for source in trained for image in source.all_images])
        rest, split = hold_out(trained, same, seed)
        data = data.model_copy(update={"train": rest, "val": split})
    return PreparedData(data, leakage, (*problems, *prints.problems))


def expected_split(
    trained: Sequence[TrainingSource], seed: int = 0
) -> tuple[dict[str, int], dict[str, int]]:
    """Pictures of each class for training and validation as `prepare_data` would hold them out.

    Pictures that only look alike are not searched for, which takes long: where there are any, the
    split that is made at the start differs a little.
    """
    items = [item for source in trained for item in source.split.items]
    given = [group for source in trained for group in source.groups]
    joined = join_groups([item.file for item in items], given)
    split = grouped_split(items, joined, VALIDATION, seed, [item.label for item in items])
    labels = (Counter(item.label for item in part) for part in (split.rest, split.held_out))
    train, held = (dict(sorted(found.items())) for found in labels)
    return train, held


def named_apart(
    sources: Sequence[TrainingSource], given: Sequence[DataSource]
) -> list[TrainingSource]:
    """Sources of one name, such as `a/test` and `b/test`, by their whole paths instead."""
    counts = Counter(source.split.name for source in sources)
    apart = []
    for source, one in zip(sources, given, strict=True):
        split = source.split
        if counts[split.name] > 1:
            split = split.model_copy(update={"name": whole_name(one)})
        apart.append(replace(source, split=split))
    return apart


def whole_name(source: DataSource) -> str:
    """The source by its whole path."""
    if isinstance(source, SnapshotSource):
        return f"{source.project.absolute()}/{source.name}"
    return str(source.absolute())


class Fingerprints:
    """Fingerprints of images, each taken once; `problems` names files that cannot be read.

    `verdicts` are those that count for the images (see `verdicts_of`), what `cache` has
    is not made again.
    """

    def __init__(
        self,
        images: Sequence[ImageRef],
        on_progress: OnProgress = lambda done, total, message: None,
        verdicts: Verdicts | None = None,
        cache: PreparedImages | None = None,
    ) -> None:
        self._on_progress = on_progress
        self._verdicts = verdicts or Verdicts()
        self._close_ups = CloseUps(cache)
        self._prints, self.problems = Fingerprinter(cache).fingerprint_all(
            images, lambda done, total: on_progress(done, total, "looking for leakage")
        )

    def of(self, sources: Sequence[TrainingSource]) -> list[Fingerprint]:
        """Those of the images of `sources` that could be read."""
        images = [image for source in sources for image in source.images]
        return [self._prints[one] for one in dict.fromkeys(images) if one in self._prints]

    def compare(
        self, train: Sequence[TrainingSource], test: Sequence[TrainingSource]
    ) -> LeakageReport:
        """What the images of `test` share with those of `train`."""
        return compare(
            self.of(train),
            self.of(test),
            self._verdicts,
            self.problems,
            close_ups=self._close_ups,
            on_progress=lambda done, total: self._on_progress(done, total, "comparing images"),
        )

    def label_conflicts(self, sources: Sequence[TrainingSource]) -> list[dict[str, list[str]]]:
        """Images of the same bytes (and square) that stand under several classes: for each the
        files and, one for each file, the classes."""
        seen: dict[str, list[tuple[str, str]]] = {}
        for source in sources:
            for item, image in zip(source.split.items, source.all_images, strict=True):
                if (one := self._prints.get(image)) is not None:
                    seen.setdefault(one.key, []).append((item.file, item.label))
        return [
            {"files": [file for file, _ in same], "labels": [label for _, label in same]}
            for same in seen.values()
            if len({label for _, label in same}) > 1
        ]

    def same_groups(self, images: Sequence[ImageRef]) -> list[int]:
        """A number for each image that those of the same picture share."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        count = len(images)
        known = [number for number in range(count) if images[number] in self._prints]
        pairs = same_among(
            [self._prints[images[number]] for number in known],
            self._close_ups,
            lambda done, total: self._on_progress(done, total, "looking for copies"),
        )
        ends = [known[first] for first, _ in pairs], [known[second] for _, second in pairs]
        graph = coo_array(([True] * len(pairs), ends), shape=(count, count))
        return [int(number) for number in connected_components(graph, directed=False)[1]]


def verdicts_of(places: Iterable[DataSource]) -> Verdicts:
    """The verdicts that count for images of these sources, or of runs in these folders."""
    paths = [one.project if isinstance(one, SnapshotSource) else one for one in places]
    return Verdicts.read(verdict_files(paths))


def _leakage(
    prints: Fingerprints,
    trained: Sequence[TrainingSource],
    held: TrainingSource | None,
    tested: Sequence[TrainingSource],
    allow: bool,
) -> dict[str, Any]:
    report = prints.compare(trained, tested)
    told = report.to_dict()
    if report.leaks and not allow:
        raise LeakageError(told, _refusal(report))
    told["allowed"] = report.leaks
    within = None
    if held is not None:
        told["validation"] = prints.compare(trained, [held]).to_dict()
        within = prints.compare([held], tested)
        told["test_in_validation"] = within.to_dict()
    told["by_test"] = {one.split.name: _of_test(one, report, within) for one in tested}
    return told


def _of_test(
    test: TrainingSource, report: LeakageReport, within: LeakageReport | None
) -> dict[str, Any]:
    """What was found of one test set; see `studio.results.leakage`."""
    own = report.of_test(test.images)
    told = {**_verdict(own), "sentence": own.sentence}
    if within is not None:
        told["test_in_validation"] = _verdict(within.of_test(test.images))
    return told


def _verdict(report: LeakageReport) -> dict[str, Any]:
    return {
        "clean": report.clean,
        "test_images": report.test_images,
        "unchecked": report.unchecked,
        "damaged": report.damaged,
    }


def overlap_warnings(leakage: dict[str, Any]) -> list[str]:
    """Sentences for what is not refused: overlaps of the validation set, which flatter, the same
    image under several classes, and images that could not be read."""
    warnings = [str(said) for said in [leakage.get("label_conflict")] if said]
    if leaks(leakage.get("validation", {})):
        warnings.append(
            "Pictures of the validation set are among the training pictures: its AUC is too good."
        )
    if leaks(leakage.get("test_in_validation", {})):
        warnings.append(SEEN_IN_VALIDATION)
    parts = [leakage, *(leakage.get(one, {}) for one in ("validation", "test_in_validation"))]
    unchecked, damaged = unchecked_counts(*parts)
    if unchecked:
        warnings.append(unchecked_sentence(unchecked, damaged))
    return warnings


def conflict_sentence(conflicts: Sequence[dict[str, list[str]]]) -> str:
    """Names the first image that stands under several classes; "" where none does."""
    if not conflicts:
        return ""
    first = conflicts[0]
    named = " and ".join(
        f"{shown_path(Path(file))} ({shown_text(label, 60)})"
        for file, label in list(zip(first["files"], first["labels"], strict=True))[:3]
    )
    more = f", and {len(conflicts) - 1:,} more such images" if len(conflicts) > 1 else ""
    return (
        f"The same picture stands under several classes: {named}{more}. Keep each under one class."
    )


def _refusal(report: LeakageReport) -> str:
    return (
        f"{report.finding} A test on pictures that were trained on says nothing; remove them, or "
        "allow the leakage, which is then recorded in the run."
    )


def hold_out(
    trained: Sequence[TrainingSource], same: Sequence[int], seed: int, share: float = VALIDATION
) -> tuple[list[DataSplit], DataSplit]:
    """The training pictures without a `share` of them, and this share as validation set.

    Whole groups are held out: of one patient, lesion, stack or photograph, and pictures that are
    the same by `same`, a number for each item of all sources (see `Fingerprints.same_groups`).
    """
    items = [item for source in trained for item in source.split.items]
    given = [group for source in trained for group in source.groups]
    joined = join_groups([item.file for item in items], given, same)
    labels = [item.label for item in items]
    held = set(grouped_split(range(len(items)), joined, share, seed, labels).held_out)
    rest, begin = [], 0
    for source in trained:
        count = len(source.split.items)
        kept = [items[i] for i in range(begin, begin + count) if i not in held]
        rest.append(DataSplit(name=source.split.name, items=kept))
        begin += count
    return rest, DataSplit(name="validation split", items=[items[index] for index in sorted(held)])
