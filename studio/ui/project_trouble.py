"""What is asked when a project does not open as it should: the lock of another computer, damage."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication, QDialog, QProgressBar, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Field, PathField, PrimaryButton, label, row
from studio.wording import counted, progress

if TYPE_CHECKING:
    from studio.project.lock import Holder
    from studio.project.rescue import RescueReport

_WIDTH = 560  # px
_FELT_STEPS = 20_000  # of an upgrade: less than half a second


class TakeOverDialog(QDialog):
    """Asks whether the lock of another computer may be replaced. Looking only is the default."""

    def __init__(self, parent: QWidget, context: StudioContext, holder: "Holder") -> None:
        super().__init__(parent)
        self._context, self._holder = context, holder
        self.setWindowTitle(self.tr("Take over editing"))
        self.setMinimumWidth(_WIDTH)
        name = context.project.path.name if context.project is not None else ""
        self.question = label(
            self.tr("Is “{0}” still open on the other computer?").format(name), "heading"
        )
        self.facts = label(
            self.tr(
                "{0} is editing it, and from here nobody can tell whether that still runs. Take "
                "over only when it is closed there or that computer has crashed: two who decide at "
                "once would overwrite each other. The studio there decides nothing more then."
            ).format(str(holder)[:1].upper() + str(holder)[1:]),
            wrap=True,
        )
        self.error = label("", "error", wrap=True)
        self.error.hide()
        self.look = Button(self.tr("Only look"), self.reject)
        self.take = PrimaryButton(self.tr("It is closed: take over"), self.accept)
        self.look.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        for part in (self.question, self.facts, self.error):
            layout.addWidget(part)
        layout.addLayout(row(None, self.look, self.take))
        self.look.setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        self._context.leave(self._take_over)

    def _take_over(self) -> None:
        try:
            self._context.take_over_project(self._holder)
        except StudioError as error:
            self.error.setText(str(error))
            self.error.show()
            self.adjustSize()
        else:
            super().accept()


class UpgradeDialog(QDialog):
    """Shows how far the upgrade of an older project is, where it takes long enough to notice."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Older project"))
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        heading = self.tr("“{0}” is being upgraded").format(name)
        layout.addWidget(label(heading, "heading", wrap=True))
        layout.addWidget(
            label(
                self.tr(
                    "An earlier version of CAN Studio made it. All that it holds is kept; earlier "
                    "versions cannot open it any more."
                ),
                wrap=True,
            )
        )
        layout.addWidget(self.bar)
        self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    def follow(self, done: int, total: int) -> None:
        """So many steps of so many are done: to be called in the Qt thread, which the upgrade
        keeps. No key and no click counts meanwhile."""
        if total < _FELT_STEPS:
            return
        self.bar.setValue(1000 * done // total)
        self.show()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def reject(self) -> None:
        """Escape does not end an upgrade."""


class RescueDialog(QDialog):
    """Says that a project is damaged, and saves what can be saved of it into a new one."""

    def __init__(
        self, parent: QWidget, context: StudioContext, project: Path, sentence: str
    ) -> None:
        super().__init__(parent)
        self._context, self._project = context, project
        self._task: Task | None = None
        self.setWindowTitle(self.tr("Damaged project"))
        self.setMinimumWidth(_WIDTH)
        self.sentence = label(sentence, wrap=True)
        self.folder = PathField(self.tr("Folder"), "new folder", self.tr("a new folder"))
        self.folder.set_text(str(_unused(project)))
        self.field = Field(
            self.tr("Save what can be saved in"),
            self.folder,
            self.tr("A new project. The damaged one is only read and stays as it is."),
        )
        self.progress = label("", "quiet")
        self.progress.hide()
        self.close_button = Button(self.tr("Close"), self.reject)
        self.save = PrimaryButton(self.tr("Rescue"), self.accept)
        self.save.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        heading = self.tr("“{0}” cannot be opened").format(project.name)
        layout.addWidget(label(heading, "heading"))
        for part in (self.sentence, self.field, self.progress):
            layout.addWidget(part)
        layout.addLayout(row(None, self.close_button, self.save))
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        if self._task is not None:
            return
        self.field.set_error("")
        if not self.folder.text():
            self.field.set_error(self.tr("Say where the new project should be."))
            return
        out = Path(self.folder.text()).expanduser().absolute()
        project = self._project

        def work(control: Control) -> "RescueReport":
            from studio.workflows.projects import rescue

            return rescue(project, out, control.progress, control.stop_requested)

        self._task = task = Task(work)
        self.save.setEnabled(False)
        self.progress.setText(self.tr("Reading the database…"))
        self.progress.show()
        task.progress.connect(self._progress)
        task.done.connect(self._done)
        task.failed.connect(self._failed)
        task.start()

    def reject(self) -> None:
        """Close; a rescue under way is stopped and leaves nothing."""
        if self._task is not None:
            self._task.stop()
            self.progress.setText(self.tr("Stopping…"))
            return
        super().reject()

    def _progress(self, done: int, total: int, _message: str) -> None:
        self.progress.setText(progress(done, total, self.tr("originals")))

    def _done(self, report: "RescueReport") -> None:
        self._task = None
        self._context.leave(lambda: self._open(report))

    def _open(self, report: "RescueReport") -> None:
        try:
            self._context.open_project(report.out)
        except StudioError as error:
            self._failed(error)
            return
        self._context.toast(rescued_words(self, report), "info" if report.whole else "error")
        super().accept()

    def _failed(self, error: BaseException) -> None:
        self._task = None
        self.save.setEnabled(True)
        self.progress.hide()
        self.field.set_error(str(error))
        self.adjustSize()


def rescued_words(owner: QDialog, report: "RescueReport") -> str:
    """What was saved, and that the rest is named in a file."""
    nouns = {
        "image": (owner.tr("{0} image"), owner.tr("{0} images")),
        "box": (owner.tr("{0} box"), owner.tr("{0} boxes")),
        "event": (owner.tr("{0} decision"), owner.tr("{0} decisions")),
    }
    rows = (counted(report.rows.get(name, 0), one, many) for name, (one, many) in nouns.items())
    saved = owner.tr("Saved {0}, {1} and {2}.").format(*rows)
    if report.whole:
        return saved + owner.tr(" Nothing was lost.")
    return saved + owner.tr(" Something was lost: rescue.json in its folder names it.")


def _unused(project: Path) -> Path:
    """A folder beside the damaged project that is not there yet."""
    number, place = 2, project.with_name(f"{project.name}-rescued")
    while place.exists():
        number, place = number + 1, project.with_name(f"{project.name}-rescued-{number}")
    return place
