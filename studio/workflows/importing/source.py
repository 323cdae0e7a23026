"""One door for everything that can be imported."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from studio.datasets.formats import sniff_list
from studio.datasets.formats.geometry import FRAMES, UNITS
from studio.errors import StudioError, UsageError
from studio.imaging import Limits, shown_name, sniff
from studio.opening import open_regular
from studio.project import Project, quoted
from studio.workflows.importing.box_list import import_boxes
from studio.workflows.importing.can_list import import_can
from studio.workflows.importing.folder import HEAD_BYTES, import_files, import_folder
from studio.workflows.importing.folder_labels import LEAVE, NewLabels
from studio.workflows.importing.job import ImportJob, OnProgress, never, no_progress
from studio.workflows.importing.report import ImportReport
from studio.workflows.stacks import stack_images

Wish = TypeVar("Wish", bound=str)
Kind = Literal["folder", "file", "can", "coco", "modelderm"]
KINDS = ("auto", "folder", "can", "coco", "modelderm")


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
    """Import a folder, pictures (several as a sequence), or a list of boxes.

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
    files = [path for path in paths if kinds[path] == "file"]
    if files:
        import_files(job, files)
    for path, kind in kinds.items():
        if kind != "file":
            _import(job, path, kind, images, new_labels)
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
        if wish not in ("auto", "folder"):
            raise UsageError(f"{shown_name(path)} is a folder and not a list of kind {wish}.")
        return "folder"
    if wish == "folder":
        raise UsageError(f"{shown_name(path)} is not a folder.")
    if wish in ("can", "coco", "modelderm"):
        return _list_kind(wish)
    return _sniffed(path)


def _list_kind(name: str | None) -> Kind:
    if name == "can":
        return "can"
    return "coco" if name == "coco" else "modelderm"


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
    return "file" if found is None else _list_kind(found)


def _import(
    job: ImportJob, path: Path, kind: Kind, images: Path | None, new_labels: NewLabels
) -> None:
    if kind == "folder":
        import_folder(job, path, new_labels)
    elif kind == "can":
        import_can(job, path, images)
    elif kind == "coco":
        import_boxes(job, path, "coco", images)
    elif kind == "modelderm":
        import_boxes(job, path, "modelderm", images)
