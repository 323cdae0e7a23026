"""Plays the path to and fro, with the best frames that are there."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from studio.ui.generate.controller import MorphController
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.generate.path_measurement import STRIP_TIER
from studio.ui.generate.path_renderer import PathRenderer
from studio.ui.generate.renderer import to_image

if TYPE_CHECKING:
    from concurrent.futures import Future

    from studio.generate.network import Pictures

FRAMES = 24  # in one direction
INTERVAL_MS = 83  # 12 frames a second


class Player(QObject):
    """`frame(t, image, final)` at a steady pace; a frame that is not there yet is waited for."""

    frame = Signal(float, object, bool)
    changed = Signal(bool)

    def __init__(
        self, controller: MorphController, analyst: PathAnalysis, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.controller, self.analyst = controller, analyst
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._pictures: PathRenderer | None = None
        self._ts: list[float] = []
        self._images: dict[tuple[float, int], QImage] = {}
        self._at, self._step = 0, 1
        controller.path_changed.connect(self._reload)
        controller.closed.connect(self.stop)
        analyst.changed.connect(lambda what: self._reload() if what == "spacing" else None)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def toggle(self) -> None:
        self.stop() if self.playing else self.start()

    def start(self) -> None:
        """Play from where the slider is."""
        if self.controller.pictures is None or self.playing:
            return
        self._timer.start()
        self._reload()
        near = min(range(FRAMES), key=lambda i: abs(self._ts[i] - self.controller.t))
        self._at = near
        self.changed.emit(True)

    def stop(self) -> None:
        """Stay where it is."""
        if not self.playing:
            return
        self._timer.stop()
        self._images.clear()
        self._pictures = None
        self.changed.emit(False)

    def _reload(self) -> None:
        if not self.playing or self.controller.pictures is None:
            return
        self._pictures = self.controller.pictures
        self._ts = self.analyst.even_ts(FRAMES)
        self._images = {}
        for size, urgency in ((STRIP_TIER, 4), (0, 3)):
            for t in self._ts:
                self._pictures.at(t, size, urgency)

    def _tick(self) -> None:
        if self._pictures is None:
            return
        if not 0 <= self._at + self._step < FRAMES:
            self._step = -self._step
        t = self._ts[self._at + self._step]
        for size in (0, STRIP_TIER):
            image = self._image(t, size)
            if image is not None:
                self._at += self._step
                self.frame.emit(t, image, size == 0)
                return

    def _image(self, t: float, size: int) -> QImage | None:
        if (t, size) not in self._images:
            assert self._pictures is not None
            future: Future[Pictures] = self._pictures.at(t, size, 4)
            if not future.done() or future.cancelled() or future.exception() is not None:
                return None
            self._images[(t, size)] = to_image(future.result())
        return self._images[(t, size)]
