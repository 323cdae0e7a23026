"""One thread imports at a time, as long as the window is up."""

import os
import threading
from importlib import _bootstrap
from typing import Any

_PATIENCE_S = 60  # longer than any import; then Python's own locks are better than to wait for ever


def one_at_a_time() -> None:
    """Let a thread that imports a module wait until no other thread is importing one.

    Python locks each module by itself. A thread that imports `package` then holds the package and
    wants `package.part`, while a second thread that imports `package.part` holds the part and wants
    the package. Python ends this deadlock by handing one of them a half-made module, whose import
    then fails with "partially initialized module" or a KeyError. It happens where a page is mounted
    in the Qt thread while a task imports what it needs.

    The lock goes round the function by which the interpreter imports whatever is not imported yet
    (`importlib._bootstrap._find_and_load`, from Python 3.3 to 3.14), so an import statement that
    finds its module costs what it did. Calling this twice is harmless.
    """
    bootstrap: Any = _bootstrap
    if not isinstance(bootstrap._find_and_load, _OneAtATime):
        bootstrap._find_and_load = _OneAtATime(bootstrap._find_and_load)


class _OneAtATime:
    def __init__(self, find_and_load: Any) -> None:
        self._find_and_load = find_and_load
        self._renew_lock()
        if hasattr(os, "register_at_fork"):
            # The thread that held it does not exist in the child, as for Python's own locks.
            os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()  # re-entrant: a module that is imported imports others
        self._patience_s: float = _PATIENCE_S

    def __call__(self, name: str, import_: Any) -> Any:
        lock = self._lock
        alone = lock.acquire(timeout=self._patience_s)
        if not alone:
            self._patience_s = 0  # who holds it may wait for this thread: wait once, not each time
        try:
            return self._find_and_load(name, import_)
        finally:
            if alone:
                lock.release()
