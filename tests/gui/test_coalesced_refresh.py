"""One reading at a time, and once more for whoever asked meanwhile."""

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.ui.background import CoalescedRefresh


def test_a_turn_asked_for_meanwhile_comes_once_after(qtbot: QtBot) -> None:
    asked: list[bool] = []
    owner = QObject()
    refreshing = CoalescedRefresh(lambda: asked.append(refreshing.begin()), owner)
    assert refreshing.begin()
    assert not refreshing.begin()
    assert not refreshing.begin()
    assert (refreshing.busy, refreshing.wanted, asked) == (True, True, [])
    refreshing.end()
    assert (refreshing.busy, refreshing.wanted, asked) == (True, False, [True])
    refreshing.end()
    assert (refreshing.busy, asked) == (False, [True])
