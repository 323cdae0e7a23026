"""Work off the Qt thread: one task, its progress, its result or the sentence of its failure."""

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from shiboken6 import isValid

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


class Relay:
    """Emits the signals of a QObject from other threads; nothing once it is closed.

    A plain object, so that it may outlive the QObject. It keeps no reference to that while it does
    not emit: the last one let go in another thread would destroy the QObject there, in the middle
    of what the Qt thread does with it.
    """

    def __init__(self, source: QObject) -> None:
        self._source = weakref.ref(source)
        self._lock = threading.Lock()
        self._closed = False

    def emit(self, signal: str, *values: object) -> None:
        """Emit the signal of this name, if its object is still there."""
        with self._lock:
            source = None if self._closed else self._source()
            if source is not None and isValid(source):
                getattr(source, signal).emit(*values)
            del source  # before the lock is given back, which `close` waits for

    def close(self, *_: object) -> None:
        """Emit nothing from now on; returns when no other thread is emitting any more."""
        with self._lock:
            self._closed = True


class Task(QObject):
    """One function run in a pool thread; its signals arrive on the Qt thread.

    `work` gets a Control. Exactly one of `done(result)` and `failed(exception)` is emitted, then
    `ended`. Hold no reference: a running task keeps itself alive. It has no parent either, which
    could destroy it while it runs; receivers that may go before it ends are bound methods of
    QObjects, which Qt forgets.
    """

    progress = Signal(int, int, str)
    done = Signal(object)
    failed = Signal(object)
    ended = Signal()

    _running: ClassVar["set[Task]"] = set()

    def __init__(self, work: Callable[[Control], Any]) -> None:
        super().__init__()
        self._relay = relay = Relay(self)
        self.control = Control(lambda *values: relay.emit("progress", *values))
        # What the work refers to, and what came of it: let go of with the task, on the Qt thread.
        self._kept: list[Any] = [work]

    @classmethod
    def running(cls) -> "frozenset[Task]":
        """The tasks that have begun and not ended."""
        return frozenset(cls._running)

    def start(self, pool: QThreadPool | None = None) -> "Task":
        one_at_a_time()
        # Last of all who listen: what the end begins is running before this is forgotten.
        self.ended.connect(self.forget)
        Task._running.add(self)
        runner = _Runner(self._kept, self.control, self._relay)
        (pool or QThreadPool.globalInstance()).start(runner)
        return self

    def stop(self) -> None:
        """Ask the work to stop; it ends when it next checks the control."""
        self.control.request_stop()

    def forget(self) -> None:
        """Let go of the task, whose signals reach nobody any more."""
        self._relay.close()
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
    """Runs the work of a task, `kept[0]`, in the pool's thread.

    Pages and whatever else the work refers to must not be destroyed in that thread: the runner
    puts what came of it into `kept` too, and lets go of the list before the task does.
    """

    def __init__(self, kept: list[Any], control: Control, relay: Relay) -> None:
        super().__init__()
        self._kept, self._control, self._relay = kept, control, relay

    def run(self) -> None:
        signal = "done"
        try:
            self._kept.append(self._kept[0](self._control))
        except BaseException as error:  # handed to the Qt thread, which reports it
            self._kept.append(error)
            signal = "failed"
        self._relay.emit(signal, self._kept[1])
        self._kept = []
        self._relay.emit("ended")


def stop_all(timeout_ms: int = 5000) -> bool:
    """Ask every task to stop and wait for the pool.

    False when some work did not end in time: it goes on unheard, and nothing waits for it.
    """
    tasks = Task.running()
    for task in tasks:
        task.stop()
    ended = QThreadPool.globalInstance().waitForDone(timeout_ms)
    if not ended:
        for task in tasks:
            task.forget()
    return ended
