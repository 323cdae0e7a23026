"""Notices when the Qt thread was busy for too long, before a user feels it."""

import logging
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

log = logging.getLogger(__name__)

LIMIT_MS = 50
_BEAT_MS = 20


@dataclass(frozen=True)
class Gap:
    """A time in which the event loop did not run: by the clock, and in the Qt thread's work."""

    wall_ms: float
    cpu_ms: float
    what: str = ""


class Watchdog(QObject):
    """A heartbeat of the event loop. Late beats are logged and kept in `gaps`.

    `cpu_ms` counts only what the Qt thread itself computed, so that a busy machine can be told
    from a busy window.
    """

    def __init__(self, parent: QObject | None = None, limit_ms: float = LIMIT_MS) -> None:
        super().__init__(parent)
        self.limit_ms = limit_ms
        self.gaps: list[Gap] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._last = self._last_cpu = 0.0

    def start(self) -> None:
        """Begin, or begin anew: what came before is forgotten."""
        self.gaps.clear()
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def note(self, what: str, wall_ms: float) -> None:
        """Record something that was measured elsewhere to be slow, such as one action."""
        log.warning("%s kept the window busy for %.0f ms", what, wall_ms)
        self.gaps.append(Gap(wall_ms, wall_ms, what))

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        wall_ms = (now - self._last) * 1000 - _BEAT_MS
        cpu_ms = (cpu - self._last_cpu) * 1000
        self._last, self._last_cpu = now, cpu
        if wall_ms > self.limit_ms:
            log.warning("the event loop stood still for %.0f ms (%.0f ms work)", wall_ms, cpu_ms)
            self.gaps.append(Gap(wall_ms, cpu_ms))
