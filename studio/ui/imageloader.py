"""Decoding off the Qt thread: declared wants, priorities, cancellation, one cache for all.

A view declares what it wants, best first, on a lane of its own. Declaring again cancels what that
lane had queued before and has not begun (its generation is over); what is being decoded finishes
and is kept, since it was nearly free. Workers return `QImage`; pixmaps are made on the Qt thread.
"""

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageWriter
from shiboken6 import isValid

from studio import files, imaging
from studio.errors import StudioError
from studio.opening import is_regular
from studio.ui.background import Relay

log = logging.getLogger(__name__)

PREVIEW_SIDE = 1600  # pixels of the long side of the first tier
THUMB_SIDE = 160
# Bytes of decoded pictures: eleven previews, two full 12-megapixel pictures and the small ones.
# More would not be shown sooner, and decoding itself needs as much again for a moment.
BUDGET = 208 * 1024 * 1024

SMALL = 3_000_000  # pixels; any preview is smaller

Work = Callable[[], QImage]


class MissingOriginal(StudioError):
    """The file of a picture is not on the disk, as when the share that holds it is not mounted."""


@dataclass(frozen=True)
class Want:
    """One picture that a view would like to have; smaller `priority` comes first."""

    key: Hashable
    work: Work
    priority: int = 0


def to_qimage(rgb: NDArray[np.uint8]) -> QImage:
    """uint8 [H, W, 3] RGB as a `QImage` of format RGB32, the quickest to draw."""
    height, width = rgb.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError(f"no memory for a picture of {width} × {height}")
    view = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
    if width * height > SMALL:
        import cv2  # several times as fast, but its import would keep the first picture waiting

        cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGRA, dst=view)
    else:
        view[:, :, 2::-1] = rgb
        view[:, :, 3] = 255
    return image


def to_rgb(image: QImage) -> NDArray[np.uint8]:
    """The exact pixels of a `to_qimage` picture as a read-only view, uint8 [H, W, 3] RGB."""
    view = np.frombuffer(image.constBits(), np.uint8)
    return view.reshape(image.height(), image.width(), 4)[:, :, 2::-1]


class PictureCache:
    """Least recently used pictures within a budget of bytes; safe from any thread."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._held: OrderedDict[Hashable, QImage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        return self._bytes

    def get(self, key: Hashable) -> QImage | None:
        with self._lock:
            image = self._held.get(key)
            if image is not None:
                self._held.move_to_end(key)
            return image

    def put(self, key: Hashable, image: QImage) -> None:
        """Keep a picture and let the oldest go; the newest stays even when it alone is too big."""
        with self._lock:
            old = self._held.pop(key, None)
            if old is not None:
                self._bytes -= old.sizeInBytes()
            self._held[key] = image
            self._bytes += image.sizeInBytes()
            while self._bytes > self._budget and len(self._held) > 1:
                _, gone = self._held.popitem(last=False)
                self._bytes -= gone.sizeInBytes()

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._bytes = 0


class _Drain(QRunnable):
    """Loads the queued requests, the most urgent first, until none is left."""

    def __init__(self, requests: "_Requests") -> None:
        super().__init__()
        self._requests = requests

    def run(self) -> None:
        self._requests.drain()


class _Requests:
    """What an image loader shares with its threads, which may outlive it.

    A plain object with a pool of its own: a loader goes with the widget that it belongs to, and
    what its threads do then must neither reach nor destroy it.
    """

    def __init__(self, loader: "ImageLoader", budget: int, threads: int) -> None:
        self.cache = PictureCache(budget)
        self.relay = Relay(loader)
        self.errors: dict[Hashable, str] = {}
        self.missing: set[Hashable] = set()
        self._lock = threading.Lock()
        self._lanes: dict[str, list[Want]] = {}
        self._running: set[Hashable] = set()
        self._closed = False
        self._drains = 0
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(threads)

    @property
    def busy(self) -> bool:
        with self._lock:
            return bool(self._running) or any(self._lanes.values())

    def put(self, key: Hashable, image: QImage) -> None:
        self.cache.put(key, image)
        self.relay.emit("ready", key)

    def queue(self, lane: str, wants: Iterable[Want]) -> None:
        listed = [w for w in wants if self.cache.get(w.key) is None and w.key not in self.errors]
        with self._lock:
            if self._closed:
                return
            self._lanes[lane] = listed
            waiting = sum(len(queued) for queued in self._lanes.values())
            missing = min(self._pool.maxThreadCount(), waiting) - self._drains
            self._drains += max(missing, 0)
        for _ in range(max(missing, 0)):
            self._pool.start(_Drain(self))

    def cancel(self) -> None:
        """Cancel what is queued and wait for what is running."""
        with self._lock:
            self._lanes.clear()
        if isValid(self._pool):  # Qt destroys all objects in no order when the application ends
            self._pool.waitForDone()

    def close(self) -> None:
        """Take no more requests, tell the loader of nothing more, and wait for what is running."""
        with self._lock:
            self._closed = True
        self.relay.close()
        self.cancel()

    def _next_want(self) -> Want | None:
        with self._lock:
            best: Want | None = None
            for queued in self._lanes.values():
                for want in queued:
                    busy = want.key in self._running
                    if not busy and (best is None or want.priority < best.priority):
                        best = want
            if best is None:
                self._drains -= 1
                return None
            for queued in self._lanes.values():
                queued[:] = [w for w in queued if w.key != best.key]
            self._running.add(best.key)
            return best

    def drain(self) -> None:
        """Work until nothing is queued; runs on the pool's threads."""
        while (want := self._next_want()) is not None:
            try:
                self._make(want)
            finally:
                with self._lock:
                    self._running.discard(want.key)

    def _make(self, want: Want) -> None:
        if self.cache.get(want.key) is not None:
            self.relay.emit("ready", want.key)
            return
        try:
            image = want.work()
        except (StudioError, OSError) as error:
            sentence = str(error)
            if isinstance(error, MissingOriginal):
                self.missing.add(want.key)
        except Exception as error:
            # A decoder may raise anything on bytes from outside; the view must say so either way.
            log.exception("while decoding for %s", want.key)
            sentence = f"The picture cannot be read: {error}"
        else:
            self.put(want.key, image)
            return
        self.errors[want.key] = sentence
        self.relay.emit("failed", want.key, sentence)


