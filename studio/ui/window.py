"""The frame: rail, workspaces, hint bar. Workspaces are imported when they are first shown."""

import base64
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QCoreApplication, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.ui.action_index import IndexedAction, place_of
from studio.ui.actions import modes_of
from studio.ui.background import Task, stop_all
from studio.ui.context import StudioContext
from studio.ui.focus import FocusKeeper
from studio.ui.jobs_bar import JobsBar
from studio.ui.keys import KeyDispatcher
from studio.ui.overlay import KeyHelp, Palette
from studio.ui.palette_places import ProjectPlaces, place_actions, read_places
from studio.ui.project_actions import ProjectActions
from studio.ui.settings import LOG_NAME, settings_folder
from studio.ui.theme import Theme
from studio.ui.watchdog import Watchdog
from studio.ui.welcome import Welcome
from studio.ui.widgets import ErrorState, HintBar, Rail, ToastArea
from studio.ui.window_actions import window_actions
from studio.ui.words import read_only_sentence
from studio.ui.workspace import WORKSPACES, Workspace, WorkspaceEntry

if TYPE_CHECKING:
    from studio.project import Project

log = logging.getLogger(__name__)

FIRST_SIZE = QSize(1440, 900)
SMALLEST = QSize(960, 600)
TITLE_BAR = 32  # px
_TRY_MS, _TRIES = 100, 50  # how long an action waits for what its workspace reads


