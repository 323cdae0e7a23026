"""Training, validation and test folders: ``class/image``, with one class map over all of them.

What belongs together is told by the manifest of an export and by a table of groups, in the folder
or the one above it (see `group_table`), and by tables that are given with it; all of them count.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.datasets import LIST_TITLES
from studio.datasets.formats.data_folder import PARTS
from studio.datasets.formats.lines import clean_text
from studio.datasets.formats.masks import MASK_FOLDERS
from studio.datasets.formats.sniff import sniff_folder
from studio.datasets.group_table import NAMES, GroupTable, group_rank, match_groups
from studio.errors import StudioError
from studio.folders import FolderTree, PassedKind, walk_folder
from studio.imaging import shown_name
from studio.imaging.formats import is_image_file
from studio.origins import MANIFEST, read_origins
from studio.project.groups import join_groups, lesions_that_join


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """An image of a class. `group` is what must not be split: its patient, lesion, stack or source
    photograph, or its own path where nothing is known of it. `origins` are all names that tables
    have for its group, since another folder may know only one of them."""

    path: Path
    label: str
    group: str
    origins: frozenset[str] = frozenset()

    @property
    def known_group(self) -> str | None:
        """`group`, None where nothing is known."""
        return None if self.group == str(self.path) else self.group


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """A file or folder that is left out."""

    path: Path
    sentence: str


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """One folder as read; `items` by class and name. `problems` are left out, `notes` say what
    tables of groups leave open."""

    path: Path
    classes: tuple[str, ...]
    items: tuple[TrainingItem, ...]
    problems: tuple[FolderProblem, ...]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class, 0 included."""
        counts = dict.fromkeys(self.classes, 0)
        for item in self.items:
            counts[item.label] += 1
        return counts


def read_folder(path: Path, tables: Sequence[Path] = ()) -> TrainingFolder:
    """Read ``class/image``; what lies below a class folder belongs to it, at any depth.

    Files are told by magic bytes, not by name. Links to folders are followed once, also within a
    class. What was not followed, hidden images, files that are not images and empty classes are
    named in `problems`. Class names come in one Unicode form (NFC). `tables` are tables of groups
    that lie elsewhere. A file of which neither manifest nor table speaks is its own group. Raises
    StudioError when `path` has no class folders, is a data set of boxes, or one of `tables` cannot
    be used.
    """
    problems: list[FolderProblem] = []
    notes: list[str] = []
    try:
        tree = walk_folder(path)
    except OSError as error:
        raise StudioError(f"The folder {path} cannot be read: {error.strerror}.") from error
    _refuse_data_set(path, tree)
    if not tree.folders:
        raise StudioError(f"{path} has no class folders: put the images of each class into one.")
    _note_passed(tree, problems, notes)
    found = _images(tree, problems)
    classes = sorted({class_name(name) for name in tree.folders})
    for name in sorted(set(classes) - {label for _, label in found}):
        problems.append(FolderProblem(path / name, f"The class {name} has no images."))
    groups = _groups(path, [file for file, _ in found], tables, problems, notes)
    items = tuple(
        TrainingItem(file, label, *own) for (file, label), own in zip(found, groups, strict=True)
    )
    return TrainingFolder(path, tuple(classes), items, tuple(problems), tuple(notes))


def _refuse_data_set(path: Path, tree: FolderTree) -> None:
    """Raise StudioError for a data set with boxes, whose folders are parts and no classes."""
    if not {name.casefold() for name in tree.folders} <= PARTS | MASK_FOLDERS:
        return
    try:
        found = sniff_folder(path)
    except StudioError:
        return  # of several kinds, or one that is not read: its folders may be classes all the same
    if found is not None:
        raise StudioError(
            f"{path} is a data set of boxes ({LIST_TITLES[found[0]]}) and not of class folders: "
            "import it into a project and export crops."
        )


def class_name(folder: str) -> str:
    """The class that a folder's name means: NFC, and text where its bytes are not UTF-8."""
    return unicodedata.normalize("NFC", clean_text(folder))


