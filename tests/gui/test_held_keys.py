"""Which presses are repeats of a key that is held, by the time stamps of their events."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from studio.ui.held_keys import LIFT_MS, HeldKeys

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def event(down: bool, time: int, key: int = Qt.Key.Key_X, held: object = NONE, scan: int = 0):
    kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
    made = QKeyEvent(kind, key, held, scan, 0, 0, "x")
    made.setTimestamp(time)
    return made


def repeats(*struck: QKeyEvent) -> list[bool]:
    """For each press, whether it is a repeat."""
    keys, found = HeldKeys(), []
    for one in struck:
        if one.type() == QEvent.Type.KeyPress:
            found.append(keys.is_repeat(one))
        else:
            keys.release(one)
    return found


def test_a_press_with_the_time_of_the_release_before_is_a_repeat() -> None:
    pairs = [event(down, time) for time in (600, 633, 666) for down in (False, True)]
    assert repeats(event(True, 100), *pairs) == [False, True, True, True]
    late = LIFT_MS + 1
    assert repeats(event(True, 100), event(False, 160), event(True, 160 + late)) == [False, False]
    assert repeats(event(True, 100), event(False, 160), event(True, 160 + LIFT_MS))[-1]


def test_another_key_is_not_a_repeat() -> None:
    other = Qt.Key.Key_Space
    assert repeats(event(True, 100), event(False, 160), event(True, 160, other)) == [False] * 2
    # One key of the keyboard, whatever the modifiers make of it.
    shifted = [event(False, 160, Qt.Key.Key_1, NONE, 10), event(True, 160, 33, SHIFT, 10)]
    assert repeats(event(True, 100, Qt.Key.Key_1, NONE, 10), *shifted) == [False, True]


def test_presses_without_releases_are_repeats_for_a_second() -> None:
    assert repeats(event(True, 100), event(True, 600), event(True, 640)) == [False, True, True]
    assert repeats(event(True, 100), event(True, 1200)) == [False, False]


def test_without_time_stamps_only_what_qt_marks_is_a_repeat() -> None:
    assert repeats(event(True, 0), event(False, 0), event(True, 0)) == [False, False]
    marked = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_X, NONE, "x", True)
    assert repeats(event(True, 0), marked) == [False, True]


def test_the_same_event_is_judged_the_same_twice() -> None:
    first = event(True, 100)
    keys = HeldKeys()
    assert [keys.is_repeat(first), keys.is_repeat(first)] == [False, False]
    keys.release(event(False, 500))
    pair = event(True, 500)
    assert [keys.is_repeat(pair), keys.is_repeat(pair)] == [True, True]
    keys.clear()  # the window went to the back
    assert not keys.is_repeat(event(True, 700))
