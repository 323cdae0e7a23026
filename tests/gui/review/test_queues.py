"""Filter, empty queues, files that cannot be read, projects that cannot be written."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gui.looking import primaries
from studio import imaging
from studio.project import Action, BoxState, Project
from studio.ui.watchdog import Watchdog

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


def test_the_filter_narrows_the_queue_and_can_be_cleared(room: "Room") -> None:
    room.press(Key.Key_Slash)
    assert QApplication.focusWidget() is room.workspace.view.filter_bar.text
    QTest.keyClicks(QApplication.focusWidget(), "photo 3")
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 1, timeout=5000)
    room.press(Key.Key_Escape)
    assert QApplication.focusWidget() is room.canvas
    assert room.workspace.view.filter_bar.isVisible()  # something is filtered
    assert "photo 3" in room.workspace.view.header.queue.text()
    room.press(Key.Key_Slash)
    assert QApplication.focusWidget() is room.workspace.view.filter_bar.text
    QTest.keyClicks(QApplication.focusWidget(), "no such file")
    pages, empty = room.workspace.view.pages, lambda: room.workspace.view.empty
    room.qtbot.waitUntil(lambda: pages.currentWidget() is empty(), timeout=5000)
    assert "Nothing matches" in empty().title.text()
    empty().button.click()
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 6, timeout=5000)
    assert pages.currentWidget() is room.workspace.view.single


def test_decided_boxes_leave_the_undecided_queue_only_when_it_is_asked_again(room: "Room") -> None:
    bar = room.workspace.view.filter_bar
    bar.state.set_value(frozenset({BoxState.UNDECIDED}))
    room.qtbot.waitUntil(lambda: room.session.navigator.filter.states is not None, timeout=5000)
    room.settle()
    room.press(Key.Key_Space)
    assert len(room.session.navigator.queue) == 6
    assert room.session.navigator.index == 1
    room.workspace.refresh()
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 5, timeout=5000)


def test_an_empty_project_says_what_to_do(
    make_room: "Callable[[Path], Room]", tmp_path: Path
) -> None:
    path = tmp_path / "empty"
    Project.create(path, ["melanocyticnevus"]).close()
    room = make_room(path)
    view = room.workspace.view
    assert view.pages.currentWidget() is view.empty
    assert view.empty.title.text() == "No photographs yet"
    room.press(Key.Key_Space)


def test_boxes_can_be_proposed_where_there_are_none(
    make_room: "Callable[[Path], Room]", tmp_path: Path, photographs: Path
) -> None:
    path = tmp_path / "bare"
    file = next(photographs.rglob("*.jpg"))
    with Project.create(path, ["melanocyticnevus"]) as project, imaging.Verifier() as verifier:
        project.images.add(verifier.check(file), file.name, file)
    room = make_room(path)
    assert room.workspace.view.no_boxes.isVisible()
    room.press(Key.Key_Space)
    assert "press N" in room.canvas._flash


def test_nothing_is_decided_about_a_file_that_cannot_be_read(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        image = project.images.by_id(project.images.ids()[0])
        project.images.path(image).chmod(0o644)
        project.images.path(image).write_bytes(b"\xff\xd8\xff\xe0 no picture")
    room = make_room(project_path)
    room.qtbot.waitUntil(lambda: room.session.controller.unreadable, timeout=5000)
    assert image.file in room.canvas._message[1]
    assert "reject" not in room.canvas._message[1].lower()
    assert not room.workspace.view.missing.isVisible()
    for key in (Key.Key_Space, Key.Key_1, Key.Key_X, Key.Key_U, Key.Key_H):
        room.press(key)
        assert "cannot be seen" in room.canvas._flash
    room.press(Key.Key_X, Held.ShiftModifier)
    assert room.project.events.last_id() == 6
    room.press(Key.Key_Right)
    room.settle()
    assert room.session.navigator.index == 1
    assert not room.session.controller.unreadable
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 1


def test_an_unmounted_share_is_told_once_and_its_return_is_seen(
    make_room: "Callable[[Path], Room]", project_path: Path, tmp_path: Path
) -> None:
    share = (project_path / "originals").rename(tmp_path / "share")
    said: list[str] = []
    room = make_room(project_path)
    room.window.context.toasted.connect(lambda text, kind: said.append(text))
    view = room.workspace.view
    room.qtbot.waitUntil(view.missing.isVisible, timeout=5000)
    words = view.missing.words.text()
    assert words.startswith("All 6 originals are missing.")
    assert str(project_path / "originals") in words
    image = room.session.navigator.image
    title, sentence = room.canvas._message
    assert title == "The original of this picture is not here"
    assert image.file in sentence
    assert image.sha256 not in sentence  # nobody knows it by that name
    assert view.panel.crop.image is None
    for _ in range(3):
        for key in (Key.Key_Space, Key.Key_X, Key.Key_2, Key.Key_U, Key.Key_H):
            room.press(key)
        room.press(Key.Key_X, Held.ShiftModifier)
        room.press(Key.Key_Right)
        room.settle()
    assert room.project.events.last_id() == 6  # the six proposals
    assert said == []  # one bar for the project, and no word for each picture
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: len(room.sheet.grid.page.unreadable) > 0, timeout=5000)
    room.qtbot.waitUntil(
        lambda: room.sheet.grid.page.unreadable == set(room.sheet.grid.page.box_ids), timeout=5000
    )
    assert not room.sheet.confirmable
    room.press(Key.Key_G)
    share.rename(project_path / "originals")
    room.workspace.missing.check()
    room.qtbot.waitUntil(lambda: not room.canvas.layer.empty, timeout=5000)
    assert not view.missing.isVisible()
    assert room.canvas._message == ("", "")
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 1


def test_one_missing_original_is_counted_and_looked_for_by_a_button(
    make_room: "Callable[[Path], Room]", project_path: Path, tmp_path: Path
) -> None:
    with Project.open(project_path) as project:
        image = project.images.by_id(project.images.ids()[0])
        path = project.images.path(image)
    path.rename(tmp_path / "away.jpg")
    room = make_room(project_path)
    bar = room.workspace.view.missing
    room.qtbot.waitUntil(bar.isVisible, timeout=5000)
    assert bar.words.text().startswith("1 of 6 originals is missing.")
    bar.button.click()  # it is still away
    room.qtbot.waitUntil(bar.isVisible, timeout=5000)
    (tmp_path / "away.jpg").rename(path)
    bar.button.click()
    room.qtbot.waitUntil(lambda: not room.canvas.layer.empty, timeout=5000)
    assert not bar.isVisible()


def test_the_key_help_says_what_the_mouse_does(room: "Room") -> None:
    room.window.help_sheet.open()
    texts = {label.text() for label in room.window.help_sheet.findChildren(QLabel)}
    assert {"Middle drag", "Move the picture, in every mode"} <= texts


def test_the_key_help_names_the_labels_that_there_are(room: "Room") -> None:
    room.window.help_sheet.open()
    texts = {label.text() for label in room.window.help_sheet.findChildren(QLabel)}
    named = {text for text in texts if text.startswith("Label ")}
    assert {f"Label {n} and accept, {then}" for n in (1, 2) for then in ("next", "stay")} == named


def test_a_read_only_project_says_so_once(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    said: list[str] = []
    held = Project.open(project_path, reviewer="Ben")
    try:
        room = make_room(project_path)
        if room.project.mode != "read":
            pytest.skip("one process may open a project twice")
        room.window.context.toasted.connect(lambda text, kind: said.append(text))
        assert "review.accept" not in room.workspace.hints()
        for key in (Key.Key_Space, Key.Key_X, Key.Key_1, Key.Key_Backspace):
            room.press(key)
        assert len([s for s in said if "look, not decide" in s]) == 1
        assert room.project.events.last_id() == 6
        room.window.close()
    finally:
        held.close()


def test_reviewing_never_holds_the_window(room: "Room", smooth: Watchdog) -> None:
    for _ in range(2):
        room.press(Key.Key_Space)
        room.press(Key.Key_Backspace)
    room.settle()
    smooth.start()
    for key in (Key.Key_Space, Key.Key_Right, Key.Key_X, Key.Key_Backspace, Key.Key_V):
        room.press(key)
        room.qtbot.wait(40)


def test_a_new_queue_goes_on_after_the_image_that_left_it(room: "Room") -> None:
    room.workspace.commands.go_to(2)
    room.press(Key.Key_Space)
    room.workspace.commands.go_to(2)
    bar = room.workspace.view.filter_bar
    bar.state.set_value(frozenset({BoxState.UNDECIDED}))
    room.qtbot.waitUntil(lambda: len(room.session.navigator.queue) == 5, timeout=5000)
    assert room.session.navigator.index == 2  # what was the fourth image
    assert not room.session.navigator.off_queue
    bar.state.set_value(frozenset({BoxState.UNSURE}))
    room.qtbot.waitUntil(lambda: not room.session.navigator.queue, timeout=5000)
    assert room.session.navigator.image is None


def test_the_end_offers_the_export(room: "Room", qtbot: QtBot) -> None:
    step = room.workspace.view.next_step
    assert step.isHidden()
    room.press(Key.Key_U)
    for _ in range(3):
        room.press(Key.Key_Space)
    room.press(Key.Key_X)
    room.workspace.commands.reasons.close()
    room.workspace.commands.go_to(0)
    room.workspace.commands.go_to(5)
    assert step.isHidden()
    room.press(Key.Key_Space)
    qtbot.waitUntil(step.isVisible)
    qtbot.waitUntil(lambda: step.button.text() == "Export 4 crops")
    assert step.done.text() == "6 images decided: 4 crops kept, 1 rejected, 1 unsure"
    assert primaries(room.workspace) == [step.button]
    assert room.canvas.hasFocus()
    with qtbot.waitSignal(room.window.context.export_requested):
        qtbot.mouseClick(step.button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(step.others[0], Qt.MouseButton.LeftButton)
    room.settle()
    assert room.current.state is BoxState.UNSURE
    assert len(room.session.navigator.queue) == 1
    room.press(Key.Key_Backspace)
    qtbot.waitUntil(step.isHidden)


def test_the_end_of_a_queue_says_what_is_left(room: "Room", qtbot: QtBot) -> None:
    step = room.workspace.view.next_step
    room.workspace.commands.go_to(5)
    room.press(Key.Key_Space)
    qtbot.waitUntil(step.isVisible)
    assert step.done.text() == "The end of the queue. Still to decide: 5 boxes"
    qtbot.mouseClick(step.button, Qt.MouseButton.LeftButton)
    assert room.session.navigator.index == 0
    assert step.isHidden()
