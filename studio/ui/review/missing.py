"""Reports originals that are not on the disk once, and checks until they are back."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.project import MissingOriginals, Project
from studio.ui.background import Task
from studio.ui.review.bars import MissingBar

CHECK_MS = 5000


class MissingWatch(QObject):
    """Begins when a picture is found to be missing; `returned` when that one is there again."""

    returned = Signal()

    def __init__(self, bar: MissingBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._project: Project | None = None
        self._path: Path | None = None  # of an original that was missing
        self._looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.check)
        bar.retry_requested.connect(self._retry_all)

    def set_project(self, project: Project | None) -> None:
        """Watch another project; nothing of it is known to be missing."""
        self._project, self._path = project, None
        self._timer.stop()
        self._bar.hide()

    def report_missing(self, path: Path) -> None:
        """This original is missing: count all that are, and keep looking for it."""
        if self._path is None and self._project is not None:
            self._path = path
            self._timer.start()
            self._count(self._project)

    def check(self) -> None:
        """Check whether the missing original is back; a share that hangs is asked once."""
        path, project = self._path, self._project
        if self._looking or path is None:
            return

        def check(_: object) -> bool:
            try:
                return path.is_file()
            except OSError:
                return False

        def on_done(there: bool) -> None:
            if there and project is self._project and path == self._path:
                self._retry_all()

        self._looking = True
        task = Task(check)
        task.done.connect(on_done)
        task.ended.connect(self._check_ended)
        task.start()

    def _check_ended(self) -> None:
        self._looking = False

    def _retry_all(self) -> None:
        """Let all pictures be tried again; what is still missing is reported again."""
        self._path = None
        self._timer.stop()
        self._bar.hide()
        self.returned.emit()

    def _count(self, project: Project) -> None:
        def on_done(missing: MissingOriginals) -> None:
            if project is self._project and self._path is not None and missing.count:
                self._bar.show_missing(missing)

        task = Task(lambda _: project.images.missing_originals())
        task.done.connect(on_done)
        task.start()
