"""The grids of a run's snapshots, decoded off the Qt thread: a preview first, all of it to zoom."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio import imaging
from studio.ui.imageloader import ImageLoader, Want, full, preview

BUDGET = 192 * 1024 * 1024  # bytes; a grid of the paper's network alone is 132 MB
Key = tuple[str, int, str]  # path, time of its last change, tier


class Grids(QObject):
    """`ready` when a picture that was wanted is here, or `error` says why it cannot be read.

    A neighbour's is heard, too: who hears it asks for what is on show.
    """

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loader = ImageLoader(self, budget=BUDGET, threads=2)
        self._sizes: dict[tuple[str, int], tuple[int, int]] = {}
        self._loader.ready.connect(lambda _: self.ready.emit())
        self._loader.failed.connect(lambda *_: self.ready.emit())

    @property
    def busy(self) -> bool:
        return self._loader.busy

    def request(self, path: Path, stamp: int, neighbours: Sequence[tuple[Path, int]] = ()) -> None:
        """Have this grid, and its neighbours after it; what was wanted before is forgotten."""
        every = [(path, stamp), *neighbours]
        wants = [
            Want((str(one), when, "preview"), partial(self._preview, one, when), priority)
            for priority, (one, when) in enumerate(every)
        ]
        self._loader.request("previews", wants)

    def want_full(self, path: Path, stamp: int) -> None:
        """Have every pixel of this grid."""
        key = (str(path), stamp, "full")
        self._loader.request("full", [Want(key, partial(full, path))])

    def preview(self, path: Path, stamp: int) -> QImage | None:
        return self._loader.get((str(path), stamp, "preview"))

    def whole(self, path: Path, stamp: int) -> QImage | None:
        return self._loader.get((str(path), stamp, "full"))

    def error(self, path: Path, stamp: int) -> str:
        """Why this grid cannot be shown, "" while nothing is known against it."""
        return self._loader.error((str(path), stamp, "preview")) or ""

    def size(self, path: Path, stamp: int) -> tuple[int, int]:
        """(width, height) of all of it, once its preview is here."""
        return self._sizes.get((str(path), stamp), (0, 0))

    def close(self) -> None:
        self._loader.close()

    def _preview(self, path: Path, stamp: int) -> QImage:
        info = imaging.probe(path)
        self._sizes[str(path), stamp] = info.exif_size
        return preview(path)
