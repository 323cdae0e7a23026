"""What is not seen is not decided: held keys, the guard of each box, the queue's end, names."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.imaging import Square
from studio.project import Action, BoxState, NewBox
from studio.review import KeyGate
from studio.ui.context import StudioContext
from studio.ui.settings import Settings

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


def guarded(room: "Room") -> list[float]:
    """The real guard again, with a clock that the test moves."""
    now = [100.0]
    controller = room.session.controller
    if "mark_hidden" in vars(controller):
        del controller.mark_hidden
    controller.gate = KeyGate(clock=lambda: now[0])
    room.session.presenter.restart_guard()
    room.canvas.repaint()
    now[0] += 0.3
    return now


def send(kind: QEvent.Type, key: Key, text: str, time: int) -> None:
    event = QKeyEvent(kind, key, Held.NoModifier, text)
    event.setTimestamp(time)
    QApplication.sendEvent(QApplication.focusWidget(), event)


def hold_without_detection(key: Key, text: str, start: int, repeats: int = 12) -> None:
    """As X11 reports a held key without detectable auto-repeat: releases and presses in pairs."""
    send(QEvent.Type.KeyPress, key, text, start)
    for n in range(repeats):
        time = start + 500 + 30 * n
        send(QEvent.Type.KeyRelease, key, text, time)
        send(QEvent.Type.KeyPress, key, text, time)
    send(QEvent.Type.KeyRelease, key, text, start + 500 + 30 * repeats)


def test_a_held_key_decides_once_also_where_repeats_are_pairs(room: "Room") -> None:
    hold_without_detection(Key.Key_Space, " ", 1000)
    assert room.events(Action.ACCEPT) == 1
    hold_without_detection(Key.Key_X, "x", 5000)
    assert room.events(Action.REJECT) == 1
    for n in range(3):  # struck anew by a hand, fast
        send(QEvent.Type.KeyPress, Key.Key_Space, " ", 9000 + 150 * n)
        send(QEvent.Type.KeyRelease, Key.Key_Space, " ", 9090 + 150 * n)
    assert room.events(Action.ACCEPT) == 4


def test_presses_without_a_release_between_are_repeats(room: "Room") -> None:
    for n in range(10):
        send(QEvent.Type.KeyPress, Key.Key_Space, " ", 1000 + 40 * n)
    assert room.events(Action.ACCEPT) == 1
    send(QEvent.Type.KeyPress, Key.Key_Space, " ", 9000)  # its release was not heard
    assert room.events(Action.ACCEPT) == 2


def test_a_held_browsing_key_goes_on_and_a_held_tool_stays(room: "Room") -> None:
    hold_without_detection(Key.Key_Right, "", 1000, repeats=3)
    assert room.session.navigator.index == 4
    send(QEvent.Type.KeyPress, Key.Key_W, "w", 2000)
    for n in range(5):
        send(QEvent.Type.KeyRelease, Key.Key_W, "w", 2500 + 30 * n)
        assert room.canvas.held_tools() == {"boxes_hidden": True}
        send(QEvent.Type.KeyPress, Key.Key_W, "w", 2500 + 30 * n)
    send(QEvent.Type.KeyRelease, Key.Key_W, "w", 3000)
    room.qtbot.waitUntil(lambda: room.canvas.held_tools() == {})


def test_a_held_key_types_nothing_into_the_field_it_opened(room: "Room") -> None:
    hold_without_detection(Key.Key_Semicolon, ";", 1000)
    edit = room.workspace.view.comment.edit
    assert QApplication.focusWidget() is edit
    assert edit.text() == ""
    send(QEvent.Type.KeyPress, Key.Key_Semicolon, ";", 3000)
    assert edit.text() == ";"


def test_the_guard_counts_for_each_box_and_a_refused_key_is_shown(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    add_boxes(0, *(NewBox(0, Square(60 + 90 * n, 60, 40), 1, "blob", "0", 0.4) for n in range(2)))
    room = make_room(project_path)
    now = guarded(room)
    refused: list[str] = []
    room.session.controller.refused.connect(refused.append)
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 1
    assert room.session.navigator.index == 0
    room.press(Key.Key_Space)  # the second box of the image is not painted yet
    assert "not here yet" in refused[-1]
    room.canvas.repaint()
    now[0] += 0.2
    for key in (Key.Key_Space, Key.Key_X, Key.Key_2, Key.Key_U, Key.Key_H):
        room.press(key)
        assert "Too early" in room.canvas._flash
    assert len(refused) == 6
    assert room.project.events.last_id() == 9  # eight proposals and one decision
    now[0] += 0.06
    room.press(Key.Key_Space)
    assert room.canvas._flash == ""
    assert room.events(Action.ACCEPT) == 2
    room.canvas.repaint()
    room.press(Key.Key_Tab)  # chosen by hand: seen anew, too
    room.canvas.repaint()
    room.press(Key.Key_X)
    assert room.events(Action.REJECT) == 0
    now[0] += 0.3
    room.press(Key.Key_X)
    assert room.events(Action.REJECT) == 1


def test_the_guard_begins_anew_when_the_picture_comes_to_the_front(room: "Room") -> None:
    now = guarded(room)
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: bool(room.sheet.grid.page.box_ids), timeout=5000)
    room.press(Key.Key_G)
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 0
    room.canvas.repaint()
    now[0] += 0.3
    room.workspace.activate()
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 0
    room.canvas.repaint()
    now[0] += 0.3
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 1


def test_a_box_off_the_canvas_is_brought_there_before_a_key_counts(room: "Room") -> None:
    now = guarded(room)
    box = room.current
    for _ in range(10):
        room.press(Key.Key_Plus)
    for _ in range(20):
        room.press(Key.Key_Right, Held.ShiftModifier)
    square = room.canvas.current_square
    assert not room.canvas.is_in_sight(square)
    scale = room.canvas.view.scale
    room.press(Key.Key_X)
    assert "out of sight" in room.canvas._flash
    assert room.canvas.is_in_sight(square)
    assert room.canvas.view.scale == scale
    room.press(Key.Key_X)  # it has not been painted there
    room.canvas.repaint()
    room.press(Key.Key_X)
    assert room.stored(box.id).state is BoxState.UNDECIDED
    now[0] += 0.3
    room.press(Key.Key_X)
    assert room.stored(box.id).state is BoxState.REJECTED


def test_after_the_last_image_no_key_overturns_the_last_decision(room: "Room") -> None:
    room.press(Key.Key_End)
    assert room.session.navigator.index == 5
    last = room.current.id
    room.press(Key.Key_X)
    assert room.stored(last).state is BoxState.REJECTED
    room.qtbot.waitUntil(lambda: not room.workspace.commands.reasons.open, timeout=3000)
    step = room.workspace.view.next_step
    assert step.done.text() == "The end of the queue. Still to decide: 5 boxes"
    before = room.project.events.last_id()
    for key in (Key.Key_Space, Key.Key_2, Key.Key_X, Key.Key_U, Key.Key_H):
        room.press(key)
        assert "That was the last one" in room.canvas._flash
    assert room.project.events.last_id() == before
    assert room.stored(last).state is BoxState.REJECTED
    room.press(Key.Key_Tab)  # chosen to be decided anew
    assert step.isHidden()
    room.press(Key.Key_Space)
    assert room.stored(last).state is BoxState.ACCEPTED
    room.press(Key.Key_Backspace)
    assert room.stored(last).state is BoxState.REJECTED
    room.press(Key.Key_Backspace)
    room.press(Key.Key_Space)  # undone and returned to: the key counts
    assert room.stored(last).state is BoxState.ACCEPTED


def test_the_last_decision_stands_when_the_project_is_opened_again(
    room: "Room", make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    room.press(Key.Key_End)
    last = room.current.id
    room.press(Key.Key_X)
    context = room.window.context
    context.close_project()
    context.open_project(project_path)
    room.settle()
    room.open_gate()
    assert room.current.id == last
    room.press(Key.Key_Space)
    assert room.stored(last).state is BoxState.REJECTED
    assert "You have decided this one" in room.canvas._flash


def test_keys_struck_on_overturn_nothing_that_the_reviewer_has_decided(room: "Room") -> None:
    ids = []
    for key in (Key.Key_X, Key.Key_X, Key.Key_X):
        ids.append(room.current.id)
        room.press(key)
    for _ in range(3):
        room.press(Key.Key_Left)
    room.press(Key.Key_Space)  # gone to, so it is decided anew
    assert room.stored(ids[0]).state is BoxState.ACCEPTED
    room.press(Key.Key_Space)  # came up by itself
    assert room.stored(ids[1]).state is BoxState.REJECTED
    assert "J goes on" in room.canvas._flash
    room.press(Key.Key_J)
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 2
    # A second reader decides what the first has decided.
    room.window.context.set_reviewer("Ben")
    room.press(Key.Key_Home)
    for id_ in ids:
        assert room.current.id == id_
        room.press(Key.Key_Space)
        assert room.stored(id_).state is BoxState.ACCEPTED


def test_redone_decisions_stand(room: "Room") -> None:
    first = room.current.id
    room.press(Key.Key_X)
    room.press(Key.Key_Backspace)
    room.press(Key.Key_Z, Held.ControlModifier | Held.ShiftModifier)
    assert room.stored(first).state is BoxState.REJECTED
    room.press(Key.Key_Space)
    assert room.stored(first).state is BoxState.REJECTED


@pytest.fixture
def nameless(
    context: StudioContext, make_room: "Callable[[Path], Room]", project_path: Path, tmp_path: Path
) -> "Room":
    """A window whose reviewer has not been named."""
    context.settings = Settings(tmp_path / "nameless" / "settings.json")
    context.reviewer = ""
    return make_room(project_path)


def test_the_name_is_asked_before_the_first_decision(nameless: "Room") -> None:
    room, bar = nameless, nameless.workspace.view.name_bar
    assert not bar.isVisible()
    room.press(Key.Key_Right)
    room.press(Key.Key_Left)
    assert not bar.isVisible()  # looking needs no name
    for key in (Key.Key_Space, Key.Key_X, Key.Key_1, Key.Key_U, Key.Key_E, Key.Key_N, Key.Key_H):
        room.canvas.setFocus()
        room.press(key)
        assert QApplication.focusWidget() is bar.edit
    room.canvas.setFocus()
    room.press(Key.Key_Semicolon)
    assert QApplication.focusWidget() is bar.edit
    room.press(Key.Key_Escape)
    assert not bar.isVisible()
    assert QApplication.focusWidget() is room.canvas
    with room.project.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from reviewer").scalar() == 0
    room.press(Key.Key_X)
    bar.edit.clear()
    room.press(Key.Key_Return)
    assert bar.isVisible()  # an empty name is none
    QTest.keyClicks(bar.edit, " Zoe ")
    room.press(Key.Key_Return)
    assert not bar.isVisible()
    assert "Press the key again" in room.canvas._flash
    assert room.project.events.last_id() == 6
    first = room.current.id
    room.press(Key.Key_X)
    assert room.project.events.of_box(first)[-1].reviewer == "Zoe"
    assert room.window.context.settings.get("reviewer") == "Zoe"
    assert room.session.reviewer == "Zoe"


def test_the_name_is_asked_before_a_page_is_decided(nameless: "Room") -> None:
    room = nameless
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: room.sheet.confirmable, timeout=10_000)
    room.sheet.gate = KeyGate(visible_seconds=0)
    room.sheet.gate.mark_visible()
    page = list(room.sheet.grid.page.box_ids)
    room.press(Key.Key_X)
    room.press(Key.Key_Space)
    assert room.workspace.view.name_bar.isVisible()
    assert room.project.events.last_id() == 6
    QTest.keyClicks(room.workspace.view.name_bar.edit, "Zoe")
    room.workspace.view.name_bar.button.click()
    assert QApplication.focusWidget() is room.sheet.grid
    room.press(Key.Key_Space)
    assert {room.project.events.of_box(id_)[-1].reviewer for id_ in page} == {"Zoe"}
    assert room.stored(page[0]).state is BoxState.REJECTED


def test_nothing_is_edited_or_drawn_on_a_picture_that_was_not_seen(room: "Room") -> None:
    now = guarded(room)
    room.press(Key.Key_Right)
    for key in (Key.Key_E, Key.Key_N):
        room.press(key)
        assert room.workspace.mode == "review"
    room.settle()
    room.canvas.repaint()
    now[0] += 0.3
    room.press(Key.Key_E)
    assert room.workspace.mode == "review.edit"
    room.press(Key.Key_Escape)


def test_a_new_box_begins_and_stays_where_it_is_seen(
    room: "Room", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.canvas, "_pointer", None)
    for _ in range(8):
        room.press(Key.Key_Plus)
    for _ in range(12):
        room.press(Key.Key_Down, Held.ShiftModifier)
    room.press(Key.Key_N)
    assert room.canvas.is_in_sight(room.canvas.placing)
    for _ in range(30):
        room.press(Key.Key_Up, Held.ShiftModifier)
    assert room.canvas.is_in_sight(room.canvas.placing)
    room.press(Key.Key_Escape)
    room.press(Key.Key_E)
    for _ in range(30):
        room.press(Key.Key_Left, Held.ShiftModifier)
    assert room.canvas.is_in_sight(room.canvas.editing)
    room.press(Key.Key_Escape)


def test_the_window_may_be_made_smaller_and_the_box_stays_in_sight(room: "Room") -> None:
    room.press(Key.Key_Z)
    for _ in range(6):
        room.press(Key.Key_Plus)
    square = room.canvas.current_square
    assert room.canvas.is_in_sight(square)
    room.canvas.mapToGlobal(QPoint(0, 0))
    room.window.resize(1000, 620)
    QApplication.processEvents()
    assert room.canvas.is_in_sight(square)
