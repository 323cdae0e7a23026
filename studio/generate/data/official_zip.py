"""Write the official data set: an uncompressed zip of square PNGs, and `dataset.json`."""

import json
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from studio import files
from studio.errors import StudioError, UsageError
from studio.generate.data.decoding import Decoding, OnProgress, Stop, change_notes
from studio.generate.data.groups import KEY as GROUPS
from studio.generate.data.groups import numbered
from studio.generate.data.labels import FILE
from studio.generate.data.listing import ImageListing
from studio.generate.data.store import Index
from studio.generate.data.target_format import Pixels, TargetFormat
from studio.generate.data.training_images import RejectedFile

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same pictures make the same bytes, whenever they are written
_AHEAD = 2
_FAST = 1  # PNG compression: higher levels cost much time and save little on photographs


@dataclass(frozen=True)
class ZipReport:
    """What was written: how many pictures of each class, and what was left out."""

    path: Path
    pictures: int
    counts: dict[str, int]
    left_out: tuple[RejectedFile, ...]
    notes: tuple[str, ...]
    bytes: int


def member_name(place: int) -> str:
    """`00000/img00000000.png` and so on: a thousand to a folder."""
    return f"{place // 1000:05d}/img{place:08d}.png"


def write_zip(
    listing: ImageListing,
    dest: Path,
    form: TargetFormat,
    *,
    max_images: int | None = None,
    on_progress: OnProgress = lambda done, total: None,
    stop: Stop = lambda: False,
    workers: int | None = None,
) -> ZipReport:
    """Write the pictures of `listing` in `form` to `dest`, which appears when it is complete.

    `max_images` takes that many, evenly over the listing, so that classes keep their shares. Names
    of classes and groups, which the official format lacks, are in `names` and `groups` of
    `dataset.json`, where the official reader passes over them.

    Raises UsageError when `dest` is there already or `max_images` is under 1, StudioError when no
    picture can be used or `dest` cannot be written, ReadingStoppedError when `stop` says so.
    """
    listing = _thinned(listing, max_images)
    with _new_zip(dest) as archive:
        with _Writer(archive) as writer:
            index = Decoding(listing, form, on_progress, stop, workers).run(writer.append)
        names = _names(listing, index.labels)
        archive.writestr(_member(FILE), _document(names, index))
    left_out = (*listing.left_out, *index.left_out)
    counts = {name: index.labels.count(name) for name in names}
    size = dest.stat().st_size
    notes = (*listing.notes, *change_notes(listing, index, form.resolution))
    return ZipReport(dest, len(index.files), counts, left_out, notes, size)


def _thinned(listing: ImageListing, most: int | None) -> ImageListing:
    if most is None or len(listing.entries) <= most:
        return listing
    if most < 1:
        raise UsageError("A data set has at least 1 picture: give --max-images a larger number.")
    places = np.arange(most) * len(listing.entries) // most
    return replace(listing, entries=[listing.entries[place] for place in places])


class _Writer:
    """Appends pictures to a zip; they are coded in threads, a few ahead."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._threads = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="png")
        self._waiting: deque[Future[bytes]] = deque()
        self._count = 0

    def append(self, picture: Pixels) -> None:
        """`[C, R, R]` as the next PNG."""
        self._waiting.append(self._pool.submit(_png, picture))
        if len(self._waiting) > _AHEAD * self._threads:
            self._write()

    def _write(self) -> None:
        member = _member(member_name(self._count))
        self._archive.writestr(member, self._waiting.popleft().result())
        self._count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._pool:
            while self._waiting and error is None:
                self._write()


def _png(picture: Pixels) -> bytes:
    pixels = picture[0] if len(picture) == 1 else np.ascontiguousarray(picture.transpose(1, 2, 0))
    coded = BytesIO()
    Image.fromarray(pixels).save(coded, "PNG", compress_level=_FAST)
    return coded.getvalue()


def _member(name: str) -> ZipInfo:
    member = ZipInfo(name, _EPOCH)
    member.compress_type = ZIP_STORED
    member.external_attr = 0o644 << 16
    return member


def _names(listing: ImageListing, labels: tuple[str | None, ...]) -> tuple[str, ...]:
    """The classes that have pictures, in their order."""
    present = set(labels)
    return tuple(name for name in listing.classes or () if name in present)


def _document(names: tuple[str, ...], index: Index) -> bytes:
    document: dict[str, Any] = {"labels": None}
    if names:
        places = {name: place for place, name in enumerate(names)}
        document = {"labels": _pairs([places[str(label)] for label in index.labels])}
        document["names"] = names
    if index.groups:
        document[GROUPS] = _pairs(numbered(index.groups))
    return json.dumps(document).encode()


def _pairs(numbers: list[int]) -> list[list[str | int]]:
    return [[member_name(place), number] for place, number in enumerate(numbers)]


@contextmanager
def _new_zip(dest: Path) -> Iterator[ZipFile]:
    """A zip that takes its name at the end of the block; nothing is left when the block raises."""
    require_free(dest)
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        files.sweep(dest.parent)  # what a process that was killed left here
        with files.building(dest) as part:
            with part.open("xb") as file, ZipFile(file, "w", ZIP_STORED) as archive:
                yield archive
            require_free(dest)
    except OSError as error:
        raise StudioError(f"{dest} cannot be written: {error.strerror or error}.") from error


def require_free(dest: Path) -> None:
    """UsageError when there is something at `dest`: nothing is overwritten."""
    if dest.exists() or dest.is_symlink():
        raise UsageError(f"{dest} is there already: give another name.")
