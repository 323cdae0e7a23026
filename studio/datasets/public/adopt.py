"""A public data set as published, as class folders with one table of what is known of each image.

The table is `groups.csv`, which trainings read: patients and lesions are never parted by a split.
"""

import fnmatch
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.datasets.formats.data_folder import PARTS, PICTURE_SUFFIXES
from studio.datasets.group_table import FileIndex
from studio.datasets.label_map import EVERYTHING_ELSE, class_of, folded
from studio.datasets.public.catalogue import FIELDS, PublicSet
from studio.datasets.public.table import SetRow, read_set_table, require_same
from studio.errors import StudioError, UsageError
from studio.files import building, write_text
from studio.folders import Walked, walk_folder
from studio.imaging.formats import is_image_file
from studio.opening import sha256_file, shown_path, shown_text
from studio.project.metadata import parse_value
from studio.tables import table_text
from studio.wording import counted

TABLE_FILE = "groups.csv"
COLUMNS = (
    "path", "source", "label_raw", "label", "modality", "framing", "patient_id", "lesion_id",
    "group_id", "skin_tone", "sex", "age", "site", "verification", "licence",
)  # fmt: skip
_NAMED = 3
_MOST_LABELS = 20
_UNKNOWN = frozenset({"", "nan", "none", "null", "na", "n/a", "unknown"})
_TYPED = ("skin_tone", "sex", "age")
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class PublicImage:
    """An image of a set on the disk: its file, label as published, class, and what is known of it
    by the names of `catalogue.FIELDS`."""

    path: Path
    label_raw: str
    label: str
    known: Mapping[str, str]

    @property
    def group(self) -> str:
        """What must not be parted: its patient, else its lesion; "" where neither is known."""
        return self.known.get("patient_id", "") or self.known.get("lesion_id", "")


@dataclass
class PublicSource:
    """A set as it lies on the disk. `missing` are images that its table names and the folder has
    not, `unlisted` those of the folder that the table does not name. `problems` are not as
    published, `notes` are left out on purpose."""

    set: PublicSet
    images: list[PublicImage] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class AdoptReport:
    """What was adopted: images and groups by class, and sentences about the rest."""

    name: str
    out: str
    classes: Mapping[str, int]
    groups: Mapping[str, int]
    patients: int
    lesions: int
    missing: int
    unlisted: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the set is all there and as published."""
        return not self.missing and not self.problems

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "out": self.out,
            "images": sum(self.classes.values()),
            "classes": dict(self.classes),
            "groups": dict(self.groups),
            "patients": self.patients,
            "lesions": self.lesions,
            "missing": self.missing,
            "unlisted": self.unlisted,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }


def read_public_set(
    known: PublicSet, folder: Path, labels: Mapping[str, str] | None = None
) -> PublicSource:
    """Read the download of a set. `labels` go before those of the catalogue (see `read_labels`).

    Raises StudioError where the folder is not such a download: a table or column is missing, rows
    contradict one another, or a label is not one of the set.
    """
    if not folder.is_dir():
        raise StudioError(f"There is no folder {shown_path(folder)}.")
    files = _published(walk_folder(folder).files)
    source = PublicSource(known)
    classes = _Classes(known, labels or {})
    pictures = [one for one in files if one.path.suffix.lower() in PICTURE_SUFFIXES]
    if known.table is not None:
        _from_table(known, folder, files, pictures, classes, source)
    else:
        _from_folders(known, folder, pictures, classes, source)
    if not source.images:
        if classes.left_out and not source.missing:
            raise StudioError(
                f"All images of {known.title} were left out by their labels "
                f"({_listed(sorted(classes.left_out))}): name one of them in --labels."
            )
        named = (
            f", of {counted(len(source.missing), 'image')} that its table names"
            if source.missing
            else ""
        )
        raise StudioError(
            f"{shown_path(folder)} holds no image of {known.title}{named}: it should hold "
            f"{known.needs}."
        )
    if classes.left_out:
        total = sum(classes.left_out.values())
        source.notes.append(
            f"{counted(total, 'image')} left out by label: {_listed(sorted(classes.left_out))}."
        )
    return source


def _published(files: Sequence[Walked]) -> list[Walked]:
    """The files of a download without those that an adoption has made within it."""
    made = {one.parts[:-1] for one in files if one.parts[-1] == TABLE_FILE} - {()}
    return [
        one
        for one in files
        if not any(one.parts[:depth] in made for depth in range(1, len(one.parts)))
    ]


def adopt(
    known: PublicSet,
    folder: Path,
    out: Path,
    labels: Mapping[str, str] | None = None,
    on_progress: OnProgress = lambda done, total, message: None,
) -> AdoptReport:
    """Write the download of a set as class folders with `groups.csv`, hard links where the disk
    allows them.

    `out` is new or an empty folder; whole or not there when this ends. Raises StudioError as
    `read_public_set` does, and where `out` cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{shown_path(out)} is not empty: choose another folder.")
    source = read_public_set(known, folder, labels)
    rows, broken = [], []
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with building(out) as made:
            names: set[str] = set()
            for number, image in enumerate(source.images, start=1):
                on_progress(number, len(source.images), image.path.name)
                if not is_image_file(image.path):
                    broken.append(image.path.name)
                    continue
                place = _free(names, image)
                target = made / place
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(image.path, target)
                rows.append(_table_row(known, image, place))
            write_text(made / TABLE_FILE, table_text(COLUMNS, rows), errors="surrogateescape")
    except OSError as error:
        raise StudioError(f"{shown_path(out)} cannot be written: {error.strerror}.") from error
    if broken:
        source.problems.append(
            f"{counted(len(broken), 'file')} are called like images and are none: "
            f"{_listed(broken)}."
        )
    return _report(source, out, rows)


