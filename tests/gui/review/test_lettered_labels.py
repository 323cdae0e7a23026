"""More labels than digits: a key, and then the letter of the label."""

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.project import BoxState
from studio.review.label_keys import choose_key

if TYPE_CHECKING:
    from conftest import Room

Key = Qt.Key


@pytest.fixture
def twelve(room: "Room") -> "Room":
    """A project of twelve labels, the last with a letter that was chosen."""
    have = len(room.project.labels())
    for number in range(have + 1, 13):
        room.project.add_label(f"class {number}")
    choose_key(room.project, "class 12", "w")
    room.workspace.context.project_edited.emit()
    room.settle()
    room.open_gate()
    return room


def label_of(room: "Room", box_id: int) -> str:
    box = room.project.boxes.by_id(box_id)
    return next(one.name for one in room.project.labels() if one.id == box.label_id)


def test_a_letter_labels_accepts_and_goes_on(twelve: "Room") -> None:
    for key, name in ((Key.Key_A, "class 10"), (Key.Key_B, "class 11"), (Key.Key_W, "class 12")):
        first = twelve.current
        twelve.press(Key.Key_A)
        assert twelve.window.mode == "labels"
        twelve.press(key)
        twelve.settle()
        twelve.open_gate()
        assert label_of(twelve, first.id) == name
        assert twelve.project.boxes.by_id(first.id).state is BoxState.ACCEPTED
        assert twelve.window.mode == "review"


def test_escape_and_other_keys_label_nothing(twelve: "Room") -> None:
    first = twelve.current
    twelve.press(Key.Key_A)
    twelve.press(Key.Key_Space)  # decides only where no letter is awaited
    twelve.press(Key.Key_Q)
    assert twelve.window.mode == "review"
    twelve.press(Key.Key_A)
    twelve.press(Key.Key_Escape)
    assert twelve.window.mode == "review"
    assert twelve.project.boxes.by_id(first.id).state is BoxState.UNDECIDED
    assert twelve.current.id == first.id


def test_every_label_shows_its_key_and_can_be_clicked(qtbot: QtBot, twelve: "Room") -> None:
    panel = twelve.workspace.view.panel.labels
    names = [button.accessibleName() for button in panel._buttons.values()]
    assert names[-3:] == ["class 10 (A A)", "class 11 (A B)", "class 12 (A W)"]
    first = twelve.current
    button = list(panel._buttons.values())[-1]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert label_of(twelve, first.id) == "class 12"


def test_with_digits_for_all_the_key_says_so(room: "Room") -> None:
    room.press(Key.Key_A)
    assert room.window.mode == "review"


def test_labels_follow_their_order(twelve: "Room") -> None:
    twelve.project.move_label("class 12", 1)
    choose_key(twelve.project, "class 12", None)
    twelve.workspace.context.project_edited.emit()
    twelve.settle()
    twelve.open_gate()
    first = twelve.current
    twelve.press(Key.Key_1)
    assert label_of(twelve, first.id) == "class 12"
