"""Turns key presses into actions, before the focused widget gives them another meaning."""

import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from studio.ui.actions import Action, ActionRegistry
from studio.ui.held_keys import HeldKeys
from studio.ui.keymap import KeyMap

_TYPING = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox)
_CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QTabBar)
# What a focused control does by itself when reached with Tab.
_CONTROL_KEYS = frozenset(
    key.value
    for key in (
        Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
        Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
    )
)  # fmt: skip
# Editing keys of a text field, with Ctrl.
_EDITING = frozenset(
    key.value
    for key in (
        Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X, Qt.Key.Key_Z, Qt.Key.Key_Y,
        Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Backspace, Qt.Key.Key_Delete,
        Qt.Key.Key_Home, Qt.Key.Key_End,
    )
)  # fmt: skip
_HOLD_ENDS_MS = 30  # a release that is followed by a press of the same moment ends nothing
_COMMAND = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier
# Alt types nothing, except on a Mac, where it is the key to more characters.
_NOT_TYPED = _COMMAND if sys.platform == "darwin" else _COMMAND | Qt.KeyboardModifier.AltModifier


def belongs_to_widget(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Whether a press is the focused widget's own: typing in a field or a drop-down, Space on a
    button."""
    if widget is None or widget.property("studioKeys"):
        return False
    key = event.key()
    if isinstance(widget, _TYPING) and not getattr(widget, "isReadOnly", bool)():
        if Qt.Key.Key_F1.value <= key <= Qt.Key.Key_F12.value:
            return False
        return key in _EDITING or not event.modifiers() & _NOT_TYPED
    if isinstance(widget, QComboBox) and event.text() and not event.modifiers() & _NOT_TYPED:
        return True  # the first letters of an option choose it
    if isinstance(widget, (*_CONTROLS, *_TYPING)) or widget.property("ownArrows"):
        copying = bool(event.modifiers() & _COMMAND) and key == Qt.Key.Key_C.value
        return copying or (key in _CONTROL_KEYS and not event.modifiers() & _COMMAND)
    return False


class KeyDispatcher(QObject):
    """Watches the widget that has the focus in one window, and the window itself.

    A press runs the nearest enabled action of the present mode; a held key runs it again only
    where the action says so, however its repeats are reported (`HeldKeys`), and types nothing into
    a field that its action has opened. A held action ends when its key comes up or the window loses
    the focus. `on_slow` hears of actions that kept the Qt thread longer than `slow_ms`.
    """

    slow_ms = 50

    def __init__(
        self,
        window: QWidget,
        registry: ActionRegistry,
        keymap: KeyMap,
        mode: Callable[[], str],
        on_slow: Callable[[str, float], None] | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._registry, self._keymap, self._mode = window, registry, keymap, mode
        self._on_slow = on_slow
        self._held: dict[int, Action] = {}
        self._ending: dict[int, QTimer] = {}
        self._keys = HeldKeys()
        self._ran = 0  # the key of the last press, if it ran an action
        self._passed_on = False  # the press was the focused widget's own
        self._watched: QWidget | None = None
        window.installEventFilter(self)
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]

    def close(self) -> None:
        """Stop listening."""
        QApplication.instance().focusChanged.disconnect(self._focus_moved)  # type: ignore[union-attr]
        self._release_all()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.KeyPress:
            if watched is not self._window:
                own = belongs_to_widget(QApplication.focusWidget(), event)  # type: ignore[arg-type]
                self._passed_on = own
            elif self._passed_on:
                return False  # Enter in a field comes by here too, when the field is left already
            return self._press(event)  # type: ignore[arg-type]
        if kind == QEvent.Type.KeyRelease:
            self._passed_on = False
            return self._release(event)  # type: ignore[arg-type]
        if kind == QEvent.Type.ShortcutOverride:
            if self._find(event) is None:  # type: ignore[arg-type]
                return False
            event.accept()
            return True
        if kind == QEvent.Type.WindowDeactivate:
            self._keys.clear()
            self._release_all()
        return False

    def _press(self, event: QKeyEvent) -> bool:
        repeat = self._keys.is_repeat(event)
        action = self._find(event)
        if repeat and event.key() == self._ran and (action is None or not action.repeats):
            event.accept()
            if event.key() in self._held:
                self._go_on_holding(event.key())
            return True
        self._ran = 0
        if action is None:
            return False
        event.accept()
        self._ran = event.key()
        if repeat and not action.repeats:
            return True
        if action.hold is not None:
            if event.key() in self._held:
                self._go_on_holding(event.key())
                return True
            self._held[event.key()] = action
        started = time.perf_counter()
        action.run()
        took = (time.perf_counter() - started) * 1000
        if took > self.slow_ms and self._on_slow is not None:
            self._on_slow(action.id, took)
        return True

    def _release(self, event: QKeyEvent) -> bool:
        self._keys.release(event)
        key = event.key()
        if event.isAutoRepeat() or key not in self._held:
            return key in self._held
        if not event.timestamp():
            self._end_hold(key)
        elif key not in self._ending:
            timer = self._ending[key] = QTimer(self)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self._end_hold(key))
            timer.start(_HOLD_ENDS_MS)
        return True

    def _go_on_holding(self, key: int) -> None:
        """Go on holding: the release just before belonged to a repeat."""
        timer = self._ending.pop(key, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()

    def _end_hold(self, key: int) -> None:
        self._go_on_holding(key)  # what waited to end it has nothing left to do
        action = self._held.pop(key, None)
        if action is not None and action.hold is not None:
            action.hold()

    def _release_all(self) -> None:
        for key in list(self._held):
            self._end_hold(key)

    def _find(self, event: QKeyEvent) -> Action | None:
        if belongs_to_widget(QApplication.focusWidget(), event):
            return None
        for action_id in self._keymap.lookup(self._mode(), event):
            action = self._registry.by_id(action_id)
            if action is not None and action.enabled():
                return action
        return None

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None
        inside = new is not None and new is not self._window and self._window.isAncestorOf(new)
        if new is not None and inside and new.window() is self._window:
            new.installEventFilter(self)
            self._watched = new
