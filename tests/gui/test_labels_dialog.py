"""The labels of a project, changed by typing and clicking."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.review.label_keys import label_keys
from studio.ui.labels_dialog import LabelsDialog
from studio.ui.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot: QtBot, window: StudioWindow, tmp_path: Path) -> Iterator[LabelsDialog]:
    window.context.new_project(tmp_path / "moles", [])
    qtbot.keyClick(
        window,
        Qt.Key.Key_P,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    made = window.findChild(LabelsDialog)
    assert made is not None
    qtbot.waitExposed(made)
    yield made
    made.close()


def names(dialog: LabelsDialog) -> list[str]:
    project = dialog.project
    keys = label_keys(project)
    return [f"{keys[one.id]} {one.name}" for one in project.labels()]


def enter(qtbot: QtBot, edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


@pytest.fixture
def three(qtbot: QtBot, dialog: LabelsDialog) -> LabelsDialog:
    for name in ("nevus", "melanoma", "keratosis"):
        enter(qtbot, dialog.new, name)
    return dialog


def test_labels_are_added_by_typing(three: LabelsDialog) -> None:
    assert names(three) == ["1 nevus", "2 melanoma", "3 keratosis"]
    assert three.isVisible()  # Enter adds and does not close
    assert three.rows["melanoma"].positive.isChecked()


def test_labels_are_renamed_moved_and_removed(qtbot: QtBot, three: LabelsDialog) -> None:
    enter(qtbot, three.rows["nevus"].name, "mole")
    qtbot.mouseClick(three.rows["keratosis"].up, LEFT)
    assert names(three) == ["1 mole", "2 keratosis", "3 melanoma"]
    assert not three.rows["mole"].up.isEnabled()
    qtbot.mouseClick(three.rows["mole"].remove, LEFT)
    qtbot.mouseClick(three.rows["keratosis"].positive, LEFT)
    assert names(three) == ["1 keratosis", "2 melanoma"]
    assert [one.positive for one in three.project.labels()] == [True, False]


def test_what_is_typed_counts_also_when_a_button_is_clicked_next(
    qtbot: QtBot, three: LabelsDialog
) -> None:
    for button, wanted in (
        ("down", ["1 melanoma", "2 mole", "3 keratosis"]),
        ("positive", ["1 melanoma", "2 birthmark", "3 keratosis"]),
        ("remove", ["1 melanoma", "2 keratosis"]),
    ):
        row = next(one for one in three.rows.values() if one.label.id == 1)
        qtbot.waitUntil(row.name.isVisible)
        row.name.setFocus()
        row.name.selectAll()
        qtbot.keyClicks(row.name, "mole" if button == "down" else "birthmark")
        qtbot.mouseClick(getattr(row, button), LEFT)
        assert names(three) == wanted
        assert three.problem.text() == ""
    edit = three.rows["keratosis"].name
    qtbot.waitUntil(edit.isVisible)
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "../x")
    qtbot.mouseClick(three.rows["keratosis"].up, LEFT)  # not moved: its name has to be put right
    assert names(three) == ["1 melanoma", "2 keratosis"]
    assert three.problem.text()


def test_a_key_is_given_and_freed(qtbot: QtBot, three: LabelsDialog) -> None:
    enter(qtbot, three.rows["melanoma"].key, "m")
    assert names(three) == ["1 nevus", "m melanoma", "2 keratosis"]
    enter(qtbot, three.rows["nevus"].key, "m")
    assert "that of 'melanoma'" in three.problem.text()
    assert three.rows["nevus"].key.text() == "1"
    edit = three.rows["melanoma"].key
    edit.setFocus()
    qtbot.keyClick(edit, Qt.Key.Key_Backspace)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert names(three) == ["1 nevus", "2 melanoma", "3 keratosis"]


@pytest.mark.parametrize("name", ["../x", "Melanoma"])
def test_what_cannot_be_a_label_is_said_and_put_back(
    qtbot: QtBot, three: LabelsDialog, name: str
) -> None:
    heard: list[bool] = []
    three._context.project_edited.connect(lambda: heard.append(True))
    enter(qtbot, three.rows["nevus"].name, name)
    assert three.problem.text()
    assert three.rows["nevus"].name.text() == "nevus"
    assert not heard


def test_other_workspaces_hear_of_it(qtbot: QtBot, three: LabelsDialog) -> None:
    heard: list[bool] = []
    listen: Callable[[], None] = lambda: heard.append(True)  # noqa: E731
    three._context.project_edited.connect(listen)
    enter(qtbot, three.new, "wart")
    assert heard
