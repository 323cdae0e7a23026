"""One key decides, commits and goes on; undo returns; the place is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.imaging import Square
from studio.project import Action, BoxState, NewBox, Project
from studio.review import KeyGate
from studio.ui.context import StudioContext
from studio.ui.window import StudioWindow

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


def test_space_accepts_commits_and_goes_on(room: "Room") -> None:
    first, index = room.current.id, room.session.navigator.index
    room.press(Key.Key_Space)
    assert room.stored(first).state is BoxState.ACCEPTED
    assert room.session.navigator.index == index + 1
    assert room.current.id != first
    event = room.project.events.of_box(first)[-1]
    assert event.reviewer == "Ana"
    assert event.on_screen["mode"] == "single"
    assert event.ms_spent >= 0
    assert "saved" in room.workspace.view.header.saved.text()


def test_the_boxes_of_an_image_come_one_after_the_other(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    more = add_boxes(0, NewBox(0, Square(60, 60, 40), 1, "blob", "0", 0.4))
    room = make_room(project_path)
    image = room.session.navigator.image.id
    room.press(Key.Key_Space)
    assert room.session.navigator.image.id == image
    assert room.current.id == more[0]
    room.press(Key.Key_X)
    assert room.stored(more[0]).state is BoxState.REJECTED
    assert room.session.navigator.image.id != image


def test_a_held_key_decides_once(room: "Room") -> None:
    press = QEvent.Type.KeyPress
    target = QApplication.focusWidget()
    QApplication.sendEvent(target, QKeyEvent(press, Key.Key_Space, Held.NoModifier, " "))
    for _ in range(5):
        repeat = QKeyEvent(press, Key.Key_Space, Held.NoModifier, " ", True)
        QApplication.sendEvent(target, repeat)
    assert room.events(Action.ACCEPT) == 1


def test_a_key_counts_only_after_the_image_was_visible(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    room = make_room(project_path)
    now = [100.0]
    controller = room.session.controller
    del controller.mark_hidden  # the real one again
    controller.gate = KeyGate(clock=lambda: now[0])
    controller.gate.mark_visible()
    now[0] += 0.3
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 1
    room.press(Key.Key_Space)  # the next image has not been painted yet
    assert room.events(Action.ACCEPT) == 1
    room.settle()
    room.canvas.repaint()
    now[0] += 0.2
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 1
    now[0] += 0.1
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 2


def test_number_keys_label_and_accept(room: "Room") -> None:
    first = room.current.id
    labels = room.project.labels()
    room.press(Key.Key_2)
    assert room.stored(first).label_id == labels[1].id
    assert room.stored(first).state is BoxState.ACCEPTED
    second = room.current.id
    room.press(Key.Key_1, Held.ShiftModifier)
    assert room.stored(second).label_id == labels[0].id
    assert room.current.id == second
    room.press(Key.Key_9)
    assert room.current.id == second  # there is no ninth label


def test_a_box_without_a_label_asks_for_one(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        image = project.images.ids()[0]
        box = project.boxes.of_image(image)[0]
        project.events.change(box.id, Action.RELABEL, {"label_id": None}, "Ben")
    room = make_room(project_path)
    room.workspace.commands.go_to(0)
    room.press(Key.Key_Space)
    assert "press 1 to 2" in room.canvas._flash
    assert "review.accept" not in room.workspace.hints()
    assert room.stored(box.id).state is BoxState.UNDECIDED
    room.press(Key.Key_1)
    assert room.stored(box.id).state is BoxState.ACCEPTED
    assert room.canvas._flash == ""  # not said of the next box
    assert "review.accept" in room.workspace.hints()


def test_a_second_key_gives_the_reason(room: "Room") -> None:
    first = room.current.id
    header = room.workspace.view.header
    room.qtbot.waitUntil(lambda: room.session.presenter.crop_of(first) is not None)
    room.press(Key.Key_X)
    assert room.workspace.mode == "review.reason"
    assert room.stored(first).state is BoxState.REJECTED
    assert header.note.text().startswith("Rejected. Why?   B blur")
    assert header.thumb.pixmap().height() == 32  # of the box that is asked about
    assert room.canvas._banner == ""  # the next image is on the canvas
    room.press(Key.Key_B)
    assert room.stored(first).reason == "blur"
    assert room.workspace.mode == "review"
    assert room.workspace.view.header.note.text() == "Rejected: blur."
    room.press(Key.Key_Backspace)
    assert room.stored(first).state is BoxState.UNDECIDED
    assert room.stored(first).reason is None


def test_reasons_notes_and_outlines_are_no_decisions(
    room: "Room", qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller, counted = room.session.controller, []
    monkeypatch.setattr(controller.pace, "decided", lambda count=1: counted.append(count))
    first = room.current.id
    room.press(Key.Key_X)
    assert counted == [1]
    room.press(Key.Key_B)
    event = room.project.events.of_box(first)[-1]
    assert event.action is Action.REASON
    assert event.on_screen is None
    assert event.ms_spent is None
    qtbot.waitUntil(lambda: room.canvas._announced)  # the next picture has been painted
    since = controller._since
    controller.set_reason(first, "hair")
    controller.comment("ruler")
    box = room.current
    assert box.label_id is not None
    controller.pending = box.square.moved(3, 0)
    controller.keep_square()
    assert room.events(Action.COMMENT) == room.events(Action.ADJUST) == 1
    assert counted == [1]
    assert controller._since == since
    room.press(Key.Key_Space)
    assert counted == [1, 1]
    assert controller._since != since


def test_the_reason_window_closes_by_itself_and_by_the_next_decision(room: "Room") -> None:
    room.workspace.commands.reasons._timer.setInterval(30)
    first = room.current.id
    room.press(Key.Key_X)
    room.qtbot.waitUntil(lambda: room.workspace.mode == "review")
    room.press(Key.Key_B)
    assert room.stored(first).reason is None
    room.workspace.commands.reasons._timer.setInterval(5000)
    second = room.current.id
    room.press(Key.Key_X)
    room.press(Key.Key_Space)
    assert room.workspace.mode == "review"
    assert room.stored(second).reason is None
    assert room.events(Action.ACCEPT) == 1


def test_unsure_and_comment(room: "Room") -> None:
    first = room.current.id
    room.press(Key.Key_Semicolon)
    assert QApplication.focusWidget() is room.workspace.view.comment.edit
    QTest.keyClicks(QApplication.focusWidget(), "ruler in the way; x")
    room.press(Key.Key_Return)
    assert room.stored(first).comment == "ruler in the way; x"
    assert room.current.id == first
    room.press(Key.Key_U)
    assert room.stored(first).state is BoxState.UNSURE


def test_backspace_undoes_and_returns(room: "Room") -> None:
    first = room.current.id
    for _ in range(3):
        room.press(Key.Key_Space)
    assert room.session.navigator.index == 3
    for _ in range(3):
        room.press(Key.Key_Backspace)
    assert room.session.navigator.index == 0
    assert room.current.id == first
    assert room.stored(first).state is BoxState.UNDECIDED
    room.press(Key.Key_Z, Held.ControlModifier | Held.ShiftModifier)
    assert room.stored(first).state is BoxState.ACCEPTED
    room.press(Key.Key_Z, Held.ControlModifier)
    assert room.stored(first).state is BoxState.UNDECIDED
    room.press(Key.Key_Backspace)
    assert "nothing to undo" in room.canvas._flash


def test_the_window_reopens_at_the_exact_item(
    room: "Room", make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    for _ in range(2):
        room.press(Key.Key_Space)
    room.press(Key.Key_Right)
    image, box = room.session.navigator.image.id, room.current.id
    context = room.window.context
    room.window.close()
    again = StudioContext(context.settings)
    try:
        window = StudioWindow(again)
        room.qtbot.addWidget(window)
        window.show()
        again.open_project(project_path)
        session = window.mounted["review"].session
        assert session.navigator.image.id == image  # at once, before the queue is there
        room.qtbot.waitUntil(lambda: session.navigator.index == 3)
        assert session.navigator.current_id == box
        window.close()
    finally:
        again.jobs.close()


def test_browsing_decides_nothing_and_j_jumps_to_the_undecided(room: "Room") -> None:
    room.press(Key.Key_Right)
    room.press(Key.Key_Right)
    room.press(Key.Key_Left)
    assert room.session.navigator.index == 1
    assert room.project.events.last_id() == 6  # the six proposals
    room.press(Key.Key_Space)
    room.press(Key.Key_Left)
    room.press(Key.Key_Left)
    room.press(Key.Key_Space)
    assert room.session.navigator.index == 1
    room.press(Key.Key_J)
    assert room.session.navigator.index == 2


@pytest.fixture
def several(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> "Room":
    """Three proposals on the first image, all in play."""
    spots = [NewBox(0, Square(60.0 + 90 * n, 60, 40), 1, "blob", "0", 0.8) for n in range(2)]
    add_boxes(0, *spots)
    return make_room(project_path)


def states(room: "Room", ids: list[int]) -> list[BoxState]:
    return [room.stored(box_id).state for box_id in ids]


ACCEPTED, ADJUSTED, REJECTED = BoxState.ACCEPTED, BoxState.ADJUSTED, BoxState.REJECTED
OPEN = BoxState.UNDECIDED


def test_enter_accepts_this_box_rejects_the_rest_and_goes_on(several: "Room") -> None:
    room, ids = several, [box.id for box in several.session.navigator.boxes]
    assert room.workspace.hints()[0] == "review.decide_image"
    before = room.project.events.last_id()
    room.press(Key.Key_Return)
    assert states(room, ids) == [ACCEPTED, REJECTED, REJECTED]
    assert room.session.navigator.index == 1
    assert len({event.batch or event.id for event in room.project.events.since(before)}) == 1
    assert room.workspace.view.header.note.text().startswith("One kept, 2 boxes rejected")
    room.press(Key.Key_Backspace)
    assert states(room, ids) == [OPEN] * 3
    assert room.session.navigator.index == 0
    assert room.current.id == ids[0]
    room.press(Key.Key_Tab)
    room.press(Key.Key_Return)
    assert states(room, ids) == [REJECTED, ACCEPTED, REJECTED]


def test_enter_keeps_what_is_accepted_already(several: "Room") -> None:
    room, ids = several, [box.id for box in several.session.navigator.boxes]
    labels = room.project.labels()
    room.press(Key.Key_2, Held.ShiftModifier)  # label, and stay
    assert room.current.id == ids[0]
    room.press(Key.Key_Return)
    assert states(room, ids) == [ACCEPTED, REJECTED, REJECTED]
    assert room.stored(ids[0]).label_id == labels[1].id
    assert len(room.project.events.of_box(ids[0])) == 2  # proposed and labelled, once
    room.workspace.commands.go_to(0)
    room.press(Key.Key_Return)  # nothing is left to decide: the next image
    assert room.session.navigator.index == 1


def test_enter_asks_for_a_missing_label_first(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        image = project.images.ids()[0]
        first = project.boxes.of_image(image)[0]
        project.events.change(first.id, Action.RELABEL, {"label_id": None}, "Ben")
    more = add_boxes(0, *[NewBox(0, Square(60, 60, 40), None, "blob", "0", 0.8)] * 2)
    ids = [first.id, *more]
    room = make_room(project_path)
    room.workspace.commands.go_to(0)
    room.press(Key.Key_Return)
    assert states(room, ids) == [OPEN] * 3
    assert room.workspace.mode == "review.image"
    assert "Which label? The rest is rejected.   1 melanocyticnevus" in room.canvas._banner
    room.press(Key.Key_Escape)
    assert room.workspace.mode == "review"
    assert room.canvas._banner == ""
    room.press(Key.Key_Return)
    room.press(Key.Key_2)
    assert states(room, ids) == [ACCEPTED, REJECTED, REJECTED]
    assert room.stored(first.id).label_id == room.project.labels()[1].id
    assert room.workspace.mode == "review"
    assert room.session.navigator.index == 1

    room.press(Key.Key_Backspace)
    room.press(Key.Key_Return)
    room.press(Key.Key_Right)  # somewhere else: the question is over
    room.press(Key.Key_Left)
    room.press(Key.Key_1)
    assert states(room, ids) == [ACCEPTED, OPEN, OPEN]
    room.press(Key.Key_Return)  # the label first and then Enter comes to the same
    assert states(room, ids) == [ACCEPTED, REJECTED, REJECTED]


def test_enter_takes_the_square_that_is_shown(several: "Room") -> None:
    room, ids = several, [box.id for box in several.session.navigator.boxes]
    side = room.current.square.side
    room.press(Key.Key_V)
    room.press(Key.Key_Return)
    assert states(room, ids) == [ADJUSTED, REJECTED, REJECTED]
    assert room.stored(ids[0]).square.side == pytest.approx(1.6 * side)


def test_enter_decides_only_what_is_in_sight(several: "Room") -> None:
    room = several
    for _ in range(12):
        room.press(Key.Key_Plus)
    room.press(Key.Key_Return)
    assert room.events(Action.ACCEPT) == 0
    assert "out of sight" in room.canvas._flash
    room.press(Key.Key_Return)
    assert room.events(Action.ACCEPT) == 1
