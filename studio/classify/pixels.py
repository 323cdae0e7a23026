"""Pictures of a run as square pixels: decoded once, for every epoch and for every run.

They lie in the cache of prepared images (`studio.imaging.prepared`) under the SHA-256 of the file,
the square in it and the side.

A square is THE crop of ``studio.imaging``. A whole picture is resized to the square as it is, as
the seed's training does: crops are square, so nothing happens to them, and of a picture that is
not square nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.classify.config import Item
from studio.errors import StudioError
from studio.imaging import Square, crop_for_export, decode, resize
from studio.imaging.packs import PackedRows
from studio.imaging.prepared import FileStamp, PreparedImages, file_stamp, is_unchanged

Pixels = npt.NDArray[np.uint8]

_BLOCK = 64
_ATTEMPTS = 3
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
    """Outcome of a fill: the items that are there, their pixels ``[N, S, S, 3]``, the others."""

    items: list[Item] = field(default_factory=list)
    pixels: PackedRows | None = None
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
    stamp: FileStamp | None = None
    changed: bool = False


class PixelStore:
    """Square pictures of one side length, decoded on demand."""

    def __init__(self, cache: PreparedImages, size: int, threads: int = 2) -> None:
        self.size = size
        self.threads = threads
        self._cache = cache
        try:
            cache.make()
        except OSError as error:
            raise _cannot_write(cache.folder, error) from error
        self._rows = cache.rows(f"pixels-{size}", (size, size, 3))

    def fill(
        self,
        items: Sequence[Item],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> Filled:
        """Make every readable item present; unreadable ones are named and left out.

        Asked to stop, it keeps what is decoded, and is stopped. Raises StudioError where pixels
        cannot be written.
        """
        for _ in range(_ATTEMPTS):
            filled, keys = self._fill(items, on_progress, stop_requested)
            # Another process may have cleared the cache meanwhile.
            if filled.stopped or len(self._rows.find(keys)) == len(set(keys)):
                break
        else:
            raise StudioError(
                f"Decoded pictures disappear from {self._cache.folder} while they are used: leave "
                "that folder alone while a run prepares."
            )
        if not filled.stopped:
            filled.pixels = self._rows.rows(keys)
        self._cache.finish()
        return filled

    def _fill(
        self,
        items: Sequence[Item],
        on_progress: Callable[[int, int], None],
        stop_requested: Callable[[], bool],
    ) -> tuple[Filled, list[str]]:
        filled, keys = Filled(), list[str]()
        try:
            with ThreadPoolExecutor(self.threads) as pool, self._rows.adding():
                for start in range(0, len(items), _BLOCK):
                    block = self._decode_block(pool, items[start : start + _BLOCK], stop_requested)
                    if block is None:
                        filled.stopped = True
                        break
                    for one in block:
                        if one.error:
                            left_out = Unreadable(one.item.file, one.item.label, one.error)
                            filled.unreadable.append(left_out)
                            continue
                        keys.append(one.key)
                        filled.items.append(one.item)
                        filled.digests.append(one.digest)
                        filled.stretched += one.stretched
                    on_progress(min(start + _BLOCK, len(items)), len(items))
        except OSError as error:
            raise _cannot_write(self._cache.folder, error) from error
        return filled, keys

    def _decode_block(
        self,
        pool: ThreadPoolExecutor,
        items: Sequence[Item],
        stop_requested: Callable[[], bool],
        attempts: int = _ATTEMPTS,
    ) -> list[_Decoded] | None:
        """Some items with their keys, all of which are in the store or being added to it; None when
        asked to stop. What is changed while it is read is read again, `attempts` times in all."""
        keyed = list(pool.map(self._key, items))
        wanted = [one.key for one in keyed if not one.error]
        notes = self._rows.find(wanted)
        if len(notes) < len(set(wanted)):
            self._rows.refresh()  # another run may be decoding the same pictures
            notes = self._rows.find(wanted)
        missing = [one for one in keyed if not one.error and one.key not in notes]
        missing = list({one.key: one for one in missing}.values())
        decoded: dict[str, _Decoded] = {}
        stopped = stop_requested()
        for start in range(0, len(missing), 2 * self.threads):
            if stopped := stopped or stop_requested():
                break
            for one in pool.map(self._decode, missing[start : start + 2 * self.threads]):
                decoded[one.key] = replace(one, pixels=None)
                if one.pixels is not None:
                    self._rows.add(one.key, one.pixels, int(one.stretched))
        if stopped:
            return None
        if attempts > 1 and any(one.changed for one in decoded.values()):
            return self._decode_block(pool, items, stop_requested, attempts - 1)
        return [
            replace(decoded[one.key], item=one.item)
            if one.key in decoded
            else replace(one, stretched=bool(notes.get(one.key)))
            for one in keyed
        ]

    def _key(self, item: Item) -> _Decoded:
        path = Path(item.file)
        try:
            stamp = file_stamp(path)
            digest = self._cache.sha256(path)
        except (OSError, StudioError) as error:
            return _Decoded(item, "", "", None, error=_sentence(item, error))
        square = "" if item.square is None else ",".join(repr(float(v)) for v in item.square)
        return _Decoded(item, digest, f"{digest}/{square}", None, stamp=stamp)

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
            return replace(one, error=_sentence(one.item, error))
        if not is_unchanged(path, one.stamp, one.digest):
            sentence = f"{path.name} cannot be read: it changes all the time."
            return replace(one, error=sentence, changed=True)
        return replace(one, pixels=small, stretched=stretched)


def _cannot_write(folder: Path, error: OSError) -> StudioError:
    return StudioError(
        f"Decoded pictures cannot be kept in {folder}: {error.strerror or error}. Make room there, "
        "or give yourself the right to write."
    )


def _sentence(item: Item, error: Exception) -> str:
    if isinstance(error, StudioError):
        return str(error)
    return f"{Path(item.file).name} cannot be read: {error}"
