"""The review workspace under real key presses and clicks; what is asserted lies in the database."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import imaging
from studio.imaging import Square
from studio.project import Action, Box, BoxState, NewBox, Project
from studio.review import KeyGate, box_queue
from studio.ui.context import StudioContext
from studio.ui.imageloader import to_rgb
from studio.ui.review.canvas import Canvas
from studio.ui.review.session import Session
from studio.ui.review.sheet_view import SheetView
from studio.ui.review.workspace import ReviewWorkspace
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow
from studio.ui.workspace import WORKSPACES

Key, Held = Qt.Key, Qt.KeyboardModifier
BLUR_MODE = "review.reason"


class Room:
    """A shown review workspace and the hands on it."""

    def __init__(self, window: StudioWindow, qtbot: QtBot, settled: Callable[[], None]) -> None:
        self.window, self.qtbot, self._settled = window, qtbot, settled
        self.settle()
        self.open_gate()

    @property
    def workspace(self) -> ReviewWorkspace:
        found = self.window.mounted["review"]
        assert isinstance(found, ReviewWorkspace)
        return found

    @property
    def session(self) -> Session:
        assert self.workspace.session is not None
        return self.workspace.session

    @property
    def project(self) -> Project:
        return self.session.project

    @property
    def canvas(self) -> Canvas:
        return self.workspace.view.canvas

    @property
    def sheet(self) -> SheetView:
        return self.workspace.view.sheet

    def settle(self) -> None:
        """Queue here, picture painted."""
        self._settled()
        self.qtbot.waitUntil(self._shown, timeout=10_000)

    def _shown(self) -> bool:
        image = self.session.deck.image
        return image is None or not self.canvas.layer.empty or self.session.desk.unreadable

    def open_gate(self) -> None:
        """Keys count at once, so that tests need not wait 250 ms for each."""
        self.session.desk.gate = KeyGate(visible_seconds=0)
        self.session.desk.gate.shown()
        self.session.desk.hidden = lambda: None

    def press(self, key: Key, held: Held = Held.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, held)

    @property
    def current(self) -> Box:
        box = self.session.deck.current
        assert box is not None
        return box

    def stored(self, box_id: int) -> Box:
        """The box as another connection reads it."""
        return self.project.boxes.by_id(box_id)

    def at(self, x: float, y: float) -> QPoint:
        """The canvas point of an image point."""
        return QPointF(*self.canvas.view.to_view(x, y)).toPoint()

    def events(self, action: Action) -> int:
        return sum(e.action is action for e in self.project.events.since(0))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with six photographs and one undecided box on each, made once."""
    folder = tmp_path_factory.mktemp("template")
    random = np.random.default_rng(0)
    labels = ["melanocyticnevus", "malignantmelanoma"]
    with imaging.Verifier() as verifier, Project.create(folder / "clinic", labels) as project:
        for number in range(6):
            noise = random.normal(0, 3, (240, 320, 3))
            rgb = np.clip(np.array([205, 160, 135]) + noise, 0, 255)
            y, x = np.mgrid[:240, :320]
            spot = (x - 90 - 25 * number) ** 2 + (y - 120) ** 2 < (14 + 3 * number) ** 2
            rgb[spot] = (95, 60, 50)
            file = folder / f"photo {number}.jpg"
            Image.fromarray(rgb.astype(np.uint8)).save(file, quality=90)
            label_id = 1 + number // 3
            image = project.images.add(verifier.check(file), file.name, file, label_id)
            square = Square(120.0 + number, 120.0, 60.0)
            score = 0.9 - number / 10
            project.boxes.add([NewBox(image.id, square, label_id, "blob", "0", score)])
    return folder / "clinic"


@pytest.fixture
def project_path(tmp_path: Path, template: Path) -> Path:
    """A copy of the template to decide in."""
    return shutil.copytree(template, tmp_path / "clinic")


@pytest.fixture
def make_room(
    qtbot: QtBot, context: StudioContext, settled: Callable[[], None]
) -> Callable[[Path], Room]:
    """Opens a project in a window that begins in the review workspace."""

    def make(path: Path) -> Room:
        only = tuple(entry for entry in WORKSPACES if entry.id == "review")
        window = StudioWindow(context, only)
        qtbot.addWidget(window)
        window.resize(1280, 720)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        context.open_project(path)
        return Room(window, qtbot, settled)

    return make


