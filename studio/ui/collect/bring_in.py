"""Where photographs and lists come in: dropped, or chosen, and read off the Qt thread."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout

from studio.datasets import LIST_TITLES
from studio.ui.background import Control, Task
from studio.ui.collect.class_folders import ClassFoldersDialog
from studio.ui.context import StudioContext
from studio.ui.reviewer import ReviewerField
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import (
    Button,
    Choice,
    Field,
    JobRow,
    Notice,
    Panel,
    PathField,
    label,
    row,
    set_role,
)
from studio.wording import count, counted, progress

if TYPE_CHECKING:
    from studio.project import Project
    from studio.workflows.importing import ImportReport, NewLabels


_NOTES_TOLD = 3


class DropZone(QFrame):
    """Says what can be dropped here, and shows when something is held over it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("part", "drop")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.addWidget(label(self.tr("Drop folders, zips, files or lists"), "strong", wrap=True))
        layout.addWidget(
            label(
                self.tr("Class folders give labels. Originals are copied and never changed."),
                "small",
                wrap=True,
            )
        )

    def set_over(self, over: bool) -> None:
        set_role(self, over=over)


class BringIn(Panel):
    """Imports one source after another; `imported(report)` after each."""

    imported = Signal(object)

    def __init__(self, context: StudioContext) -> None:
        super().__init__(self.tr("Bring in"))
        self._context = context
        self._project: Project | None = None
        self._queue: list[list[Path]] = []
        self.task: Task | None = None
        self.question: ClassFoldersDialog | None = None  # while it is open
        self.zone = DropZone()
        self.folder_button = Button(self.tr("Add folder"), self.choose_folder)
        self.files_button = Button(self.tr("Add files or a list"), self.choose_files)
        self.as_ = Choice(
            [
                ("auto", self.tr("Tell by content")),
                ("folder", self.tr("Folder or zip of pictures")),
                *((name, self.tr(title)) for name, title in LIST_TITLES.items()),
            ]
        )
        self.frame = Choice(
            [
                ("auto", self.tr("Told by the list")),
                ("raw", self.tr("Pictures as stored")),
                ("exif", self.tr("Pictures as shown")),
            ]
        )
        self.unit = Choice(
            [
                ("auto", self.tr("Told by the list")),
                ("pixels", self.tr("Pixels")),
                ("fractions", self.tr("Fractions 0 to 1")),
                ("percent", self.tr("Percent")),
            ]
        )
        self.images = PathField(
            self.tr("Pictures of a list"), "folder", self.tr("none: their rows wait")
        )
        self.progress = JobRow(context.theme, self.tr("Import"))
        self.progress.title.hide()
        self.progress.bar.setMinimumWidth(120)
        self.progress.stopped.connect(self.stop)
        self.progress.hide()
        self.now = label("", "small", wrap=True)
        self.now.hide()
        self.trouble = Notice("error")  # why the last source could not be imported
        self._lay_out()

    def _lay_out(self) -> None:
        self.add(
            ReviewerField(self._context),
            self.zone,
            row(self.folder_button, self.files_button, None),
            self.trouble,
            Field(self.tr("Read as"), self.as_),
            Field(
                self.tr("Pictures of a list"),
                self.images,
                self.tr("The folder that holds the files a list names."),
            ),
            row(
                Field(self.tr("Boxes drawn on"), self.frame),
                Field(self.tr("Boxes given in"), self.unit),
            ),
            self.progress,
            self.now,
        )

    def set_project(self, project: "Project | None") -> None:
        if project is not self._project:
            self.stop()
            self._queue.clear()
            if self.question is not None:
                self.question.reject()
        self._project = project
        writable = project is not None and not self._context.read_only
        for part in (
            self.folder_button,
            self.files_button,
            self.as_,
            self.images,
            self.frame,
            self.unit,
            self.zone,
        ):
            part.setEnabled(writable)

    def choose_folder(self) -> None:
        """Ask for a folder and import it."""
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add folder"))
        if folder:
            self.import_paths([Path(folder)])

    def choose_files(self) -> None:
        """Ask for pictures or lists and import them."""
        files, _ = QFileDialog.getOpenFileNames(self, self.tr("Add files or a list"))
        if files:
            self.import_paths([Path(file) for file in files])

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Import paths now, or after what is being imported."""
        if self._project is None or self._context.read_only:
            self._context.toast(
                self.tr("This project is read-only here, so nothing can be added."), "error"
            )
            return
        self.trouble.clear()
        self._queue.append(list(paths))
        if self.task is None and self.question is None:
            self._next()

    def stop(self) -> None:
        """Stop at the next file; what came in stays."""
        self._queue.clear()
        if self.task is not None:
            self.task.stop()
            self.now.setText(self.tr("Stopping…"))

    def _next(self) -> None:
        if not self._queue or self._project is None:
            return
        paths, project = self._queue.pop(0), self._project

        def work(control: Control) -> dict[str, int] | None:
            from studio.workflows.importing import unknown_class_folders

            found: Counter[str] = Counter()
            for path in paths:
                found.update(unknown_class_folders(project, path, control.stop_requested))
            return None if control.stop_requested() else dict(found)

        def looked(folders: dict[str, int] | None) -> None:
            if project is not self._project or folders is None:
                return
            if folders:
                self._ask(project, paths, folders)
            else:
                self._import(project, paths, None)

        self._begin(work, looked)

    def _ask(self, project: "Project", paths: list[Path], folders: dict[str, int]) -> None:
        labels = [one.name for one in project.labels()]
        self.question = dialog = ClassFoldersDialog(self, folders, labels)
        dialog.answered.connect(lambda answer: self._import(project, paths, answer))
        dialog.rejected.connect(self._put_away)
        dialog.open()

    def _put_away(self) -> None:
        """The question was not answered: nothing of this source comes in."""
        self.question = None
        self._next()

    def _import(self, project: "Project", paths: list[Path], answer: "NewLabels | None") -> None:
        self.question = None
        if project is not self._project:
            return
        as_, text = self.as_.value(), self.images.text()
        images = Path(text).expanduser() if text else None
        frame, unit = self.frame.value(), self.unit.value()

        def work(control: Control) -> "ImportReport":
            from studio.workflows.importing import LEAVE, import_source

            source = paths[0] if len(paths) == 1 else paths
            tell, stop = control.progress, control.stop_requested
            new_labels = answer if answer is not None else LEAVE
            return import_source(
                project, source, as_, images, tell, stop, new_labels, frame=frame, unit=unit
            )

        self._begin(work, lambda report: self._done(project, report))

    def _begin(self, work: Callable[[Control], Any], done: Callable[[Any], None]) -> None:
        """Do one step off the Qt thread; the next source is looked at when nothing follows it."""
        self.task = task = Task(work)
        task.progress.connect(self._progressed)
        task.done.connect(done)
        task.failed.connect(self._failed)
        task.ended.connect(lambda: self._ended(task))
        self.progress.show_progress(0, 0)
        self.progress.show()
        self.now.setText(self.tr("Looking at what there is…"))
        self.now.show()
        task.start()

    def _progressed(self, done: int, total: int, message: str) -> None:
        self.progress.show_progress(done, total, progress(done, total))
        self.now.setText(message)

    def _done(self, project: "Project", report: "ImportReport") -> None:
        if project is self._project:
            self.imported.emit(report)
            self._context.toast(self.summary(report))
            self._context.project_edited.emit()

    def _failed(self, error: Exception) -> None:
        self.trouble.show_text(str(error))

    def _ended(self, task: Task) -> None:
        if self.task is not task:
            return  # the next step has begun
        self.task = None
        self.progress.hide()
        self.now.hide()
        if self.question is None:
            self._next()

    def summary(self, report: "ImportReport") -> str:
        """What an import did, in a sentence."""
        one, many = self.tr("{0} picture added"), self.tr("{0} pictures added")
        parts = [counted(report.added, one, many)]
        for number, words in (
            (report.already, self.tr("{0} already there")),
            (report.waiting_rows, self.tr("{0} rows waiting for their picture ({1} URLs)")),
            (report.boxes, self.tr("{0} boxes")),
            (report.in_doubt, self.tr("{0} in doubt, for review")),
            (len(report.failed) - report.in_doubt, self.tr("{0} left out")),
        ):
            if number:
                parts.append(words.format(count(number), count(report.waiting)))
        start = self.tr("Stopped: ") if report.stopped else ""
        return " ".join([f"{start}{', '.join(parts)}.", *report.notes[:_NOTES_TOLD]])
