"""Decode many pictures in child processes, in order, a few ahead."""

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from studio.files import temporary_folder
from studio.generate.data.listing import ListingEntry
from studio.generate.data.target_format import FormatChange, Pixels, TargetFormat
from studio.imaging import READABLE_FORMATS, ImageError, Limits, shown_name
from studio.imaging.child import Child
from studio.pool import OrderedPool

_MOST_WORKERS = 16
# Whole pixels of the largest pictures and their copies; one large picture is decoded at a time.
_MEMORY_BYTES = 2_500_000_000
Fetch = Callable[[ListingEntry, Path], Path]
"""Gives the file of an entry, written to the path lent if it has none of its own."""


@dataclass(frozen=True)
class DecodedImage:
    """One picture `[C, R, R]`, and what was done to it."""

    pixels: Pixels
    changes: frozenset[FormatChange]


@dataclass(frozen=True)
class _Seat:
    """A child with the file into which it decodes, and one to lend to `Fetch`."""

    child: Child
    out: Path
    lent: Path


class DecoderPool:
    """Processes that decode and form pictures; a context manager.

    Hostile bytes meet a decoder in a process with limits of memory and time, never in this one.
    """

    def __init__(
        self, form: TargetFormat, fetch: Fetch | None = None, workers: int | None = None
    ) -> None:
        self._form = form
        self._fetch = fetch or (lambda entry, lent: entry.path)
        count = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
        self._seats: queue.LifoQueue[_Seat] = queue.LifoQueue()
        heavy = threading.Lock()
        limits = Limits(formats=READABLE_FORMATS, memory_bytes=_MEMORY_BYTES)
        with ExitStack() as stack:
            folder = stack.enter_context(temporary_folder())
            for number in range(count):
                out = folder / f"out-{number}"
                with out.open("wb") as file:
                    file.truncate(int(np.prod(form.shape)))
                child = Child(limits, heavy, "studio.generate.data.worker")
                self._seats.put(_Seat(child, out, folder / f"member-{number}"))
            self._files = stack.pop_all()  # gone at once where the disk has no room for them
        self._pool = OrderedPool(count, "decode")

    def decode_many(
        self, entries: Iterable[ListingEntry]
    ) -> Iterator[tuple[ListingEntry, DecodedImage | ImageError]]:
        """Each entry with its picture or what is wrong with it, in order."""
        return self._pool.map(self._decode, entries)

    def _decode(self, entry: ListingEntry) -> DecodedImage | ImageError:
        seat = self._seats.get()
        path = seat.lent
        try:
            path = self._fetch(entry, seat.lent)
            answer = seat.child.ask(
                path,
                out=str(seat.out),
                square=entry.square,
                resolution=self._form.resolution,
                transform=self._form.transform,
                channels=self._form.channels,
            )
            pixels = np.fromfile(seat.out, np.uint8).reshape(self._form.shape)
            return DecodedImage(pixels, frozenset(map(FormatChange, answer["changes"])))
        except ImageError as error:
            sentence = str(error).replace(shown_name(path), shown_name(entry.name))
            return ImageError(error.reason, sentence)
        finally:
            self._seats.put(seat)

    def close(self) -> None:
        """Wait for the pictures in work, end the processes, remove their files."""
        self._pool.close()
        while not self._seats.empty():
            self._seats.get().child.close()
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
