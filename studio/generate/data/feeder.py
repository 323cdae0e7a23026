"""The next batches, ready before they are asked for."""

import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.generate.data.training_images import TrainingImages

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
_PATIENCE = 0.1  # seconds between two looks whether the feeder is closed


@dataclass(frozen=True)
class ImageBatch:
    """Pictures `[B, C, R, R]` (uint8) and classes `[B]` (int64; None without) on the device.

    `indices` and `mirror` `[B]` are what was asked for: a checkpoint counts these, and not what
    lies ready.
    """

    pixels: Tensor
    classes: Tensor | None
    indices: Indices
    mirror: Flags


@dataclass(frozen=True)
class _Failed:
    error: BaseException


class Feeder:
    """Iterates over batches of `pictures` in the given order; a context manager.

    `order` yields `(indices, mirror)`, each `[B]`, and is drawn from in the feeder's own thread, up
    to `lookahead` batches ahead; the feeder ends when it does. What the thread raises, such as an
    index out of range or a disk that is gone, is raised to the one who asks for the batch.
    """

    def __init__(
        self,
        pictures: TrainingImages,
        order: Iterable[tuple[Indices, Flags]],
        device: torch.device | str = "cpu",
        lookahead: int = 4,
    ) -> None:
        self._pictures = pictures
        self._order = iter(order)
        self._device = _whole(torch.device(device))
        self._ready: queue.Queue[ImageBatch | _Failed | None] = queue.Queue(max(lookahead, 1))
        self._closing = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[ImageBatch]:
        return self

    def __next__(self) -> ImageBatch:
        if self._ended or self._closing.is_set():
            raise StopIteration
        batch = self._ready.get()
        if isinstance(batch, ImageBatch):
            return self._moved(batch)
        self._ended = True
        if batch is None:
            raise StopIteration
        raise batch.error

    def close(self) -> None:
        """End the thread; batches that lie ready are dropped."""
        self._closing.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            if self._device.type == "cuda":
                # Pinning memory makes a context on the thread's current device, else the first.
                torch.cuda.set_device(self._device)
            for indices, mirror in self._order:
                if not self._put(self._gathered(indices, mirror)):
                    return
            self._put(None)
        except BaseException as error:  # of whatever kind: it belongs to the one who asks
            self._put(_Failed(error))

    def _put(self, batch: ImageBatch | _Failed | None) -> bool:
        """Wait for a place; False when the feeder was closed instead."""
        while not self._closing.is_set():
            try:
                self._ready.put(batch, timeout=_PATIENCE)
            except queue.Full:
                continue
            return True
        return False

    def _gathered(self, indices: Indices, mirror: Flags) -> ImageBatch:
        pictures = self._pictures
        shape = (len(indices), *pictures.pixels.shape[1:])
        # Pinned memory returns to torch's pool only when the copy from it is done.
        held = torch.empty(shape, dtype=torch.uint8, pin_memory=self._device.type == "cuda")
        rows = held.numpy()
        for row, index, flip in zip(rows, indices, mirror, strict=True):
            picture = pictures.pixels[index]
            row[:] = picture[..., ::-1] if flip else picture
        classes = None
        if pictures.classes is not None:
            classes = torch.from_numpy(pictures.classes[indices])
        return ImageBatch(held, classes, indices, mirror)

    def _moved(self, batch: ImageBatch) -> ImageBatch:
        if self._device.type == "cpu":
            return batch
        classes = batch.classes
        return ImageBatch(
            batch.pixels.to(self._device, non_blocking=True),
            None if classes is None else classes.to(self._device, non_blocking=True),
            batch.indices,
            batch.mirror,
        )


def _whole(device: torch.device) -> torch.device:
    """The device with its number: what is current to the caller is not so in another thread."""
    if str(device) == "cuda":
        return torch.device("cuda", torch.cuda.current_device())
    return device
