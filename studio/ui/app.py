"""Starts the window and keeps it open when an error is raised in it."""

import logging
import logging.handlers
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from studio.errors import StudioError
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.garbage import GarbageCollector
from studio.ui.settings import LOG_NAME, settings_folder
from studio.ui.window import StudioWindow

log = logging.getLogger(__name__)


def run(
    argv: list[str] | None = None,
    project: Path | str | None = None,
    demo: bool = False,
) -> int:
    """Show the window until it is closed; returns the exit status.

    `project` is opened at the start; `demo` opens the sample project, making it if need be.
    """
    application = make_application(argv)
    collector = GarbageCollector()
    log_path = start_log(settings_folder())
    context = StudioContext()
    window = StudioWindow(context)
    hook = ErrorHook(context, log_path)
    hook.install()
    if project is not None:
        window.projects.open(Path(project))
    elif not demo:
        _reopen(window)
    window.show()
    window.watchdog.start()
    if context.project is None:
        # The database takes half a second to import: while the first page is being read.
        Task(lambda _: import_module("studio.project")).start()
    if demo and project is None:
        QTimer.singleShot(0, window.projects.sample)
    try:
        return application.exec()
    finally:
        hook.remove()
        collector.close()


def make_application(argv: list[str] | None = None) -> QApplication:
    """The application object; a process has one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    policy = Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    QApplication.setHighDpiScaleFactorRoundingPolicy(policy)
    application = QApplication(argv if argv is not None else sys.argv)
    application.setApplicationName("can-studio")
    application.setApplicationDisplayName("CAN Studio")
    application.setDesktopFileName("can-studio")
    return application


def start_log(folder: Path) -> Path:
    """Log warnings and worse to a file of bounded size."""
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=2_000_000, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("studio")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return path


class ErrorHook(QObject):
    """Says in the window what escaped, wherever it was raised; the event loop goes on.

    A StudioError is one sentence for people. Anything else is a defect: it is logged with its
    traceback and the message says where the log is. Decisions are committed one by one before
    this can happen, so nothing of them is lost.
    """

    _raised = Signal(str)

    def __init__(self, context: StudioContext, log_path: Path) -> None:
        super().__init__()
        self._log_path = log_path
        # Queued, because the error may come from another thread.
        self._raised.connect(
            lambda text: context.toast(text, "error"), Qt.ConnectionType.QueuedConnection
        )

    def install(self) -> None:
        self._previous = sys.excepthook
        sys.excepthook = self

    def remove(self) -> None:
        sys.excepthook = self._previous

    def __call__(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        if isinstance(error, StudioError):
            log.warning("%s", error)
            self._raised.emit(str(error))
            return
        log.error("%s", "".join(traceback.format_exception(kind, error, trace)))
        self._raised.emit(
            self.tr(
                "Something went wrong in the studio ({0}). Your decisions are on disk. "
                "The log has the details: {1}"
            ).format(kind.__name__, self._log_path)
        )


def _reopen(window: StudioWindow) -> None:
    recent = window.context.settings.recent_projects()
    if recent and Path(recent[0]).is_dir() and window.context.settings.get("reopen", True):
        window.projects.open(Path(recent[0]))
