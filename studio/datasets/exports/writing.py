"""What every export format shares: options, the record of what was written, the picture loop."""

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.datasets.selection import Picture, Query
from studio.errors import StudioError
from studio.imaging import Square, decode, displayed_size, fit_square, shown_name, to_exif
from studio.opening import FileRefused, sha256_file
from studio.pool import OrderedPool
from studio.project import KEPT, Box, ImageRow, Label, Project

Pixels = npt.NDArray[np.uint8]
CropFormat = Literal["png", "jpeg"]

SYNTHETIC_MARK = "synthetic sample (CAN Studio)"
JPEG_QUALITY = 95
PNG_LEVEL = 3  # half the time of zlib's usual 6 for a seventh more bytes
# Decoding releases the interpreter, so threads help; of huge pictures, one at a time is in memory.
_WORKERS = min(4, os.cpu_count() or 1)
_HUGE = 40_000_000  # pixels
_one_huge = Lock()
_IMAGE_DESCRIPTION = 0x010E


class ExportStoppedError(StudioError):
    """The user asked to stop; no files were left."""


@dataclass(frozen=True, slots=True)
class Options:
    """`size` in pixels of a crop's side (None keeps the original pixels).

    Crops are PNG unless asked otherwise: lossless, so that what is trained on is what was seen, and
    a crop of a JPEG does not lose twice. JPEG is quality 95 without chroma subsampling.
    `val_fraction` and `seed` make YOLO's split, by group.
    """

    size: int | None = None
    crop_format: CropFormat = "png"
    val_fraction: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of an export, by its path inside it, and what it was made from."""

    path: str
    sha256: str
    image: str | None = None  # sha256 of the original
    box: int | None = None
    label: str | None = None

    @classmethod
    def of(
        cls,
        folder: Path,
        path: Path,
        image: str | None = None,
        box: int | None = None,
        label: str | None = None,
    ) -> "WrittenFile":
        """The record of `path`, a finished file of the export in `folder`."""
        return cls(path.relative_to(folder).as_posix(), sha256_file(path), image, box, label)


@dataclass(frozen=True, slots=True)
class SkippedImage:
    """A box or an image that is not in the export, and why."""

    image: str  # file name, as it came
    box: int | None
    sentence: str


@dataclass(slots=True)
class ExportLeftOut:
    """What the query did not select, so that a part is not taken for the whole.

    `boxes` by state, of the labels asked for; `waiting_rows` and `needs_box_rows` of CAN lists:
    rows whose picture is not here yet, and rows that still need a box; `proposals` are boxes
    outside every list that were not accepted; a CAN list has them only where their state is named.
    """

    boxes: dict[str, int] = field(default_factory=dict)
    waiting_rows: int = 0
    needs_box_rows: int = 0
    proposals: int = 0


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did; `files` counts what it wrote beside the manifest."""

    folder: Path
    files: int
    boxes: int
    unlabelled: int  # undecided boxes left out for having no label
    left_out: ExportLeftOut
    skipped: tuple[SkippedImage, ...]
    manifest: dict[str, Any]


