"""The frame as people use it: rail, keys, palette, help, projects, themes."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.jobs import JobStatus
from studio.ui.actions import Action
from studio.ui.app import ErrorHook
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.generate.pages import titles
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.new_project import NewProjectDialog
from studio.ui.remap import RemapDialog
from studio.ui.settings import Settings
from studio.ui.watchdog import Watchdog
from studio.ui.widgets import JobRow
from studio.ui.window import StudioWindow
from studio.ui.workspace import Workspace, WorkspaceEntry
from studio.wording import percent

CONTROL = Qt.KeyboardModifier.ControlModifier


class Easel(Workspace):
    """A workspace that only writes down what was done."""

    id, title, icon_name = "easel", "Easel", "review"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.done: list[str] = []
        self.panels = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.edit = QLineEdit(self)
        self.button = QPushButton("A button", self)
        self.button.clicked.connect(lambda: self.done.append("button"))
        self.button.move(0, 40)
        context.keymap.bind("easel", "easel.accept", ["Space"])
        context.keymap.bind("easel", "easel.next", ["Right"])
        context.keymap.bind("easel", "easel.loupe", ["Q"])
        context.keymap.bind("easel", "easel.box", ["Tab"])

    def actions(self) -> list[Action]:
        note = self.done.append
        return [
            Action("easel.accept", "Accept", lambda: note("accept"), "Easel", "easel"),
            Action("easel.next", "Next", lambda: note("next"), "Easel", "easel", repeats=True),
            Action(
                "easel.loupe",
                "Loupe",
                lambda: note("loupe"),
                "Easel",
                "easel",
                hold=lambda: note("loupe off"),
            ),
            Action("easel.box", "Next box", lambda: note("box"), "Easel", "easel"),
        ]

    def hints(self) -> list[str]:
        return ["easel.accept", "easel.next"]

    def activate(self) -> None:
        self.setFocus()
        self.done.append("activate")

    def set_panels_visible(self, visible: bool) -> None:
        self.panels = visible


ENTRIES = (
    WorkspaceEntry("easel", "Easel", "review", f"{__name__}:Easel"),
    WorkspaceEntry("other", "Other", "train", f"{__name__}:Easel2"),
)


class Easel2(Workspace):
    id, title = "other", "Other"


@pytest.fixture
def easel(
    qtbot: QtBot, context: StudioContext, project_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Easel:
    monkeypatch.setattr(WorkspaceEntry, "load", lambda self: globals()[self.factory.split(":")[1]])
    window = StudioWindow(context, ENTRIES)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    context.open_project(project_path)
    found = window.mounted["easel"]
    assert isinstance(found, Easel)
    qtbot.waitUntil(found.hasFocus)
    found.done.clear()
    return found


def test_the_welcome_offers_the_sample_first(window: StudioWindow) -> None:
    assert window.stack.currentWidget() is window.welcome
    texts = [b.text() for b in window.welcome.findChildren(QPushButton) if b.isVisible()]
    assert texts == [
        "Try it with 60 sample photographs, about a minute",
        "The same, already decided and exported",
        "Start a project of my own",
        "Open a project",
    ]
    assert [hint[0] for hint in window.hints.hints()][:2] == ["project.new", "project.open"]
    assert window.windowTitle() == "CAN Studio"
    assert window.mounted == {}


def test_opening_a_project_shows_its_name_and_reviewer(
    window: StudioWindow, project_path: Path
) -> None:
    assert window.projects.open(project_path)
    assert window.windowTitle() == "clinic · Ana · CAN Studio"
    assert str(project_path) in window.context.settings.recent_projects()


def test_a_second_studio_says_who_holds_the_project(
    window: StudioWindow, project_path: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from studio.project import Project; from pathlib import Path\n"
        f"p = Project.open(Path({str(project_path)!r}), reviewer='Berta')\n"
        "print(p.mode, flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "edit"
        assert window.projects.open(project_path)
        assert window.context.read_only
        assert "read-only: held by" in window.windowTitle()
        assert "Berta" in window.windowTitle()
        [toast] = window.toasts.toasts()
        assert "Berta" in toast.text
        assert "you can look, not decide" in toast.text
    finally:
        other.communicate("")


def test_a_folder_that_is_no_project_is_refused_in_a_sentence(
    window: StudioWindow, tmp_path: Path
) -> None:
    assert not window.projects.open(tmp_path)
    [toast] = window.toasts.toasts()
    assert toast.kind == "error"
    assert "is not a CAN Studio project" in toast.text
    assert window.context.project is None


def test_a_new_project_is_made_from_the_dialog(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_N, CONTROL)
    dialog = window.findChild(NewProjectDialog)
    assert isinstance(dialog, NewProjectDialog)
    dialog.folder.set_text("")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert "where" in dialog.folder_field._note.text()
    assert dialog.positive.value() == "malignantmelanoma"
    dialog.folder.set_text(str(tmp_path / "new one"))
    dialog.labels.setText("benign, ../evil")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert window.context.project is None
    assert dialog.isVisible()
    dialog.labels.setText("benign, melanoma in situ")
    dialog.positive.set_value("melanoma in situ")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert window.context.project is not None
    labels = window.context.project.labels()
    assert [(label.name, label.positive) for label in labels] == [
        ("benign", False),
        ("melanoma in situ", True),
    ]


def test_a_malignant_label_is_positive_unless_another_is_chosen(
    qtbot: QtBot, window: StudioWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_N, CONTROL)
    dialog = window.findChild(NewProjectDialog)
    assert isinstance(dialog, NewProjectDialog)
    dialog.labels.setText("nevus, Melanoma")
    assert dialog.positive.value() == "Melanoma"
    dialog.positive.set_value("nevus")
    dialog.positive.activated.emit(dialog.positive.currentIndex())
    dialog.labels.setText("nevus, Melanoma, keratosis")
    assert dialog.positive.value() == "nevus"
    dialog.labels.setText("left, right")
    assert dialog.positive.value() is None
    dialog.reject()


def test_keys_reach_the_workspace(qtbot: QtBot, easel: Easel) -> None:
    qtbot.keyClick(easel, Qt.Key.Key_Space)
    qtbot.keyClick(easel, Qt.Key.Key_Right)
    qtbot.keyClick(easel, Qt.Key.Key_Tab)
    assert easel.done == ["accept", "next", "box"]


def test_auto_repeat_runs_only_what_allows_it(easel: Easel) -> None:
    for key, text in ((Qt.Key.Key_Space, " "), (Qt.Key.Key_Right, "")):
        for repeated in (False, True, True):
            none = Qt.KeyboardModifier.NoModifier
            event = QKeyEvent(QEvent.Type.KeyPress, key, none, text, repeated)
            QApplication.sendEvent(easel, event)
    assert easel.done == ["accept", "next", "next", "next"]


def test_a_held_key_lasts_until_it_comes_up(qtbot: QtBot, easel: Easel) -> None:
    qtbot.keyPress(easel, Qt.Key.Key_Q)
    qtbot.keyPress(easel, Qt.Key.Key_Q)
    assert easel.done == ["loupe"]
    qtbot.keyRelease(easel, Qt.Key.Key_Q)
    assert easel.done == ["loupe", "loupe off"]


def test_a_held_key_ends_when_the_window_loses_the_focus(qtbot: QtBot, easel: Easel) -> None:
    qtbot.keyPress(easel, Qt.Key.Key_Q)
    QApplication.sendEvent(easel.window(), QEvent(QEvent.Type.WindowDeactivate))
    assert easel.done == ["loupe", "loupe off"]


def test_typing_is_not_taken_for_keys(qtbot: QtBot, easel: Easel) -> None:
    easel.edit.setFocus()
    qtbot.keyClicks(easel.edit, "q f ?")
    assert easel.edit.text() == "q f ?"
    assert easel.done == []
    assert easel.panels


def test_space_presses_a_button_that_was_reached_with_tab(qtbot: QtBot, easel: Easel) -> None:
    easel.button.setFocus()
    qtbot.keyClick(easel.button, Qt.Key.Key_Space)
    assert easel.done == ["button"]
    qtbot.keyClick(easel.button, Qt.Key.Key_Q)
    assert easel.done[1] == "loupe"


def test_f_leaves_only_the_picture(qtbot: QtBot, easel: Easel) -> None:
    window = easel.window()
    assert isinstance(window, StudioWindow)
    qtbot.keyClick(easel, Qt.Key.Key_F)
    assert not window.rail.isVisible()
    assert not window.hints.isVisible()
    assert not easel.panels
    qtbot.keyClick(easel, Qt.Key.Key_F)
    assert window.rail.isVisible()
    assert easel.panels


def test_the_hint_bar_shows_the_keys_that_work_and_does_them(qtbot: QtBot, easel: Easel) -> None:
    window = easel.window()
    assert isinstance(window, StudioWindow)
    assert window.hints.hints() == [
        ("easel.accept", "Space", "Accept"),
        ("easel.next", "→", "Next"),
    ]
    hint = next(b for b in window.hints.findChildren(QPushButton) if b.isVisible())
    qtbot.mouseClick(hint, Qt.MouseButton.LeftButton)
    assert easel.done == ["accept"]


def test_the_rail_mounts_a_workspace_at_its_first_show(qtbot: QtBot, easel: Easel) -> None:
    window = easel.window()
    assert isinstance(window, StudioWindow)
    assert list(window.mounted) == ["easel"]
    qtbot.mouseClick(window.rail.button("other"), Qt.MouseButton.LeftButton)
    assert list(window.mounted) == ["easel", "other"]
    assert window.stack.currentWidget() is window.mounted["other"]
    assert window.context.settings.get("workspace") == "other"


def test_the_palette_finds_and_runs(qtbot: QtBot, easel: Easel) -> None:
    window = easel.window()
    assert isinstance(window, StudioWindow)
    qtbot.keyClick(easel, Qt.Key.Key_K, CONTROL)
    sheet = window.palette_sheet
    assert sheet.isVisible()
    assert sheet.edit.hasFocus()
    qtbot.keyClicks(sheet.edit, "next b")
    assert sheet.list.count() == 1
    qtbot.keyClick(sheet.edit, Qt.Key.Key_Return)
    assert not sheet.isVisible()
    assert easel.done == ["box"]
    assert easel.hasFocus()


def test_only_one_sheet_is_open_at_a_time(qtbot: QtBot, window: StudioWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.help_sheet.isVisible()
    qtbot.keyClick(window.help_sheet.sheet_area, Qt.Key.Key_K, CONTROL)
    assert window.palette_sheet.isVisible()
    assert not window.help_sheet.isVisible()


def test_what_is_said_covers_only_the_keys(qtbot: QtBot, context: StudioContext) -> None:
    window = StudioWindow(context)
    qtbot.addWidget(window)
    window.context.toast("somebody else is editing", "error")
    window.show()
    qtbot.waitExposed(window)
    window.context.toast("it went well " * 50)
    error, news = window.toasts.toasts()
    above = window.stack.mapTo(window, window.stack.rect().bottomLeft()).y()
    assert error.mapTo(window, QPoint(0, 0)).y() > above
    assert news.parentWidget() is window.hints
    assert window.hints.rect().contains(news.geometry())
    window.hints.set_hints([("view.theme", "T", "A key that comes meanwhile")])
    QApplication.processEvents()
    assert [part for part in window.hints.children() if part.isWidgetType()][-1] is news
    window.context.toast("once more")
    assert [toast.text for toast in window.toasts.toasts()][1:] == ["once more"]
    window.toasts.clear()
    assert not window.toasts.isVisible()


def test_a_long_title_of_a_job_is_cut_visibly(qtbot: QtBot, window: StudioWindow) -> None:
    row = JobRow(window.context.theme, "efficientnet_lite0 · studio · 30 epochs · seed 0 " * 2)
    qtbot.addWidget(row)
    assert row.title.text().endswith("…")
    assert row.title.toolTip().startswith("efficientnet_lite0")


@pytest.mark.parametrize(
    ("kind", "message", "said"),
    [
        ("propose", "", "80 of 4,000 images"),
        ("train", "epoch 1 of 3", "80 of 4,000 steps"),
        ("train", "choosing thresholds", "80 of 4,000"),
        ("rehearsal", "", "80 of 4,000"),
    ],
)
def test_a_job_says_what_it_counts(
    qtbot: QtBot, window: StudioWindow, kind: str, message: str, said: str
) -> None:
    row = JobRow(window.context.theme, "A job")
    qtbot.addWidget(row)
    row.show_status(JobStatus("running", kind, "A job", 80, 4000, message, 70.0))
    assert row.note.text() == f"{said} · 70 s left"


def test_the_palette_says_when_nothing_is_found(qtbot: QtBot, window: StudioWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(window.palette_sheet.edit, "zzz")
    assert window.palette_sheet.none.isVisible()
    qtbot.keyClick(window.palette_sheet.edit, Qt.Key.Key_Escape)
    assert not window.palette_sheet.isVisible()


def test_help_shows_every_key_of_this_place(qtbot: QtBot, easel: Easel) -> None:
    window = easel.window()
    assert isinstance(window, StudioWindow)
    qtbot.keyClick(easel, Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    assert window.help_sheet.isVisible()
    titles = {w.text() for w in window.help_sheet.findChildren(QWidget) if hasattr(w, "text")}
    assert {"Accept", "Space", "Loupe", "Q", "Find a command", "Ctrl+K"} <= titles
    qtbot.keyClick(window.help_sheet.sheet_area, Qt.Key.Key_Escape)
    assert not window.help_sheet.isVisible()


def test_the_theme_changes_and_is_remembered(qtbot: QtBot, window: StudioWindow) -> None:
    assert window.context.theme.name == "dark"
    qtbot.keyClick(window, Qt.Key.Key_L, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert window.context.theme.name == "light"
    assert Settings(window.context.settings.path).get("theme") == "light"


def test_keys_are_changed_in_the_window_and_kept(qtbot: QtBot, window: StudioWindow) -> None:
    window.projects.remap()
    dialog = window.findChild(RemapDialog)
    assert isinstance(dialog, RemapDialog)
    rows = [dialog.table.rows.row(i) for i in range(dialog.table.rows.rowCount())]
    dialog.table.choose(next(i for i, r in enumerate(rows) if r[3] == "view.theme"))
    qtbot.keyClick(dialog.capture, Qt.Key.Key_N, CONTROL)
    qtbot.mouseClick(dialog.assign, Qt.MouseButton.LeftButton)
    assert "“New project”" in dialog.capture_field._note.text()
    qtbot.keyClick(dialog.capture, Qt.Key.Key_F9)
    qtbot.mouseClick(dialog.assign, Qt.MouseButton.LeftButton)
    assert window.context.keymap.text("view.theme") == "F9"
    dialog.accept()
    again = StudioContext(Settings(window.context.settings.path))
    assert again.keymap.text("view.theme") == "F9"


def test_a_key_can_be_added_and_one_action_reset(qtbot: QtBot, window: StudioWindow) -> None:
    keymap, left = window.context.keymap, Qt.MouseButton.LeftButton
    window.projects.remap()
    dialog = window.findChild(RemapDialog)
    assert isinstance(dialog, RemapDialog)

    def choose(action_id: str) -> None:
        rows = [dialog.table.rows.row(i) for i in range(dialog.table.rows.rowCount())]
        dialog.table.choose(next(i for i, r in enumerate(rows) if r[3] == action_id))

    choose("view.theme")
    assert not dialog.reset.isEnabled()
    qtbot.keyClick(dialog.capture, Qt.Key.Key_F9)
    qtbot.mouseClick(dialog.add, left)
    assert keymap.keys("view.theme") == ["Ctrl+Shift+L", "F9"]
    qtbot.keyClick(dialog.capture, Qt.Key.Key_N, CONTROL)
    qtbot.mouseClick(dialog.add, left)  # taken: refused, and nothing changes
    assert "“New project”" in dialog.capture_field._note.text()
    assert keymap.keys("view.theme") == ["Ctrl+Shift+L", "F9"]
    qtbot.keyClick(dialog.capture, Qt.Key.Key_F8)
    qtbot.mouseClick(dialog.assign, left)  # it stays chosen
    choose("view.fullscreen")
    qtbot.keyClick(dialog.capture, Qt.Key.Key_L, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.mouseClick(dialog.assign, left)
    choose("view.theme")
    qtbot.mouseClick(dialog.reset, left)  # its own key is another's by now
    assert "“Full screen”" in dialog.capture_field._note.text()
    choose("view.fullscreen")
    qtbot.mouseClick(dialog.reset, left)
    choose("view.theme")
    qtbot.mouseClick(dialog.reset, left)
    assert keymap.keys("view.theme") == ["Ctrl+Shift+L"]
    assert keymap.keys("view.fullscreen") == ["F11"]
    dialog.accept()
    again = StudioContext(Settings(window.context.settings.path))
    assert again.keymap.bindings() == keymap.bindings()


def test_settings_survive_and_a_broken_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    Settings(path).set("a", [1, 2])
    assert Settings(path).get("a") == [1, 2]
    path.write_text("{broken", "utf-8")
    assert Settings(path).get("a") is None
    assert path.with_suffix(".unreadable").read_text("utf-8") == "{broken"


def test_an_error_is_said_and_logged_and_the_window_goes_on(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hook = ErrorHook(window.context, tmp_path / "studio.log")
    hook(StudioError, StudioError("The list has no rows: choose another."), None)
    hook(ZeroDivisionError, ZeroDivisionError("x"), None)
    qtbot.waitUntil(lambda: len(window.toasts.toasts()) == 2)
    texts = [toast.text for toast in window.toasts.toasts()]
    assert texts[0] == "The list has no rows: choose another."
    assert "ZeroDivisionError" in texts[1]
    assert "studio.log" in texts[1]
    assert "ZeroDivisionError" in caplog.text


def test_toasts_are_plain_text_whatever_they_hold(window: StudioWindow) -> None:
    window.context.toast("<b>bold</b> &amp;")
    [toast] = window.toasts.toasts()
    assert toast.text == "<b>bold</b> &amp;"
    assert toast.findChildren(QWidget)[1].textFormat() == Qt.TextFormat.PlainText


def test_every_control_of_the_frame_has_a_name(window: StudioWindow) -> None:
    for button in window.findChildren(QWidget):
        if button.focusPolicy() & Qt.FocusPolicy.TabFocus and button.isVisible():
            name = button.accessibleName() or getattr(button, "text", str)()
            assert name, type(button).__name__


def test_the_watchdog_hears_a_busy_event_loop(qtbot: QtBot) -> None:
    watchdog = Watchdog()
    watchdog.start()
    qtbot.wait(40)
    total = 0
    deadline = time.thread_time() + 0.12
    while time.thread_time() < deadline:
        total += 1
    qtbot.waitUntil(lambda: bool(watchdog.gaps))
    assert watchdog.gaps[0].cpu_ms > 50
    watchdog.stop()


def test_the_window_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys\n"
        "from studio.ui.app import make_application\n"
        "from studio.ui.context import StudioContext\n"
        "from studio.ui.window import StudioWindow\n"
        "application = make_application([])\n"
        "window = StudioWindow(StudioContext()); window.show()\n"
        "heavy = {'torch', 'pyqtgraph', 'cv2', 'scipy', 'sqlalchemy', 'pydantic', 'psutil'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_dialogs_close_with_their_window(window: StudioWindow) -> None:
    window.projects.rename()
    assert any(isinstance(w, QDialog) for w in window.findChildren(QDialog))


def test_every_bound_key_has_an_action(open_window: StudioWindow) -> None:
    """The keymap names nothing that does not exist once every workspace and room is mounted."""
    for workspace_id in open_window.entries:
        open_window.show_workspace(workspace_id)
        assert isinstance(open_window.current, Workspace), workspace_id
        if isinstance(open_window.current, GenerateWorkspace):
            for name in titles():
                open_window.current.pages.show_page(name)
    registry = open_window.context.registry
    for mode, actions in open_window.context.keymap.bindings().items():
        for action_id in actions:
            assert registry.by_id(action_id) is not None, f"{mode}: {action_id}"
    for action in registry.all():
        assert action.category, action.id


def test_the_sample_project_shows_how_far_it_is(
    qtbot: QtBot, window: StudioWindow, project_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.ui import project_actions

    def make(_folder: Path, control: Control, decided: bool) -> Path:
        assert not decided
        control.progress(1, 3, "Rendering")
        time.sleep(0.2)
        return project_path

    monkeypatch.setattr(project_actions, "make_sample", make)
    sample = next(b for b in window.welcome.findChildren(QPushButton) if "sample" in b.text())
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.welcome.progress.note.text() == percent(1 / 3, 0))
    qtbot.waitUntil(lambda: window.context.project is not None)
    assert window.windowTitle().startswith("clinic")


@pytest.fixture
def drawing(qtbot: QtBot, window: StudioWindow, monkeypatch: pytest.MonkeyPatch) -> StudioWindow:
    """A window in which the sample project is being drawn, until it is stopped."""
    from studio import workflows
    from studio.sample import SampleStoppedError

    def make(_folder: Path, on_progress: Any, stop: Callable[[], bool], decided: bool) -> None:
        on_progress(1, 3, "Rendering")
        while not stop():
            time.sleep(0.01)
        raise SampleStoppedError("Stopped.")

    monkeypatch.setattr(workflows, "make_sample_project", make, raising=False)
    window.projects.sample()
    qtbot.waitUntil(lambda: window.welcome.progress.note.text() == percent(1 / 3, 0))
    return window


def test_drawing_the_sample_project_can_be_stopped(qtbot: QtBot, drawing: StudioWindow) -> None:
    button = drawing.welcome.progress.button
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: drawing.projects.sample_task is None)
    assert not drawing.welcome.progress.isVisible()
    assert drawing.context.project is None
    assert drawing.toasts.toasts() == []


def test_closing_stops_the_drawing_of_the_sample_project(drawing: StudioWindow) -> None:
    began = time.monotonic()
    drawing.close()
    assert drawing.isHidden()
    assert time.monotonic() - began < 2
    QApplication.processEvents()
    assert not Task.running()


@contextmanager
def opened(tmp_path: Path) -> Iterator[StudioWindow]:
    """A window with the settings of this test, closed at the end as a person closes it."""
    context = StudioContext(Settings(tmp_path / "settings.json"))
    window = StudioWindow(context)
    yield window
    window.close()
    context.jobs.close()
    window.deleteLater()


def test_the_window_fits_the_screen(qapp: QApplication, tmp_path: Path) -> None:
    free = qapp.primaryScreen().availableGeometry()  # offscreen: 800 × 800
    with opened(tmp_path) as window:
        assert window.width() <= free.width()
        assert window.height() < free.height()  # a title bar comes on top
        assert window.minimumWidth() <= free.width()
        window.setMinimumSize(0, 0)
        window.setGeometry(free.right() - 50, free.bottom() - 50, 640, 480)
    with opened(tmp_path) as window:
        assert free.contains(window.geometry())


def test_the_size_is_remembered_for_each_scale_factor(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size_after_resizing(scale: str, width: int) -> int:
        monkeypatch.setattr(StudioWindow, "_scale", lambda _: scale)
        with opened(tmp_path) as window:
            before = window.width()
            window.setMinimumSize(0, 0)
            window.resize(width, 600)
        return before

    monkeypatch.setattr("studio.ui.window.SMALLEST", QSize(400, 300))
    size_after_resizing("1", 700)
    size_after_resizing("2", 500)
    assert size_after_resizing("1", 700) == 700
    assert size_after_resizing("2", 500) == 500