@pytest.fixture
def room(make_room: Callable[[Path], Room], project_path: Path) -> Room:
    return make_room(project_path)


@pytest.fixture
def add_boxes(project_path: Path) -> Callable[..., list[int]]:
    """Adds boxes to an image of the project before it is opened."""

    def add(image: int, *boxes: NewBox) -> list[int]:
        with Project.open(project_path) as project:
            image_id = project.images.ids()[image]
            return project.boxes.add(
                [
                    NewBox(image_id, b.square, b.label_id, b.origin, b.version, b.score)
                    for b in boxes
                ]
            )

    return add


# --- one key decides ------------------------------------------------------------------------------


def test_space_accepts_commits_and_goes_on(room: Room) -> None:
    first, index = room.current.id, room.session.deck.index
    room.press(Key.Key_Space)
    assert room.stored(first).state is BoxState.ACCEPTED
    assert room.session.deck.index == index + 1
    assert room.current.id != first
    event = room.project.events.of_box(first)[-1]
    assert event.reviewer == "Ana"
    assert event.on_screen["mode"] == "single"
    assert event.ms_spent >= 0
    assert "saved" in room.workspace.view.header.saved.text()


def test_the_boxes_of_an_image_come_one_after_the_other(
    add_boxes: Callable[..., list[int]], make_room: Callable[[Path], Room], project_path: Path
) -> None:
    more = add_boxes(0, NewBox(0, Square(60, 60, 40), 1, "blob", "0", 0.4))
    room = make_room(project_path)
    image = room.session.deck.image.id
    room.press(Key.Key_Space)
    assert room.session.deck.image.id == image
    assert room.current.id == more[0]
    room.press(Key.Key_X)
    assert room.stored(more[0]).state is BoxState.REJECTED
    assert room.session.deck.image.id != image


def test_a_held_key_decides_once(room: Room) -> None:
    press = QEvent.Type.KeyPress
    target = QApplication.focusWidget()
    QApplication.sendEvent(target, QKeyEvent(press, Key.Key_Space, Held.NoModifier, " "))
    for _ in range(5):
        repeat = QKeyEvent(press, Key.Key_Space, Held.NoModifier, " ", True)
        QApplication.sendEvent(target, repeat)
    assert room.events(Action.ACCEPT) == 1


def test_a_key_counts_only_after_the_image_was_visible(
    make_room: Callable[[Path], Room], project_path: Path
) -> None:
    room = make_room(project_path)
    now = [100.0]
    desk = room.session.desk
    del desk.hidden  # the real one again
    desk.gate = KeyGate(clock=lambda: now[0])
    desk.gate.shown()
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


def test_number_keys_label_and_accept(room: Room) -> None:
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
    make_room: Callable[[Path], Room], project_path: Path
) -> None:
    with Project.open(project_path) as project:
        image = project.images.ids()[0]
        box = project.boxes.of_image(image)[0]
        project.events.change(box.id, Action.RELABEL, {"label_id": None}, "Ben")
    room = make_room(project_path)
    room.workspace.commands.go_to(0)
    room.press(Key.Key_Space)
    assert "press 1 to 9" in room.canvas._flash
    assert room.stored(box.id).state is BoxState.UNDECIDED
    room.press(Key.Key_1)
    assert room.stored(box.id).state is BoxState.ACCEPTED


def test_a_second_key_gives_the_reason(room: Room) -> None:
    first = room.current.id
    room.press(Key.Key_X)
    assert room.workspace.mode == BLUR_MODE
    assert room.stored(first).state is BoxState.REJECTED
    room.press(Key.Key_B)
    assert room.stored(first).reason == "blur"
    assert room.workspace.mode == "review"
    room.press(Key.Key_Backspace)
    assert room.stored(first).state is BoxState.UNDECIDED
    assert room.stored(first).reason is None


def test_the_reason_window_closes_by_itself_and_by_the_next_decision(room: Room) -> None:
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


