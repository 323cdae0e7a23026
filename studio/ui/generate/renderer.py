"""The one thread that touches the network, and its pictures as Qt shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from studio.generate.network import Network
    from studio.generate.render.engine import Rendered, RenderEngine, RenderRequest


def to_image(picture: "np.ndarray[Any, Any]") -> QImage:
    """A picture `[H, W, 3]` uint8 as an image that owns its pixels."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


@dataclass(frozen=True, eq=False)
class RenderedImage:
    """A rendered picture on its way to the window."""

    stamp: int
    image: QImage
    picture: "np.ndarray[Any, Any]"
    final: bool


class Renderer(QThread):
    """Runs an engine until `close`. `rendered(RenderedImage)` arrives on the Qt thread.

    `failed(sentence)` when it can render no more, as without memory.
    """

    rendered = Signal(object)
    failed = Signal(str)

    def __init__(self, engine: "RenderEngine", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine

    def run(self) -> None:
        try:
            self.engine.run(self._deliver)
        except (RuntimeError, MemoryError) as error:  # torch's own are RuntimeErrors
            self.failed.emit(str(error).partition("\n")[0])

    def request(self, request: "RenderRequest") -> int:
        """Ask for a live picture in place of any that still waits; returns its stamp."""
        return self.engine.mailbox.post(request)

    def close(self) -> None:
        """End the thread after the picture it is at."""
        self.engine.mailbox.close()
        self.wait()

    def _deliver(self, made: "Rendered") -> None:
        self.rendered.emit(
            RenderedImage(made.stamp, to_image(made.picture), made.picture, made.final)
        )


@dataclass(frozen=True, eq=False)
class OpenedNetwork:
    """A network that is ready to render."""

    network: "Network"
    engine: "RenderEngine"
    path: str


def open_network(path: str, tell: Callable[[], None] = lambda: None) -> OpenedNetwork:
    """Load a network and make its engine; for a background thread, which imports torch.

    `tell` is called before an official pickle is converted.
    """
    from studio.compute.allocator import keep_memory
    from studio.generate.network import load_network
    from studio.generate.render.engine import RenderEngine

    keep_memory()
    network = load_network(path, _device(), tell)
    return OpenedNetwork(network, RenderEngine(network), path)


def _device() -> str:
    from studio.compute.device import pick_device

    device = pick_device("auto")
    return device.type if device.type == "cuda" else "cpu"
