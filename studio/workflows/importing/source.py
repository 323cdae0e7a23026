"""One door for everything that can be imported."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from studio.archives import is_archive
from studio.datasets import LIST_TITLES
from studio.datasets.formats import (
    BOX_READERS,
    FOLDER_KINDS,
    ListKind,
    files_of,
    not_read,
    sniff_folder,
    sniff_list,
)
from studio.datasets.formats.data_folder import PICTURE_SUFFIXES
from studio.datasets.formats.frame_and_unit import FRAMES, UNITS
from studio.errors import StudioError, UsageError
from studio.imaging import Limits, shown_name, sniff
from studio.opening import open_regular
from studio.project import Project, quoted
from studio.tables import is_workbook, workbook_sentence
from studio.workflows.importing.archive import unpacked
from studio.workflows.importing.box_list import place_boxes, read_boxes
from studio.workflows.importing.can_list import import_can
from studio.workflows.importing.folder import (
    HEAD_BYTES,
    import_data_set,
    import_files,
    import_folder,
)
from studio.workflows.importing.folder_labels import LEAVE, NewLabels
from studio.workflows.importing.job import ImportJob, OnProgress, never, no_progress
from studio.workflows.importing.report import ImportReport
from studio.workflows.importing.waiting import place_waiting
from studio.workflows.stacks import stack_images

Wish = TypeVar("Wish", bound=str)
Kind = ListKind | Literal["folder", "file", "zip"]
_WORKBOOK_HEAD = 4_096  # bytes; the names of its parts stand there
KINDS = ("auto", "folder", *LIST_TITLES)


def import_source(
    project: Project,
    source: Path | Sequence[Path],
    as_: str = "auto",
    images: Path | None = None,
    on_progress: OnProgress = no_progress,
    stop: Callable[[], bool] = never,
    new_labels: NewLabels = LEAVE,
    *,
    frame: str = "auto",
    unit: str = "auto",
) -> ImportReport:
    """Import a folder or a zip of images or of a data set, images (several as a sequence), or a
    list of boxes.

    `as_` is one of KINDS; "auto" tells by content. `images` is the folder with the pictures of a
    list. `frame` (one of FRAMES) and `unit` (one of UNITS) are those of a list's boxes; with "auto"
    the list itself tells, and where it does not, its boxes are named and not placed. What cannot be
    used is named in the report with its reason and the rest goes in; importing the same again adds
    nothing. `on_progress` gets (done, total, name), `stop` is asked between files, and what was
    taken before a stop stays.

    `new_labels` says what becomes of class folders that the project has no label for.

    Raises UsageError for a wrong request, StudioError when the source itself cannot be read or the
    project cannot be written.
    """
    project.require_edit()
    if as_ not in KINDS:
        raise UsageError(f"A source is imported as one of {', '.join(KINDS)}, not {as_!r}.")
    if images is not None and not images.is_dir():
        raise UsageError(f"{shown_name(images)} is not a folder, so it holds no pictures.")
    job = ImportJob(
        project,
        on_progress,
        stop,
        frame=_one_of(frame, FRAMES, "frame"),
        unit=_one_of(unit, UNITS, "unit"),
    )
    paths = [source] if isinstance(source, Path) else list(source)
    kinds = {path: _kind(path, as_) for path in paths}
    singles = [path for path, kind in kinds.items() if kind == "file"]
    if singles:
        import_files(job, singles)
    for path, kind in kinds.items():
        if kind != "file":
            _import(job, path, kind, as_, images, new_labels)
    if job.report.lists:
        place_waiting(job)
    job.report.stacks = stack_images(project, job.fresh_ids)
    return job.report


def _one_of(given: str, known: Sequence[Wish], what: str) -> Wish:
    for one in known:
        if one == given:
            return one
    raise UsageError(f"The {what} of boxes is one of {', '.join(known)}, not {given!r}.")


def _kind(path: Path, wish: str) -> Kind:
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:
        raise UsageError(f"{shown_name(path)} is not a path that can be read.") from error
    if not exists:
        raise UsageError(f"There is no file or folder {quoted(str(path), 200)}.")
    if is_folder:
        if wish in ("can", "modelderm"):
            raise UsageError(f"{shown_name(path)} is a folder and not a list of kind {wish}.")
        return "folder"
    if is_archive(path):
        with open_regular(path) as file:
            if is_workbook(path.name, file.read(_WORKBOOK_HEAD)):
                raise StudioError(workbook_sentence(shown_name(path)))
        return "zip"
    if wish == "folder":
        raise UsageError(f"{shown_name(path)} is not a folder.")
    return _sniffed(path) if wish == "auto" else _list_kind(wish)


def _list_kind(name: str) -> ListKind:
    return next(kind for kind in ("can", *BOX_READERS) if kind == name)


def _sniffed(path: Path) -> Kind:
    """A list by its content; anything else is taken for a picture, which will say what is wrong."""
    if not path.is_file():
        return "file"
    try:
        with open_regular(path) as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise StudioError(f"{shown_name(path)} cannot be read: {error.strerror}.") from error
    if sniff(head) is not None or path.stat().st_size > Limits().max_bytes:
        return "file"
    found = sniff_list(path)
    if found == "urls":
        raise StudioError(
            f"{shown_name(path)} is a list of URLs without boxes. Fetching pictures is not part of "
            "this version: import the folder that they were saved in."
        )
    if found == "datumaro":
        raise StudioError(not_read(path))
    return "file" if found is None else found


def _import(
    job: ImportJob, path: Path, kind: Kind, wish: str, images: Path | None, new_labels: NewLabels
) -> None:
    if kind == "zip":
        with unpacked(job, path) as folder:
            if not job.report.stopped:
                _import_folder(job, folder, wish, images, new_labels)
    elif kind == "folder":
        _import_folder(job, path, wish, images, new_labels)
    elif kind == "can":
        import_can(job, path, images)
    elif kind == "yolo":  # by its data.yaml
        _import_data_set(job, path.parent, kind, [path], images, new_labels)
    elif kind in BOX_READERS:
        read = read_boxes(job, path, kind, images)
        if read is not None:
            place_boxes(job, read, lambda file: None)


def _import_folder(
    job: ImportJob, folder: Path, wish: str, images: Path | None, new_labels: NewLabels
) -> None:
    """A folder of images, or a data set: as a whole, or by the lists that lie in it."""
    if wish == "auto":
        found = sniff_folder(folder)
    elif wish == "folder":
        found = None
    else:
        kind = _list_kind(wish)
        found = kind, [] if kind in FOLDER_KINDS else files_of(folder, kind)
        if kind not in FOLDER_KINDS and not found[1]:
            raise UsageError(f"{shown_name(folder)} holds no file of kind {wish}.")
    if found is None:
        import_folder(job, folder, new_labels)
        return
    kind, lists = found
    _import_data_set(job, folder, kind, lists or [folder], images, new_labels)


def _import_data_set(
    job: ImportJob,
    folder: Path,
    kind: ListKind,
    lists: Sequence[Path],
    images: Path | None,
    new_labels: NewLabels,
) -> None:
    """A folder that is one list as a whole, or the `lists` that lie in it, and its other images."""
    whole = kind in FOLDER_KINDS
    read = []
    for path in lists:
        one = read_boxes(job, path, kind, images, None if whole else _images_of(folder, path))
        if one is None:
            return
        read.append(one)
    import_data_set(job, images if whole and images is not None else folder, read, new_labels)


def _images_of(folder: Path, path: Path) -> Path:
    """Where the images of one of the lists in a data set lie: beside it or in the folder called
    after its part of the data set, if there are any, else anywhere."""
    part = path.stem.removeprefix("instances_")
    places = (path.parent, folder / "images" / part, folder / part, folder / "images", folder)
    return next((one for one in places if one.is_dir() and _has_images(one)), folder)


def _has_images(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(Path(entry.name).suffix.lower() in PICTURE_SUFFIXES for entry in entries)
