"""Work off the Qt thread: one task, its progress, its result or the sentence of its failure."""

import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from studio.ui.imports import one_at_a_time

_PROGRESS_S = 0.05  # a window repaints at a human pace; more would only fill its queue


class Control:
    """What running work is given to report its progress and to learn whether to stop."""

    def __init__(self, emit: Callable[[int, int, str], None]) -> None:
        self._emit = emit
        self._stop = threading.Event()
        self._last = 0.0

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report the progress; may be called for every item, the last always arrives."""
        clock = time.monotonic()
        if done >= total or clock - self._last >= _PROGRESS_S:
            self._last = clock
            self._emit(done, total, message)

    def stop_requested(self) -> bool:
        return self._stop.is_set()

    def request_stop(self) -> None:
        self._stop.set()


class Task(QObject):
    """One function run in a pool thread; its signals arrive on the Qt thread.

    `work` gets a Control. Exactly one of `done(result)` and `failed(exception)` is emitted, then
    `ended`. Hold no reference: a running task keeps itself alive.
    """

    progress = Signal(int, int, str)
    done = Signal(object)
    failed = Signal(object)
    ended = Signal()

    _running: ClassVar["set[Task]"] = set()

    def __init__(self, work: Callable[[Control], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.control = Control(self.progress.emit)
        self._work = work

    @classmethod
    def running(cls) -> "frozenset[Task]":
        """The tasks that have begun and not ended."""
        return frozenset(cls._running)

    def start(self, pool: QThreadPool | None = None) -> "Task":
        one_at_a_time()
        # Last of all who listen: what the end begins is running before this is forgotten.
        self.ended.connect(self._forget)
        Task._running.add(self)
        (pool or QThreadPool.globalInstance()).start(_Runner(self))
        return self

    def stop(self) -> None:
        """Ask the work to stop; it ends when it next checks the control."""
        self.control.request_stop()

    def run(self) -> None:
        """The work itself, in the pool's thread."""
        try:
            result = self._work(self.control)
        except BaseException as error:  # handed to the Qt thread, which reports it
            self.failed.emit(error)
        else:
            self.done.emit(result)
        self.ended.emit()

    def _forget(self) -> None:
        Task._running.discard(self)


class CoalescedRefresh(QObject):
    """Lets a reading begin only when the one before has ended; asked for meanwhile, it comes again.

    if not self._refreshing.begin():
        return
    task.ended.connect(self._refreshing.end)
    """

    def __init__(self, again: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._again = again
        self.busy = False
        self.wanted = False  # what is being read is out of date already

    def begin(self) -> bool:
        """Whether to begin now; if not, `again` is called when the present refresh ends."""
        if self.busy:
            self.wanted = True
            return False
        self.busy = True
        return True

    def end(self) -> None:
        """End the refresh, whether it succeeded or failed."""
        self.busy = False
        if self.wanted:
            self.wanted = False
            self._again()


class _Runner(QRunnable):
    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def run(self) -> None:
        self._task.run()


def stop_all(timeout_ms: int = 5000) -> bool:
    """Ask every task to stop and wait for the pool; False when some work did not end in time."""
    for task in Task.running():
        task.stop()
    return QThreadPool.globalInstance().waitForDone(timeout_ms)
