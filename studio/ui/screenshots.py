"""Pictures of every workspace, for the README, the demo, and for judging the look.

Drawn offscreen at fixed sizes and with settings of their own, so that they come out the same on
every machine with the same fonts, and the person's own window is not touched.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Before Qt looks for a screen, unless somebody chose a platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from studio.errors import StudioError
from studio.ui.app import make_application
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.garbage import GarbageCollector
from studio.ui.settings import Settings
from studio.ui.window import StudioWindow
from studio.ui.workspace import Workspace

SIZES = ((1280, 720), (1440, 900), (1920, 1080))
THEMES = ("dark", "light")
_PAGES = {"generate": ("generate-training", "generate-sets")}
_MOST_S = 30.0  # to wait for what a workspace still loads
_FAR = QPoint(10_000, 10_000)
_QUIET_S = 0.4  # without anything to load before a picture is taken


def take(
    project_path: Path | str | None,
    out_dir: Path | str,
    sizes: Sequence[tuple[int, int]] = SIZES,
    themes: Sequence[str] = THEMES,
    run_dir: Path | str | None = None,
    gan_run: Path | str | None = None,
) -> list[Path]:
    """Write `<workspace>[-<page>]-<theme>-<width>x<height>.png` for each; return their paths.

    Without a project only the welcome page is drawn. `run_dir` is shown in Train and Evaluate,
    `gan_run` on the Training page of Generate. Raises StudioError when the project cannot be
    opened or a picture not be written.
    """
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with _window() as window:
        names = _prepare(window, project_path, run_dir)
        if gan_run is not None:
            _show(window, "generate-training").open_run(Path(gan_run))
        for theme in themes:
            window.context.theme.use(theme)
            for width, height in sizes:
                window.resize(width, height)
                for name in names:
                    path = out / f"{name}-{theme}-{width}x{height}.png"
                    if project_path is not None:
                        _show(window, name)
                    if window.focusWidget() is not None:
                        window.focusWidget().clearFocus()
                    _settle(window)
                    if not window.grab().save(str(path)):
                        raise StudioError(f"{path} cannot be written.")
                    written.append(path)
    return written


@contextmanager
def _window() -> Iterator[StudioWindow]:
    """A shown window whose settings are forgotten with it."""
    application = make_application(["can-studio"])
    collector = GarbageCollector()
    with tempfile.TemporaryDirectory(prefix="can-studio-") as folder:
        settings = Settings(Path(folder) / "settings.json")
        settings.set("reviewer", "Reviewer")
        window = StudioWindow(StudioContext(settings))
        try:
            QCursor.setPos(_FAR)  # so that nothing looks hovered
            window.focus_keeper.close()  # nor focused
            window.show()
            yield window
        finally:
            window.context.guards.clear()  # there is nobody to ask
            window.close()
            window.deleteLater()
            application.processEvents()
            collector.close()


def _prepare(
    window: StudioWindow, project_path: Path | str | None, run_dir: Path | str | None
) -> list[str]:
    """Open the project and show the run; returns the names of the workspaces to show."""
    if project_path is None:
        return ["welcome"]
    window.context.open_project(project_path)
    if run_dir is not None:
        window.context.hand_to_train(run=Path(run_dir))
        window.context.hand_to_evaluate(run=Path(run_dir))
    _open_sample(window, run_dir)
    return [name for entry in window.entries for name in (entry, *_PAGES.get(entry, ()))]


def _open_sample(window: StudioWindow, run_dir: Path | str | None) -> None:
    """The sample network in Generate, half way along its path, judged by the run."""
    window.show_workspace("generate")
    generate: Any = window.current
    generate.open_sample()
    _settle(window)
    if run_dir is not None:
        generate.sides.runs.add(Path(run_dir))
    generate.controller.move_to(0.5)


def _show(window: StudioWindow, name: str) -> Any:
    """Bring a workspace to the front, or one of its pages ("generate-training"); return that."""
    workspace, _, page = name.partition("-")
    window.show_workspace(workspace)
    current: Any = window.current
    if workspace not in _PAGES:
        return current
    current.pages.show_page(page or "morph")
    return current.pages.current


def _settle(window: StudioWindow) -> None:
    """Run the event loop until nothing has been loading for a while."""
    began = quiet = time.monotonic()
    while time.monotonic() - began < _MOST_S:
        QApplication.processEvents()
        current = window.current
        if Task.running() or (isinstance(current, Workspace) and current.busy):
            quiet = time.monotonic()
        elif time.monotonic() - quiet >= _QUIET_S:
            break
        time.sleep(0.01)
    for toast in window.toasts.toasts():
        toast.close()
    QApplication.processEvents()
