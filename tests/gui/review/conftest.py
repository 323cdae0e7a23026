"""A shown review workspace and the hands on it, for tests that press keys and read the database."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import imaging
from studio.imaging import Square
from studio.project import Action, Box, NewBox, Project
from studio.review import KeyGate
from studio.ui.context import StudioContext
from studio.ui.review.canvas import Canvas
from studio.ui.review.session import ReviewSession
from studio.ui.review.sheet_view import SheetView
from studio.ui.review.workspace import ReviewWorkspace
from studio.ui.window import StudioWindow
from studio.ui.workspace import WORKSPACES

Key, Held = Qt.Key, Qt.KeyboardModifier


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
    def session(self) -> ReviewSession:
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
        image = self.session.navigator.image
        return image is None or not self.canvas.layer.empty or self.session.controller.unreadable

    def open_gate(self) -> None:
        """Keys count at once, so that tests need not wait 250 ms for each."""
        self.session.controller.gate = KeyGate(visible_seconds=0)
        self.session.controller.gate.mark_visible()
        self.session.controller.mark_hidden = lambda: None

    def press(self, key: Key, held: Held = Held.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, held)

    @property
    def current(self) -> Box:
        box = self.session.navigator.current
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


@pytest.fixture(autouse=True)
def _no_running_tasks(settled: Callable[[], None]) -> Iterator[None]:
    yield
    settled()
