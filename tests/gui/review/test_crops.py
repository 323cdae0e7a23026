"""The crop shown is the crop exported, beside the picture and on the contact sheet."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from studio import imaging
from studio.imaging import Square
from studio.project import Action, BoxState, NewBox, Project
from studio.review import KeyGate, Reviewer, box_queue
from studio.ui.imageloader import to_rgb

if TYPE_CHECKING:
    from conftest import Room

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_the_crop_shown_is_the_crop_exported(
    orientation: int, tmp_path: Path, make_room: "Callable[[Path], Room]"
) -> None:
    y, x = np.mgrid[:400, :600]
    rgb = np.stack([x * 255 // 600, y * 255 // 400, (x + 2 * y) % 256], -1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / "turned.jpg"
    Image.fromarray(rgb).save(file, quality=93, exif=exif)
    square = Square(520.5, 101.25, 233.0)  # over the right edge of the raw frame
    path = tmp_path / f"project{orientation}"
    with Project.create(path, ["melanocyticnevus"]) as project, imaging.Verifier() as verifier:
        image = project.images.add(verifier.check(file), file.name, file, 1)
        project.boxes.add([NewBox(image.id, square, 1, "can")])
    room = make_room(path)
    panel = room.workspace.view.panel
    wanted = imaging.crop_for_export(room.project.images.path(image), square, 224)

    def same() -> bool:
        shown = panel.crop.image
        return shown is not None and shown.width() == 224 and bool((to_rgb(shown) == wanted).all())

    room.qtbot.waitUntil(same, timeout=10_000)
    assert "shifted inwards by 37 px" in panel._edge.text()
    if orientation != 6:
        return
    room.press(Key.Key_G)
    room.sheet.band_choice.set_value(None)
    room.qtbot.waitUntil(lambda: room.sheet.confirmable, timeout=10_000)
    tile = room.sheet._tile(room.sheet.grid.page.box_ids[0])
    assert (to_rgb(tile.crop) == wanted).all()


@pytest.fixture
def many(project_path: Path) -> Path:
    """Thirty more undecided nevi and ten uncertain ones."""
    with Project.open(project_path) as project:
        images = project.images.ids()
        project.boxes.add(
            [
                NewBox(
                    images[n % 6],
                    Square(60 + 4 * n, 80 + 2 * n, 50),
                    1,
                    "modelderm",
                    None,
                    0.4 if n >= 30 else 0.95 - n / 100,
                )
                for n in range(40)
            ]
        )
    return project_path


def test_a_page_is_decided_together_and_taken_back_together(
    many: Path, make_room: "Callable[[Path], Room]"
) -> None:
    room = make_room(many)
    certain = [b for b in box_queue(room.project) if (room.stored(b).score or 0) >= 0.5]
    nevi = {b for b in certain if room.stored(b).label_id == 1}
    now = [10.0]
    room.sheet.gate = KeyGate(clock=lambda: now[0])
    room.press(Key.Key_G)
    assert room.workspace.mode == "review.grid"
    room.qtbot.waitUntil(lambda: len(room.sheet.grid.page.box_ids) >= 21, timeout=10_000)
    page = list(room.sheet.grid.page.box_ids)
    assert set(page) <= nevi  # one label, and nothing uncertain
    assert room.sheet.grid.verticalScrollBar().maximum() == 0  # the page fits the window
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 0  # not all seen
    room.qtbot.waitUntil(lambda: room.sheet.confirmable, timeout=10_000)
    with room.qtbot.waitSignal(room.sheet.refused):
        room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 0  # all seen, but only just now
    now[0] += 0.3
    room.press(Key.Key_X)  # the tile under the cursor
    room.press(Key.Key_Right)
    room.press(Key.Key_Right)
    room.press(Key.Key_X)
    wrong = {page[0], page[2]}
    room.press(Key.Key_Space)
    states = {b: room.stored(b).state for b in page}
    assert {b for b, s in states.items() if s is BoxState.REJECTED} == wrong
    assert all(s is BoxState.ACCEPTED for b, s in states.items() if b not in wrong)
    assert not set(room.sheet.grid.page.box_ids) & set(page)
    room.press(Key.Key_Backspace)
    assert all(room.stored(b).state is BoxState.UNDECIDED for b in page)
    room.qtbot.waitUntil(lambda: list(room.sheet.grid.page.box_ids) == page, timeout=10_000)
    assert room.sheet.grid.page.marked == wrong  # the marks are there again, to be mended
    room.press(Key.Key_G)
    assert room.workspace.mode == "review"


def test_clicks_mark_and_melanomas_are_never_decided_in_bulk(
    many: Path, make_room: "Callable[[Path], Room]"
) -> None:
    room = make_room(many)
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: bool(room.sheet.grid.page.box_ids), timeout=10_000)
    grid = room.sheet.grid
    QTest.mouseClick(
        grid.viewport(), Qt.MouseButton.LeftButton, pos=grid._rect(1).center() - QPoint(0, 20)
    )
    assert grid.page.marked == {grid.page.box_ids[1]}
    wanted = grid.page.box_ids[1]
    melanoma = room.project.label_by_name("malignantmelanoma")
    room.press(Key.Key_Return)
    assert room.workspace.mode == "review"
    assert room.current.id == wanted
    room.press(Key.Key_G)
    room.sheet.label_choice.set_value(melanoma)
    assert not grid.page.box_ids
    assert "never decided in bulk" in room.sheet.empty.title.text()
    assert not room.sheet.confirmable


@pytest.fixture
def bare(project_path: Path) -> list[int]:
    """Twelve undecided crops without a label, and nothing else undecided."""
    with Project.open(project_path) as project:
        reviewer = Reviewer(project, "Ben")
        for box_id in box_queue(project):
            reviewer.reject(box_id)
        images = project.images.ids()
        return project.boxes.add(
            [
                NewBox(images[n % 6], Square(80 + 9 * n, 110, 50), None, "blob", "1", 0.9, n // 6)
                for n in range(12)
            ]
        )


def open_bare_sheet(room: "Room", bare: list[int]) -> None:
    room.press(Key.Key_G)
    room.qtbot.waitUntil(lambda: room.sheet.grid.page.all_seen, timeout=10_000)
    assert set(room.sheet.grid.page.box_ids) == set(bare)
    room.sheet.gate = KeyGate(visible_seconds=0)
    room.sheet.gate.mark_visible()


def test_a_page_without_labels_is_given_one_and_taken_back_by_one_key(
    bare: list[int], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    room = make_room(project_path)
    open_bare_sheet(room, bare)
    page, before = list(room.sheet.grid.page.box_ids), room.project.events.last_id()
    room.press(Key.Key_X)
    room.press(Key.Key_Space)  # no label yet
    room.press(Key.Key_1)
    room.press(Key.Key_2)  # a melanoma is never decided in bulk, nor as what was chosen before
    room.press(Key.Key_Space)
    assert room.project.events.last_id() == before
    assert room.sheet.grid.page.lacks_label
    room.press(Key.Key_1)
    assert room.sheet.page_label_choice.currentText() == "melanocyticnevus"
    room.press(Key.Key_Space)
    decided = [(room.stored(b).state, room.stored(b).label_id) for b in page]
    assert decided == [(BoxState.REJECTED, None)] + [(BoxState.ACCEPTED, 1)] * 11
    room.press(Key.Key_Backspace)
    taken_back = {(room.stored(b).state, room.stored(b).label_id) for b in page}
    assert taken_back == {(BoxState.UNDECIDED, None)}
    room.qtbot.waitUntil(lambda: set(room.sheet.grid.page.box_ids) == set(bare), timeout=10_000)
    assert room.sheet.grid.page.label_id is None  # the page is asked about anew


def test_why_a_page_has_no_label_is_said(
    bare: list[int], make_room: "Callable[[Path], Room]", project_path: Path
) -> None:
    room = make_room(project_path)
    open_bare_sheet(room, bare)
    melanoma = room.project.label_by_name("malignantmelanoma")
    assert melanoma is not None
    assert "never given in bulk: open those crops singly" in room.sheet.label_page(melanoma)
    assert "give the page one with a number key" in room.sheet.refusal()
    said: list[str] = []
    room.window.context.toasted.connect(lambda text, kind: said.append(text))
    room.press(Key.Key_3)
    assert said == ["No label has the key 3."]
    choice = room.sheet.page_label_choice
    names = [choice.itemText(n) for n in range(choice.count())]
    assert names == ["Label for this page", "melanocyticnevus"]
    assert "choose the label" in room.sheet._page_info(room.sheet.grid.page)
    for _ in bare:  # all wrong: nothing is left to label
        room.press(Key.Key_X)
        room.press(Key.Key_Right)
    assert room.sheet.confirmable
