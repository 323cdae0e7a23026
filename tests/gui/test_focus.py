"""Where the keyboard focus is after each action: where the keys of the hint bar work."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import StudioContext
from studio.ui.focus import FocusKeeper, first_usable
from studio.ui.widgets import NextStep
from studio.ui.window import StudioWindow


class FlashWatch(QObject):
    """Collects widgets that show themselves as windows although they are none."""

    def __init__(self) -> None:
        super().__init__()
        self.flashed: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            plain = watched.windowType() in (Qt.WindowType.Widget, Qt.WindowType.Window)
            if watched.parent() is None and plain and not isinstance(watched, StudioWindow):
                self.flashed.append(type(watched).__name__)
        return False


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    layout = QVBoxLayout(made)
    for name in ("one", "two", "home", "other"):
        button = QPushButton(name)
        button.setObjectName(name)
        layout.addWidget(button)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def named(page: QWidget, name: str) -> QPushButton:
    found = page.findChild(QPushButton, name)
    assert found is not None
    return found


@pytest.fixture
def keeper(page: QWidget) -> Iterator[FocusKeeper]:
    made = FocusKeeper(page, lambda: first_usable(named(page, "home")))
    yield made
    made.close()


def has_focus(page: QWidget, name: str) -> Callable[[], bool]:
    return lambda: QApplication.focusWidget() is named(page, name)


@pytest.mark.parametrize("loss", ["disabled", "hidden", "deleted"])
def test_a_control_that_goes_gives_the_focus_to_home(
    qtbot: QtBot, page: QWidget, keeper: FocusKeeper, loss: str
) -> None:
    one = named(page, "one")
    one.setFocus()
    qtbot.waitUntil(has_focus(page, "one"))
    if loss == "disabled":
        one.setEnabled(False)
    elif loss == "hidden":
        one.hide()
    else:
        one.deleteLater()
    qtbot.waitUntil(has_focus(page, "home"))


def test_focus_set_on_purpose_stays(qtbot: QtBot, page: QWidget, keeper: FocusKeeper) -> None:
    named(page, "one").setFocus()
    named(page, "one").setEnabled(False)
    named(page, "other").setFocus()
    QApplication.processEvents()
    QApplication.processEvents()
    assert has_focus(page, "other")()


def test_a_control_off_for_a_moment_keeps_the_focus(
    qtbot: QtBot, page: QWidget, keeper: FocusKeeper
) -> None:
    one = named(page, "one")
    one.setFocus()
    one.setEnabled(False)
    one.setEnabled(True)
    qtbot.waitUntil(has_focus(page, "one"))


def test_a_window_without_focus_gets_it_home(
    qtbot: QtBot, page: QWidget, keeper: FocusKeeper
) -> None:
    one = named(page, "one")
    one.setFocus()
    one.clearFocus()
    qtbot.waitUntil(has_focus(page, "home"))


@pytest.mark.parametrize("reviewer", ["Ana", ""])
def test_no_workspace_flashes_a_window_or_loses_the_focus(
    qtbot: QtBot,
    qapp: QApplication,
    context: StudioContext,
    project_path: Path,
    settled: Callable[[], None],
    reviewer: str,
) -> None:
    context.reviewer = reviewer
    watch = FlashWatch()
    qapp.installEventFilter(watch)
    window = StudioWindow(context)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    try:
        context.open_project(project_path)
        for workspace_id in window.entries:
            window.show_workspace(workspace_id)
            settled()
            home = window.home()
            focus = QApplication.focusWidget()
            assert home is not None
            assert focus is (home.focusProxy() or home), workspace_id
        assert watch.flashed == []
    finally:
        qapp.removeEventFilter(watch)
        window.close()


def test_next_step_offers_and_goes(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = NextStep()
    QVBoxLayout(parent).addWidget(bar)
    parent.show()
    seen: list[str] = []
    shown: list[bool] = []
    bar.changed.connect(shown.append)
    assert not bar.isVisible()
    bar.show_step(
        "60 images decided: 180 crops kept",
        "Export 180 crops",
        lambda: seen.append("export"),
        others=[("Back to the unsure (4)", lambda: seen.append("unsure"))],
    )
    assert bar.button.property("role") == "primary"
    qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.others[0], Qt.MouseButton.LeftButton)
    bar.show_step("exported", primary=False)
    assert bar.isVisible()
    assert not bar.button.isVisible()
    assert bar.others == []
    bar.clear()
    assert seen == ["export", "unsure"]
    assert shown == [True, False]
    assert bar.isHidden()