def _note_passed(tree: FolderTree, problems: list[FolderProblem], notes: list[str]) -> None:
    for one in tree.passed:
        if one.kind is PassedKind.OUTSIDE:
            notes.append(one.sentence)
        elif one.kind is not PassedKind.HIDDEN or (len(one.parts) > 1 and is_image_file(one.path)):
            problems.append(FolderProblem(one.path, one.sentence))


def _images(tree: FolderTree, problems: list[FolderProblem]) -> list[tuple[Path, str]]:
    """The images in class folders with their classes, by class and name."""
    found: list[tuple[Path, str]] = []
    for file, parts in tree.files:
        if not is_image_file(file):
            if len(parts) > 1:  # lists and notes may lie beside class folders
                problems.append(FolderProblem(file, f"{shown_name(file)} is not a readable image."))
        elif len(parts) == 1:
            sentence = f"{shown_name(file)} lies in no class folder and is left out."
            problems.append(FolderProblem(file, sentence))
        else:
            found.append((file, class_name(parts[0])))
    return sorted(found, key=lambda one: one[1])


def _groups(
    path: Path,
    files: Sequence[Path],
    tables: Sequence[Path],
    problems: list[FolderProblem],
    notes: list[str],
) -> list[tuple[str, frozenset[str]]]:
    """(group, all names that tables have for it) of each file, joined over everything that is told.

    A group is called by the widest thing that is known of it ("patient 12"), so that it has the
    same name in other folders; a file of which nothing is known by its path. A lesion joins only
    images without a patient, since many tables number the lesions of each patient anew.
    """
    columns: list[tuple[str, list[str | None]]] = [("", _origins(path, files, problems))]
    for table in [*_own_tables(path, notes), *(GroupTable.read(one) for one in tables)]:
        told = match_groups(table, path, files)
        notes += told.sentences
        for number, kind in enumerate(table.columns):
            columns.append((kind, [own[number] or None for own in told.keys]))
    patients = [
        next((own for own in told if own is not None), None)
        for told in zip(*(v for kind, v in columns if kind == "patient"), strict=True)
    ] or [None] * len(files)
    joined = join_groups(
        *(lesions_that_join(v, patients) if kind == "lesion" else v for kind, v in columns)
    )
    names: dict[int, tuple[int, str]] = {}
    told_by_tables: dict[int, set[str]] = defaultdict(set)
    for kind, values in columns:
        for number, value in zip(joined, values, strict=True):
            if value is not None:
                name = (group_rank(kind), f"{kind} {value}".strip())
                names[number] = min(names.get(number, name), name)
                if kind:
                    told_by_tables[number].add(name[1])
    return [
        (names[number][1] if number in names else str(file), frozenset(told_by_tables[number]))
        for number, file in zip(joined, files, strict=True)
    ]


def _origins(path: Path, files: Sequence[Path], problems: list[FolderProblem]) -> list[str | None]:
    """What a manifest in the folder or above it says of each file: by path, or by a name that it
    has only once, for a folder made of parts of an export."""
    for folder in (path, path.parent):
        try:
            told = read_origins(folder)
        except StudioError as error:
            if folder == path:
                problems.append(FolderProblem(folder / MANIFEST, str(error)))
            continue
        if told:
            counts = Counter(name.rpartition("/")[2] for name in told)
            by_name = {
                base: origin
                for name, origin in told.items()
                if counts[base := name.rpartition("/")[2]] == 1
            }
            return [
                told.get(file.relative_to(folder).as_posix(), by_name.get(file.name))
                for file in files
            ]
    return [None] * len(files)


def _own_tables(path: Path, notes: list[str]) -> list[GroupTable]:
    """The table of groups in the folder, or else the one above it."""
    for folder in (path, path.parent):
        named = [entry for entry in _entries(folder) if entry.name.lower() in NAMES]
        found = []
        for entry in named:
            try:
                found.append(GroupTable.read(entry))
            except StudioError as error:
                notes.append(str(error))
        if named:
            return found
    return []


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return []


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
