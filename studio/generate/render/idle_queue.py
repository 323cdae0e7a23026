"""Work that waits for pauses: by urgency, and in the order of asking within one."""

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class IdleQueue:
    """A queue that any thread adds to and one thread works off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, Callable[[], Any], Future[Any]]] = []

    def add(self, work: Callable[[], Any], urgency: int = 0) -> "Future[Any]":
        future: Future[Any] = Future()
        with self._lock:
            heapq.heappush(self._waiting, (-urgency, next(self._order), work, future))
        return future

    def __bool__(self) -> bool:
        with self._lock:
            while self._waiting and self._waiting[0][3].cancelled():
                heapq.heappop(self._waiting)
            return bool(self._waiting)

    def do_one(self) -> None:
        """The most urgent piece; what it returns or raises goes to its future."""
        with self._lock:
            if not self._waiting:
                return
            _, _, work, future = heapq.heappop(self._waiting)
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = work()
        except BaseException as error:  # whoever asked hears of it
            future.set_exception(error)
        else:
            future.set_result(result)

    def cancel(self) -> None:
        """Take everything back."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for _, _, _, future in waiting:
            future.cancel()