def _report(source: PublicSource, out: Path, rows: Sequence[Sequence[str]]) -> AdoptReport:
    at = {name: place for place, name in enumerate(COLUMNS)}
    classes = Counter(row[at["label"]] for row in rows)
    groups = defaultdict(set)
    for row in rows:
        groups[row[at["label"]]].add(row[at["group_id"]] or row[at["path"]])
    lesions = {
        (row[at["patient_id"]], row[at["lesion_id"]]) for row in rows if row[at["lesion_id"]]
    }
    problems = list(source.problems)
    if source.missing:
        problems.append(
            f"{counted(len(source.missing), 'image')} of the table are not in the folder: "
            f"{_listed(source.missing)}."
        )
    notes = list(source.notes)
    if source.unlisted:
        notes.append(
            f"{counted(len(source.unlisted), 'image')} of the folder are not in the table and were "
            f"left out: {_listed(source.unlisted)}."
        )
    return AdoptReport(
        source.set.name,
        str(out),
        dict(sorted(classes.items())),
        {name: len(groups[name]) for name in sorted(groups)},
        len({row[at["patient_id"]] for row in rows} - {""}),
        len(lesions),
        len(source.missing),
        len(source.unlisted),
        tuple(problems),
        tuple(notes),
    )


class _Classes:
    """The class of each label as published; counts those that are left out."""

    def __init__(self, known: PublicSet, labels: Mapping[str, str]) -> None:
        self._known, self._labels = known, labels
        self._published = {folded(raw): name for raw, name in known.labels.items()}
        self._published |= {folded(raw): class_of(raw) for raw in known.own_classes}
        self.left_out: Counter[str] = Counter()
        unknown = set(labels) - set(self._published) - {EVERYTHING_ELSE}
        if known.closed and unknown:
            raise UsageError(
                f"{known.title} has no label {shown_text(min(unknown), 60)}: its labels are "
                f"{', '.join(known.labels)}."
            )

    def of(self, raw: str, where: str) -> str | None:
        """None where the image is left out. Raises StudioError for a label that is not one."""
        key = folded(raw)
        name = self._labels.get(key)
        if name is None and EVERYTHING_ELSE in self._labels:
            name = self._labels[EVERYTHING_ELSE]
        if name is None:
            name = self._published.get(key)
        if name is None and self._known.closed:
            labels = _few([*self._known.labels, *self._known.own_classes])
            raise StudioError(
                f"{where}: the label is {shown_text(raw, 60) or 'empty'}, and {self._known.title} "
                f"has {labels}. This is not as published: get it anew, or say by --labels what each"
                " label means."
            )
        if name is None:
            name = class_of(raw)
        if not name:
            self.left_out[raw or "no label or several"] += 1
            return None
        return name


def _from_table(
    known: PublicSet,
    folder: Path,
    files: Sequence[Walked],
    pictures: Sequence[Walked],
    classes: _Classes,
    source: PublicSource,
) -> None:
    layout = known.table
    assert layout is not None
    table = read_set_table(known, layout, files)
    source.problems += table.problems
    source.notes += table.notes
    paths = [one.path for one in pictures]
    index = FileIndex(folder, paths)
    used: dict[int, SetRow] = {}
    differ: list[str] = []
    unreadable: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        name = classes.of(row.label, f"{table.path.name}, line {row.line}")
        places = index.find_places(row.file)
        if not places:
            places = index.find_places(f"{row.file}_downsampled")  # ISIC's smaller copies
        if not places:
            source.missing.append(row.file)
            continue
        before = used.setdefault(places[0], row)
        if before is not row:
            require_same(table.path, before, row)
            continue
        used |= dict.fromkeys(places[1:], row)
        if len(places) > 1 and not _all_the_same([paths[one] for one in places]):
            differ.append(row.file)
            continue
        if name is None:
            continue
        place = places[0]
        cells = _cells(known, row.cells, row.line, unreadable)
        source.images.append(PublicImage(paths[place], row.label, name, cells))
    for field_, lines in unreadable.items():
        source.problems.append(
            f"{table.path.name}: {counted(len(lines), 'cell')} of the column of {field_} cannot be "
            f"understood and are left empty: {_listed(lines)}."
        )
    if differ:
        source.problems.append(
            f"{counted(len(differ), 'image')} lie in the folder several times with different "
            f"content and are left out: {_listed(differ)}. Leave the published ones."
        )
    source.unlisted += [
        path.name
        for place, path in enumerate(paths)
        if place not in used and not _is_other(path, table.others)
    ]


