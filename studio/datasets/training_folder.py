"""Training, validation and test folders: ``class/image``, with one class map over all of them.

What belongs together is told by the manifest of an export and by a table of groups, in the folder
or the one above it (see `group_table`), and by tables that are given with it; all of them count.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.datasets.group_table import NAMES, GroupTable, group_rank, match_groups
from studio.datasets.splits import join_groups
from studio.errors import StudioError
from studio.imaging import READABLE_FORMATS, shown_name, sniff
from studio.opening import open_regular
from studio.origins import MANIFEST, read_origins

HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """An image of a class. `group` is what must not be split: its patient, lesion, stack or source
    photograph, or its own path where nothing is known of it."""

    path: Path
    label: str
    group: str

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

    Files are told by magic bytes, not by name. Hidden files, files that are no images, and empty
    classes are named in `problems`. `tables` are tables of groups that lie elsewhere. A file of
    which neither manifest nor table speaks is its own group. Raises StudioError when `path` has no
    class folders or one of `tables` cannot be used.
    """
    problems: list[FolderProblem] = []
    notes: list[str] = []
    found: list[tuple[Path, str]] = []
    classes = _class_folders(path, problems)
    for folder in classes:
        before = len(found)
        found += [(file, folder.name) for file in _images(folder, problems)]
        if len(found) == before:
            problems.append(FolderProblem(folder, f"The class {folder.name} has no images."))
    groups = _groups(path, [file for file, _ in found], tables, problems, notes)
    items = tuple(
        TrainingItem(file, label, group) for (file, label), group in zip(found, groups, strict=True)
    )
    names = tuple(f.name for f in classes)
    return TrainingFolder(path, names, items, tuple(problems), tuple(notes))


def read_folders(paths: Sequence[Path]) -> tuple[tuple[str, ...], list[TrainingFolder]]:
    """The one class map (sorted names) of all folders, and the folders as read.

    The first folder sets the classes. Raises StudioError naming the folder in which a class is
    missing or extra.
    """
    folders = [read_folder(path) for path in paths]
    if not folders:
        raise StudioError("No folder of images was given.")
    wanted = set(folders[0].classes)
    for folder in folders[1:]:
        found = set(folder.classes)
        for words, names in (("lacks", wanted - found), ("has the extra", found - wanted)):
            if names:
                raise StudioError(
                    f"{folder.path} {words} class {_listed(names)}: it must have the same class "
                    f"folders as {folders[0].path}, which are {_listed(wanted)}."
                )
    return folders[0].classes, folders


def _class_folders(path: Path, problems: list[FolderProblem]) -> list[Path]:
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise StudioError(f"The folder {path} cannot be read: {error.strerror}.") from error
    classes = [entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    if not classes:
        raise StudioError(f"{path} has no class folders: put the images of each class into one.")
    loose = [e for e in entries if not e.is_dir() and _head_is_image(e)]
    problems += [
        FolderProblem(e, f"{shown_name(e)} lies in no class folder and is left out.") for e in loose
    ]
    return classes


def _images(folder: Path, problems: list[FolderProblem]) -> Iterator[Path]:
    for parent, names, files in os.walk(folder, onerror=lambda e: problems.append(_closed(e))):
        names.sort()
        for name in sorted(files):
            file = Path(parent, name)
            if name.startswith("."):
                problems.append(FolderProblem(file, f"{shown_name(file)} is hidden: left out."))
            elif _head_is_image(file):
                yield file
            else:
                problems.append(FolderProblem(file, f"{shown_name(file)} is no readable image."))


def _closed(error: OSError) -> FolderProblem:
    path = Path(error.filename)
    return FolderProblem(path, f"The folder {path} cannot be listed: {error.strerror}.")


def _head_is_image(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return sniff(file.read(HEAD_BYTES)) in READABLE_FORMATS
    except (OSError, StudioError):
        return False


def _groups(
    path: Path,
    files: Sequence[Path],
    tables: Sequence[Path],
    problems: list[FolderProblem],
    notes: list[str],
) -> list[str]:
    """The group of each file, joined over everything that is told of it; its path for nothing.

    A group is called by the widest thing that is known of it ("patient 12"), so that it has the
    same name in other folders.
    """
    columns: list[tuple[str, list[str | None]]] = [("", _origins(path, files, problems))]
    for table in [*_own_tables(path, notes), *(GroupTable.read(one) for one in tables)]:
        told = match_groups(table, path, files)
        notes += told.sentences
        for number, kind in enumerate(table.columns):
            columns.append((kind, [own[number] or None for own in told.keys]))
    joined = join_groups(*(values for _, values in columns))
    names: dict[int, tuple[int, str]] = {}
    for kind, values in columns:
        for number, value in zip(joined, values, strict=True):
            if value is not None:
                name = (group_rank(kind), f"{kind} {value}".strip())
                names[number] = min(names.get(number, name), name)
    return [
        names[number][1] if number in names else str(file)
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