def test_unsure_and_comment(room: Room) -> None:
    first = room.current.id
    room.press(Key.Key_Semicolon)
    assert QApplication.focusWidget() is room.workspace.view.comment.edit
    QTest.keyClicks(QApplication.focusWidget(), "ruler in the way; x")
    room.press(Key.Key_Return)
    assert room.stored(first).comment == "ruler in the way; x"
    assert room.current.id == first
    room.press(Key.Key_U)
    assert room.stored(first).state is BoxState.UNSURE


# --- undo and place -------------------------------------------------------------------------------


def test_backspace_undoes_and_returns(room: Room) -> None:
    first = room.current.id
    for _ in range(3):
        room.press(Key.Key_Space)
    assert room.session.deck.index == 3
    for _ in range(3):
        room.press(Key.Key_Backspace)
    assert room.session.deck.index == 0
    assert room.current.id == first
    assert room.stored(first).state is BoxState.UNDECIDED
    room.press(Key.Key_Z, Held.ControlModifier | Held.ShiftModifier)
    assert room.stored(first).state is BoxState.ACCEPTED
    room.press(Key.Key_Z, Held.ControlModifier)
    assert room.stored(first).state is BoxState.UNDECIDED
    room.press(Key.Key_Backspace)
    assert "nothing to undo" in room.canvas._flash


def test_the_window_reopens_at_the_exact_item(
    room: Room, make_room: Callable[[Path], Room], project_path: Path
) -> None:
    for _ in range(2):
        room.press(Key.Key_Space)
    room.press(Key.Key_Right)
    image, box = room.session.deck.image.id, room.current.id
    context = room.window.context
    room.window.close()
    again = StudioContext(context.settings)
    try:
        window = StudioWindow(again)
        room.qtbot.addWidget(window)
        window.show()
        again.open_project(project_path)
        session = window.mounted["review"].session
        assert session.deck.image.id == image  # at once, before the queue is there
        room.qtbot.waitUntil(lambda: session.deck.index == 3)
        assert session.deck.current_id == box
        window.close()
    finally:
        again.jobs.close()


def test_browsing_decides_nothing_and_j_jumps_to_the_undecided(room: Room) -> None:
    room.press(Key.Key_Right)
    room.press(Key.Key_Right)
    room.press(Key.Key_Left)
    assert room.session.deck.index == 1
    assert room.project.events.last_id() == 6  # the six proposals
    room.press(Key.Key_Space)
    room.press(Key.Key_Left)
    room.press(Key.Key_Left)
    room.press(Key.Key_Space)
    assert room.session.deck.index == 1
    room.press(Key.Key_J)
    assert room.session.deck.index == 2


# --- editing --------------------------------------------------------------------------------------


def test_handles_and_keys_edit_the_square(room: Room) -> None:
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


def test_escape_restores_and_space_keeps_an_edit(room: Room) -> None:
    box = room.current
    room.press(Key.Key_E)
    room.press(Key.Key_Left, Held.ShiftModifier)
    room.press(Key.Key_Escape)
    assert room.session.desk.pending is None
    assert room.stored(box.id).square == box.square
    room.press(Key.Key_E)
    room.press(Key.Key_BracketLeft, Held.ShiftModifier)
    room.press(Key.Key_Space)
    saved = room.stored(box.id)
    assert saved.square.side == pytest.approx(box.square.side / 1.1)
    assert saved.state is BoxState.ADJUSTED
    assert room.current.id != box.id
    assert room.workspace.mode == "review"


def test_a_corner_can_be_dragged(room: Room) -> None:
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


def wheel(room: Room, at: QPoint, notches: int) -> None:
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


def test_the_wheel_resizes_while_editing_and_zooms_otherwise(room: Room) -> None:
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


def test_alternatives_are_one_key_apart(room: Room) -> None:
    box = room.current
    room.press(Key.Key_V)
    assert room.session.desk.pending.side == pytest.approx(box.square.side * 1.6)
    assert "×1.6" in room.canvas.boxes[0].title
    room.press(Key.Key_V)
    room.press(Key.Key_V)
    assert room.session.desk.pending is None
    room.press(Key.Key_V)
    room.press(Key.Key_Space)
    assert room.stored(box.id).square.side == pytest.approx(box.square.side * 1.6)
    assert room.stored(box.id).state is BoxState.ADJUSTED


def test_a_new_box_by_click_wheel_click(room: Room) -> None:
    image = room.session.deck.image
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


