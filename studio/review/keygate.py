"""Lets a key count only after the image has been visible."""

import time
from collections.abc import Callable

VISIBLE_SECONDS = 0.25


class KeyGate:
    """Refuses auto-repeat, and keys before the image has been visible for 250 ms.

    A key held down, or struck again in the same moment, cannot accept an image that was not seen.
    """

    def __init__(
        self,
        visible_seconds: float = VISIBLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._needed = visible_seconds
        self._clock = clock
        self._since: float | None = None

    def mark_visible(self) -> None:
        """The image is visible from now on."""
        self._since = self._clock()

    def mark_hidden(self) -> None:
        """The image is not visible any more: another one is loading."""
        self._since = None

    def admits(self, auto_repeat: bool = False) -> bool:
        """Whether a key pressed now counts."""
        return not auto_repeat and self.seconds_left() == 0

    def seconds_left(self) -> float:
        """How long until a key counts; infinite while nothing is visible."""
        if self._since is None:
            return float("inf")
        return max(0.0, self._since + self._needed - self._clock())
