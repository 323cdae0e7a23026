"""A folder that holds a data set: its files of annotations, and the image that each belongs to."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from studio.datasets.formats.records import relative_file
from studio.errors import StudioError
from studio.folders import Walked, walk_folder

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
    | {".heic", ".heif", ".avif"}
)


# How data sets part themselves: the names of these folders are not those of classes.
PARTS = frozenset(
    {"train", "training", "val", "valid", "validation", "test", "testing", "dev", "all", "default"}
    | {"images", "image", "imgs", "img", "photos", "pictures", "data", "dataset", "obj_train_data"}
    | {"jpegimages", "labels", "annotations", "originals", "raw", "unlabeled", "unlabelled"}
)
_IMAGES = frozenset({"images", "jpegimages", "obj_train_data", "obj_valid_data", "obj_test_data"})


def class_folder(parts: Sequence[str]) -> str | None:
    """The folder of an image of a data set that could be called after a class; None for one that
    only parts the set, or lies in the folder of all of its images."""
    folders = [part.casefold() for part in parts[:-1]]
    if not folders or folders[-1] in PARTS or not _IMAGES.isdisjoint(folders):
        return None
    return parts[-2]


OnFile = Callable[[int, int, str], None]
"""Told (done, total, name) of each file as it is read; raises what should end the reading."""


def not_told(_done: int, _total: int, _name: str) -> None:
    """Nothing is said of the files."""


class DataFolder:
    """The files under the folder of a list, and its images: there, or in a folder of their own.

    `path` is the folder, or one file of annotations in it, which is then the only one.
    """

    def __init__(self, path: Path, images: Path | None = None, on_file: OnFile = not_told) -> None:
        self.path = path
        self._on_file = on_file
        self.root = path if path.is_dir() else path.parent
        self.files = _walk(self.root)
        elsewhere = images is not None and images != self.root
        self.elsewhere = elsewhere
        """Whether the images lie in a folder of their own."""
        self.pictures = [
            one
            for one in (_walk(images) if images is not None and elsewhere else self.files)
            if one.path.suffix.lower() in PICTURE_SUFFIXES
        ]

    def annotations(self, *suffixes: str) -> Iterator[Walked]:
        """The files of annotations with one of these suffixes, in the order of the walk."""
        if self.path != self.root:
            yield Walked(self.path, (self.path.name,))
            return
        found = [one for one in self.files if one.path.suffix.lower() in suffixes]
        for count, one in enumerate(found):
            self._on_file(count, len(found), one.parts[-1])
            yield one

    def picture_of(self, annotations: Walked, written: str | None = None) -> str | None:
        """The path of the image that a file of annotations belongs to, as a list would name it.

        The one that the file names, from where it lies; else of those of that name the one whose
        folders agree with those that are named, or with where the file lies; else the one of the
        same stem that lies nearest. None where several are equally near, or none is there and none
        named.
        """
        folder = annotations.parts[:-1]
        name = None if written is None else relative_file(written)
        if written is not None and name is not None:
            *told, last = name.split("/")
            beside = relative_file("/".join([*folder, written.replace("\\", "/")]))
            # A name alone is not a path from the top: where its file lies says more.
            for wanted in (beside, name if told else None):
                if wanted is not None and fold(wanted) in self._by_path:
                    return self._by_path[fold(wanted)]
            named = self._by_name.get(fold(last), [])
            if named:
                nearest = _nearest(named, told) if told else None
                return nearest or _nearest(named, folder) or name
        found = self._by_stem.get(fold(Path(annotations.parts[-1]).stem), [])
        return _nearest(found, folder) or name

    @cached_property
    def _by_path(self) -> dict[str, str]:
        return {fold("/".join(one.parts)): "/".join(one.parts) for one in self.pictures}

    @cached_property
    def _by_name(self) -> dict[str, list[Walked]]:
        return _indexed(self.pictures, stems=False)

    @cached_property
    def _by_stem(self) -> dict[str, list[Walked]]:
        return _indexed(self.pictures, stems=True)


def fold(text: str) -> str:
    """What two spellings of a file name have in common: case and Unicode form left away."""
    return unicodedata.normalize("NFC", text).casefold()


def _walk(folder: Path) -> list[Walked]:
    try:
        return walk_folder(folder).files
    except OSError as error:
        raise StudioError(f"The folder {folder} cannot be listed: {error.strerror}.") from error


def _indexed(pictures: Sequence[Walked], stems: bool) -> dict[str, list[Walked]]:
    index: dict[str, list[Walked]] = defaultdict(list)
    for one in pictures:
        index[fold(Path(one.parts[-1]).stem if stems else one.parts[-1])].append(one)
    return index


# Folders that stand for one another: images lie in the one and their annotations in the other.
_TWINS = frozenset({"images", "labels", "annotations", "jpegimages", "data", "masks"})


def _nearest(found: Sequence[Walked], folder: Sequence[str]) -> str | None:
    """The one whose folders agree most with `folder`; None where there is not just one."""
    if not found:
        return None
    wanted = [fold(part) for part in folder if fold(part) not in _TWINS]
    scores = []
    for one in found:
        theirs = [fold(part) for part in one.parts[:-1] if fold(part) not in _TWINS]
        agreed = sum(a == b for a, b in zip(reversed(wanted), reversed(theirs), strict=False))
        scores.append((theirs == wanted, agreed))
    best = max(scores)
    nearest = [one for one, score in zip(found, scores, strict=True) if score == best]
    return "/".join(nearest[0].parts) if len(nearest) == 1 else None