class StudioWindow(QMainWindow):
    """The studio's window on one context."""

    def __init__(
        self,
        context: StudioContext,
        workspaces: tuple[WorkspaceEntry, ...] = WORKSPACES,
    ) -> None:
        super().__init__()
        self.context = context
        self.entries = {entry.id: entry for entry in workspaces}
        self.mounted: dict[str, QWidget] = {}
        self._current = next(iter(self.entries))
        self._panels = True
        context.theme.apply()
        self.watchdog = Watchdog(self)
        self.projects = ProjectActions(self, context)
        self._build()
        self._connect()
        self.focus_keeper = FocusKeeper(self, self.home)
        self.keys = KeyDispatcher(
            self, context.registry, context.keymap, lambda: self.mode, self._slow
        )
        self._restore_geometry()
        self._project_changed()

    # Building

    def _build(self) -> None:
        self.rail = Rail(self.context.theme)
        self.stack = QStackedWidget()
        self.hints = HintBar(self.context.theme)
        self.jobs_bar = JobsBar(self.context, self.hints.jobs)
        centre = _Canvas(self.context.theme)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.rail)
        across.addWidget(self.stack, 1)
        layout = QVBoxLayout(centre)
        layout.setSpacing(0)
        layout.setContentsMargins(0, 0, 0, 0)
        self.toasts = ToastArea(self.context.theme, self.hints)
        layout.addLayout(across, 1)
        layout.addWidget(self.toasts)
        layout.addWidget(self.hints)
        self.setCentralWidget(centre)
        entries = tuple(self.entries.values())
        self.welcome = Welcome(self.context, self.projects, entries, self.show_workspace)
        self.stack.addWidget(self.welcome)
        self.palette_sheet = Palette(
            self, self.context, lambda: self.mode, self.run_elsewhere, self._title
        )
        self.help_sheet = KeyHelp(
            self, self.context, lambda: self.mode, self._gestures, self._title
        )
        self.context.registry.extend(window_actions(self))
        self._fill_rail()
        theme = self.context.theme
        theme.host_dialogs(self)
        for part in (
            self.rail, self.welcome, self.toasts, self.hints, self.palette_sheet, self.help_sheet,
        ):  # fmt: skip
            theme.host(part)

    def _fill_rail(self) -> None:
        text = self.context.keymap.text
        self.rail.add_workspaces(
            [
                (entry.id, self.title_of(entry), entry.icon_name, text(f"go.{entry.id}"))
                for entry in self.entries.values()
            ]
        )
        trigger = self.context.registry.trigger
        for icon_name, title, action_id in (
            ("project", self.tr("Project"), "project.menu"),
            ("theme", self.tr("Theme"), "view.theme"),
            ("keys", self.tr("Keys"), "help.keys"),
        ):
            action = self.context.registry.by_id(action_id)
            tip = f"{action.title if action else title} ({text(action_id)})"
            button = self.rail.add_tool(icon_name, title, tip)
            button.clicked.connect(lambda _=False, a=action_id: trigger(a))
            if action_id == "project.menu":
                self.projects.anchor = button

    def _connect(self) -> None:
        context = self.context
        self.rail.chosen.connect(self.show_workspace)
        self.hints.triggered.connect(context.registry.trigger)
        context.project_changed.connect(lambda _: self._project_changed())
        context.reviewer_changed.connect(lambda _: self._retitle())
        context.toasted.connect(self.toasts.show_message)
        context.toasts_cleared.connect(self.toasts.clear)
        context.workspace_requested.connect(self.show_workspace)
        context.keymap.changed.connect(self._refresh_hints)

    # Workspaces

    def _focus_home(self) -> None:
        home = self.home()
        if home is not None:
            home.setFocus(Qt.FocusReason.OtherFocusReason)

    def home(self) -> QWidget | None:
        """Where the keys of the hint bar work now; what lies over the page keeps the focus."""
        sheet = next((s for s in (self.palette_sheet, self.help_sheet) if s.isVisible()), None)
        if sheet is not None:
            return sheet.home()
        current = self.current
        if isinstance(current, Workspace):
            return current.home() or current
        return current if current is not None else self.welcome.home()

    @property
    def current(self) -> QWidget | None:
        """The workspace in front; None while no project is open."""
        return self.mounted.get(self._current) if self.context.project is not None else None

    @property
    def mode(self) -> str:
        """The keymap mode now."""
        current = self.current
        return current.mode if isinstance(current, Workspace) else "global"

    def _gestures(self) -> list[tuple[str, str]]:
        current = self.current
        return current.gestures() if isinstance(current, Workspace) else []

    def title_of(self, entry: WorkspaceEntry) -> str:
        return QCoreApplication.translate("Workspace", entry.title)

    def _title(self, workspace_id: str) -> str:
        """The title of a workspace; "" for none of this window."""
        entry = self.entries.get(workspace_id)
        return self.title_of(entry) if entry is not None else ""

    def find_a_command(self) -> None:
        """Open the palette, which finds the recent projects too, and once read the runs, labels and
        test sets of this one."""
        self.palette_sheet.show_more(self.projects.recent_actions())
        self.palette_sheet.open()
        project = self.context.project
        if project is not None:
            task = Task(lambda _: read_places(project))
            task.done.connect(lambda places: self._found_places(project, places))
            task.start()

    def _found_places(self, project: "Project", places: ProjectPlaces) -> None:
        if project is self.context.project:
            recent = self.projects.recent_actions()
            self.palette_sheet.show_more([*recent, *place_actions(self, places)])

    def run_elsewhere(self, action: IndexedAction) -> None:
        """Go where an action works and run it there, or say that the page shows what it needs."""
        workspace_id, room = place_of(action.mode)
        self.show_workspace(workspace_id)  # nowhere for what is the window's own
        if self.context.project is None:
            words = self.tr("{0} works in a project: open one, or begin with the sample.")
            self.context.toast(words.format(action.title))
            return
        if workspace_id == "generate":
            self.context.registry.trigger(f"generate.room_{room}")
        self._run_when_ready(action, _TRIES)

    def _run_when_ready(self, wanted: IndexedAction, tries: int) -> None:
        """Run an action now, or once what its workspace reads has come."""
        action = self.context.registry.by_id(wanted.id)
        if action is not None and action.mode in modes_of(self.mode) and action.enabled():
            action.run()
            return
        busy = isinstance(self.current, Workspace) and self.current.busy
        if tries and (busy or tries == _TRIES):
            QTimer.singleShot(_TRY_MS, self, lambda: self._run_when_ready(wanted, tries - 1))
            return
        words = self.tr("{0} cannot be done now.")
        if wanted.place:
            words = self.tr("{0} cannot be done yet: this page shows what it needs.")
        self.context.toast(words.format(wanted.title))

    def show_workspace(self, workspace_id: str) -> None:
        """Bring a workspace to the front, building it the first time."""
        if workspace_id not in self.entries:
            return
        before = self.current
        self._current = workspace_id
        self.rail.select(workspace_id)
        self.context.settings.set("workspace", workspace_id)
        if self.context.project is None:
            self._show_welcome(workspace_id)
            return
        widget = self.mounted.get(workspace_id) or self._mount(self.entries[workspace_id])
        if before is widget and self.stack.currentWidget() is widget:
            if self.rail.isAncestorOf(self.focusWidget()):
                self._focus_home()
            return
        if isinstance(before, Workspace):
            before.deactivate()
        self.stack.setCurrentWidget(widget)
        if isinstance(widget, Workspace):
            widget.set_panels_visible(self._panels)
            widget.activate()
        self._refresh_hints()

    def _mount(self, entry: WorkspaceEntry) -> QWidget:
        try:
            widget: QWidget = entry.load()(self.context)
        except Exception as error:  # one workspace must not take the others with it
            log.exception("workspace %s", entry.id)
            widget = self._could_not_open(entry, error)
        self.mounted[entry.id] = widget
        self.context.theme.host(widget)
        self.stack.addWidget(widget)
        if isinstance(widget, Workspace):
            self.context.registry.extend(widget.actions())
            widget.hints_changed.connect(self._refresh_hints)
            widget.mode_changed.connect(lambda _: self._refresh_hints())
            widget.set_project(self.context.project)
        return widget

    def _could_not_open(self, entry: WorkspaceEntry, error: Exception) -> QWidget:
        title = self.tr("{0} could not be opened.").format(self.title_of(entry))
        if isinstance(error, StudioError):
            return ErrorState(title, str(error))
        where = self.tr("{0}. The log has the details: {1}")
        return ErrorState(title, where.format(error, settings_folder() / LOG_NAME))

    def _project_changed(self) -> None:
        for widget in self.mounted.values():
            if isinstance(widget, Workspace):
                widget.set_project(self.context.project)
        self._retitle()
        if self.context.project is None:
            self._show_welcome()
            return
        self.show_workspace(self._current)
        if self.context.read_only:
            self.context.toast(read_only_sentence(self.context.project), "error")

    def _show_welcome(self, workspace_id: str = "") -> None:
        """Show the start page, about one workspace where a person asks for it."""
        self.rail.select(self._current)
        self.stack.setCurrentWidget(self.welcome)
        self.welcome.show_for(workspace_id)
        self.welcome.refresh()
        self._refresh_hints()

    # The frame

    def _retitle(self) -> None:
        project, parts = self.context.project, []
        if project is not None:
            parts.append(project.path.name)
            if self.context.reviewer:
                parts.append(self.context.reviewer)
            if self.context.read_only:
                held = project.holder or self.tr("another studio")
                parts.append(self.tr("read-only: held by {0}").format(held))
        self.setWindowTitle(" · ".join([*parts, "CAN Studio"]))

    def _refresh_hints(self) -> None:
        current = self.current
        if isinstance(current, Workspace):
            ids = current.hints()
        else:
            ids = ["project.new", "project.open", "palette.open", "help.keys"]
        shown = []
        for action_id in ids[:6]:
            action = self.context.registry.by_id(action_id)
            key = self.context.keymap.text(action_id)
            if action is not None and key and action.enabled():
                shown.append((action_id, key, action.short))
        self.hints.set_hints(shown)

    def toggle_panels(self) -> None:
        """Only the picture, or everything again."""
        self._panels = not self._panels
        self.rail.setVisible(self._panels)
        self.hints.setVisible(self._panels)
        if isinstance(self.current, Workspace):
            self.current.set_panels_visible(self._panels)

    def toggle_fullscreen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def next_area(self, step: int) -> None:
        """Move the focus between rail and workspace, so that Tab may mean something there."""
        in_rail = self.rail.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        if not in_rail and self.rail.isVisible():
            self.rail.focus()
        elif isinstance(self.current, Workspace):
            self.current.activate()
        else:
            self.welcome.home().setFocus(Qt.FocusReason.TabFocusReason)

    def _slow(self, action_id: str, took_ms: float) -> None:
        self.watchdog.note(action_id, took_ms)

    def _restore_geometry(self) -> None:
        saved = self.context.settings.get("geometry")
        saved = saved.get(self._scale()) if isinstance(saved, dict) else None
        self.resize(FIRST_SIZE)
        if isinstance(saved, str):
            self.restoreGeometry(QByteArray(base64.b64decode(saved)))
        self._fit_screen(placed=isinstance(saved, str))
        last = self.context.settings.get("workspace")
        if last in self.entries:
            self._current = last

    def _scale(self) -> str:
        """The scale factor of the screen: a size that suits one does not suit another."""
        return f"{self.screen().devicePixelRatio():g}"

    def _fit_screen(self, placed: bool) -> None:
        """Make the window no larger than what the screen has free. A window that was `placed` is
        brought back onto the screen; the system places any other."""
        screen = QGuiApplication.screenAt(self.geometry().center()) or self.screen()
        free = screen.availableGeometry()
        self.setMinimumSize(SMALLEST.boundedTo(free.size()))
        # The frame has no size before the window is shown; a title bar takes about this much.
        size = self.size().boundedTo(QSize(free.width(), free.height() - TITLE_BAR))
        if self.isMaximized() or self.isFullScreen():
            return
        self.resize(size)
        if placed:
            self.move(
                min(max(self.x(), free.left()), free.right() + 1 - size.width()),
                min(max(self.y(), free.top()), free.bottom() + 1 - size.height()),
            )

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.context.unsaved:
            event.ignore()
            self.context.leave(self.close)
            return
        saved = self.context.settings.get("geometry")
        kept = dict(saved) if isinstance(saved, dict) else {}
        kept[self._scale()] = base64.b64encode(self.saveGeometry().data()).decode()
        self.context.settings.set("geometry", kept)
        self.hide()  # gone at once; what runs has a moment to stop
        _quietly(self._close_parts)
        event.accept()

    def _close_parts(self) -> None:
        self.watchdog.stop()
        self.keys.close()
        self.focus_keeper.close()
        for widget in self.mounted.values():
            if isinstance(widget, Workspace):
                widget.close_workspace()
        self.context.jobs.close()
        stop_all()
        if self.context.project is not None:
            self.context.project.close()
            self.context.project = None


class _Canvas(QWidget):
    """What lies behind the pages, in the colour of the canvas."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("canvas"))
        painter.end()


def _quietly(work: Callable[[], None]) -> None:
    """Closing must not be stopped by one part that fails: the rest has to be closed too."""
    try:
        work()
    except Exception:  # logged; the window goes away whatever happened
        log.exception("while closing")
