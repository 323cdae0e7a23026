"""Verify files in child processes, so that no picture can harm or stall the one that asks."""

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.imaging.child import Child
from studio.imaging.errors import ImageError
from studio.imaging.limits import Limits
from studio.imaging.verify import VerifiedImage
from studio.pool import OrderedPool

_MOST_WORKERS = 8


class Verifier:
    """Persistent worker processes with limits of memory and time, replaced when one dies.

    A context manager; `check` may be called from any thread, `check_many` keeps all workers busy.
    """

    def __init__(self, limits: Limits | None = None, workers: int | None = None) -> None:
        count = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
        heavy = threading.Lock()
        self._children = [Child(limits or Limits(), heavy) for _ in range(count)]
        self._free: queue.LifoQueue[Child] = queue.LifoQueue()
        for child in self._children:
            self._free.put(child)
        self._pool = OrderedPool(count, "verify")

    def check(self, path: Path) -> VerifiedImage:
        """Verify one file and wait for it; raises ImageError with reason and sentence."""
        child = self._free.get()
        try:
            return child.check(path)
        finally:
            self._free.put(child)

    def check_many(
        self, paths: Iterable[Path]
    ) -> Iterator[tuple[Path, VerifiedImage | ImageError]]:
        """Each path with its result, in the order given, while later ones are being verified.

        `paths` is drawn lazily, a few ahead; leaving the loop early drops what has not begun.
        """
        return self._pool.try_map(self.check, paths, ImageError)

    def close(self) -> None:
        """Wait for the files in work, then end the processes."""
        self._pool.close()
        for child in self._children:
            child.close()

    def __enter__(self) -> "Verifier":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
