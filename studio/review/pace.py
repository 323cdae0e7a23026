"""How fast a review goes, and how long it will take."""

import time
from collections import deque
from collections.abc import Callable


class Pace:
    """Decisions a minute over the last minutes of work; breaks do not count as work."""

    def __init__(
        self,
        window_seconds: float = 300.0,
        break_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A gap longer than `break_seconds` between two decisions is a break."""
        self._window = window_seconds
        self._break = break_seconds
        self._clock = clock
        self._last: float | None = None
        self._steps: deque[tuple[float, int]] = deque()  # seconds of work, decisions

    def decided(self, count: int = 1) -> None:
        """So many decisions were made now: 1, or a page's."""
        now = self._clock()
        gap = None if self._last is None else now - self._last
        self._last = now
        if gap is None or gap > self._break:
            return  # nothing is known of the time that the first one after a break took
        self._steps.append((gap, count))
        while len(self._steps) > 1 and self._seconds() - self._steps[0][0] >= self._window:
            self._steps.popleft()

    def per_minute(self) -> float | None:
        """Decisions a minute, None until it can be told."""
        seconds = self._seconds()
        return 60 * sum(count for _, count in self._steps) / seconds if seconds > 0 else None

    def seconds_for(self, left: int) -> float | None:
        """How long so many more decisions take at this pace, None until it can be told."""
        rate = self.per_minute()
        return 60 * left / rate if rate else None

    def _seconds(self) -> float:
        return sum(seconds for seconds, _ in self._steps)
