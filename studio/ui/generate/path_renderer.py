"""Pictures along one path, made in the renderer's pauses, each once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.generate.latent.path import LatentPath
    from studio.generate.network import Pictures
    from studio.generate.render.engine import RenderEngine

_MOST = 96  # full pictures of 512 px are 0.8 MB each


class PathRenderer:
    """What any thread may ask of a path; `close` takes back what has not begun."""

    def __init__(self, engine: "RenderEngine", path: "LatentPath") -> None:
        self.engine, self.path = engine, path
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[float, int], Future[Pictures]] = OrderedDict()
        self._closed = False

    def at(self, t: float, size: int = 0, urgency: int = 0) -> "Future[Pictures]":
        """The picture at t: full, or the preview of `size` px where there is one."""
        size = size if size in self.engine.sizes((size,)) else 0
        with self._lock:
            found = self._known.get((t, size))
            if found is None or found.cancelled():
                found = self.engine.later(lambda _: self._render(t, size), urgency)
                self._known[(t, size)] = found
                if self._closed:
                    found.cancel()
            self._known.move_to_end((t, size))
            while len(self._known) > _MOST and next(iter(self._known.values())).done():
                self._known.popitem(last=False)
            return found

    def many(self, ts: Sequence[float], urgency: int = 0) -> "Pictures":
        """Full pictures `[N, R, R, 3]`, waited for; CancelledError once the path is closed."""
        import numpy as np

        asked = [self.at(t, 0, urgency) for t in ts]
        return np.stack([one.result() for one in asked])

    def later(self, work: Callable[[], Any], urgency: int = 0) -> "Future[Any]":
        """Other work on this path's pictures in the rendering thread."""
        return self.engine.later(lambda _: work(), urgency)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for future in self._known.values():
                future.cancel()

    @property
    def closed(self) -> bool:
        return self._closed

    def _render(self, t: float, size: int) -> "Pictures":
        from studio.generate.render.engine import Latent

        latent = Latent(self.path.at(t), self.path.noise(t))
        return self.engine.picture(latent, self.path.noise_mode, size)