def test_tab_and_click_choose_the_box(
    add_boxes: Callable[..., list[int]], make_room: Callable[[Path], Room], project_path: Path
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
    add_boxes: Callable[..., list[int]], make_room: Callable[[Path], Room], project_path: Path
) -> None:
    squares = [NewBox(0, Square(60 + 30 * n, 60, 40), 1, "blob", "0", 0.3) for n in range(5)]
    add_boxes(0, *squares)
    room = make_room(project_path)
    assert len(room.canvas.boxes) == 3
    room.press(Key.Key_M)
    assert len(room.canvas.boxes) == 6


# --- looking --------------------------------------------------------------------------------------


def hold(room: Room, key: Key) -> None:
    QTest.keyPress(QApplication.focusWidget(), key)


def release(room: Room, key: Key) -> None:
    QTest.keyRelease(QApplication.focusWidget(), key)


def test_looking_tools_last_as_long_as_their_key(room: Room) -> None:
    plain = room.canvas.grab().toImage()
    for key in (Key.Key_W, Key.Key_Q, Key.Key_C, Key.Key_T):
        hold(room, key)
        if key in (Key.Key_C, Key.Key_T):
            room.qtbot.waitUntil(lambda: room.canvas.layer.aid is not None)
        assert room.canvas.grab().toImage() != plain
        release(room, key)
        assert room.canvas.grab().toImage() == plain


def test_an_aid_that_was_on_is_recorded(room: Room) -> None:
    first = room.current.id
    hold(room, Key.Key_C)
    room.press(Key.Key_Space)
    release(room, Key.Key_C)
    assert room.project.events.of_box(first)[-1].on_screen["aid"] == "clahe"


# --- the crop -------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_the_crop_shown_is_the_crop_exported(
    orientation: int, tmp_path: Path, make_room: Callable[[Path], Room]
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


# --- the contact sheet ----------------------------------------------------------------------------


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
                    "blob",
                    "0",
                    0.4 if n >= 30 else 0.95 - n / 100,
                )
                for n in range(40)
            ]
        )
    return project_path


def test_a_page_is_decided_together_and_taken_back_together(
    many: Path, make_room: Callable[[Path], Room]
) -> None:
    room = make_room(many)
    certain = [b for b in box_queue(room.project) if (room.stored(b).score or 0) >= 0.5]
    nevi = {b for b in certain if room.stored(b).label_id == 1}
    room.press(Key.Key_G)
    assert room.workspace.mode == "review.grid"
    room.qtbot.waitUntil(lambda: len(room.sheet.grid.page.box_ids) >= 24, timeout=10_000)
    page = list(room.sheet.grid.page.box_ids)
    assert set(page) <= nevi  # one label, and nothing uncertain
    room.press(Key.Key_Space)
    assert room.events(Action.ACCEPT) == 0  # not all seen
    bar = room.sheet.grid.verticalScrollBar()
    for _ in range(400):
        bar.setValue((bar.value() + 60) % (bar.maximum() + 1))
        room.qtbot.wait(5)
        if room.sheet.confirmable:
            break
    assert room.sheet.confirmable
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
    room.press(Key.Key_G)
    assert room.workspace.mode == "review"


