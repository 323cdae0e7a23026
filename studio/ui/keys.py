"""Turns key presses into actions, before the focused widget gives them another meaning."""

import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
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
    if isinstance(widget, (*_CONTROLS, *_TYPING)):
        copying = bool(event.modifiers() & _COMMAND) and key == Qt.Key.Key_C.value
        return copying or (key in _CONTROL_KEYS and not event.modifiers() & _COMMAND)
    return False


class KeyDispatcher(QObject):
    """Watches the widget that has the focus in one window, and the window itself.

    A press runs the nearest enabled action of the present mode; auto-repeat runs it again only
    where the action says so. A held action ends when its key comes up or the window loses the
    focus. `on_slow` hears of actions that kept the Qt thread longer than `slow_ms`.
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
            return self._press(event)  # type: ignore[arg-type]
        if kind == QEvent.Type.KeyRelease:
            return self._release(event)  # type: ignore[arg-type]
        if kind == QEvent.Type.ShortcutOverride:
            if self._find(event) is None:  # type: ignore[arg-type]
                return False
            event.accept()
            return True
        if kind == QEvent.Type.WindowDeactivate:
            self._release_all()
        return False

    def _press(self, event: QKeyEvent) -> bool:
        action = self._find(event)
        if action is None:
            return False
        event.accept()
        if event.isAutoRepeat() and not action.repeats:
            return True
        if action.hold is not None:
            if event.key() in self._held:
                return True
            self._held[event.key()] = action
        started = time.perf_counter()
        action.run()
        took = (time.perf_counter() - started) * 1000
        if took > self.slow_ms and self._on_slow is not None:
            self._on_slow(action.id, took)
        return True

    def _release(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return event.key() in self._held
        action = self._held.pop(event.key(), None)
        if action is None or action.hold is None:
            return False
        action.hold()
        return True

    def _release_all(self) -> None:
        while self._held:
            _, action = self._held.popitem()
            if action.hold is not None:
                action.hold()

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
