"""A page that lists the runs of a project and follows one of them: classifiers and networks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QWidget

from studio import jobs
from studio.results import RESUMABLE_STATES, RUNNING_STATES
from studio.results.run_identity import run_label
from studio.results.run_list import RunSummary
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.runs.follower import Follower
from studio.ui.runs.header import RunHeader
from studio.ui.runs.history import RunHistory
from studio.ui.runs.log_window import LogWindow
from studio.ui.runs.panel import RunListPanel
from studio.ui.runs.side import RunSide
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.project import Project


class RunPage(Workspace):
    """Form and runs at the left; the run that is looked at, with its header, in the middle.

    A subclass builds `follower`, `history`, `past` and its form, calls `build_left` and
    `connect_runs`, and says in `look_at`, `show_run`, `show_trouble` and `resume_work` what is
    its own.
    """

    follower: Follower[Any]
    history: RunHistory
    past: RunListPanel
    header: RunHeader

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._project: Project | None = None

    def build_left(self, form: QWidget, title: str, runs_title: str = "") -> None:
        """Make `left`, the panel of the form and of the runs."""
        self.left = RunSide(form, title, self.past, runs_title)

    def connect_runs(self, header: RunHeader) -> None:
        """Let the list, the header and the run itself be heard."""
        self.header = header
        self.past.folder_requested.connect(self.open_folder)
        self.past.list.chosen.connect(self.look_at)
        self.history.changed.connect(self.show_runs)
        self.follower.changed.connect(self._run_changed)
        self.follower.failed.connect(self.show_trouble)
        header.stop_requested.connect(self.stop)
        header.resume_requested.connect(self.resume)
        header.log_requested.connect(self.open_log)

    # What a subclass says

    def look_at(self, run_dir: Path) -> None:
        """Show a run from its beginning and follow it."""
        raise NotImplementedError

    def show_run(self, run: Any) -> None:
        """Show the run that is followed as it is now."""
        raise NotImplementedError

    def show_trouble(self, sentence: str) -> None:
        """Say why the run that is followed cannot be shown."""
        self.context.toast(sentence, "error")

    def summary_of(self, run_dir: Path) -> RunSummary | None:
        """A run at a glance; None for a folder that holds none of this kind."""
        raise NotImplementedError

    def no_run_words(self) -> str:
        """The sentence for a folder, {0}, that holds no run of this kind."""
        raise NotImplementedError

    def resume_work(self, run_dir: Path) -> Callable[[], object]:
        """What goes on with a run, called in a background thread."""
        raise NotImplementedError

    def run_in_question(self) -> Path | None:
        """The run that stop and resume are about: the one that is looked at."""
        return self.follower.run_dir

    def state_in_question(self) -> str:
        """The state of that run, "" without one."""
        run = self.follower.run
        return run.status.state if run is not None else ""

    def runs_changed(self) -> None:
        """A run was started, stopped or resumed here, or has ended."""
        self.history.refresh()

    # What can be done

    def open_folder(self) -> None:
        """Ask for a run folder of another place and show it."""
        found = QFileDialog.getExistingDirectory(self, self.tr("Open a run folder"))
        if found:
            self.open_run(Path(found))

    def open_run(self, run_dir: Path) -> None:
        """Show a run folder wherever it lies, and list it from now on."""
        if self.summary_of(run_dir) is None:
            self.context.toast(self.no_run_words().format(run_dir), "error")
            return
        self.history.remember(run_dir)
        self.look_at(run_dir)

    def stop(self) -> None:
        """Ask the run to stop where it can go on."""
        run_dir = self.run_in_question()
        if run_dir is not None:
            self.header.stop.setEnabled(False)
            self._run_in_background(lambda: jobs.request_stop(run_dir), self.runs_changed)

    def resume(self) -> None:
        """Go on with the run from its last checkpoint."""
        run_dir = self.run_in_question()
        if run_dir is not None:
            self.header.resume.setVisible(False)
            self._run_in_background(self.resume_work(run_dir), lambda: self.watch(run_dir))

    def can_stop(self) -> bool:
        return self.state_in_question() in ("queued", "running")

    def can_resume(self) -> bool:
        return self.state_in_question() in RESUMABLE_STATES

    def open_log(self) -> None:
        """Show the end of the run's log."""
        if self.follower.run_dir is not None:
            LogWindow(self, self.follower.run_dir).open()

    def watch(self, run_dir: Path) -> None:
        """Show a run that was started or resumed in the bar of jobs, and follow it again."""
        found = self.summary_of(run_dir)
        self.context.jobs.watch(run_dir, run_label(found) if found else "")
        self.follower.wake()
        self.runs_changed()

    def _run_in_background(self, work: Callable[[], object], then: Callable[[], object]) -> None:
        task = Task(lambda _: work())
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.done.connect(lambda _: then())
        task.ended.connect(self.follower.poll)
        task.start()

    # Showing

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show the list, and those that live in the bar of jobs."""
        self.left.set_count(len(runs))
        self.past.show_runs(runs, self.follower.run_dir)
        for run in runs:
            if run.state in RUNNING_STATES and self.context.jobs.get(run.run_dir) is None:
                self.context.jobs.watch(run.run_dir, run_label(run))

    def _run_changed(self, run: Any) -> None:
        self.show_run(run)
        if run.status.state not in RUNNING_STATES:
            self.runs_changed()
        self.hints_changed.emit()

    def close_workspace(self) -> None:
        self.follower.close()
        self.history.close()
