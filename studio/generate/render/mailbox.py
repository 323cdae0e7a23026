"""A one-slot mailbox: the latest request wins, and nothing older is rendered after it."""

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R", bound=Hashable)


@dataclass(frozen=True)
class Stamped(Generic[R]):
    """A request and its place in the order of asking."""

    stamp: int
    request: R


class Mailbox(Generic[R]):
    """Between the thread that asks and the one that renders."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._slot: Stamped[R] | None = None
        self._stamp = 0
        self._closed = self._nudged = False

    @property
    def latest(self) -> int:
        """The stamp of the newest request, taken or not."""
        return self._stamp

    def post(self, request: R) -> int:
        """Replace whatever waits; returns the stamp."""
        with self._changed:
            self._stamp += 1
            self._slot = Stamped(self._stamp, request)
            self._changed.notify()
            return self._stamp

    def take(self, timeout: float | None = None) -> Stamped[R] | None:
        """Wait for a request; None when the time is up, somebody nudged, or the box is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._nudged or self._slot is not None, timeout
            )
            self._nudged = False
            taken, self._slot = self._slot, None
            return None if self._closed else taken

    def nudge(self) -> None:
        """Wake the renderer without a request: there is other work."""
        with self._changed:
            self._nudged = True
            self._changed.notify()

    def superseded(self, stamp: int) -> bool:
        """Whether a newer request waits: then the rest of this one's tiers can be left out."""
        return self._closed or stamp < self._stamp

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Wake the renderer for the last time."""
        with self._changed:
            self._closed = True
            self._slot = None
            self._changed.notify_all()
