"""A newcomer's way from an empty home to a training, by the one primary button of each page."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.looking import primaries
from studio.ui import project_actions
from studio.ui.background import Control
from studio.ui.window import StudioWindow
from studio.workflows import make_sample_project


def test_two_clicks_lead_from_an_empty_home_to_a_training_that_can_start(
    qtbot: QtBot, window: StudioWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(folder: Path, control: Control, decided: bool) -> Path:
        make_sample_project(folder, 6, on_progress=control.progress, decided=decided)
        return folder

    monkeypatch.setattr(project_actions, "make_sample", make)
    qtbot.mouseClick(window.welcome.decided, Qt.MouseButton.LeftButton)

    def offered(title: str) -> bool:
        return [button.text() for button in primaries(window)] == [title]

    qtbot.waitUntil(lambda: offered("Train on this export"), timeout=60_000)
    [button] = primaries(window)
    assert QApplication.focusWidget() is button
    qtbot.keyClick(button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: offered("Start training"), timeout=30_000)
    [button] = primaries(window)
    qtbot.waitUntil(button.hasFocus)