def test_clicks_mark_and_melanomas_are_never_decided_in_bulk(
    many: Path, make_room: Callable[[Path], Room]
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


# --- filter, empty, broken, read-only -------------------------------------------------------------


def test_the_filter_narrows_the_queue_and_can_be_cleared(room: Room) -> None:
    room.press(Key.Key_Slash)
    assert QApplication.focusWidget() is room.workspace.view.filter_bar.text
    QTest.keyClicks(QApplication.focusWidget(), "photo 3")
    room.qtbot.waitUntil(lambda: len(room.session.deck.queue) == 1, timeout=5000)
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
    room.qtbot.waitUntil(lambda: len(room.session.deck.queue) == 6, timeout=5000)
    assert pages.currentWidget() is room.workspace.view.single


def test_decided_boxes_leave_the_undecided_queue_only_when_it_is_asked_again(room: Room) -> None:
    bar = room.workspace.view.filter_bar
    bar.state.set_value(frozenset({BoxState.UNDECIDED}))
    room.qtbot.waitUntil(lambda: room.session.deck.filter.states is not None, timeout=5000)
    room.settle()
    room.press(Key.Key_Space)
    assert len(room.session.deck.queue) == 6
    assert room.session.deck.index == 1
    room.workspace.refresh()
    room.qtbot.waitUntil(lambda: len(room.session.deck.queue) == 5, timeout=5000)


def test_an_empty_project_says_what_to_do(
    make_room: Callable[[Path], Room], tmp_path: Path
) -> None:
    path = tmp_path / "empty"
    Project.create(path, ["melanocyticnevus"]).close()
    room = make_room(path)
    view = room.workspace.view
    assert view.pages.currentWidget() is view.empty
    assert view.empty.title.text() == "No photographs yet"
    room.press(Key.Key_Space)


def test_boxes_can_be_proposed_where_there_are_none(
    make_room: Callable[[Path], Room], tmp_path: Path, photographs: Path
) -> None:
    path = tmp_path / "bare"
    file = next(photographs.rglob("*.jpg"))
    with Project.create(path, ["melanocyticnevus"]) as project, imaging.Verifier() as verifier:
        project.images.add(verifier.check(file), file.name, file)
    room = make_room(path)
    assert room.workspace.view.no_boxes.isVisible()
    room.press(Key.Key_Space)
    assert "press N" in room.canvas._flash


def test_a_file_that_cannot_be_read_is_named_and_passed(
    make_room: Callable[[Path], Room], project_path: Path
) -> None:
    with Project.open(project_path) as project:
        image = project.images.by_id(project.images.ids()[0])
        project.images.path(image).chmod(0o644)
        project.images.path(image).write_bytes(b"\xff\xd8\xff\xe0 no picture")
    room = make_room(project_path)
    room.qtbot.waitUntil(lambda: room.session.desk.unreadable, timeout=5000)
    assert image.file in room.canvas._message[1]
    box = room.current.id
    room.press(Key.Key_Space)
    room.press(Key.Key_1)
    assert room.stored(box).state is BoxState.UNDECIDED
    room.press(Key.Key_X)
    assert room.stored(box).state is BoxState.REJECTED
    room.settle()
    assert room.session.deck.index == 1
    assert not room.session.desk.unreadable


def test_a_read_only_project_says_so_once(
    make_room: Callable[[Path], Room], project_path: Path
) -> None:
    said: list[str] = []
    held = Project.open(project_path, reviewer="Ben")
    try:
        room = make_room(project_path)
        if room.project.mode != "read":
            pytest.skip("one process may open a project twice")
        room.window.context.toasted.connect(lambda text, kind: said.append(text))
        for key in (Key.Key_Space, Key.Key_X, Key.Key_1, Key.Key_Backspace):
            room.press(key)
        assert len([s for s in said if "look, not decide" in s]) == 1
        assert room.project.events.last_id() == 6
        room.window.close()
    finally:
        held.close()


def test_reviewing_never_holds_the_window(room: Room, smooth: Watchdog) -> None:
    for _ in range(2):
        room.press(Key.Key_Space)
        room.press(Key.Key_Backspace)
    room.settle()
    smooth.start()
    for key in (Key.Key_Space, Key.Key_Right, Key.Key_X, Key.Key_Backspace, Key.Key_V):
        room.press(key)
        room.qtbot.wait(40)


@pytest.fixture(autouse=True)
def _no_running_tasks(settled: Callable[[], None]) -> Iterator[None]:
    yield
    settled()


def test_a_new_queue_goes_on_after_the_image_that_left_it(room: Room) -> None:
    room.workspace.commands.go_to(2)
    room.press(Key.Key_Space)
    room.workspace.commands.go_to(2)
    bar = room.workspace.view.filter_bar
    bar.state.set_value(frozenset({BoxState.UNDECIDED}))
    room.qtbot.waitUntil(lambda: len(room.session.deck.queue) == 5, timeout=5000)
    assert room.session.deck.index == 2  # what was the fourth image
    assert not room.session.deck.off_queue
    bar.state.set_value(frozenset({BoxState.UNSURE}))
    room.qtbot.waitUntil(lambda: not room.session.deck.queue, timeout=5000)
    assert room.session.deck.image is None
