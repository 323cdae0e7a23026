"""Zoom that is kept, keys to pan, ways through the queue, whole images at once, reasons later."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from studio.imaging import Square
from studio.project import Action, BoxState, NewBox, Project
from studio.review import Reviewer, box_queue
from studio.ui.review import box_painter
from studio.ui.review.box_painter import plate_text
from studio.ui.review.rows import upright, whole_picture
from studio.ui.review.zoom import Zoom

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


def middle_of(room: "Room") -> tuple[float, float]:
    """Where the centre of the current box is on the canvas."""
    square = room.canvas.current_square
    assert square is not None
    return room.canvas.view.to_view(square.cx, square.cy)


def test_keys_zoom_about_the_current_box_wherever_the_mouse_is(room: "Room") -> None:
    canvas = room.canvas
    canvas._pointer = QPointF(5, 5)
    before = middle_of(room)
    room.press(Key.Key_Plus)
    assert middle_of(room) == pytest.approx(before, abs=1e-6)
    room.press(Key.Key_Minus)
    room.press(Key.Key_Z)
    assert canvas.view.scale == 1
    assert "100 %" in room.workspace.view.header.zoom.text()
    for _ in range(12):  # the nearer, the less fits: the box stays in sight
        room.press(Key.Key_Plus)
        assert canvas.is_in_sight(canvas.current_square)
    room.press(Key.Key_Z, Held.ShiftModifier)
    side = canvas.current_square.side * canvas.view.scale
    assert side == pytest.approx(0.6 * min(canvas.width(), canvas.height()))
    assert middle_of(room) == pytest.approx((canvas.width() / 2, canvas.height() / 2))
    assert room.workspace.view.header.zoom.text() == "Box"
    room.press(Key.Key_0)
    assert canvas.zoom_kind is Zoom.FIT
    assert room.workspace.view.header.zoom.text() == "Fit"


def test_the_zoom_is_kept_over_images_when_the_reader_wants_it(room: "Room") -> None:
    canvas = room.canvas
    room.press(Key.Key_Z)
    room.press(Key.Key_Right)
    assert canvas.zoom_kind is Zoom.FIT  # not asked for
    room.press(Key.Key_L)
    assert "kept" in canvas._flash
    room.press(Key.Key_Z)
    for _ in range(7):
        room.press(Key.Key_Plus)
    scale = canvas.view.scale
    for key in (Key.Key_Right, Key.Key_Space, Key.Key_Backspace):
        room.press(key)
        assert canvas.view.scale == scale
        assert canvas.is_in_sight(canvas.current_square)
        middle = (canvas.width() / 2, canvas.height() / 2)
        assert middle_of(room) == pytest.approx(middle, abs=1e-6)
    assert room.workspace.view.header.zoom.text().endswith("· kept")
    room.press(Key.Key_Z, Held.ShiftModifier)
    room.press(Key.Key_Right)
    share = canvas.current_square.side * canvas.view.scale / min(canvas.width(), canvas.height())
    assert share == pytest.approx(0.6)  # each box fills the canvas
    assert room.window.context.settings.get("review.keep_zoom") is True
    room.press(Key.Key_L)
    room.press(Key.Key_Right)
    assert canvas.zoom_kind is Zoom.FIT


def test_the_view_follows_from_box_to_box(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    far = [Square(40, 30, 30), Square(290, 200, 30)]
    add_boxes(0, *(NewBox(0, square, 1, "blob", "0", 0.4) for square in far))
    room = make_room(project_path)
    for _ in range(5):
        room.press(Key.Key_Plus)
    scale = room.canvas.view.scale
    for key in (Key.Key_Tab, Key.Key_Tab, Key.Key_Tab, Key.Key_Space, Key.Key_Space):
        room.press(key)
        assert room.canvas.is_whole_in_sight(room.canvas.current_square)
        assert room.canvas.view.scale == scale
    room.workspace.refresh()  # boxes were proposed elsewhere: the same picture stays as it is
    room.settle()
    assert room.canvas.view.scale == scale


def test_arrows_pan_and_a_picture_without_a_box_is_in_the_middle(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        bare = project.boxes.of_image(project.images.ids()[1])[0]
        project.events.change(bare.id, Action.UNDO, {"deleted": True}, "Ben")
    room = make_room(project_path)
    room.press(Key.Key_L)
    for _ in range(5):
        room.press(Key.Key_Plus)
    view, step = room.canvas.view, 0.2 * min(room.canvas.width(), room.canvas.height())
    room.press(Key.Key_Right, Held.ShiftModifier)
    room.press(Key.Key_Down)
    assert (room.canvas.view.dx, room.canvas.view.dy) == (view.dx - step, view.dy - step)
    room.press(Key.Key_Left, Held.ControlModifier)
    room.press(Key.Key_Up, Held.ShiftModifier)
    assert room.canvas.view == view
    room.press(Key.Key_Right)
    at = room.canvas.view.to_view(160, 120)
    assert at == pytest.approx((room.canvas.width() / 2, room.canvas.height() / 2))
    room.press(Key.Key_Z, Held.ShiftModifier)  # no box to fit: the whole picture
    assert room.canvas.zoom_kind is Zoom.FIT


def test_home_end_pages_and_numbers_go_through_the_queue(room: "Room") -> None:
    navigator = room.session.navigator
    room.press(Key.Key_End)
    assert navigator.index == 5
    room.press(Key.Key_Home)
    assert navigator.index == 0
    room.press(Key.Key_PageDown)
    page = navigator.index
    assert page >= 1
    room.press(Key.Key_PageUp)
    assert navigator.index == 0
    bar = room.workspace.view.go_to
    room.press(Key.Key_G, Held.ControlModifier)
    assert bar.isVisible()
    assert QApplication.focusWidget() is bar.number
    QTest.keyClicks(bar.number, "4")
    room.press(Key.Key_Return)
    assert navigator.index == 3
    assert not bar.isVisible()
    assert QApplication.focusWidget() is room.canvas
    room.workspace.view.header.place.click()
    QTest.keyClicks(bar.number, "99")  # there are six: no such number can be typed
    room.press(Key.Key_Return)
    assert navigator.index in (3, 5)
    room.workspace.view.header.place.click()
    room.press(Key.Key_Escape)
    assert not bar.isVisible()
    assert room.project.events.last_id() == 6


@pytest.fixture
def crowd(
    add_boxes: Callable[..., list[int]], make_room: "Callable[[Path], Room]", project_path: Path
) -> "Room":
    add_boxes(0, *(NewBox(0, Square(50 + 90 * n, 60, 40), 1, "blob", "0", 0.4) for n in range(2)))
    return make_room(project_path)


def test_the_rest_of_an_image_is_rejected_by_one_key_and_undone_by_one(crowd: "Room") -> None:
    room = crowd
    ids = [box.id for box in room.session.navigator.boxes]
    room.press(Key.Key_Space)
    room.press(Key.Key_X, Held.ShiftModifier)
    states = [room.stored(id_).state for id_ in ids]
    assert states == [BoxState.ACCEPTED, BoxState.REJECTED, BoxState.REJECTED]
    assert room.session.navigator.index == 1
    assert room.workspace.view.header.note.text().startswith("2 boxes rejected")
    room.press(Key.Key_Backspace)
    states = [room.stored(id_).state for id_ in ids]
    assert states == [BoxState.ACCEPTED, BoxState.UNDECIDED, BoxState.UNDECIDED]
    assert room.session.navigator.index == 0
    room.settle()
    assert room.workspace.meter.counts.strong_done == 1


def test_the_rest_is_rejected_only_when_all_of_it_is_in_sight(crowd: "Room") -> None:
    room = crowd
    for _ in range(10):
        room.press(Key.Key_Plus)
    room.press(Key.Key_X, Held.ShiftModifier)
    assert room.events(Action.REJECT) == 0
    assert "out of sight" in room.canvas._flash
    assert all(room.canvas.is_whole_in_sight(box.square) for box in room.canvas.boxes)
    room.press(Key.Key_X, Held.ShiftModifier)
    assert room.events(Action.REJECT) == 3


def test_the_whole_picture_is_the_crop_by_one_key(crowd: "Room") -> None:
    room = crowd
    image, first = room.session.navigator.image, room.current.id
    for _ in range(6):
        room.press(Key.Key_Plus)
    room.press(Key.Key_H)
    assert room.events(Action.ADJUST) == 0  # it could not be seen
    assert room.canvas.is_whole_in_sight(whole_picture(image))
    room.press(Key.Key_H)
    saved = room.stored(first)
    assert saved.state is BoxState.ADJUSTED
    assert upright(saved.square, image) == Square(160, 120, 240)
    assert room.current.id != first
    room.press(Key.Key_Backspace)
    assert room.stored(first).state is BoxState.UNDECIDED
    assert room.stored(first).square == Square(120, 120, 60)


def test_the_whole_picture_is_drawn_where_there_is_no_box_and_asks_for_a_label(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        first, second = project.images.ids()[:2]
        for image_id in (first, second):
            bare = project.boxes.of_image(image_id)[0]
            project.events.change(bare.id, Action.UNDO, {"deleted": True}, "Ben")
        lone = project.boxes.add([NewBox(second, Square(60, 60, 40), None, "blob", "0", 0.5)])[0]
    room = make_room(project_path)
    room.press(Key.Key_Home)
    room.press(Key.Key_H)
    drawn = room.project.boxes.of_image(first)[0]
    assert (drawn.origin, drawn.state, drawn.label_id) == ("hand", BoxState.ACCEPTED, 1)
    assert room.session.navigator.index == 1
    room.press(Key.Key_H)
    assert room.stored(lone).state is BoxState.UNDECIDED
    assert "no label yet" in room.canvas._flash
    room.press(Key.Key_2)
    assert (room.stored(lone).state, room.stored(lone).square.side) == (BoxState.ADJUSTED, 240)


def test_a_reason_is_given_and_changed_later(room: "Room") -> None:
    first = room.current.id
    room.press(Key.Key_R)
    assert room.workspace.mode == "review"  # nothing has been rejected
    assert "not rejected" in room.canvas._flash
    room.press(Key.Key_X)
    room.press(Key.Key_Escape)  # no reason now
    assert room.workspace.mode == "review"
    room.press(Key.Key_R)  # that one, though the next is on the canvas
    assert room.workspace.mode == "review.reason"
    assert not room.workspace.commands.reasons._timer.isActive()
    room.press(Key.Key_B)
    assert room.stored(first).reason == "blur"
    room.press(Key.Key_Left)
    panel = room.workspace.view.panel
    assert panel._facts.reason.isVisibleTo(panel)
    assert panel._facts.reason.value() == "blur"
    room.press(Key.Key_R)
    assert "Why is this box rejected?" in room.workspace.view.header.note.text()
    room.press(Key.Key_M)
    assert room.stored(first).reason == "misplaced"
    assert panel._facts.reason.value() == "misplaced"
    panel._facts.reason.set_value("face")
    assert room.stored(first).reason == "face"
    room.press(Key.Key_R)
    room.press(Key.Key_Delete)
    assert room.stored(first).reason is None
    room.press(Key.Key_Backspace)
    assert room.stored(first).reason == "face"
    assert room.stored(first).state is BoxState.REJECTED


def test_the_panel_says_who_decided_and_when(room: "Room") -> None:
    values = room.workspace.view.panel._facts._values
    assert not values["decided"][1].isVisibleTo(room.workspace.view.panel)
    room.press(Key.Key_Space)
    room.press(Key.Key_Left)
    decided = values["decided"][1].text()
    assert decided.startswith("Ana, ")
    day, month, year = decided.removeprefix("Ana, ").split(",")[0].split()
    assert day.isdigit()
    assert len(month) == 3
    assert year.startswith("20")
    room.press(Key.Key_Backspace)
    assert values["decided"][1].text() == ""


def test_decisions_are_filtered_by_reviewer_reason_and_comment(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        ids = list(box_queue(project))
        ben, zoe = Reviewer(project, "Ben"), Reviewer(project, "Zoe")
        ben.reject(ids[0], "blur")
        ben.accept(ids[1])
        zoe.reject(ids[2])
        zoe.comment(ids[3], "with a Ruler")
    room = make_room(project_path)
    room.press(Key.Key_Slash)
    bar = room.workspace.view.filter_bar
    names = [bar.reviewer.itemText(n) for n in range(bar.reviewer.count())]
    assert names == ["Any reviewer", "Ben", "Zoe"]

    def queue() -> list[int]:
        return [room.session.navigator.queue.index(i) for i in room.session.navigator.queue]

    bar.reviewer.set_value("Ben")
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 2, timeout=5000)
    room.settle()
    assert "decided by Ben" in room.workspace.view.header.queue.text().lower().replace("ben", "Ben")
    room.session.controller.go_to(0)
    room.press(Key.Key_Escape)
    room.press(Key.Key_Space)  # asked about, so it is decided
    assert room.stored(ids[0]).state is BoxState.ACCEPTED
    room.press(Key.Key_Backspace)
    bar.reviewer.set_value(None)
    bar.reason.set_value("blur")
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 1, timeout=5000)
    bar.reason.set_value("")
    room.qtbot.waitUntil(
        lambda: [room.current.id] == [ids[2]] and len(room.session.navigator.queue) == 1,
        timeout=5000,
    )
    bar.reason.set_value(None)
    QTest.keyClicks(bar.comment, "ruler")
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 1, timeout=5000)
    room.qtbot.waitUntil(lambda: room.current.id == ids[3], timeout=5000)
    bar.clear_button.click()
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 6, timeout=5000)
    assert bar.comment.text() == ""
    bar.commented.set_value(True)
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 1, timeout=5000)


def test_every_new_key_is_in_the_help_and_the_palette(room: "Room") -> None:
    room.window.help_sheet.open()
    texts = {label.text() for label in room.window.help_sheet.findChildren(QLabel)}
    titles = (
        "Reject the rest of this image, next",
        "The whole picture is the crop, next",
        "Give or change the reason",
        "First image",
        "Last image",
        "Go to a number",
        "Keep the zoom over boxes and pictures, or not",
        "Fit the box",
        "Look further left",
        "Leave the reason as it is",
        "First page",
    )
    assert set(titles) <= texts
    room.press(Key.Key_Escape)
    registry, keymap = room.window.context.registry, room.window.context.keymap
    for title in titles[:9]:
        (found, *_) = registry.search(title, "review")
        assert found.title == title
        assert keymap.keys(found.id)


def test_rejected_boxes_step_back_until_asked_for(crowd: "Room") -> None:
    room = crowd
    room.press(Key.Key_X, Held.ShiftModifier)
    room.workspace.commands.go_to(0)
    assert [(box.current, box.faint) for box in room.canvas.boxes] == [
        (True, False),
        (False, True),
        (False, True),
    ]
    faint = room.canvas.grab().toImage()
    room.press(Key.Key_M)
    assert not any(box.faint for box in room.canvas.boxes)
    assert room.canvas.grab().toImage() != faint


def test_a_box_that_is_edited_is_not_marked_as_decided(
    room: "Room", monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    paint = lambda painter, rect, box, font: drawn.append(plate_text(box))  # noqa: E731
    monkeypatch.setattr(box_painter, "paint_plate", paint)
    room.press(Key.Key_Space)
    room.press(Key.Key_Left)

    def plates() -> list[str]:
        drawn.clear()
        room.canvas.repaint()
        return drawn

    assert plates()[0].startswith("✓ ")
    room.press(Key.Key_E)
    assert plates()[0].startswith("✎ ")
    room.press(Key.Key_Right)
    assert plates()[0].startswith("✎ ")
    room.press(Key.Key_Return)
    assert plates()[0].startswith("✓ ")
    room.press(Key.Key_V)
    assert plates()[0].startswith("✎ ")
