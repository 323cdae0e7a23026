"""The Evaluate workspace: run and test sets at the left, results, the operating point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.errors import StudioError
from studio.jobs.kinds import EVALUATE
from studio.results import RUNNING_STATES
from studio.results.export import export_results
from studio.results.model_results import (
    ModelResults,
    read_results,
)
from studio.results.run_identity import run_label
from studio.results.run_list import ClassifierSummary, runs_with_model
from studio.results.tables import csv_text
from studio.stats import RULES
from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.evaluate.actions import evaluate_actions
from studio.ui.evaluate.result_view import EvaluationView
from studio.ui.evaluate.side import EvaluateSide
from studio.ui.focus import first_usable
from studio.ui.jobs_model import WatchedJob
from studio.ui.leakage.pairs import has_pairs, show_pairs
from studio.ui.plots.operating import OperatingPointModel
from studio.ui.plots.point_panel import PointPanel
from studio.ui.project_page import ProjectPage
from studio.ui.runs.history import (
    RECENT_RUNS,
    ProjectMemory,
    folder_in,
    folder_of,
    recent_runs,
)
from studio.ui.train.request import project_sources
from studio.ui.widgets import (
    EmptyState,
    ErrorState,
    ScrollPanel,
    Separator,
    choose_folder_to_write,
    fix_side,
    row,
)
from studio.ui.widgets.toast import copy_text
from studio.wording import counted
from studio.workflows.project_images import images_of_files

if TYPE_CHECKING:
    from studio.project import Project

_LATEST = 6  # runs that are looked into for tests


class EvaluateWorkspace(ProjectPage):
    """Shows one run's test sets; evaluating is a job in its own process."""

    id, title, icon_name = "evaluate", "Evaluate", "evaluate"
    newest_only = True
    shown = Signal()  # what was last read is shown

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._kept = ProjectMemory(context.settings, "evaluated")
        self._wanted_run: Path | None = None
        self._waiting: list[tuple[Path, Path]] = []  # (run, test folder)
        self._current: Path | None = None  # the evaluation that is under way
        self.rule = RULES[0]
        self._rule_chosen: str | None = None  # by a person; else the run's own
        self.name = ""  # the class that is looked at, against the rest
        self.results: ModelResults | None = None
        self.side = EvaluateSide(context)
        self.operating = OperatingPointModel(self)
        self.point = PointPanel(
            context.theme, self.operating, self.tr("Operating point"), carried=True
        )
        self.view = EvaluationView(context.theme, self.copy_table, self.export)
        self._build()
        self._connect()

    def show_pairs(self) -> None:
        """Show the pairs of the chosen test set's leakage check, for a person to judge."""
        test, project = self.view.test(), self._project
        if test is not None and test.record is not None and project is not None:
            show_pairs(self, self.context, project.path, test.record, evaluated=test.evaluated)

    def has_pairs(self) -> bool:
        """Whether the chosen test set's leakage check found any pair."""
        test = self.view.test()
        return test is not None and has_pairs(test.record)

    @property
    def busy(self) -> bool:
        return super().busy or self.view.assessed.busy

    # Building

    def _build(self) -> None:
        self.no_model = EmptyState(
            self.tr("No model to evaluate yet"),
            self.tr("Once a training has finished its first epoch, it can be tested here."),
            self.tr("Train a classifier"),
            lambda: self.context.go_to("train"),
        )
        self.no_test = EmptyState(
            self.tr("Test on images it has not seen"),
            self.tr(
                "Choose a test folder with one folder of images a class. The threshold is carried "
                "over from the validation set; images that were trained on are found and named."
            ),
            self.tr("Choose a test folder"),
            self.add_folder,
        )
        self.unread = ErrorState(self.tr("The results of this run cannot be shown"), "")
        self.middle = QStackedWidget()
        for page in (self.no_model, self.no_test, self.view, self.unread):
            self.middle.addWidget(page)
        self.middle.setMinimumWidth(400)
        self.right = ScrollPanel(padding=0)
        self.right.setWidget(self.point)
        self.right.hide()
        for side in (self.side, self.right):
            fix_side(side)
        lines = Separator(vertical=True), Separator(vertical=True)
        layout = row(self.side, lines[0], self.middle, lines[1], self.right, gap=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.context.evaluate_requested.connect(self.accept_handover)
        self.context.jobs.ended.connect(self._job_ended)
        self.side.run_chosen.connect(self._choose_run)
        self.side.evaluation_requested.connect(self.start)
        self.side.tests.changed.connect(self._enable)
        self.point.rule_chosen.connect(self.use_rule)
        self.point.class_chosen.connect(self.use_class)
        self.view.chosen.connect(self._test_chosen)
        self.view.pairs_requested.connect(self.show_pairs)
        self.view.cell_chosen.connect(self.point.show_called)
        self.view.labels.review_requested.connect(self.review_labels)
        self.view.assessed.failed.connect(lambda sentence: self.context.toast(sentence, "error"))

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        return evaluate_actions(self)

    def hints(self) -> list[str]:
        return [
            "evaluate.add", "evaluate.start", "evaluate.next", "evaluate.copy", "evaluate.export",
            "help.keys",
        ]  # fmt: skip

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self._waiting.clear()
        self._current = self._wanted_run = None
        self._show_results(None)
        self.side.show_models([], None)
        self.refresh()

    def home(self) -> QWidget | None:
        page = self.middle.currentWidget()
        return first_usable(page.button if isinstance(page, EmptyState) else self.view.table)

    def activate(self) -> None:
        self.refresh()
        self.focus_home()

    def set_panels_visible(self, visible: bool) -> None:
        self.side.setVisible(visible)
        self.right.setVisible(visible and self.has_results())

    def close_workspace(self) -> None:
        self._waiting.clear()
        for sheet in (self.point.sheet, self.view.errors.sheet, self.view.labels.sheet):
            sheet.close_loader()

    # Doing

    def accept_handover(self, what: dict[str, Any]) -> None:
        """Show a run that another page hands on, and the test set that it names."""
        run_dir, test = what.get("run"), what.get("test")
        if isinstance(test, str):
            self.view.prefer(test)
        if isinstance(run_dir, Path):
            self._wanted_run = run_dir
            self.refresh()

    def add_folder(self) -> None:
        """Ask for a test folder."""
        self.side.tests.choose_folder()

    def can_start(self) -> bool:
        return not self._reason()

    def _reason(self) -> str:
        if self.context.read_only:
            return self.tr("This project is read-only here, so nothing can be evaluated in it.")
        if self.side.chosen() is None:
            return self.tr("There is no model yet.")
        if not self.side.sources():
            return self.tr("Add a test folder first.")
        return ""

    def start(self) -> None:
        """Evaluate the run on every folder that is listed, one after another."""
        run_dir = self.side.chosen()
        if run_dir is None or not self.can_start():
            return
        self._waiting += [(run_dir, test) for test in self.side.sources()]
        self.side.tests.set_sources([])
        if self._current is None:
            self._next()

    def _next(self) -> None:
        project = self._project
        if project is None or not self._waiting:
            return
        run_dir, test = self._waiting.pop(0)
        rule = self.rule
        task = Task(lambda _: _evaluate(project, run_dir, test, rule))
        task.done.connect(lambda folder: self._started(project, folder))
        task.failed.connect(self._failed)
        task.start()

    def _started(self, project: "Project", folder: Path) -> None:
        if project is not self._project:
            return  # it goes on in its own process, and that project shows it
        self._current = folder
        self.context.jobs.watch(folder, self.tr("Evaluate"))
        self.refresh()

    def _failed(self, error: Exception) -> None:
        self.context.toast(str(error), "error")
        self._next()

    def _job_ended(self, job: WatchedJob) -> None:
        if job.kind == EVALUATE.name:
            self.refresh()
        if job.run_dir == self._current:
            self._current = None
            self._next()

    def use_rule(self, rule: str) -> None:
        """Carry over the threshold of another rule from the validation set."""
        self.rule = self.point.rule = self._rule_chosen = rule
        self.view.show_results(self.results, self.rule, self.name)

    def use_class(self, name: str) -> None:
        """Look at another class against the rest, in the table, the curves and the panel."""
        if self.results is not None and name in self.results.classes:
            self.name = name
            self.view.show_results(self.results, self.rule, self.name)

    def next_test(self) -> None:
        """Choose the next test set of the table."""
        count = self.view.table.model().rowCount()
        if count:
            now = self.view.table.selectionModel().selectedRows()
            self.view.table.selectRow((now[0].row() + 1) % count if now else 0)

    def review_labels(self, files: list[str]) -> None:
        """Open Review on the images of this project that these files are or were cropped from."""
        project = self._project
        if project is None:
            return
        task = Task(lambda _: images_of_files(project, files))
        task.done.connect(lambda images: self._review(project, images))
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.start()

    def _review(self, project: "Project", images: frozenset[str]) -> None:
        if project is not self._project:
            return
        if images:
            self.context.hand_to_review(images)
        else:
            self.context.toast(
                self.tr(
                    "None of these files is an image of this project, so Review cannot show "
                    "them. Save the list instead."
                ),
                "error",
            )

    def has_results(self) -> bool:
        return self.results is not None and bool(self.results.tests)

    def copy_table(self) -> None:
        """Put the table on the clipboard as CSV, with the notice."""
        if self.results is not None:
            text = csv_text(self.results, self.rule, [self.name])
            copy_text(self, text, self.tr("The table is on the clipboard."))

    def export(self) -> None:
        """Ask for a new folder and write the results into it."""
        found = choose_folder_to_write(self, self.tr("Export results to a new folder"))
        if found is not None:
            self.export_to(found)

    def export_to(self, out: Path) -> None:
        """Write table, scores and curves into a new folder."""
        results, rule = self.results, self.rule
        if results is None:
            return
        task = Task(lambda _: export_results(results, out, rule))
        task.done.connect(
            lambda files: self.context.toast(
                self.tr("{0} files written to {1}.").format(len(files), out)
            )
        )
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.start()

    # Showing

    def reading(self, project: "Project") -> Callable[[], "_Read"]:
        wanted = self._wanted_run or self.side.chosen() or self._remembered()
        others = recent_runs(self.context.settings, RECENT_RUNS)

        def read() -> _Read:
            runs = runs_with_model(project, [*others, *([wanted] if wanted is not None else [])])
            chosen = next((run.run_dir for run in runs if run.run_dir == wanted), None)
            chosen = chosen or _newest_tested(project, runs)
            return _Read(runs, chosen, _results_of(project, chosen), project_sources(project))

        return read

    def show_read(self, read: "_Read") -> None:
        found = read.found
        self._wanted_run = None
        self.side.exports = [source for source in read.offered if isinstance(source, Path)]
        positive = found.positive if isinstance(found, ModelResults) else ""
        self.side.show_models(read.runs, read.chosen, positive)
        if isinstance(found, StudioError):
            self._show_results(None)
            self.unread.text.setText(str(found))
            self.middle.setCurrentWidget(self.unread)
            self.shown.emit()
            return
        self._show_results(found)
        for one in found.unfinished if found else ():
            if one.state in RUNNING_STATES and self.context.jobs.get(one.run_dir) is None:
                self.context.jobs.watch(one.run_dir, self.tr("Evaluate"))
        self.shown.emit()

    def _remembered(self) -> Path | None:
        """The run that was looked at last in this project, with its test set for the view."""
        kept = self._kept.get(self._project)
        if not isinstance(kept, dict) or self._project is None:
            return None
        self.view.preferred = str(kept.get("test", ""))
        return folder_of(self._project, kept.get("run"))

    def _choose_run(self, run_dir: Path) -> None:
        self._wanted_run = run_dir
        self.refresh()

    def _show_results(self, results: ModelResults | None) -> None:
        self._keep_class(results)
        self.results = results
        self.side.show_going(results.unfinished if results else ())
        some = self.has_results()
        page = 2 if some else 1 if results is not None else 0
        if self.isVisible() and page == 2 and self.middle.currentIndex() != 2:
            self.view.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.middle.setCurrentIndex(page)
        self.right.setVisible(some and not self.side.isHidden())
        self.view.show_results(results, self.rule, self.name)
        if not some:
            self.operating.forget()
        self._enable()

    def _keep_class(self, results: ModelResults | None) -> None:
        """Another run, or one with another positive class, begins with its own positive class."""
        before = self.results
        if results is None:
            self.name = ""
            return
        same = before is not None and before.run.run_dir == results.run.run_dir
        if self._rule_chosen is None:
            self.rule = self.point.rule = results.rule
        if not same or self.name not in results.classes:
            self.name = results.positive

    def _test_chosen(self) -> None:
        test, results = self.view.test(), self.results
        if results is None or test is None:
            return
        if self._project is not None:
            run = folder_in(self._project, results.run.run_dir)
            self._kept.set(self._project, {"run": run, "test": test.name})
        if test.detail is None:
            self.operating.show(None)
        else:
            threshold = results.threshold(self.rule, self.name)
            self.operating.show_carried(test.detail, self.name, threshold)
        self.view.draw()

    def _enable(self) -> None:
        reason = self._reason()
        self.side.button.setEnabled(not reason)
        results = self.results
        if results is not None and results.tests:
            sets = counted(len(results.tests), self.tr("{0} test set"), self.tr("{0} test sets"))
            self.view.next_step.show_step(
                self.tr("{0} · {1}").format(run_label(results.run), sets),
                self.tr("Explore in Morph"),
                lambda: self.context.hand_to_generate(results.run.run_dir),
                primary=bool(reason),
            )
        else:
            self.view.next_step.clear()
        self.side.why_not.setText(reason)
        self.side.why_not.setVisible(bool(reason))
        self.hints_changed.emit()


@dataclass(frozen=True)
class _Read:
    """What the workspace shows: the runs that have a model, the chosen one and its results."""

    runs: list[ClassifierSummary]
    chosen: Path | None
    found: ModelResults | StudioError | None
    offered: list[Any]


def _newest_tested(project: "Project", runs: Sequence[ClassifierSummary]) -> Path | None:
    """The newest run that has been tested, of the latest; without one the newest of all."""
    for run in runs[:_LATEST]:
        found = _results_of(project, run.run_dir)
        if isinstance(found, ModelResults) and found.tests:
            return run.run_dir
    return runs[0].run_dir if runs else None


def _results_of(project: "Project", run_dir: Path | None) -> ModelResults | StudioError | None:
    """The results of a run, or why there are none; None without a run."""
    try:
        return read_results(project, run_dir) if run_dir is not None else None
    except StudioError as error:
        return error


def _evaluate(project: "Project", run_dir: Path, test: Path, rule: str) -> Path:
    from studio.workflows.evaluate import start_evaluation

    folder = project.runs.new_folder(EVALUATE.name, f"{run_dir.name} on {test.name}")
    start_evaluation(folder, run_dir, test, rule)
    return folder
