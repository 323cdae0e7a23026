"""Garbage collection on the Qt thread only.

Python collects cycles in whatever thread happens to allocate, and with them destroys the widgets,
timers and drawn items that they hold. Qt objects destroyed in a thread that decodes pictures, while
the Qt thread paints them, end the program.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200
_SHARE = 0.01  # of the time; what a full collection may take


class GarbageCollector(QObject):
    """Collects about as often as Python would by itself, from a timer, until `close`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        gc.disable()
        self._full_again = 0.0  # time.monotonic() from which a full collection may be made
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Collect the generations that are due, the oldest only where it takes little time."""
        due = [now > most for now, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        began = time.monotonic()
        if all(due) and began >= self._full_again:
            gc.collect()
            took = time.monotonic() - began
            self._full_again = began + took / _SHARE
        elif due[0]:
            gc.collect(1 if due[1] else 0)

    def close(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        if self._was_on:
            gc.enable()
