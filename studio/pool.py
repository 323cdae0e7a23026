"""Threads that work on many things at once and give the results in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")
E = TypeVar("E", bound=Exception)
_AHEAD = 4  # so many things for each thread are under way or done before they are asked for


class OrderedPool:
    """A pool of `threads`, by default one for each core; a context manager.

    Worth it where the work leaves the interpreter: numpy, OpenCV, Pillow, files, child processes.
    """

    def __init__(self, threads: int | None = None, name: str = "") -> None:
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=name)

    def map(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[T, R]]:
        """Each item with what `work` makes of it, in order, while later ones are in work.

        `items` is drawn lazily, a few ahead. Once `stop` says so, no more is drawn and what has not
        begun is dropped, as it is when the loop over the results is left. An error of `work` is
        raised in the place of its item.
        """
        waiting: deque[tuple[T, Future[R]]] = deque()
        try:
            for item in items:
                waiting.append((item, self._pool.submit(work, item)))
                if len(waiting) >= _AHEAD * self._threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
                if stop():
                    break
            while waiting:
                first, future = waiting.popleft()
                if not (stop() and future.cancel()):
                    yield first, future.result()
        finally:
            for _, future in waiting:
                future.cancel()

    def try_map(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        catch: type[E],
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[T, R | E]]:
        """As `map`, with an error of the kind `catch` in place of the result."""

        def tried(item: T) -> R | E:
            try:
                return work(item)
            except catch as error:
                return error

        return self.map(tried, items, stop)

    def close(self) -> None:
        """Wait for what is in work and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
