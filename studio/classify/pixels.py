"""Decode once: a store of square uint8 pictures that every epoch and every run reads again.

One file of rows for each side length, ``pixels-224.u8`` with rows ``[224, 224, 3]``, and an index
(SQLite) from a key to its row. The key names what the pixels depend on: sha256 of the file, the
square in it, the side. Several jobs may fill one store at the same time: a block of rows is
written and indexed under one SQLite write lock, and is on the disk before its index entries are.

A square is THE crop of ``studio.imaging``. A whole picture is resized to the square as it is, as
the seed's training does: crops are square, so nothing happens to them, and of a picture that is
not square nothing is cut off.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.classify.config import Item
from studio.errors import StudioError
from studio.imaging import Square, crop_for_export, decode, resize
from studio.opening import sha256_file

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

_BLOCK = 128
# Beyond this ratio of sides a squeezed picture is worth a word to the user.
_SQUARE_TOLERANCE = 1.1


@dataclass(frozen=True)
class Unreadable:
    """A picture that was left out, and why, in a sentence."""

    file: str
    label: str
    reason: str


@dataclass
class Filled:
    """Outcome of a fill: the items that are there, their rows in the store, and the others."""

    items: list[Item] = field(default_factory=list)
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    digests: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    stretched: int = 0
    stopped: bool = False


@dataclass(frozen=True)
class _Decoded:
    item: Item
    digest: str
    key: str
    pixels: Pixels | None
    stretched: bool = False
    error: str = ""


class PixelStore:
    """Square pictures of one side length, on disk, filled on demand."""

    def __init__(self, folder: Path, size: int, threads: int = 2) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.size = size
        self.threads = threads
        self.path = folder / f"pixels-{size}.u8"
        self.path.touch()
        self._index_path = folder / f"pixels-{size}.db"
        with self._index() as index:
            index.execute(
                "CREATE TABLE IF NOT EXISTS pixels (key TEXT PRIMARY KEY, row INTEGER NOT NULL)"
            )
            index.commit()
            self._forget_lost_rows(index)

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        """The index, open for one piece of work: between two, a store holds nothing open."""
        with closing(sqlite3.connect(self._index_path, timeout=60)) as index:
            yield index

    def array(self) -> Pixels:
        """All rows so far, ``[rows, size, size, 3]``, read from disk as they are touched."""
        count = self.path.stat().st_size // self._row_bytes
        if count == 0:
            return np.empty((0, self.size, self.size, 3), np.uint8)
        shape = (count, self.size, self.size, 3)
        return np.memmap(self.path, np.uint8, mode="r", shape=shape)

    def fill(
        self,
        items: Sequence[Item],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> Filled:
        """Make every readable item present; unreadable ones are named and left out."""
        filled = Filled()
        rows: list[int] = []
        with self._index() as index:
            for start in range(0, len(items), _BLOCK):
                if stop_requested():
                    filled.stopped = True
                    break
                block = self._decode_block(index, items[start : start + _BLOCK])
                good = [one for one in block if not one.error]
                rows.extend(self._write(index, good))
                filled.items.extend(one.item for one in good)
                filled.digests.extend(one.digest for one in good)
                filled.stretched += sum(one.stretched for one in good)
                filled.unreadable.extend(
                    Unreadable(one.item.file, one.item.label, one.error)
                    for one in block
                    if one.error
                )
                on_progress(min(start + _BLOCK, len(items)), len(items))
        filled.rows = np.array(rows, np.int64)
        return filled

    def _forget_lost_rows(self, index: sqlite3.Connection) -> None:
        """Start again when somebody has cleared the rows and left their index behind."""
        (last,) = index.execute("SELECT max(row) FROM pixels").fetchone()
        if last is not None and self.path.stat().st_size < (last + 1) * self._row_bytes:
            with index:
                index.execute("DELETE FROM pixels")

    @property
    def _row_bytes(self) -> int:
        return self.size * self.size * 3

    def _decode_block(self, index: sqlite3.Connection, items: Sequence[Item]) -> list[_Decoded]:
        with ThreadPoolExecutor(self.threads) as pool:
            keyed = list(pool.map(self._key, items))
            known = _known(index, [one.key for one in keyed])
            missing = [one for one in keyed if not one.error and one.key not in known]
            decoded = {one.key: one for one in pool.map(self._decode, missing)}
        return [decoded.get(one.key, one) for one in keyed]

    def _key(self, item: Item) -> _Decoded:
        try:
            digest = sha256_file(Path(item.file))
        except (OSError, StudioError) as error:
            return _Decoded(item, "", "", None, error=_sentence(item, error))
        square = "" if item.square is None else ",".join(repr(float(v)) for v in item.square)
        return _Decoded(item, digest, f"{digest}/{square}", None)

    def _decode(self, one: _Decoded) -> _Decoded:
        path = Path(one.item.file)
        try:
            if one.item.square is not None:
                pixels = crop_for_export(path, Square(*one.item.square), None)
            else:
                pixels = decode(path, frame="exif")
            short, long = sorted(pixels.shape[:2])
            stretched = long > short * _SQUARE_TOLERANCE
            small = resize(pixels, self.size)
        except (OSError, ValueError, StudioError) as error:
            return _Decoded(one.item, one.digest, one.key, None, error=_sentence(one.item, error))
        return _Decoded(one.item, one.digest, one.key, small, stretched)

    def _write(self, index: sqlite3.Connection, block: Sequence[_Decoded]) -> list[int]:
        """Rows of the block's items, after appending those that no job has written yet."""
        fresh = {one.key: one.pixels for one in block if one.pixels is not None}
        if fresh:
            # The write lock is taken before the last row is read: two jobs never share a row.
            index.execute("BEGIN IMMEDIATE")
            with index:
                taken = _known(index, list(fresh))
                self._append(index, {k: v for k, v in fresh.items() if k not in taken})
        known = _known(index, [one.key for one in block])
        return [known[one.key] for one in block]

    def _append(self, index: sqlite3.Connection, pixels: dict[str, Pixels]) -> None:
        (last,) = index.execute("SELECT max(row) FROM pixels").fetchone()
        row = 0 if last is None else last + 1
        with self.path.open("r+b") as stream:
            stream.seek(row * self._row_bytes)
            for number, (key, picture) in enumerate(pixels.items()):
                stream.write(picture.tobytes())
                index.execute("INSERT INTO pixels VALUES (?, ?)", (key, row + number))
            stream.flush()
            os.fsync(stream.fileno())


def _known(index: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _chunks(sorted(set(keys)), 500):
        marks = ",".join("?" * len(part))
        query = f"SELECT key, row FROM pixels WHERE key IN ({marks})"
        found.update(index.execute(query, part).fetchall())
    return found


def _sentence(item: Item, error: Exception) -> str:
    if isinstance(error, StudioError):
        return str(error)
    return f"{Path(item.file).name} cannot be read: {error}"


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
