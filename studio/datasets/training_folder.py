"""Training, validation and test folders: ``class/image``, with one class map over all of them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.imaging import READABLE_FORMATS, shown_name, sniff
from studio.origins import MANIFEST, read_origins

HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """An image of a class. `group` is what must not be split: its stack or source photograph."""

    path: Path
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """A file or folder that is left out."""

    path: Path
    sentence: str


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """One folder as read; `items` by class and name."""

    path: Path
    classes: tuple[str, ...]
    items: tuple[TrainingItem, ...]
    problems: tuple[FolderProblem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class, 0 included."""
        counts = dict.fromkeys(self.classes, 0)
        for item in self.items:
            counts[item.label] += 1
        return counts


def read_folder(path: Path) -> TrainingFolder:
    """Read ``class/image``; what lies below a class folder belongs to it, at any depth.

    Files are told by magic bytes, not by name. Hidden files, files that are no images and empty
    classes are named in `problems`. Groups come from the manifest of a studio export; a file that
    no manifest knows is its own group. Raises StudioError when `path` has no class folders.
    """
    problems: list[FolderProblem] = []
    groups = _groups(path, problems)
    items: list[TrainingItem] = []
    classes = _class_folders(path, problems)
    for folder in classes:
        before = len(items)
        for file in _images(folder, problems):
            group = groups.get(file.relative_to(path).as_posix(), str(file))
            items.append(TrainingItem(file, folder.name, group))
        if len(items) == before:
            problems.append(FolderProblem(folder, f"The class {folder.name} has no images."))
    return TrainingFolder(path, tuple(f.name for f in classes), tuple(items), tuple(problems))


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
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return sniff(file.read(HEAD_BYTES)) in READABLE_FORMATS
    except OSError:
        return False


def _groups(path: Path, problems: list[FolderProblem]) -> dict[str, str]:
    """File, relative to `path`, to its origin; {} where no manifest tells."""
    try:
        return read_origins(path)
    except StudioError as error:
        problems.append(FolderProblem(path / MANIFEST, str(error)))
        return {}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
