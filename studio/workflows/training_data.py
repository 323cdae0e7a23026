"""Folders and snapshots as the pictures of a training run: splits and the leakage check."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.classify import DataSplit, Item, TrainData
from studio.datasets.leakage import Fingerprint, LeakageReport, compare, fingerprint
from studio.datasets.splits import grouped_split, join_groups
from studio.datasets.training_folder import read_folder
from studio.errors import StudioError
from studio.project import Project
from studio.workflows.stacks import groups, near_edges

OnProgress = Callable[[int, int, str], None]
VALIDATION = 0.2
"""Share of the training pictures held out where no validation set is given."""

SEEN_IN_VALIDATION = (
    "Pictures of the test set are in the validation set, on which epoch and threshold are chosen: "
    "the test's figures are too good."
)


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
class Source:
    """A source as read: parallel items and groups, sentences about what was left out, and others
    about groups."""

    split: DataSplit
    groups: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> list[Path]:
        """The distinct files, in order."""
        return [Path(name) for name in dict.fromkeys(item.file for item in self.split.items)]


def read_source(source: DataSource, tables: Sequence[Path] = ()) -> Source:
    """Read one folder (`class/image`) or snapshot. Raises StudioError where it has no classes.

    `tables` say of the images of folders what they belong to (see `datasets.group_table`).
    """
    if isinstance(source, SnapshotSource):
        return _snapshot(source)
    return _folder(source, tables)


def _folder(path: Path, tables: Sequence[Path]) -> Source:
    path = path.absolute()
    folder = read_folder(path, tables)
    items = [
        Item(file=str(item.path), label=item.label, group=item.known_group) for item in folder.items
    ]
    return Source(
        DataSplit(name=path.name or str(path), items=items),
        tuple(item.group for item in folder.items),
        tuple(problem.sentence for problem in folder.problems),
        folder.notes,
    )


def _snapshot(source: SnapshotSource) -> Source:
    with Project.open(source.project, "read") as project:
        snapshot = project.snapshots.by_name(source.name)
        if snapshot is None:
            raise StudioError(f"{source.project} has no snapshot {source.name!r}.")
        frozen = project.snapshots.boxes(snapshot)
        images = {sha: project.images.by_sha256(sha) for sha in {b.image_sha256 for b in frozen}}
        items, keys = [], []
        for box in frozen:
            image = images[box.image_sha256]
            if box.label is None or image is None:
                continue
            square = (box.square.cx, box.square.cy, box.square.side)
            file = str(project.images.path(image))
            key = f"stack {image.stack_id}" if image.stack_id else image.sha256
            items.append(Item(file=file, label=box.label, square=square, group=key))
            keys.append(key)
    left = len(frozen) - len(items)
    problems = (f"{left} boxes of {source.name} have no label and are left out.",) if left else ()
    name = f"{source.project.name}/{source.name}"
    return Source(DataSplit(name=name, items=items), tuple(keys), problems)


@dataclass(frozen=True, slots=True)
class Prepared:
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
    on_progress: OnProgress = lambda done, total, message: None,
) -> Prepared:
    """Read the sources, hold out a validation set where none is given, and look for leakage.

    `tables` say of the images of folders what they belong to, beside what the folders say.

    The validation split never parts a photograph, a stack or near-duplicates. Raises LeakageError
    where a test picture is among the training pictures, unless `allow_leakage`, which the report
    then records. Overlap of the validation set with either is reported and never refused.
    """
    trained = _named_apart([read_source(one, tables) for one in train], train)
    tested = _named_apart([read_source(one, tables) for one in tests], tests)
    held = read_source(val, tables) if val is not None else None
    sources = [*trained, *tested, *([held] if held else [])]
    prints = Prints([file for source in sources for file in source.files], on_progress)
    leakage = _leakage(prints, trained, held, tested, allow_leakage)
    problems = [sentence for source in sources for sentence in (*source.problems, *source.notes)]
    problems += overlap_warnings(leakage)
    data = TrainData(
        train=[source.split for source in trained],
        val=held.split if held else None,
        test=[source.split for source in tested],
    )
    if held is None:
        data = _held_out(data, trained, prints, seed)
    return Prepared(data, leakage, (*problems, *prints.problems))


def _named_apart(sources: Sequence[Source], given: Sequence[DataSource]) -> list[Source]:
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


class Prints:
    """Fingerprints of files, each taken once; `problems` names those that cannot be read."""

    def __init__(
        self,
        files: Sequence[Path],
        on_progress: OnProgress = lambda done, total, message: None,
    ) -> None:
        self._prints: dict[Path, Fingerprint] = {}
        self.problems: list[str] = []
        files = list(dict.fromkeys(files))
        with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="leakage") as pool:
            futures = [pool.submit(fingerprint, file) for file in files]
            for done, (file, future) in enumerate(zip(files, futures, strict=True), start=1):
                try:
                    self._prints[file] = future.result()
                except StudioError as error:
                    self.problems.append(str(error))
                on_progress(done, len(files), "looking for leakage")

    def of(self, sources: Sequence[Source]) -> list[Fingerprint]:
        """Those of the files of `sources` that could be read."""
        files = [file for source in sources for file in source.files]
        return [self._prints[file] for file in dict.fromkeys(files) if file in self._prints]

    def near_groups(self, files: Sequence[str]) -> list[int | None]:
        """A number for each file that near-duplicates share; None for a file without a hash."""
        hashes = {
            file: int(found.phash, 16)
            for file in dict.fromkeys(files)
            if (found := self._prints.get(Path(file))) is not None and found.phash is not None
        }
        values = np.array(list(hashes.values()), np.uint64)
        heads = groups(len(values), near_edges(values, np.ones(len(values), np.bool_)))
        numbers = dict(zip(hashes, heads.tolist(), strict=True))
        return [numbers.get(file) for file in files]


def _leakage(
    prints: Prints,
    trained: Sequence[Source],
    held: Source | None,
    tested: Sequence[Source],
    allow: bool,
) -> dict[str, Any]:
    train = prints.of(trained)
    report = compare(train, prints.of(tested))
    told = report.to_dict()
    if not report.clean and not allow:
        raise LeakageError(told, _refusal(report))
    told["allowed"] = not report.clean
    if held is not None:
        validation = prints.of([held])
        told["validation"] = compare(train, validation).to_dict()
        told["test_in_validation"] = compare(validation, prints.of(tested)).to_dict()
    return told


def overlap_warnings(leakage: dict[str, Any]) -> list[str]:
    """Sentences for overlaps of the validation set, which are not refused but flatter."""
    warnings = []
    if not leakage.get("validation", {"clean": True})["clean"]:
        warnings.append(
            "Pictures of the validation set are among the training pictures: its AUC is too good."
        )
    if not leakage.get("test_in_validation", {"clean": True})["clean"]:
        warnings.append(SEEN_IN_VALIDATION)
    return warnings


def _refusal(report: LeakageReport) -> str:
    return (
        f"{report.sentence} A test on pictures that were trained on says nothing; remove them, or "
        "allow the leakage, which is then recorded in the run."
    )


def _held_out(data: TrainData, trained: Sequence[Source], prints: Prints, seed: int) -> TrainData:
    """Part of the training pictures as validation set, by whole groups."""
    items = [item for source in trained for item in source.split.items]
    given = [group for source in trained for group in source.groups]
    near = prints.near_groups([item.file for item in items])
    joined = join_groups([item.file for item in items], given, near)
    places = grouped_split(
        range(len(items)), joined, VALIDATION, seed, [item.label for item in items]
    )
    held = set(places.held_out)
    rest, begin = [], 0
    for source in trained:
        count = len(source.split.items)
        kept = [items[i] for i in range(begin, begin + count) if i not in held]
        rest.append(DataSplit(name=source.split.name, items=kept))
        begin += count
    val = DataSplit(name="validation split", items=[items[index] for index in sorted(held)])
    return data.model_copy(update={"train": rest, "val": val})
