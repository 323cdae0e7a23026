"""The Experiment workspace: a new experiment and those there at the left, one of them beside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from studio import jobs
from studio.errors import StudioError
from studio.experiment.folder import ExperimentReader, ExperimentState
from studio.experiment.summaries import experiment_at, list_experiments
from studio.experiment.table import ExperimentTable
from studio.experiment.table_files import plain_text, table_content
from studio.files import write_bytes
from studio.jobs.kinds import EXPERIMENT
from studio.results.run_list import RunSummary
from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.experiment.actions import experiment_actions
from studio.ui.experiment.form import ExperimentForm
from studio.ui.experiment.table_loader import ExperimentTableLoader
from studio.ui.experiment.view import ExperimentView
from studio.ui.focus import first_usable, give_focus
from studio.ui.runs.follower import Follower
from studio.ui.runs.history import RunHistory
from studio.ui.runs.page import RunPage
from studio.ui.runs.panel import RunListPanel
from studio.ui.widgets import EmptyState, ErrorState, Separator, demote, fix_side, row
from studio.ui.widgets.toast import copy_text

if TYPE_CHECKING:
    from studio.project import Project

_FORMATS = {".xlsx": "xlsx", ".csv": "csv", ".tex": "latex", ".json": "json", ".txt": "text"}


class ExperimentWorkspace(RunPage):
    """Left: form and experiments. Middle: the plan in the form, or the experiment looked at."""

    id, title, icon_name = "experiment", "Experiment", "experiment"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.follower: Follower[ExperimentState] = Follower(ExperimentReader, self)
        self.history = RunHistory(context.settings, list_experiments, "recent_experiments", self)
        self.form = ExperimentForm(context)
        none = self.tr(
            "No experiment yet. One of another project can be opened by its folder, even while it "
            "runs."
        )
        self.past = RunListPanel(context.theme, none, open_words=self.tr("Open an experiment…"))
        self.loader = ExperimentTableLoader(self)
        self.view = ExperimentView(context.theme, self.copy_table, self.export)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.build_left(self.form, self.tr("New experiment"), self.tr("Experiments"))
        self.empty = EmptyState(
            self.tr("Which training set is better?"),
            self.tr(
                "Train a classifier on each of several mixes of data sets, many times, test each "
                "on sets that it has not seen, and see what the table allows to be said. A plan "
                "says which mixes and which tests; a preset writes one for the sets of a folder."
            ),
            self.tr("Choose a plan file"),
            self._begin,
        )
        self.empty.add_button(self.tr("Open an experiment…"), self.open_folder)
        self.middle = QStackedWidget()
        self.unread = ErrorState(self.tr("This experiment cannot be shown"), "")
        for page in (self.empty, self.view, self.unread):
            self.middle.addWidget(page)
        self.middle.setMinimumWidth(480)
        fix_side(self.left)
        layout = row(self.left, Separator(vertical=True), self.middle, gap=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.form.planned.connect(self._planned)
        self.form.started.connect(self._started)
        self.loader.made.connect(self._show_table)
        self.loader.failed.connect(self.show_trouble)
        self.view.run_opened.connect(lambda run_dir: self.context.hand_to_train(run=run_dir))
        self.left.other.clicked.connect(lambda _: self._planned())
        self.view.evaluation_opened.connect(
            lambda run_dir, test: self.context.hand_to_evaluate(run=run_dir, test=test)
        )
        self.connect_runs(self.view.header)

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        return experiment_actions(self)

    def hints(self) -> list[str]:
        if self.has_experiment():
            going = "stop" if self.can_stop() else "resume"
            names = ["page_1", "page_2", going, "export", "new"]
        else:
            names = ["start", "new", "open"]
        return [*(f"experiment.{name}" for name in names), "help.keys"]

    @property
    def busy(self) -> bool:
        return self.loader.busy

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self._forget_run()
        self.past.show_runs([], None)
        self.form.set_project(project)
        self.history.set_project(project)
        self.left.show_form()

    def home(self) -> QWidget | None:
        return first_usable(self.view.grid, self.form.start_button, self.empty.button)

    def activate(self) -> None:
        self.history.refresh()
        self.focus_home()

    def set_panels_visible(self, visible: bool) -> None:
        self.left.setVisible(visible)

    def close_workspace(self) -> None:
        super().close_workspace()
        self.loader.forget()

    # What can be done

    def has_experiment(self) -> bool:
        """Whether an experiment is looked at, and not a plan."""
        return self.follower.run is not None

    def has_table(self) -> bool:
        """Whether a training of it has finished."""
        return self.view.table is not None and bool(self.view.table.cells)

    def can_start(self) -> bool:
        return not self.left.at_runs and self.form.can_start()

    def new(self) -> None:
        """Show the form of a new experiment, and its plan where it has one."""
        self._forget_run()
        self.left.setVisible(True)
        self.left.show_form()
        give_focus(self.form.begin_with)
        self._planned()

    def show_page(self, number: int) -> None:
        """Show one of the pages under the grid."""
        self.view.details.switch.setCurrentIndex(number)

    def copy_table(self) -> None:
        """Put the grid, the comparisons and the verdict on the clipboard."""
        if self.view.table is not None:
            copy_text(
                self,
                plain_text(self.view.table),
                self.tr("The table of the experiment is on the clipboard."),
            )

    def export(self) -> None:
        """Ask where the table is to be written."""
        if not self.has_table():
            return
        found, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Export the table"),
            "experiment.xlsx",
            self.tr("Tables (*.xlsx *.csv *.tex *.json *.txt)"),
        )
        if found:
            self.export_to(Path(found))

    def export_to(self, out: Path) -> None:
        """Write the table as the ending of `out` says."""
        table, form = self.view.table, _FORMATS.get(out.suffix.lower())
        if table is None:
            return
        if form is None:
            endings = ", ".join(_FORMATS)
            self.view.show_trouble(
                self.tr("{0} should end with one of {1}.").format(out.name, endings)
            )
            return

        def work(_control: object) -> None:
            try:
                write_bytes(out, table_content(table, form))
            except OSError as error:
                raise StudioError(f"{out} cannot be written: {error.strerror}.") from error

        task = Task(work)
        task.done.connect(
            lambda _: self.context.toast(self.tr("The table is in {0}.").format(out.name))
        )
        task.failed.connect(lambda error: self.view.show_trouble(str(error)))
        task.start()

    # Runs

    def look_at(self, run_dir: Path) -> None:
        """Show an experiment from its beginning and follow it."""
        if run_dir == self.follower.run_dir:
            return
        self._forget_run()
        self.follower.follow(run_dir)
        self.past.list.set_current(run_dir)
        self.left.show_runs()

    def summary_of(self, run_dir: Path) -> RunSummary | None:
        return experiment_at(run_dir)

    def no_run_words(self) -> str:
        return self.tr("{0} holds no experiment: choose a folder with its experiment.toml.")

    def resume_work(self, run_dir: Path) -> Callable[[], object]:
        return lambda: jobs.resume(run_dir, kind=EXPERIMENT.name)

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        super().show_runs(runs)
        if self.follower.run_dir is None and runs and self.form.plan is None:
            self.look_at(runs[0].run_dir)

    def show_run(self, run: ExperimentState) -> None:
        self.view.show_run(run)
        self.loader.show(run)
        if self.middle.currentWidget() is not self.view:
            self.middle.setCurrentWidget(self.view)
            if self.isVisible():
                self.focus_home()

    def show_trouble(self, sentence: str) -> None:
        if self.follower.run is None:
            self.unread.text.setText(sentence)
            self.middle.setCurrentWidget(self.unread)
        else:
            self.view.show_trouble(sentence)
        self.hints_changed.emit()

    def _show_table(self, table: ExperimentTable) -> None:
        self.view.show_table(table)
        self.hints_changed.emit()

    def _begin(self) -> None:
        self.new()
        self.form.file.button.click()

    def _started(self, run_dir: Path) -> None:
        project = self._project
        if project is None or run_dir.parent != project.path / "runs":
            self.history.remember(run_dir)
        self.look_at(run_dir)
        self.watch(run_dir)

    def _planned(self) -> None:
        """Show the plan of the form where no experiment is looked at."""
        demote(self.view.header.resume, self.can_start())
        if self.follower.run_dir is None:
            if self.form.plan is None:
                self.middle.setCurrentWidget(self.empty)
            else:
                self.view.show_plan(self.form.plan)
                self.middle.setCurrentWidget(self.view)
        self.hints_changed.emit()

    def _forget_run(self) -> None:
        self.follower.follow(None)
        self.loader.forget()
        self.view.forget()
        self.middle.setCurrentWidget(self.empty)
        self.hints_changed.emit()
