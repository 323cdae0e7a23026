"""The network that comes with the studio."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.ui.generate.workspace import GenerateWorkspace

from morphing import settle  # isort: skip


def test_one_button_opens_a_morph_between_its_classes(
    qtbot: QtBot, empty: GenerateWorkspace
) -> None:
    qtbot.mouseClick(empty.empty.button, Qt.MouseButton.LeftButton)
    settle(qtbot, empty)
    assert empty.ready
    session = empty.controller.session
    assert session is not None
    classes = {session.source.class_name, session.target.class_name}
    assert classes == {"melanocyticnevus", "malignantmelanoma"}
    assert empty.controller.last is not None
    assert empty.controller.last.picture.shape == (64, 64, 3)
