"""What every view is made of: buttons by the keyboard."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.ui.widgets import PrimaryButton


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_press_the_primary_button(qtbot: QtBot, key: Qt.Key) -> None:
    pressed: list[int] = []
    button = PrimaryButton("Begin", lambda: pressed.append(1))
    qtbot.addWidget(button)
    button.show()
    button.setFocus()
    qtbot.keyClick(button, key)
    assert pressed == [1]
