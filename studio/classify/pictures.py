"""The pictures of a run: decoded through the store, counted, and the unreadable ones named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from studio.classify.batches import PixelSet
from studio.classify.classes import ClassMap
from studio.classify.config import DataSplit, Item
from studio.classify.engine import Engine
from studio.classify.pixels import PixelStore
from studio.classify.scoring import Scores, predict
from studio.tables import writing_table

_NAMED = 5


@dataclass(frozen=True)
class Pictures:
    """The readable pictures of one split, ready for a network."""

    name: str
    items: Sequence[Item]
    digests: Sequence[str]
    targets: npt.NDArray[np.int64]
    pixels: PixelSet

    def __len__(self) -> int:
        return len(self.items)

    def score(
        self,
        engine: Engine,
        classes: ClassMap,
        stop_requested: Callable[[], bool] = lambda: False,
        *,
        flips: bool = False,
    ) -> Scores | None:
        """Scores of all pictures in their order, with ``flips`` the mean over mirrored copies;
        None when asked to stop."""
        read = self.pixels.pixels
        probabilities = predict(engine, len(self), read, stop_requested, flips=flips)
        return None if probabilities is None else self.scores(probabilities, classes)

    def scores(self, probabilities: npt.NDArray[np.float64], classes: ClassMap) -> Scores:
        """Attach probabilities ``[N, C]`` to the files, squares and true classes."""
        files = [item.file for item in self.items]
        squares = [item.square for item in self.items]
        groups = [item.group for item in self.items]
        return Scores(files, self.targets, probabilities, classes, squares, groups, self.digests)


class Reader:
    """Loads splits for one run and tells what could not be read, each file once."""

    def __init__(
        self,
        store: PixelStore,
        classes: ClassMap,
        device: torch.device,
        emit: Callable[..., None],
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        self.store = store
        self.classes = classes
        self.device = device
        self.emit = emit
        self.stop_requested = stop_requested
        self.unreadable: dict[str, str] = {}

    def load(self, split: DataSplit) -> Pictures | None:
        """The readable pictures of a split; None when asked to stop."""

        def progress(done: int, total: int) -> None:
            self.emit("progress", done=done, total=total, message=f"Reading {split.name}")

        filled = self.store.fill(split.items, progress, self.stop_requested)
        if filled.pixels is None:
            return None
        fresh = {one.file: one.reason for one in filled.unreadable}
        self._tell_unreadable(split, {f: r for f, r in fresh.items() if f not in self.unreadable})
        if filled.stretched:
            self.emit(
                "log",
                message=f"{filled.stretched} pictures of {split.name} are not square and were "
                "resized to a square as they are.",
            )
        targets = np.array([self.classes.index(i.label) for i in filled.items], np.int64)
        pixels = PixelSet(filled.pixels, targets, self.device)
        return Pictures(split.name, filled.items, filled.digests, targets, pixels)

    def _tell_unreadable(self, split: DataSplit, fresh: dict[str, str]) -> None:
        if not fresh:
            return
        self.unreadable.update(fresh)
        named = " ".join(list(fresh.values())[:_NAMED])
        more = f" And {len(fresh) - _NAMED} more." if len(fresh) > _NAMED else ""
        self.emit(
            "warning",
            message=f"{len(fresh)} of {len(split.items)} pictures of {split.name} were left out: "
            f"{named}{more}",
            unreadable=[{"file": file, "reason": reason} for file, reason in fresh.items()],
        )


Row = tuple[str, str, str, str, str, str]


def table_rows(role: str, pictures: Pictures) -> list[Row]:
    """The rows of one split for ``write_table``; ``role`` is train, val or test."""
    return [
        (role, pictures.name, item.file, item.label, " ".join(map(str, item.square or ())), digest)
        for item, digest in zip(pictures.items, pictures.digests, strict=True)
    ]


def write_table(path: Path, rows: Iterable[Row]) -> None:
    """``split,name,file,label,square,sha256`` of every picture used, to trace figures to bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing_table(path, ["split", "name", "file", "label", "square", "sha256"]) as table:
        for row in rows:
            table.row(row)


def fingerprint(pictures: Pictures) -> str:
    """sha256 over the bytes, squares and classes of a split, in order."""
    digest = hashlib.sha256()
    for item, one in zip(pictures.items, pictures.digests, strict=True):
        digest.update(f"{one} {item.square} {item.label}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def file_name(name: str) -> str:
    """A split's name as part of a file name: plain letters, and distinct for distinct names."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name or name).strip(".-")[:60]
    if plain == name:
        return plain
    mark = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{plain or 'test'}-{mark}"
