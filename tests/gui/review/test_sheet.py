"""Pages that fit the window, crops with labels of their own, marks that outlive a page."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from gui.looking import primaries
from studio.imaging import Square
from studio.project import Action, BoxState, NewBox, Project
from studio.review import KeyGate

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def sheet(make_room: "Callable[[Path], Room]", project_path: Path) -> "Room":
    """Sixty nevi on contact sheets, and a third label."""
    with Project.open(project_path) as project:
        project.add_label("seborrheickeratosis")
        images = project.images.ids()
        new = [
            NewBox(images[n % 6], Square(60 + 3 * n, 80 + n, 50), 1, "can", None, 0.99 - n / 200)
            for n in range(60)
        ]
        project.boxes.add(new)
    room = make_room(project_path)
    room.sheet.gate = KeyGate(visible_seconds=0)
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: room.sheet.confirmable, timeout=15_000)
    return room


def fits(room: "Room") -> bool:
    grid = room.sheet.grid
    last = grid._rect(len(grid.page.box_ids) - 1)
    return grid.verticalScrollBar().maximum() == 0 and grid.viewport().rect().contains(last)


def test_a_page_fits_the_window_also_when_that_changes(sheet: "Room") -> None:
    grid = sheet.sheet.grid
    small = list(grid.page.box_ids)
    assert len(small) == 21
    assert fits(sheet)
    sheet.press(Key.Key_X)
    sheet.window.resize(1800, 1100)
    sheet.qtbot.waitUntil(lambda: len(grid.page.box_ids) > 24, timeout=5000)
    assert fits(sheet)
    assert list(grid.page.box_ids)[:21] == small
    assert grid.page.marked == {small[0]}
    assert set(small) <= grid.page.seen
    sheet.window.resize(1280, 720)
    assert fits(sheet)  # at once: the tiles become smaller
    sheet.qtbot.waitUntil(lambda: len(grid.page.box_ids) == 21, timeout=5000)
    assert fits(sheet)


def test_marks_outlive_turning_the_page(sheet: "Room") -> None:
    grid = sheet.sheet.grid
    first = list(grid.page.box_ids)
    sheet.press(Key.Key_X)
    sheet.press(Key.Key_Right)
    sheet.press(Key.Key_3, Held.ShiftModifier)
    sheet.press(Key.Key_PageDown)
    assert not set(grid.page.box_ids) & set(first)
    assert grid.page.marked == set()
    sheet.press(Key.Key_End)
    assert len(grid.page.box_ids) == 63 - 42
    sheet.press(Key.Key_Home)
    assert list(grid.page.box_ids) == first
    assert grid.page.marked == {first[0]}
    assert grid.page.own_labels == {first[1]: 3}


def test_crops_of_a_page_are_given_labels_of_their_own(sheet: "Room") -> None:
    said: list[str] = []
    sheet.window.context.toasted.connect(lambda text, kind: said.append(text))
    page = list(sheet.sheet.grid.page.box_ids)
    sheet.press(Key.Key_3, Held.ShiftModifier)
    sheet.press(Key.Key_Right)
    sheet.press(Key.Key_3)  # the page has a label, so a plain number is for the crop, too
    sheet.press(Key.Key_Right)
    sheet.press(Key.Key_2, Held.ShiftModifier)  # never in bulk
    assert "never given in bulk" in said[-1]
    sheet.press(Key.Key_3, Held.ShiftModifier)
    sheet.press(Key.Key_3, Held.ShiftModifier)  # the same key again takes it back
    sheet.press(Key.Key_Right)
    sheet.press(Key.Key_3, Held.ShiftModifier)
    sheet.press(Key.Key_X)  # wrong after all
    assert sheet.sheet.confirm_button.text() == "Accept 20, 2 relabelled, reject 1"
    assert sheet.sheet._tile(page[0]).label == "seborrheickeratosis"
    sheet.press(Key.Key_Space)
    boxes = [sheet.stored(id_) for id_ in page]
    assert [box.label_id for box in boxes[:5]] == [3, 3, 1, 1, 1]
    assert [box.state for box in boxes[:5]] == [
        BoxState.ACCEPTED, BoxState.ACCEPTED, BoxState.ACCEPTED, BoxState.REJECTED,
        BoxState.ACCEPTED,
    ]  # fmt: skip
    sheet.press(Key.Key_Backspace)
    assert {sheet.stored(id_).label_id for id_ in page} == {1}
    grid = sheet.sheet.grid
    sheet.qtbot.waitUntil(lambda: list(grid.page.box_ids) == page, timeout=10_000)
    assert grid.page.marked == {page[3]}
    assert grid.page.own_labels == {page[0]: 3, page[1]: 3, page[3]: 3}


def test_undoing_a_later_page_returns_to_it(sheet: "Room") -> None:
    grid = sheet.sheet.grid
    sheet.press(Key.Key_PageDown)
    sheet.qtbot.waitUntil(lambda: sheet.sheet.confirmable, timeout=10_000)
    second = list(grid.page.box_ids)
    sheet.press(Key.Key_Space)
    assert sheet.events(Action.ACCEPT) == len(second)
    sheet.press(Key.Key_Backspace)
    sheet.qtbot.waitUntil(lambda: list(grid.page.box_ids) == second, timeout=10_000)


def test_a_right_click_offers_the_labels(sheet: "Room", monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QMenu] = []  # the offscreen platform cannot grab the keyboard for a menu
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: opened.append(menu))
    grid = sheet.sheet.grid
    wanted = grid.page.box_ids[4]
    at = grid._rect(4).center() - QPoint(0, 20)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.RightButton, pos=at)
    (menu,) = opened
    offered = {entry.text(): entry for entry in menu.actions() if entry.text()}
    assert not offered["malignantmelanoma"].isEnabled()
    offered["seborrheickeratosis"].trigger()
    assert grid.page.own_labels == {wanted: 3}
    assert wanted not in grid.page.marked


def test_an_unlabelled_page_may_hold_several_labels(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    with Project.open(project_path) as project:
        project.add_label("seborrheickeratosis")
        for id_ in project.boxes.ids():
            project.events.change(id_, Action.RELABEL, {"label_id": None}, "Ben")
    room = make_room(project_path)
    room.sheet.gate = KeyGate(visible_seconds=0)
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: room.sheet.grid.page.all_seen, timeout=10_000)
    page = list(room.sheet.grid.page.box_ids)
    room.press(Key.Key_3, Held.ShiftModifier)
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 0  # the others have none yet
    room.press(Key.Key_1)
    room.press(Key.Key_Space)
    labels = [room.stored(id_).label_id for id_ in page]
    assert labels == [3, *[1] * (len(page) - 1)]


def test_a_sheet_offers_the_labels_that_were_added_or_renamed_since(sheet: "Room") -> None:
    view = sheet.sheet
    marked = view.grid.page.box_ids[0]
    sheet.press(Key.Key_X)
    sheet.project.rename_label("melanocyticnevus", "nevus")
    sheet.project.add_label("bluenevus")
    sheet.window.context.project_edited.emit()
    sheet.qtbot.waitUntil(lambda: view.confirmable, timeout=15_000)
    names = [view.label_choice.itemText(n) for n in range(view.label_choice.count())]
    assert names == ["nevus", "malignantmelanoma", "seborrheickeratosis", "bluenevus", "No label"]
    assert view.label_choice.currentText() == "nevus"
    assert view.grid.page.marked == {marked}
    sheet.press(Key.Key_Right)
    sheet.press(Key.Key_4, Held.ShiftModifier)
    assert view._tile(view.grid.page.box_ids[1]).label == "bluenevus"


def test_a_tile_that_is_opened_after_the_last_image_can_be_decided(
    make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    room = make_room(project_path)
    room.press(Key.Key_End)
    room.settle()
    room.open_gate()
    room.press(Key.Key_Space)
    assert room.session.controller.at_end
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: bool(room.sheet.grid.page.box_ids), timeout=10_000)
    wanted = room.sheet.grid.current_box
    assert wanted is not None
    room.press(Key.Key_Return)
    room.settle()
    room.open_gate()
    assert room.current.id == wanted
    room.press(Key.Key_Space)
    assert room.stored(wanted).state is BoxState.ACCEPTED


def test_an_empty_sheet_leads_to_the_next_that_has_crops(room: "Room", qtbot: QtBot) -> None:
    room.press(Key.Key_G)
    sheet = room.sheet
    qtbot.waitUntil(lambda: len(sheet.grid.page.box_ids) == 3)
    sheet.band_choice.set_value(None)  # crops without a score, of which there are none
    qtbot.waitUntil(lambda: sheet.empty.isVisible() and sheet._next is not None)
    assert sheet.empty.button.text() == "melanocyticnevus · Score 0.5 or more (3)"
    assert sheet.single_button.isVisible()
    assert primaries(room.workspace) == [sheet.empty.button]
    qtbot.mouseClick(sheet.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(sheet.grid.page.box_ids) == 3)
    assert sheet.band_choice.currentText() == "Score 0.5 or more"
    assert sheet.grid.hasFocus()