def _all_the_same(paths: Sequence[Path]) -> bool:
    """Whether files of one name are copies."""
    if len({one.stat().st_size for one in paths}) > 1:
        return False
    return len({sha256_file(one) for one in paths}) == 1


def _is_other(path: Path, others: set[str]) -> bool:
    """Whether a file is one that another column of the table names."""
    parts = path.as_posix().casefold().split("/")
    return any("/".join(parts[place:]) in others for place in range(1, len(parts)))


def _from_folders(
    known: PublicSet,
    folder: Path,
    pictures: Sequence[Walked],
    classes: _Classes,
    source: PublicSource,
) -> None:
    patterns = known.folders.leave_out if known.folders is not None else ()
    published = {folded(raw) for raw in known.labels}
    outside: list[str] = []
    masks = 0
    for one in pictures:
        if any(fnmatch.fnmatch(one.parts[-1].casefold(), pattern) for pattern in patterns):
            masks += 1
            continue
        raw = _folder_label(one.parts, published if known.closed else None)
        if raw is None:
            outside.append("/".join(one.parts))
            continue
        name = classes.of(raw, "/".join(one.parts))
        if name is not None:
            source.images.append(PublicImage(one.path, raw, name, {}))
    if masks:
        source.notes.append(f"{counted(masks, 'mask or contour', 'masks and contours')} left out.")
    if outside:
        source.problems.append(
            f"{counted(len(outside), 'image')} lie in no folder of a class and are left out: "
            f"{_listed(outside)}."
        )
    missing = [
        raw for raw in known.labels
        if known.closed and not any(folded(one.label_raw) == folded(raw) for one in source.images)
    ]  # fmt: skip
    if missing and source.images:
        classes_there = {one.label for one in source.images}
        gone = [raw for raw in missing if known.labels[raw] not in classes_there]
        if gone:
            source.problems.append(f"There is no folder {', '.join(gone)} with images.")


def _folder_label(parts: Sequence[str], published: set[str] | None) -> str | None:
    """The nearest folder that names a class: of a closed set one of its labels."""
    if published is None:
        named = [one for one in parts[:-1] if one.casefold() not in PARTS]
        return named[-1] if named else None
    return next((one for one in reversed(parts[:-1]) if folded(one) in published), None)


def _cells(
    known: PublicSet, cells: Mapping[str, str], line: int, unreadable: dict[str, list[str]]
) -> dict[str, str]:
    """What a row says of its image, in the words of the studio; what cannot be understood goes."""
    found = {}
    for name in FIELDS:
        value = cells.get(name, "")
        if value.casefold() in _UNKNOWN:
            continue
        value = known.values.get(name, {}).get(value.casefold(), value)
        if name in _TYPED:
            try:
                told = parse_value(name, value)
            except StudioError:
                unreadable[name].append(f"line {line}, {shown_text(value, 40)}")
                continue
            value = "" if told is None else f"{told:g}" if isinstance(told, float) else told
        if value:
            found[name] = value
    return found


def _table_row(known: PublicSet, image: PublicImage, place: str) -> list[str]:
    own = image.known
    group = f"{known.name}:{image.group}" if image.group else ""
    return [
        place, known.name, image.label_raw, image.label,
        own.get("modality", known.modality), own.get("framing", known.framing),
        own.get("patient_id", ""), own.get("lesion_id", ""), group,
        own.get("skin_tone", ""), own.get("sex", ""), own.get("age", ""), own.get("site", ""),
        own.get("verification", known.verification), own.get("licence", known.licence),
    ]  # fmt: skip


def _free(names: set[str], image: PublicImage) -> str:
    """Where an image goes below the folder: its class and name, with a number where that is taken
    by another, on computers that know no capitals too."""
    place, number = f"{image.label}/{image.path.name}", 1
    while place.casefold() in names:
        number += 1
        place = f"{image.label}/{image.path.stem} ({number}){image.path.suffix}"
    names.add(place.casefold())
    return place


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file.resolve(), target)
    except OSError:
        shutil.copyfile(file, target)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LABELS:,} more" if len(names) > _MOST_LABELS else ""
    return ", ".join(names[:_MOST_LABELS]) + more


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(shown_text(one, 80) for one in names[:_NAMED]) + more
