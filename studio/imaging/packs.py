"""Rows of pixels on the disk, in files that never change: the part of a cache that holds arrays.

A *pack* holds up to some hundred rows of one kind and shape, uint8, one after another, so that it
can be mapped into memory, and after them what they are: for each row its key, its CRC-32 and a
number that whoever made it may use. It is written under a temporary name and takes its place whole,
and it is never written to again. Several processes may therefore fill one folder at the same time:
at worst a row is made twice. A row whose sum is wrong is not given out: its pack is removed and the
row is made again. A pack that cannot be read for another reason (a full table of files, a disk that
is away) is left where it is and done without. A pack that is in use stays readable when it is
removed (on Windows it cannot be removed then).
"""

import contextlib
import json
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from studio import files
from studio.opening import FileRefused, open_regular

Rows = npt.NDArray[np.uint8]
SUFFIX = ".pack"
_END = struct.Struct("<QI8s")  # bytes of the table, its CRC-32, the mark
_MARK = b"CANPACK1"
_PACK_BYTES = 256 * 1024 * 1024
_MOST_ROWS = 1024
_MANY_SMALL = 16  # packs less than half full, from which they are joined


@dataclass(frozen=True)
class _Pack:
    """A pack as its table describes it; `keys`, `sums` and `notes` have one entry a row."""

    path: Path
    keys: tuple[str, ...]
    sums: tuple[int, ...]
    notes: tuple[int, ...]


class PackedRows:
    """Rows uint8 ``[N, *shape]`` that lie in packs, read from the disk as they are taken."""

    def __init__(
        self, packs: Sequence[Rows], places: npt.NDArray[np.int64], shape: tuple[int, ...]
    ) -> None:
        self.shape = shape
        self._packs, self._places = packs, places

    def __len__(self) -> int:
        return len(self._places)

    def take(self, chosen: npt.NDArray[np.int64]) -> Rows:
        """A copy ``[B, *shape]`` of the rows at positions ``chosen`` ``[B]``."""
        found = np.empty((len(chosen), *self.shape), np.uint8)
        for number, (pack, row) in enumerate(self._places[chosen].tolist()):
            found[number] = self._packs[pack][row]
        return found


