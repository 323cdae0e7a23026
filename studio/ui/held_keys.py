"""Distinguishes a new key press from the repeats of a key that is held down."""

from PySide6.QtGui import QKeyEvent

LIFT_MS = 8
"""No hand lifts a key and strikes it again so fast: such a press is a repeat."""

DOWN_MS = 1000
"""A press of a key that is down already and was pressed, or repeated, so lately is a repeat."""


class HeldKeys:
    """Which keys are down, by the time stamps of their events (ms; 0 where a platform gives none).

    Qt marks auto-repeat where it can. X11 without detectable auto-repeat, as under many remote
    desktops, reports a held key as releases and presses instead, each pair with one time stamp;
    others send presses without any release between.
    """

    def __init__(self) -> None:
        self._down: dict[int, int] = {}  # key -> time of its last press
        self._lifted: dict[int, int] = {}  # key -> time of its release
        self._last: tuple[int, int, bool] = (0, 0, False)

    def is_repeat(self, event: QKeyEvent) -> bool:
        """Take note of a press; whether its key has been down since an earlier one."""
        key, time = _key_of(event), event.timestamp()
        if time and self._last[:2] == (key, time) and key in self._down:
            return self._last[2]  # the same event, on its way from the widget to its window
        repeat = event.isAutoRepeat()
        if time and not repeat:
            lifted, pressed = self._lifted.get(key), self._down.get(key)
            if lifted:
                repeat = 0 <= time - lifted <= LIFT_MS
            elif pressed:
                repeat = 0 <= time - pressed <= DOWN_MS
        self._down[key] = time
        self._lifted.pop(key, None)
        self._last = (key, time, repeat)
        return repeat

    def release(self, event: QKeyEvent) -> None:
        """Take note of a release."""
        key = _key_of(event)
        if self._down.pop(key, None) is not None and not event.isAutoRepeat():
            self._lifted[key] = event.timestamp()

    def clear(self) -> None:
        """Forget the keys: the window is not in front, so releases may not arrive."""
        self._down.clear()
        self._lifted.clear()


def _key_of(event: QKeyEvent) -> int:
    """One number for a key of the keyboard, whatever the modifiers make of it."""
    return event.nativeScanCode() or -event.key()