@dataclass
class Export:
    """An export being written into `folder`, a temporary one until all of it is there."""

    project: Project
    folder: Path
    query: Query
    pictures: list[Picture]
    labels: Sequence[Label]
    options: Options
    on_progress: Callable[[int, int], None]
    stop: Callable[[], bool]
    written: list[WrittenFile] = field(default_factory=list)
    skipped: list[SkippedImage] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)  # what a format adds to the manifest
    boxes: int = 0
    unlabelled: int = 0
    left_out: ExportLeftOut = field(default_factory=ExportLeftOut)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Labels in the order of their number keys: the class index of every format."""
        return tuple(label.name for label in self.labels)

    def label_of(self, box: Box) -> str | None:
        """The name of a box's label."""
        return self._names.get(box.label_id) if box.label_id is not None else None

    @cached_property
    def _names(self) -> dict[int, str]:
        return {label.id: label.name for label in self.labels}

    def drop_unlabelled(self) -> None:
        """Leave out boxes without a label: the format has no place for them.

        What has no label because it is undecided is only counted; a box that was found good is
        named.
        """
        kept: list[Picture] = []
        for picture in self.pictures:
            labelled = tuple(box for box in picture.boxes if box.label_id is not None)
            for box in picture.boxes:
                if box.label_id is None and box.state in KEPT:
                    self.skip(picture.image, box, "has no label, which this format needs")
                elif box.label_id is None:
                    self.unlabelled += 1
            if labelled:
                kept.append(Picture(picture.image, picture.path, labelled))
        self.pictures = kept

    def skip(self, image: ImageRow, box: Box | None, why: str) -> None:
        name = shown_name(image.file)
        what = name if box is None else f"Box {box.id} of {name}"
        number = None if box is None else box.id
        self.skipped.append(SkippedImage(image.file, number, f"{what} {why}."))

    def record(self, path: Path) -> None:
        """Put a file that belongs to the whole export on record."""
        self.written.append(WrittenFile.of(self.folder, path))

    def check_stop(self) -> None:
        if self.stop():
            raise ExportStoppedError("The export was stopped; nothing was written.")

    def each_picture(self, work: Callable[[Picture], Sequence[WrittenFile]]) -> list[Picture]:
        """Run `work` over the pictures on a few threads; returns those that succeeded, in order.

        A picture whose original is missing, broken or changed is reported and the rest goes on.
        """
        done: list[Picture] = []
        with OrderedPool(_WORKERS, "export") as pool:
            results = pool.try_map(partial(_one_by_one_if_huge, work), self.pictures, StudioError)
            for count, (picture, result) in enumerate(results, start=1):
                self.check_stop()
                if isinstance(result, StudioError):
                    self.skipped.append(SkippedImage(picture.image.file, None, str(result)))
                else:
                    self.written.extend(result)
                    self.boxes += len(picture.boxes)
                    done.append(picture)
                self.on_progress(count, len(self.pictures))
        return done


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: its title for people, what writes it, and its place among the others.

    `takes_size` where it writes crops, whose size can be chosen; `takes_rows` where rows of lists
    that have no box yet are written too.
    """

    title: str
    write: Callable[[Export], None]
    order: int
    takes_size: bool = False
    takes_rows: bool = False


def check_original(picture: Picture) -> None:
    """Raise StudioError unless the original is there with the bytes that were imported."""
    name = shown_name(picture.image.file)
    try:
        found = sha256_file(picture.path)
    except FileRefused as error:
        raise StudioError(f"The original of {name} cannot be read: {error}") from error
    if found != picture.image.sha256:
        raise StudioError(
            f"{name} is left out: its original {picture.path.name} has changed since its import."
        )


def copy_upright(picture: Picture, folder: Path, name: str) -> str:
    """Copy a picture so that every reader sees the same pixels; returns its file name.

    Libraries disagree on whether EXIF turns a picture. The original's bytes are copied where it
    does not; a turned one is written upright, lossless and without EXIF. Never a hard link: a tool
    that changes its copy must not reach the original.
    """
    check_original(picture)
    if picture.image.orientation == 1:
        target = folder / f"{name}{picture.image.suffix}"
        shutil.copyfile(picture.path, target)
    else:
        target = folder / f"{name}.png"
        save_pixels(decode(picture.path, frame="exif"), target, picture.image.synthetic)
    return target.name


def upright_square(image: ImageRow, square: Square) -> Square:
    """A raw-frame square in the frame of the picture that `copy_upright` writes, inside it."""
    fitted = fit_square(square, image.width, image.height)
    return to_exif(fitted, image.width, image.height, image.orientation)


def upright_size(image: ImageRow) -> tuple[int, int]:
    """(width, height) of the picture that `copy_upright` writes."""
    return displayed_size(image.width, image.height, image.orientation)


def save_pixels(pixels: Pixels, path: Path, synthetic: bool) -> None:
    """Write [H, W, 3] as PNG or JPEG by the suffix, without any metadata of the original.

    Synthetic pictures carry their mark, so that they are not taken for photographs.
    """
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    if synthetic:
        exif[_IMAGE_DESCRIPTION] = SYNTHETIC_MARK
    if path.suffix == ".png":
        picture.save(path, exif=exif, compress_level=PNG_LEVEL)
    else:
        picture.save(path, quality=JPEG_QUALITY, subsampling=0, exif=exif)


def short_names(images: Sequence[ImageRow]) -> dict[int, str]:
    """Image id to the first 12 digits of its sha256; all 64 where two images share them."""
    counts: dict[str, int] = {}
    for image in images:
        counts[image.sha256[:12]] = counts.get(image.sha256[:12], 0) + 1
    return {
        image.id: image.sha256[:12] if counts[image.sha256[:12]] == 1 else image.sha256
        for image in images
    }


def _one_by_one_if_huge(
    work: Callable[[Picture], Sequence[WrittenFile]], picture: Picture
) -> Sequence[WrittenFile]:
    huge = picture.image.width * picture.image.height > _HUGE
    with _one_huge if huge else nullcontext():
        return work(picture)