class ImageLoader(QObject):
    """`request()` pictures, hear `ready` or `failed`, then `get()` them."""

    ready = Signal(object)  # key
    failed = Signal(object, str)  # key, the sentence for people

    def __init__(
        self, parent: QObject | None = None, *, budget: int = BUDGET, threads: int | None = None
    ) -> None:
        super().__init__(parent)
        threads = threads or min(max(os.cpu_count() or 2, 2), 4)
        self._requests = requests = _Requests(self, budget, threads)
        self.cache = requests.cache
        # Whoever deletes the loader, with its parent or alone, ends its threads first.
        self.destroyed.connect(lambda *_: requests.close())

    def get(self, key: Hashable) -> QImage | None:
        """The picture, if it is here now."""
        return self.cache.get(key)

    def put(self, key: Hashable, image: QImage) -> None:
        """Keep a picture made along with the requested one and signal it; from any thread."""
        self._requests.put(key, image)

    def error(self, key: Hashable) -> str | None:
        """Why the picture could not be loaded, if it failed."""
        return self._requests.errors.get(key)

    def is_missing(self, key: Hashable) -> bool:
        """Whether it failed because its file is not on the disk."""
        return key in self._requests.missing

    def forget_errors(self) -> None:
        """Let all failed pictures be tried again."""
        self._requests.errors.clear()
        self._requests.missing.clear()

    @property
    def busy(self) -> bool:
        """Whether anything is queued or being decoded."""
        return self._requests.busy

    def request(self, lane: str, wants: Iterable[Want]) -> None:
        """Replace all that is queued on `lane`; an empty list cancels it."""
        self._requests.queue(lane, wants)

    def close(self) -> None:
        """Cancel what is queued and wait for what is running (a decode at most)."""
        self._requests.close()

    def reset(self) -> None:
        """Forget all pictures and errors, such as when another project opens."""
        self._requests.cancel()
        self.cache.clear()
        self.forget_errors()


def preview(path: Path) -> QImage:
    """The upright picture, its long side at most PREVIEW_SIDE, never upscaled."""
    return _decoded(path, PREVIEW_SIDE)


def full(path: Path) -> QImage:
    """The upright picture at full resolution."""
    return _decoded(path)


def thumbnail(path: Path, cached: Path | None = None, side: int = THUMB_SIDE) -> QImage:
    """The upright picture, its long side at most `side`; kept as a JPEG at `cached` if given.

    The cache is safe to delete and is written beside and moved into place, so that a crash leaves
    no half file.
    """
    if cached is not None and is_regular(cached):
        image = QImage(str(cached))
        if not image.isNull():
            return image.convertToFormat(QImage.Format.Format_RGB32)
    image = _decoded(path, side)
    if cached is not None:
        cached.parent.mkdir(parents=True, exist_ok=True)
        part = files.part_beside(cached)
        try:
            writer = QImageWriter(str(part), QByteArray(b"JPEG"))
            writer.setQuality(88)
            if writer.write(image):
                part.replace(cached)
        finally:
            files.remove(part)
    return image


def _decoded(path: Path, max_side: int | None = None) -> QImage:
    try:
        there = path.is_file()
    except OSError:  # a share that does not answer
        there = False
    if not there:
        raise MissingOriginal(f"{path.name} is not on the disk.")
    return to_qimage(imaging.decode(path, frame="exif", max_side=max_side))
