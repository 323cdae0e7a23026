"""Where the keyboard focus is after each action: where the keys of the hint bar work."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import StudioContext
from studio.ui.focus import FocusKeeper, first_usable
from studio.ui.reviewer import ReviewerField
from studio.ui.train.workspace import TrainWorkspace
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


def in_front(page: QWidget) -> list[QWidget]:
    """The controls of a page that Tab reaches now."""
    return [
        part
        for part in page.findChildren(QWidget)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and part.isVisible()
        and part.isEnabled()
        and part.focusProxy() is None
    ]


@pytest.mark.parametrize("filled", [True, False])
def test_whatever_is_disabled_the_focus_goes_home_and_the_keys_work(
    qtbot: QtBot,
    window: StudioWindow,
    project_path: Path,
    tmp_path: Path,
    settled: Callable[[], None],
    filled: bool,
) -> None:
    if filled:
        window.context.open_project(project_path)
    else:
        window.context.new_project(tmp_path / "empty", ["a", "b"])
    for workspace_id in window.entries:
        window.show_workspace(workspace_id)
        settled()
        page = window.current
        assert page is not None
        tried = 0
        for part in in_front(page):
            if not (part.isVisible() and part.isEnabled()):
                continue  # hidden by what came before
            part.setFocus()
            if not part.hasFocus():
                continue
            tried += 1
            part.setEnabled(False)
            QApplication.processEvents()
            QApplication.processEvents()
            home, focus = window.home(), QApplication.focusWidget()
            said = f"{workspace_id}: {type(part).__name__} {part.accessibleName()}"
            assert home is not None, said
            assert focus is (home.focusProxy() or home), said
            assert page is focus or page.isAncestorOf(focus), said
            part.setEnabled(True)
        assert tried > 0, workspace_id
        window.show_workspace(workspace_id)
        page.activate()
        for action_id, key, _ in window.hints.hints():
            event = press(window.context.keymap.keys(action_id, window.mode)[0])
            assert window.keys._find(event) is not None, f"{workspace_id}: {key}"


def test_a_training_that_starts_leaves_no_button_under_the_next_space(
    qtbot: QtBot, open_window: StudioWindow, settled: Callable[[], None]
) -> None:
    open_window.show_workspace("train")
    settled()
    train = open_window.current
    assert isinstance(train, TrainWorkspace)
    train.form.start_button.setEnabled(True)
    train.form.start_button.setFocus()
    train.form._busy = "Starting…"
    train.form.refresh()
    QApplication.processEvents()
    QApplication.processEvents()
    assert QApplication.focusWidget() is train


def test_a_named_reader_is_taken_home(
    qtbot: QtBot, context: StudioContext, project_path: Path, settled: Callable[[], None]
) -> None:
    context.reviewer = ""
    window = StudioWindow(context)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    context.open_project(project_path)
    window.show_workspace("collect")
    settled()
    [field] = [f for f in window.findChildren(ReviewerField) if f.isVisible()]
    field.edit.setFocus()
    field.edit.setText("Ana")
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    home = window.home()
    assert home is not None
    qtbot.waitUntil(lambda: QApplication.focusWidget() is (home.focusProxy() or home))
    window.close()


def test_keys_on_the_rail_lead_back_to_the_page(
    qtbot: QtBot, open_window: StudioWindow, settled: Callable[[], None]
) -> None:
    settled()
    qtbot.keyClick(open_window, Qt.Key.Key_F6)
    rail = open_window.rail.button("collect")
    assert rail.hasFocus()
    qtbot.keyClick(rail, Qt.Key.Key_Space)
    focus, home = QApplication.focusWidget(), open_window.home()
    assert home is not None
    assert focus is (home.focusProxy() or home)


def tab_chain(page: QWidget) -> list[QWidget]:
    """What Tab reaches on a page, in its order."""
    reached = set(in_front(page))
    found, part = [], page.nextInFocusChain()
    while part not in found:
        if part in reached:
            found.append(part)
        part = part.nextInFocusChain()
        if part is page:
            break
    return found


def panel_of(part: QWidget | None) -> QWidget | None:
    while part is not None and part.property("surface") != "panel":
        part = part.parentWidget()
    return part


def test_tab_follows_the_eye_in_every_panel(
    window: StudioWindow, project_path: Path, made_run: Any, settled: Callable[[], None]
) -> None:
    window.context.open_project(project_path)
    project = window.context.project
    assert project is not None
    run_dir = project.runs.new_folder("train", "a run")
    made_run(run_dir, n=40, epochs=2).whole()
    wrong = []
    for workspace_id in window.entries:
        window.show_workspace(workspace_id)
        settled()
        page = window.current
        assert page is not None
        chain = tab_chain(page)
        assert chain, workspace_id
        for one, two in pairwise(chain):
            panel = panel_of(one)
            if panel is None or panel is not panel_of(two):
                continue
            first = QRect(one.mapTo(window, QPoint(0, 0)), one.size())
            second = QRect(two.mapTo(window, QPoint(0, 0)), two.size())
            shared = min(first.bottom(), second.bottom()) - max(first.top(), second.top())
            in_line = shared > min(first.height(), second.height()) / 2
            if first.left() >= second.left() if in_line else first.top() >= second.top():
                wrong.append(f"{workspace_id}: {name_of(one)} before {name_of(two)}")
    assert wrong == []


def name_of(part: QWidget) -> str:
    return f"{type(part).__name__} {part.accessibleName()!r}"


def press(chord: str) -> QKeyEvent:
    """A press of a chord as the layout of the tests gives it."""
    combination = QKeySequence("?" if chord == "?" else chord)[0]
    key, modifiers = combination.key(), combination.keyboardModifiers()
    text = chord.lower() if len(chord) == 1 else ""
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)


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
