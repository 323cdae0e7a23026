"""Decoded pictures on disk, mapped instead of loaded: written whole or not at all.

A set is a folder of `pixels.npy` (`[N, C, R, R]`) and `index.json`. It is written as
a part (`studio.files`) and renamed when complete, so that a set of its name is never half a set;
one that was damaged since does not have the SHA-256 of its index and is made anew.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from studio import files
from studio.errors import StudioError
from studio.generate.data.target_format import Pixels
from studio.generate.data.training_images import RejectedFile
from studio.opening import FileRefused, is_regular, read_json

_PIXELS, _INDEX = "pixels.npy", "index.json"
_BLOCK = 1 << 24
_LARGEST_INDEX = 1 << 30


@dataclass(frozen=True)
class Index:
    """What is known of the rows of a set: file and class of each, and the rest of its source.

    `changes` counts the pictures that each change was made to. `groups` is () where pictures stand
    alone. A set keeps the groups that it was decoded with: a run that goes on parts its pictures as
    it began, though stacks of the project were joined since.
    """

    files: tuple[str, ...] = ()
    labels: tuple[str | None, ...] = ()
    left_out: tuple[RejectedFile, ...] = ()
    changes: dict[str, int] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    sha256: str = ""

    @classmethod
    def read(cls, path: Path) -> "Index":
        """The index at `path`; ValueError, KeyError, TypeError or FileRefused when it is none."""
        found = read_json(path, _LARGEST_INDEX, max_values=50_000_000)
        return cls(
            tuple(found["files"]),
            tuple(found["labels"]),
            tuple(RejectedFile(**one) for one in found["left_out"]),
            {str(change): int(count) for change, count in found["changes"].items()},
            tuple(map(str, found.get("groups", ()))),  # sets of before there were groups have none
            str(found["sha256"]),
        )


class RowWriter:
    """Appends rows `[C, R, R]` to an `.npy` file whose length is told at the end."""

    def __init__(self, file: IO[bytes], shape: tuple[int, int, int]) -> None:
        self._file = file
        self._shape = shape
        self._digest = hashlib.sha256()
        self.count = 0
        self._write_header()

    def append(self, row: Pixels) -> None:
        """Write one row, contiguous in memory."""
        self._file.write(row.data)
        self._digest.update(row.data)
        self.count += 1

    def finish(self) -> "hashlib._Hash":
        """Tell the file its length; the running digest of the pixels."""
        self._file.seek(0)
        self._write_header()
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._digest

    def _write_header(self) -> None:
        # NumPy pads the header so that its first axis can grow in place.
        header = {"descr": "|u1", "fortran_order": False, "shape": (self.count, *self._shape)}
        np.lib.format.write_array_header_1_0(self._file, header)


def set_digest(pixels: "hashlib._Hash", index: Index) -> str:
    """SHA-256 of pixels, files, classes and groups if any, from the running one of the pixels."""
    whole = pixels.copy()
    told = [index.files, index.labels, *([index.groups] if index.groups else [])]
    whole.update(json.dumps(told).encode())
    return whole.hexdigest()


def open_set(folder: Path) -> tuple[Pixels, Index] | None:
    """The set at `folder`, every byte of it checked; None when it is absent, cut or damaged."""
    try:
        index = Index.read(folder / _INDEX)
        if not is_regular(folder / _PIXELS):
            return None
        pixels = np.load(folder / _PIXELS, mmap_mode="r", allow_pickle=False)
    except (FileRefused, OSError, ValueError, KeyError, TypeError, AttributeError, EOFError):
        return None
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or len(pixels) != len(index.files):
        return None
    if len(index.labels) != len(index.files) or len(index.groups) not in (0, len(index.files)):
        return None
    if digest_of(pixels, index) != index.sha256:
        return None
    return pixels, index


def digest_of(pixels: Pixels, index: Index) -> str:
    """SHA-256 of pixels, files, classes and groups if any."""
    digest = hashlib.sha256()
    flat = pixels.reshape(-1)
    for begin in range(0, flat.size, _BLOCK):
        digest.update(flat[begin : begin + _BLOCK].data)
    return set_digest(digest, index)


@contextmanager
def new_set(folder: Path, shape: tuple[int, int, int], most: int) -> Iterator["SetWriter"]:
    """A writer for the set of up to `most` rows of `shape` that is to be at `folder`.

    Nothing is left when the block raises. StudioError when the disk has no room, or fails.
    """
    part = files.part_beside(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        files.sweep(folder.parent)  # what a process that was killed left of such sets
        _require_room(folder.parent, most * int(np.prod(shape)))
        part.mkdir()
        with (part / _PIXELS).open("wb") as file:
            yield SetWriter(folder, part, RowWriter(file, shape))
    except OSError as error:
        raise StudioError(
            f"Decoded pictures cannot be kept in {folder.parent}: {error.strerror or error}."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


@dataclass(frozen=True)
class SetWriter:
    """A set in the making."""

    folder: Path
    part: Path
    rows: RowWriter

    def finish(self, index: Index) -> Index:
        """Put the set in its place, with its digest; that of another process may be there first."""
        index = replace(index, sha256=set_digest(self.rows.finish(), index))
        with (self.part / _INDEX).open("w", encoding="ascii") as file:
            json.dump(asdict(index), file)
            file.flush()
            os.fsync(file.fileno())
        for _ in range(2):
            with suppress(OSError):  # not empty: a damaged set, or one as good as this
                self.part.rename(self.folder)
                return index
            if open_set(self.folder) is not None:
                return index
            shutil.rmtree(self.folder, ignore_errors=True)
        raise StudioError(f"{self.folder} is in the way of decoded pictures and cannot be removed.")


def _require_room(folder: Path, need: int) -> None:
    free = shutil.disk_usage(folder).free
    if need > free:
        raise StudioError(
            f"Decoded pictures need {need / 2**30:,.1f} GiB in {folder}, where {free / 2**30:,.1f} "
            "GiB are free: make room, or choose a smaller resolution."
        )


def json_key(parts: Sequence[Any]) -> str:
    """A short name for what a set depends on."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
