"""Keeps the keyboard focus where the keys of the hint bar work.

Qt hands the focus of a control that is disabled, hidden or deleted to its neighbour, which may be
the stop button of a job or the rail of workspaces, where the next Space does harm.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import TypeGuard

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

_REASON = Qt.FocusReason.OtherFocusReason


def usable(widget: QWidget | None) -> TypeGuard[QWidget]:
    """Whether a widget is there, enabled and in front, so that it can take the focus. Whether the
    window itself is shown yet does not matter."""
    return (
        widget is not None
        and shiboken6.isValid(widget)
        and widget.isEnabled()
        and widget.isVisibleTo(widget.window())
    )


def first_usable(*widgets: QWidget | None) -> QWidget | None:
    """The first of the widgets that can take the focus; None when none can."""
    return next((widget for widget in widgets if usable(widget)), None)


def give_focus(widget: QWidget) -> None:
    """Give the focus to `widget`, whatever else loses it in this event. `setFocus` does nothing
    where Qt has chosen the widget itself, and the keeper could not tell that it is meant."""
    widget.setFocus(_REASON)
    keeper = widget.window().findChild(FocusKeeper)
    if keeper is not None:
        keeper.keep()


def tab_first(widget: QWidget, page: QWidget) -> None:
    """Let Tab reach `widget`, put on top of a `page` that was there before it, before the rest."""
    order: list[QWidget] = [widget]
    part: QWidget | None = page
    for _ in page.findChildren(QWidget):
        part = part.nextInFocusChain() if part is not None else None
        if part is None:
            break
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus and page.isAncestorOf(part):
            order += [] if part in order else [part]
    for one, two in pairwise(order):
        QWidget.setTabOrder(one, two)


def _turned_over(lost: QWidget | None, new: QWidget) -> bool:
    """Whether `lost` lies on a page that a stack has turned over and `new` on the page it shows
    instead: then the stack has chosen `new`, for no better reason than that it comes first."""
    if lost is None or not shiboken6.isValid(lost):
        return False
    part: QWidget | None = lost
    while part is not None:
        stack = part.parentWidget()
        if isinstance(stack, QStackedWidget) and stack.currentWidget() is not part:
            shown = stack.currentWidget()
            return shown is new or (shown is not None and shown.isAncestorOf(new))
        part = stack
    return False


class FocusKeeper(QObject):
    """Moves a focus that Qt has handed to a neighbour to `home()`, at the end of the event.

    A focus that was set on purpose after the loss stays, and so does one in a dialog or a menu. A
    control that can be used again by then gets the focus back.
    """

    def __init__(self, window: QWidget, home: Callable[[], QWidget | None]) -> None:
        super().__init__(window)
        self._window, self._home = window, home
        self._last: QWidget | None = window.focusWidget()  # the last there to have had the focus
        self._lost: QWidget | None = None
        self._stack_may_choose = False
        self._watching = True
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._go_home)
        QApplication.instance().focusChanged.connect(self._moved)  # type: ignore[union-attr]

    def keep(self) -> None:
        """Leave the focus where it is, whatever was lost in this event."""
        self._later.stop()

    def close(self) -> None:
        """Stop watching; may be called again."""
        if self._watching:
            self._watching = False
            QApplication.instance().focusChanged.disconnect(self._moved)  # type: ignore[union-attr]
        self._later.stop()

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None:
            if self._window.isActiveWindow():
                self._later.start(0)
            return
        if new.window() is not self._window:
            return
        before, self._last = self._last, new
        if before is None or before is new:
            return
        if not usable(before):
            self._lost = self._lost if self._later.isActive() else before
            self._stack_may_choose = True
            self._later.start(0)
        elif self._stack_may_choose and _turned_over(self._lost, new):
            self._stack_may_choose = False  # once; the next move is a choice of our own
        else:
            self._later.stop()

    def _go_home(self) -> None:
        lost, self._lost = self._lost, None
        elsewhere = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if elsewhere is not None or not self._window.isActiveWindow():
            return
        target = lost if usable(lost) else self._home()
        if target is not None and usable(target):
            target.setFocus(_REASON)
