"""One reading at a time, and once more for whoever asked meanwhile."""

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from studio.ui.background import Turns


def test_a_turn_asked_for_meanwhile_comes_once_after(qtbot: QtBot) -> None:
    asked: list[bool] = []
    owner = QObject()
    turns = Turns(lambda: asked.append(turns.begin()), owner)
    assert turns.begin()
    assert not turns.begin()
    assert not turns.begin()
    assert (turns.busy, turns.wanted, asked) == (True, True, [])
    turns.end()
    assert (turns.busy, turns.wanted, asked) == (True, False, [True])
    turns.end()
    assert (turns.busy, asked) == (False, [True])
