"""The square under keys, mouse and wheel; alternatives; new boxes; looking tools."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.imaging import Square
from studio.project import BoxState, NewBox
from studio.ui.review.rows import stored

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


def test_handles_and_keys_edit_the_square(room: "Room") -> None:
    box = room.current
    room.press(Key.Key_E)
    assert room.workspace.mode == "review.edit"
    room.press(Key.Key_Right)
    room.press(Key.Key_Down, Held.ShiftModifier)
    room.press(Key.Key_BracketRight)
    assert room.stored(box.id).square == box.square  # nothing is saved yet
    room.press(Key.Key_Return)
    saved = room.stored(box.id)
    assert saved.state is BoxState.ADJUSTED
    assert saved.square.cx == pytest.approx(box.square.cx + 1)
    assert saved.square.cy == pytest.approx(box.square.cy + 10)
    assert saved.square.side == pytest.approx(box.square.side * 1.02)
    assert room.workspace.mode == "review"
    assert room.current.id == box.id


def test_escape_restores_and_space_keeps_an_edit(room: "Room") -> None:
    box = room.current
    room.press(Key.Key_E)
    room.press(Key.Key_Left, Held.ShiftModifier)
    room.press(Key.Key_Escape)
    assert room.session.controller.pending is None
    assert room.stored(box.id).square == box.square
    room.press(Key.Key_E)
    room.press(Key.Key_BracketLeft, Held.ShiftModifier)
    room.press(Key.Key_Space)
    saved = room.stored(box.id)
    assert saved.square.side == pytest.approx(box.square.side / 1.1)
    assert saved.state is BoxState.ADJUSTED
    assert room.current.id != box.id
    assert room.workspace.mode == "review"


def test_a_corner_can_be_dragged(room: "Room") -> None:
    box = room.current
    room.press(Key.Key_E)
    start = room.at(box.square.x1, box.square.y1)
    end = room.at(box.square.x1 + 20, box.square.y1 + 20)
    QTest.mousePress(room.canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(room.canvas, (start + end) / 2)
    QTest.mouseMove(room.canvas, end)
    QTest.mouseRelease(room.canvas, Qt.MouseButton.LeftButton, pos=end)
    room.press(Key.Key_Return)
    saved = room.stored(box.id).square
    assert saved.side == pytest.approx(box.square.side + 20, abs=2)
    assert saved.x0 == pytest.approx(box.square.x0, abs=1e-6)


def wheel(room: "Room", at: QPoint, notches: int) -> None:
    place = QPointF(at)
    QApplication.sendEvent(
        room.canvas,
        QWheelEvent(
            place,
            QPointF(room.canvas.mapToGlobal(at)),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Held.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_the_wheel_resizes_while_editing_and_zooms_otherwise(room: "Room") -> None:
    box = room.current
    before = room.canvas.view
    wheel(room, room.at(60, 60), 2)
    assert room.canvas.view.scale > before.scale
    QTest.mouseDClick(room.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert room.canvas.view == before
    room.press(Key.Key_E)
    wheel(room, room.at(60, 60), 2)
    assert room.canvas.view == before
    room.press(Key.Key_Return)
    assert room.stored(box.id).square.side > box.square.side
    assert room.stored(box.id).square.cx == box.square.cx


def test_alternatives_are_one_key_apart(room: "Room") -> None:
    box = room.current
    room.press(Key.Key_V)
    assert room.session.controller.pending.side == pytest.approx(box.square.side * 1.6)
    assert "×1.6" in room.canvas.boxes[0].title
    room.press(Key.Key_V)
    room.press(Key.Key_V)
    assert room.session.controller.pending is None
    room.press(Key.Key_V)
    room.press(Key.Key_Space)
    assert room.stored(box.id).square.side == pytest.approx(box.square.side * 1.6)
    assert room.stored(box.id).state is BoxState.ADJUSTED


def test_a_new_box_by_click_wheel_click(room: "Room") -> None:
    image = room.session.navigator.image
    room.press(Key.Key_N)
    assert room.workspace.mode == "review.new"
    at = room.at(200, 150)
    QTest.mouseMove(room.canvas, at)
    QTest.mouseClick(room.canvas, Qt.MouseButton.LeftButton, pos=at)
    side = room.canvas.placing.side
    wheel(room, at, 3)
    assert room.canvas.placing.side > side
    QTest.mouseClick(room.canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(9, 9))
    drawn = room.current
    assert drawn.origin == "hand"
    assert drawn.label_id == image.label_id
    assert drawn.state is BoxState.ACCEPTED
    assert drawn.square.cx == pytest.approx(200, abs=1)
    assert drawn.square.cy == pytest.approx(150, abs=1)
    room.press(Key.Key_Backspace)
    assert room.stored(drawn.id).deleted


def test_a_new_box_by_keys_alone(room: "Room") -> None:
    image = room.session.navigator.image
    room.press(Key.Key_N)
    before = room.canvas.placing
    room.press(Key.Key_Right, Held.ShiftModifier)
    room.press(Key.Key_Up)
    room.press(Key.Key_BracketLeft)
    placed = room.canvas.placing
    assert room.session.navigator.image == image  # the arrows move the box, not the queue
    assert (placed.cx - before.cx, placed.cy - before.cy) == pytest.approx((10, -1))
    assert placed.side < before.side
    assert room.session.presenter.current_square() == stored(placed, image)
    room.press(Key.Key_Return)
    assert room.current.origin == "hand"
    assert room.current.square == stored(placed, image)


def test_tab_and_click_choose_the_box(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    second = add_boxes(0, NewBox(0, Square(250, 60, 40), 1, "blob", "0", 0.4))[0]
    room = make_room(project_path)
    first = room.current.id
    room.press(Key.Key_Tab)
    assert room.current.id == second
    room.press(Key.Key_Tab)
    assert room.current.id == first
    QTest.mouseClick(room.canvas, Qt.MouseButton.LeftButton, pos=room.at(250, 60))
    assert room.current.id == second


def test_weak_proposals_wait_behind_a_key(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    squares = [NewBox(0, Square(60 + 30 * n, 60, 40), 1, "blob", "0", 0.3) for n in range(5)]
    add_boxes(0, *squares)
    room = make_room(project_path)
    assert len(room.canvas.boxes) == 3
    room.press(Key.Key_M)
    assert len(room.canvas.boxes) == 6


def hold(room: "Room", key: Key) -> None:
    QTest.keyPress(QApplication.focusWidget(), key)


def release(room: "Room", key: Key) -> None:
    QTest.keyRelease(QApplication.focusWidget(), key)


def test_looking_tools_last_as_long_as_their_key(room: "Room") -> None:
    plain = room.canvas.grab().toImage()
    for key in (Key.Key_W, Key.Key_Q, Key.Key_C, Key.Key_T):
        hold(room, key)
        if key in (Key.Key_C, Key.Key_T):
            room.qtbot.waitUntil(lambda: room.canvas.layer.aid is not None)
        assert room.canvas.grab().toImage() != plain
        release(room, key)
        assert room.canvas.grab().toImage() == plain


def test_an_aid_that_was_on_is_recorded(room: "Room") -> None:
    first = room.current.id
    hold(room, Key.Key_C)
    room.press(Key.Key_Space)
    release(room, Key.Key_C)
    assert room.project.events.of_box(first)[-1].on_screen["aid"] == "clahe"
