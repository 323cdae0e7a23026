"""Makes, opens and closes projects, and sets the reviewer."""

from functools import partial
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QWidget

from studio.errors import StudioError
from studio.ui.actions import Action
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.words import plain_tip


class ProjectActions(QObject):
    """What the Project menu, the welcome page and the palette do."""

    sample_progress = Signal(int, int, str)
    sample_ended = Signal()

    def __init__(self, window: QWidget, context: StudioContext) -> None:
        super().__init__(window)
        self._window, self._context = window, context
        self.anchor: QWidget | None = None
        self.sample_task: Task | None = None
        self._decided = False  # whether the sample that is being made is the decided one

    def new(self) -> None:
        """Ask for a folder and labels, and make the project."""
        from studio.ui.new_project import NewProjectDialog

        dialog = NewProjectDialog(self._window, self._context)
        dialog.open()

    def choose(self) -> None:
        """Ask for the folder of a project and open it."""
        folder = QFileDialog.getExistingDirectory(self._window, self.tr("Open project"))
        if folder:
            self.leave_for(Path(folder))

    def leave_for(self, path: Path) -> None:
        """Open another project, once what is unsaved in this one has been asked about."""
        here = self._context.project
        if here is not None and here.path == Path(path).expanduser().absolute():
            self.open(path)  # it is open: nothing is left
            return
        self._context.leave(lambda: self.open(path))

    def open(self, path: Path) -> bool:
        """Open a project; a failure is shown and changes nothing."""
        from studio.project import DamagedProject
        from studio.ui.project_trouble import RescueDialog, UpgradeDialog

        upgrade = UpgradeDialog(self._window, path.name)
        try:
            self._context.open_project(path, upgrade.follow)
        except DamagedProject as error:
            RescueDialog(self._window, self._context, path, str(error)).open()
            return False
        except StudioError as error:
            self._context.toast(str(error), "error")
            return False
        finally:
            upgrade.done(0)
            upgrade.deleteLater()
        if self.held_elsewhere:
            self.take_over()
        return True

    @property
    def held_elsewhere(self) -> bool:
        """Whether the project is open for reading because another computer holds its lock."""
        project = self._context.project
        return project is not None and project.held_by is not None and not project.held_by.here

    def take_over(self) -> None:
        """Ask whether the lock of the other computer may be taken over."""
        from studio.ui.project_trouble import TakeOverDialog

        project = self._context.project
        if project is not None and project.held_by is not None and self.held_elsewhere:
            TakeOverDialog(self._window, self._context, project.held_by).open()

    def sample(self, decided: bool = False) -> None:
        """Make the sample project where the studio keeps its data, and open it; `decided` is one
        of its own, whose boxes are decided and whose crops are exported."""
        if self.sample_task is not None:
            return

        folder = sample_folder(decided)
        self._decided = decided
        self.sample_progress.emit(0, 0, self.tr("Opening the sample project"))

        def work(control: Control) -> Path | None:
            return make_sample(folder, control, decided)

        self.sample_task = task = Task(work)
        task.progress.connect(self.sample_progress)
        task.done.connect(self._sample_made)
        task.failed.connect(lambda error: self._context.toast(str(error), "error"))
        task.ended.connect(self._sample_ended)
        task.start()

    def decided_sample(self) -> None:
        """Make the sample project with everything decided and exported, and open it."""
        self.sample(decided=True)

    def sample_is_there(self, decided: bool = False) -> bool:
        """Whether the sample project was made before; seen by its file, since the start page
        must not wait for what opens projects."""
        return (sample_folder(decided) / "project.db").is_file()

    def stop_sample(self) -> None:
        """Stop making the sample project and remove what was made."""
        if self.sample_task is not None:
            self.sample_task.stop()
            self.sample_progress.emit(0, 0, self.tr("Stopping…"))

    def recent_actions(self) -> list[Action]:
        """An action for each project of last time, which opens it."""
        recent = self.tr("Recent project")
        paths = [Path(path) for path in self._context.settings.recent_projects()]
        return [
            Action(f"recent:{path}", path.name, partial(self.leave_for, path), recent, passing=True)
            for path in paths
            if path.is_dir()
        ]

    def menu(self) -> None:
        """New, open, recent ones, close; the reviewer."""
        menu = QMenu(self._window)
        menu.setAccessibleName(self.tr("Project"))
        registry = self._context.registry
        for action_id in ("project.new", "project.open", "project.sample"):
            self._entry(menu, action_id)
        recent = [p for p in self._context.settings.recent_projects() if Path(p).is_dir()]
        if recent:
            menu.addSeparator()
        for path in recent:
            name = Path(path).name.replace("&", "&&")
            entry = menu.addAction(name, partial(self.leave_for, Path(path)))
            entry.setToolTip(plain_tip(path))
        menu.addSeparator()
        for action_id in (
            "project.labels",
            "project.take_over",
            "project.reviewer",
            "help.remap",
            "project.close",
            "app.quit",
        ):
            action = registry.by_id(action_id)
            if action is not None and action.enabled():
                self._entry(menu, action_id)
        anchor = self.anchor or self._window
        menu.popup(anchor.mapToGlobal(QPoint(anchor.width(), 0)))
        menu.aboutToHide.connect(menu.deleteLater)

    def rename(self) -> None:
        """Ask who reviews."""
        from studio.ui.reviewer import ReviewerDialog

        ReviewerDialog(self._window, self._context).open()

    def labels(self) -> None:
        """Show the labels of the project for changing."""
        from studio.ui.labels_dialog import LabelsDialog

        project = self._context.project
        if project is not None and not self._context.read_only:
            LabelsDialog(self._window, self._context, project).open()

    def remap(self) -> None:
        """Show the keys for changing."""
        from studio.ui.remap import RemapDialog

        dialog: QDialog = RemapDialog(self._window, self._context)
        dialog.open()

    def _entry(self, menu: QMenu, action_id: str) -> None:
        action = self._context.registry.by_id(action_id)
        if action is not None:
            key = self._context.keymap.text(action_id)
            text = f"{action.title}\t{key}" if key else action.title
            menu.addAction(text, lambda: self._context.registry.trigger(action_id))

    def _sample_made(self, path: Path | None) -> None:
        if path is None:
            return
        self.leave_for(path)
        here = self._context.project
        if here is not None and here.path == path.absolute():
            # Everything before is done: a person goes on from here.
            self._context.go_to("datasets" if self._decided else "review")

    def _sample_ended(self) -> None:
        self.sample_task = None
        self.sample_ended.emit()


def sample_folder(decided: bool = False) -> Path:
    """The sample project's place on this machine."""
    name = "sample-project-decided" if decided else "sample-project"
    return Path(platformdirs.user_data_dir("can-studio")) / name


def make_sample(folder: Path, control: Control, decided: bool = False) -> Path | None:
    """Draw, import and propose the sample unless it is there, and decide it where asked for; its
    folder, None if stopped."""
    from studio import workflows
    from studio.project import is_project
    from studio.sample import SampleStoppedError

    if is_project(folder):
        return folder
    try:
        workflows.make_sample_project(
            folder,
            on_progress=control.progress,
            stop=control.stop_requested,
            decided=decided,
        )
    except SampleStoppedError:
        return None
    return folder