class RowStore:
    """The rows of one kind and shape in a folder, by key. For threads of one process."""

    def __init__(self, folder: Path, kind: str, shape: tuple[int, ...]) -> None:
        self.folder, self.kind, self.shape = folder, kind, shape
        self.row_bytes = int(np.prod(shape))
        self.pack_rows = max(16, min(_MOST_ROWS, _PACK_BYTES // self.row_bytes))
        self.used: set[Path] = set()
        self._lock = threading.RLock()
        self._packs: dict[Path, _Pack] = {}
        self._maps: dict[Path, Rows] = {}
        self._index: dict[str, tuple[Path, int]] = {}
        self._whole: set[str] = set()
        self._file: BinaryIO | None = None
        self._path = folder
        self._stack = contextlib.ExitStack()
        self._pending: dict[str, tuple[int, int]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take in what other processes have written since."""
        with self._lock:
            for path in sorted(self.folder.glob(f"{self.kind}-*{SUFFIX}")):
                if path not in self._packs:
                    self._take_in(path)

    def find(self, keys: Iterable[str]) -> dict[str, int]:
        """Those of `keys` whose rows are there and whole, with their notes."""
        with self._lock:
            wanted = {key for key in keys if key in self._index}
            unsure: dict[Path, list[str]] = {}
            for key in wanted:
                path = self._index[key][0]
                # One that is not open yet may have been removed by another process.
                if key not in self._whole or path not in self._maps:
                    unsure.setdefault(path, []).append(key)
            for path, own in unsure.items():
                try:
                    if self._all_whole(path, own):
                        self._whole.update(own)
                    else:
                        self._forget(path)
                except (OSError, FileRefused):  # not to be had now, or removed meanwhile
                    self._drop(path)
            found = wanted & self._whole
            return {key: self._note(key) for key in found}

    def rows(self, keys: Sequence[str]) -> PackedRows:
        """The rows of `keys`, in their order, all of which `find` has found."""
        with self._lock:
            packs = list(dict.fromkeys(self._index[key][0] for key in keys))
            numbers = {path: number for number, path in enumerate(packs)}
            places = [(numbers[self._index[key][0]], self._index[key][1]) for key in keys]
            maps = [self._map(path) for path in packs]
        return PackedRows(maps, np.array(places, np.int64).reshape(len(places), 2), self.shape)

    def get(self, key: str) -> Rows | None:
        """A copy of one row; None where it is not there."""
        if not self.find([key]):
            return None
        found: Rows = self.rows([key]).take(np.zeros(1, np.int64))[0]
        return found

    @contextlib.contextmanager
    def adding(self) -> Iterator[None]:
        """A block in which `add` may be called. At its end, also by an exception, the rows that
        were added are in place. Raises OSError where they cannot be written."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                self._close_pack()
            raise
        self._close_pack()
        self._join_small()

    def add(self, key: str, row: Rows, note: int = 0) -> None:
        """Write a row under a key that is not there yet; one that was just added stays as it is."""
        with self._lock:
            if key in self._pending or key in self._whole:
                return
            if self._file is None:
                self._path = self.folder / f"{self.kind}-{secrets.token_hex(8)}{SUFFIX}"
                self._stack = contextlib.ExitStack()
                self._file = self._stack.enter_context(files.replacing(self._path, durable=False))
            content = np.ascontiguousarray(row, np.uint8)
            if content.shape != self.shape:
                raise ValueError(f"a row of {self.kind} has the shape {self.shape}")
            try:
                self._file.write(content.data)
            except OSError as error:
                self._abandon(error)
                raise
            self._pending[key] = zlib.crc32(content.data), note
            if len(self._pending) >= self.pack_rows:
                self._close_pack()

    def _close_pack(self) -> None:
        with self._lock:
            if self._file is None:
                return
            sums, notes = zip(*self._pending.values(), strict=True)
            table = {"kind": self.kind, "shape": self.shape, "keys": list(self._pending)}
            try:
                self._file.write(_ending({**table, "sums": sums, "notes": notes}))
                self._stack.close()
            except OSError as error:
                self._abandon(error)
                raise
            added, self._file, self._pending = self._pending, None, {}
            self._take_in(self._path)
            own = {key for key in added if self._index.get(key, ("", 0))[0] == self._path}
            self._whole.update(own)

    def _take_in(self, path: Path) -> None:
        """Know the rows of a pack that is not known yet; one that is damaged is removed, one that
        cannot be read is left alone."""
        try:
            pack = self._read_table(path)
        except (OSError, FileRefused):
            return
        if pack is None:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return
        self._packs[path] = pack
        for row, key in enumerate(pack.keys):
            self._index.setdefault(key, (path, row))

    def _abandon(self, error: OSError) -> None:
        stack, self._file, self._pending = self._stack, None, {}
        with contextlib.suppress(OSError):
            stack.__exit__(type(error), error, error.__traceback__)

    def _join_small(self) -> None:
        """Put packs that are far from full together, so that years of small additions do not leave
        a thousand files."""
        with self._lock, contextlib.suppress(OSError, FileRefused):
            self.refresh()
            small = [p for p in self._packs.values() if 2 * len(p.keys) < self.pack_rows]
            if len(small) < _MANY_SMALL:
                return
            rows: dict[str, tuple[Rows, int]] = {}
            for pack in small:
                for number, (key, note) in enumerate(zip(pack.keys, pack.notes, strict=True)):
                    if self._index.get(key) == (pack.path, number) and self.find([key]):
                        rows[key] = self._map(pack.path)[number], note
            small = [pack for pack in small if pack.path in self._packs]  # the others are damaged
            for pack in small:
                self._drop(pack.path)
            self._whole -= rows.keys()
            try:
                for key, (row, note) in rows.items():
                    self.add(key, row, note)
                self._close_pack()
                for pack in small:
                    pack.path.unlink(missing_ok=True)
            finally:
                self.refresh()  # those that could not be replaced are still there

    def _forget(self, path: Path) -> None:
        """Remove a damaged pack: its rows are made again."""
        self._drop(path)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def _drop(self, path: Path) -> None:
        pack = self._packs.pop(path)
        self._maps.pop(path, None)
        for row, key in enumerate(pack.keys):
            if self._index.get(key) == (path, row):
                del self._index[key]
                self._whole.discard(key)
        self.used.discard(path)

    def _note(self, key: str) -> int:
        path, row = self._index[key]
        return self._packs[path].notes[row]

    def _all_whole(self, path: Path, keys: Sequence[str]) -> bool:
        """Whether these rows of a pack have their sums. Raises OSError and FileRefused where it
        cannot be read."""
        pack = self._packs[path]
        try:
            rows = self._map(path)
        except ValueError:  # cut
            return False
        numbers = [self._index[key][1] for key in keys]

        def is_whole(number: int) -> bool:
            return zlib.crc32(rows[number].data) == pack.sums[number]

        if len(numbers) * self.row_bytes < 1 << 20:
            return all(is_whole(number) for number in numbers)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return all(pool.map(is_whole, numbers))

    def _map(self, path: Path) -> Rows:
        if path not in self._maps:
            shape = (len(self._packs[path].keys), *self.shape)
            with open_regular(path, follow_links=False) as file:
                self._maps[path] = np.memmap(file, np.uint8, mode="r", shape=shape)
        if path not in self.used:
            self.used.add(path)
            with contextlib.suppress(OSError):
                os.utime(path)  # the least recently used go first
        return self._maps[path]

    def _read_table(self, path: Path) -> _Pack | None:
        """What a pack holds; None for one that is damaged. Raises OSError and FileRefused for one
        that cannot be read."""
        with open_regular(path, follow_links=False) as file:
            size = os.fstat(file.fileno()).st_size
            if size < _END.size:
                return None
            file.seek(size - _END.size)
            length, crc, mark = _END.unpack(file.read(_END.size))
            if mark != _MARK or length > size - _END.size:
                return None
            file.seek(size - _END.size - length)
            table = file.read(length)
        if zlib.crc32(table) != crc:
            return None
        try:
            told: dict[str, Any] = json.loads(table)
            keys, sums, notes = (tuple(told[name]) for name in ("keys", "sums", "notes"))
            shape = told["shape"]
        except (ValueError, KeyError, TypeError):
            return None
        rows = len(keys) * self.row_bytes
        if shape != list(self.shape) or size != rows + length + _END.size:
            return None
        return _Pack(path, keys, sums, notes)


def _ending(table: dict[str, Any]) -> bytes:
    told = json.dumps(table).encode()
    return told + _END.pack(len(told), zlib.crc32(told), _MARK)
