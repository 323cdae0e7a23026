"""The question before an import: which class folders no label of the project is called after.

It is asked before anything is read in, so what lists name is told roughly, by the names of images
in their text and by files of annotations that are called after an image.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from studio.datasets.formats import FOLDER_KINDS, sniff_folder
from studio.datasets.formats.data_folder import fold
from studio.datasets.formats.masks import find_pairs
from studio.dialects import decode_text
from studio.errors import StudioError
from studio.folders import Walked, walk_folder
from studio.opening import MB, read_bytes
from studio.project import Project, can_be_label
from studio.workflows.importing.archive import members
from studio.workflows.importing.folder import PICTURES, photographs_of
from studio.workflows.importing.folder_labels import FolderLabels
from studio.workflows.importing.job import ImportJob, never

_MOST_BYTES = 64 * MB  # of a list; the readers of most take no larger one
_LISTS = frozenset({".json", ".xml", ".csv"})
_BESIDE = frozenset({".json", ".xml", ".txt"})
# Found from their ends: a pattern that begins with the name tries every place of a long line.
_SUFFIX = re.compile(r"\.(?:jpe?g|jpe|jfif|png|webp|bmp|gif|tiff?|heic|heif|avif)\b", re.IGNORECASE)
_NO_NAME = re.compile(r"""["'/\\<>|?*=\r\n\t,;]""")
_LONGEST_NAME = 255
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")

Files = Mapping[Walked, Callable[[int], bytes]]
"""The files of a folder or zip, each with what reads it if it has at most so many bytes."""


def unknown_class_folders(
    project: Project, source: Path, stop: Callable[[], bool] = never
) -> dict[str, int]:
    """Class folders that no label of the project is called after: their images by folder name.

    Of a data set, the images count that its annotations do not name. Of folders of images, and of
    masks that are fewer than half of their data set, a project without any label takes the names
    itself: then only those count that cannot be labels. `stop` is asked between files; what is told
    after a stop is not the whole.
    """
    source = source.absolute()
    job = ImportJob(project)
    try:
        with _files(source) as files:
            annotated, masks = _annotated(source, files, stop)
            apart = masks | (annotated or set())
            pictures = [one for one in files if one.path.suffix.lower() in PICTURES]
            of_all = pictures if annotated is None else photographs_of(pictures)
            rest = [one for one in of_all if one not in apart]
    except (OSError, StudioError):
        return {}  # the import says so
    known = None if annotated is None else list(annotated)
    labels = FolderLabels(job, source, [], annotated=known)
    for one in rest:
        labels.of(one.parts)
    unknown = sorted(job.report.unknown_folders.items())
    # Other lists name labels of their own, which are not read yet.
    without_labels = annotated is None or bool(masks)
    first = not project.labels() and without_labels and len(rest) > len(annotated or ())
    return {name: count for name, count in unknown if not (first and can_be_label(name))}


@contextmanager
def _files(source: Path) -> Iterator[Files]:
    if not source.is_dir():
        with members(source) as found:
            yield found
        return

    def reading(path: Path) -> Callable[[int], bytes]:
        return lambda most: read_bytes(path, most) if path.stat().st_size <= most else b""

    yield {one: reading(one.path) for one in walk_folder(source).files}


def _annotated(
    source: Path, files: Files, stop: Callable[[], bool]
) -> tuple[set[Walked] | None, set[Walked]]:
    """The images of a data set that its annotations name (None for a folder of images), and its
    masks."""
    pictures = [one for one in files if one.path.suffix.lower() in PICTURES]
    kind = sniff_folder(source) if source.is_dir() else None
    pairs, lonely = find_pairs(pictures)
    # Of a zip, names must do: its pictures are looked at when it has been unpacked.
    masks_zip = kind is None and not source.is_dir() and len(pairs) > len(lonely)
    if masks_zip or (kind is not None and kind[0] == "masks"):
        named = {pair.picture for pair in pairs}
        masks = {*lonely, *(pair.mask for pair in pairs)}
        return {one for one in pictures if "/".join(one.parts) in named}, masks
    stems = {fold(one.path.stem) for one in pictures}
    by_image = kind is None or kind[0] in FOLDER_KINDS  # of a list, its own name says nothing
    beside = {
        stem
        for one in files
        if by_image
        and one.path.suffix.lower() in _BESIDE
        and (stem := fold(one.path.stem)) in stems
    }
    if kind is None and (source.is_dir() or not (beside or _may_be_list(files))):
        return None, set()
    names: set[str] = set()
    for one, read in files.items():
        if stop():
            break
        if one.path.suffix.lower() in _LISTS and fold(one.path.stem) not in beside:
            names |= _image_names(decode_text(read(_MOST_BYTES)))
    told = {
        one for one in pictures if fold(one.path.stem) in beside or fold(one.parts[-1]) in names
    }
    return told, set()


def _may_be_list(files: Files) -> bool:
    """Whether a file of a zip could be a list of boxes."""
    return any(one.path.suffix.lower() in (".json", ".xml", ".yaml", ".yml") for one in files)


def _image_names(text: str) -> set[str]:
    """The names of images in the text of a list, with JSON's escapes undone."""
    text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    found = set()
    for suffix in _SUFFIX.finditer(text):
        before = text[max(0, suffix.start() - _LONGEST_NAME) : suffix.start()]
        found.add(fold((_NO_NAME.split(before)[-1] + suffix[0]).strip()))
    return found
