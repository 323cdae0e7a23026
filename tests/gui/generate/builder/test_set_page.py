"""The set builder as a room of Generate: there without any network open."""

import sys

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.ui.generate.builder.page import SetBuilderPage
from studio.ui.generate.workspace import GenerateWorkspace


@pytest.mark.skipif(sys.platform == "darwin", reason="there, Alt in a field is for characters")
def test_the_set_builder_is_a_key_away(qtbot: QtBot, empty: GenerateWorkspace) -> None:
    assert empty.controller.network is None
    qtbot.keyClick(empty.window(), Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    page = empty.pages.current
    assert isinstance(page, SetBuilderPage)
    qtbot.waitUntil(lambda: not page.busy, timeout=20_000)
    assert empty.mode == "generate.sets"
    assert empty.hints()[0] == "sets.build"
    before = len(page.entries.rows)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(page.entries.rows[0].name, Qt.Key.Key_N, both)
    assert len(page.entries.rows) == before + 1
    last = page.entries.rows[-1].name
    qtbot.keyClick(last, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert empty.pages.current is None
