"""Fixtures of the window's tests: a window, a small project, checks for leaks and stalls.

Keys are pressed and buttons clicked as people do it; Qt warnings and forgotten windows fail.
"""

import gc
import importlib.util
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThreadPool
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import StudioContext
from studio.ui.garbage import GarbageCollector
from studio.ui.settings import Settings
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow

# The offscreen platform says so at every window with a minimum size; it is not a fault of ours.
_PLATFORM_NOISE = r"This plugin does not support (propagateSizeHints|raise)\(\)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore(_PLATFORM_NOISE, extend=True))
    # In another order each time, to find what one test leaves for the next: a number as the seed.
    seed = os.environ.get("CAN_STUDIO_SHUFFLE")
    if seed:
        random.Random(int(seed)).shuffle(items)


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the settings of the person who runs it."""
    monkeypatch.setenv("CAN_STUDIO_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _garbage_on_the_qt_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """As in the program: no thread but Qt's destroys Qt objects."""
    if not {"qapp", "qtbot"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("qapp")
    collector = GarbageCollector()
    yield
    collector.check()
    collector.close()


@pytest.fixture(autouse=True)
def _no_leaked_windows(request: pytest.FixtureRequest) -> Iterator[None]:
    """A top-level widget that outlives its test fails it."""
    if not {"qapp", "qtbot"} & set(request.fixturenames):
        yield
        return
    qapp: QApplication = request.getfixturevalue("qapp")
    before = {id(widget) for widget in qapp.topLevelWidgets()}
    yield
    QThreadPool.globalInstance().waitForDone(5000)
    leaked: list[QWidget] = []
    for attempt in range(4):
        qapp.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        leaked = [w for w in qapp.topLevelWidgets() if id(w) not in before and _is_ours(w)]
        if not leaked:
            return
        if attempt:
            leaked.clear()
            gc.collect()  # slow, so only where something seems to be left
    names = [f"{type(widget).__name__} {widget.windowTitle()!r}" for widget in leaked]
    for widget in leaked:
        widget.close()
        widget.deleteLater()
    assert not names, f"left open: {', '.join(names)}"


def _is_ours(widget: QWidget) -> bool:
    return widget.parent() is None and widget.windowType() != Qt.WindowType.ToolTip


@pytest.fixture
def context(tmp_path: Path, qapp: QApplication) -> Iterator[StudioContext]:
    """A context with settings of its own, a reviewer named, and no project."""
    settings = Settings(tmp_path / "config" / "settings.json")
    settings.set("reviewer", "Ana")
    made = StudioContext(settings)
    yield made
    made.jobs.close()
    if made.project is not None:
        made.project.close()
        made.project = None


@pytest.fixture
def window(qtbot: QtBot, context: StudioContext) -> StudioWindow:
    """A shown, active window without a project."""
    made = StudioWindow(context)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder with six pictures in two class folders: flat skin with one dark spot each."""
    random = np.random.default_rng(0)
    for number in range(6):
        name = "malignantmelanoma" if number % 2 else "melanocyticnevus"
        folder = tmp_path / "photographs" / name
        folder.mkdir(parents=True, exist_ok=True)
        noise = random.normal(0, 3, (240, 320, 3))
        rgb = np.clip(np.array([205, 160, 135]) + noise, 0, 255)
        y, x = np.mgrid[:240, :320]
        spot = (x - 90 - 25 * number) ** 2 + (y - 120) ** 2 < (14 + 3 * number) ** 2
        rgb[spot] = (95, 60, 50)
        Image.fromarray(rgb.astype(np.uint8)).save(folder / f"photo {number}.jpg", quality=90)
    return tmp_path / "photographs"


@pytest.fixture
def project_path(tmp_path: Path, photographs: Path) -> Path:
    """A project on disk with those pictures and one undecided box on each."""
    from studio import imaging
    from studio.project import Action, NewBox, Project

    path = tmp_path / "clinic"
    with Project.create(path, ["melanocyticnevus", "malignantmelanoma"]) as project:
        labels = {label.name: label.id for label in project.labels()}
        boxes = []
        with imaging.Verifier() as verifier:
            for number, file in enumerate(sorted(photographs.rglob("*.jpg"))):
                label_id = labels[file.parent.name]
                image = project.images.add(verifier.check(file), file.name, file, label_id)
                square = imaging.Square(120.0 + number, 120.0, 60.0)
                boxes.append(
                    NewBox(image.id, square, label_id, "blob", "0", score=0.9 - number / 10)
                )
        project.boxes.add(boxes, Action.PROPOSE)
    return path


@pytest.fixture
def open_window(window: StudioWindow, project_path: Path) -> StudioWindow:
    """A window with that project open."""
    window.context.open_project(project_path)
    return window


@pytest.fixture
def smooth(qtbot: QtBot) -> Iterator[Watchdog]:
    """Fails the test when the Qt thread itself worked longer than 50 ms at a stretch.

    Call `smooth.start()` once the parts under test are built and warm. Only the thread's own work
    counts, so that a busy machine does not fail a quiet window; a second of standing still does.
    """
    watchdog = Watchdog()
    watchdog.start()
    yield watchdog
    watchdog.stop()
    busy = [gap for gap in watchdog.gaps if gap.cpu_ms > watchdog.limit_ms or gap.wall_ms > 1000]
    assert not busy, f"the window stood still: {busy}"


@pytest.fixture
def settled(qtbot: QtBot) -> Callable[[], None]:
    """Wait until background tasks are done and what they said has arrived."""

    def wait() -> None:
        from studio.ui.background import Task

        def quiet() -> bool:
            if not Task.running():
                QApplication.processEvents()  # the end of one task may begin another
            return not Task.running()

        qtbot.waitUntil(quiet, timeout=15_000)
        QApplication.processEvents()

    return wait


@pytest.fixture(scope="session")
def made_run() -> Any:
    """`MadeRun` of made_runs.py: a training run written by hand, event by event."""
    file = Path(__file__).with_name("made_runs.py")
    spec = importlib.util.spec_from_file_location("made_runs", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MadeRun
