"""The Train workspace: new run and history at the left, the run, its operating point."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QTabWidget, QWidget

from studio.jobs.kinds import TRAIN
from studio.results.classifier_run import ClassifierRun
from studio.results.curves import Detail
from studio.results.model_results import own_rule
from studio.results.run_list import RunSummary, classifier_summary, list_runs
from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.plots.operating import OperatingPointModel
from studio.ui.plots.point_panel import PointPanel
from studio.ui.runs.follower import LIVE, RESUMABLE
from studio.ui.runs.history import RECENT_RUNS, RunHistory
from studio.ui.runs.log_window import LogWindow
from studio.ui.train.actions import train_actions
from studio.ui.train.follower import RunFollower
from studio.ui.train.form import TrainForm
from studio.ui.train.history_panel import HistoryPanel
from studio.ui.train.pins import PinnedRuns, p_sentence
from studio.ui.train.run_view import RunView
from studio.ui.widgets import (
    Choice,
    EmptyState,
    Field,
    RememberedSplitter,
    ScrollPanel,
    TabBar,
)
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.project import Project

_LEFT, _RIGHT = 328, 336  # px


class TrainWorkspace(Workspace):
    """Left: form and runs. Middle: the run that is looked at. Right: its operating point."""

    id, title, icon_name = "train", "Train", "train"
    shown = Signal()  # the plots show what was last loaded

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._project: Project | None = None
        self._key = ""  # of the evaluation that is shown; "" follows the newest
        self._shown_key = ""
        self.detail: Detail | None = None
        self.follower = RunFollower(self)
        self.history = RunHistory(context.settings, list_runs, RECENT_RUNS, self)
        self.pins = PinnedRuns(self)
        self.operating = OperatingPointModel(self)
        self.form = TrainForm(context)
        self.past = HistoryPanel(context.theme)
        self.runs = self.past.list
        self.view = RunView(context.theme)
        self.point = PointPanel(context.theme, self.operating, self.tr("Operating point"))
        self._build()
        self._connect()

    # Building

    def _build(self) -> None:
        self.left = QTabWidget()
        self.left.setTabBar(TabBar())
        self.left.setDocumentMode(True)
        self.left.addTab(self.form, self.tr("New run"))
        self.left.addTab(self.past, self.tr("Runs"))
        self.left.setMinimumWidth(_LEFT)
        self.right = self._make_right()
        self.empty = EmptyState(
            self.tr("Train a classifier"),
            self.tr(
                "Choose a folder with one folder of images a class. The first ROC curve comes "
                "from a frozen network within minutes; then one more with every epoch, on "
                "validation images that training never sees."
            ),
            self.tr("Choose a training folder"),
            self._begin,
        )
        self.middle = QStackedWidget()
        self.middle.addWidget(self.empty)
        self.middle.addWidget(self.view)
        self.middle.setMinimumWidth(400)
        self.splitter = RememberedSplitter(self.context.settings, "train")
        for part in (self.left, self.middle, self.right):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.restore([_LEFT, 1000, _RIGHT])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _make_right(self) -> ScrollPanel:
        right = ScrollPanel(padding=0)
        self.scores = Choice()
        self.scores_field = Field(self.tr("Measured on"), self.scores)
        self.point.body.insertWidget(2, self.scores_field)
        right.setWidget(self.point)
        right.setMinimumWidth(_RIGHT)
        right.hide()
        return right

    def _connect(self) -> None:
        context = self.context
        context.train_requested.connect(self.take)
        context.project_edited.connect(self.form.read_offer)
        self.form.started.connect(self._started)
        self.past.folder_asked.connect(self.open_folder)
        self.runs.chosen.connect(self.look_at)
        self.runs.runs.pins_changed.connect(self._load_pins)
        self.history.changed.connect(self._show_runs)
        self.follower.changed.connect(self._show)
        self.follower.failed.connect(self._unread)
        self.follower.loaded.connect(self._loaded)
        self.pins.changed.connect(self._draw)
        self.point.class_chosen.connect(lambda _: self._class_chosen())
        self.scores.chosen.connect(self._choose_scores)
        self.operating.changed.connect(self._point_moved)
        self.view.roc.pointed.connect(self.operating.move_to)
        self.view.matrix.grid.chosen.connect(self.point.show_called)
        header = self.view.header
        header.stop_asked.connect(self.stop)
        header.resume_asked.connect(self.resume)
        header.log_asked.connect(self.open_log)
        header.evaluate_asked.connect(self._evaluate)

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        return train_actions(self)

    def hints(self) -> list[str]:
        if self.has_point():
            return [
                "train.stop", "train.resume", "train.point_right", "train.youden", "train.new",
                "help.keys",
            ]  # fmt: skip
        return ["train.start", "train.stop", "train.resume", "train.new", "palette.open",
                "help.keys"]  # fmt: skip

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self._forget_run()
        self.past.show_runs([], None)
        self.form.set_project(project)
        self.history.set_project(project)
        self.left.setCurrentIndex(0)

    def activate(self) -> None:
        self.history.refresh()
        self.form.read_offer()
        if self.follower.run_dir is not None:
            self.view.roc.view.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.empty.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_panels_visible(self, visible: bool) -> None:
        self.left.setVisible(visible)
        self.right.setVisible(visible and self.follower.run_dir is not None)

    def close_workspace(self) -> None:
        self.follower.close()
        self.history.close()
        self.point.sheet.close_loader()

    # Runs

    def take(self, what: dict[str, Any]) -> None:
        """Take over a data set that another workspace hands on."""
        self.form.take(what)
        self.new_run()

    def new_run(self) -> None:
        """Show the form of a new run."""
        self.left.setVisible(True)
        self.left.setCurrentIndex(0)
        self.form.train.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def look_at(self, run_dir: Path) -> None:
        """Show a run from its beginning and follow it."""
        if run_dir == self.follower.run_dir:
            return
        self._forget_run()
        self.follower.follow(run_dir)
        self.runs.set_current(run_dir)
        self.left.setCurrentIndex(1)

    def open_folder(self) -> None:
        """Ask for a run folder of another place and show it."""
        found = QFileDialog.getExistingDirectory(self, self.tr("Open a run folder"))
        if found:
            self.open_run(Path(found))

    def open_run(self, run_dir: Path) -> None:
        """Show a run folder wherever it lies, and list it from now on."""
        if classifier_summary(run_dir) is None:
            self.context.toast(
                self.tr("{0} holds no training run: choose a folder with a job.json.").format(
                    run_dir
                ),
                "error",
            )
            return
        self.history.remember(run_dir)
        self.look_at(run_dir)

    def stop(self) -> None:
        """Ask the run to stop where it can go on."""
        run_dir = self.follower.run_dir
        if run_dir is not None:
            self.view.header.stop.setEnabled(False)
            self._do(lambda: _stop(run_dir))

    def resume(self) -> None:
        """Go on with the run from its last checkpoint."""
        run_dir = self.follower.run_dir
        if run_dir is not None:
            self.view.header.resume.setVisible(False)
            self._do(lambda: _resume(run_dir), lambda: self._watch(run_dir))

    def can_stop(self) -> bool:
        run = self.follower.run
        return run is not None and run.status.state in ("queued", "running")

    def can_resume(self) -> bool:
        run = self.follower.run
        return run is not None and run.status.state in RESUMABLE

    def has_runs(self) -> bool:
        return bool(self.history.runs)

    def pin(self) -> None:
        """Pin the run under the cursor of the list, or let it go."""
        self.runs.toggle_pin()

    def open_log(self) -> None:
        """Show the end of the run's log."""
        if self.follower.run_dir is not None:
            LogWindow(self, self.follower.run_dir).open()

    def _do(self, work: Any, then: Any = None) -> None:
        task = Task(lambda _: work())
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        if then is not None:
            task.done.connect(lambda _: then())
        task.ended.connect(self.follower.poll)
        task.start()

    def _started(self, run_dir: Path) -> None:
        self.look_at(run_dir)
        self._watch(run_dir)
        self.history.refresh()

    def _watch(self, run_dir: Path) -> None:
        found = classifier_summary(run_dir)
        self.context.jobs.watch(run_dir, found.title if found else "")
        self.follower.wake()
        self.history.refresh()

    def _begin(self) -> None:
        self.new_run()
        self.form.train.choose_folder()

    def _evaluate(self) -> None:
        if self.follower.run_dir is not None:
            self.context.hand_to_evaluate(run=self.follower.run_dir)

    def _forget_run(self) -> None:
        self.follower.follow(None)
        self._key = self._shown_key = ""
        self.detail = None
        self.operating.forget()
        self.middle.setCurrentWidget(self.empty)
        self.right.hide()

    # Showing

    def _show_runs(self, runs: list[RunSummary]) -> None:
        self.left.setTabText(
            1, self.tr("Runs ({0})").format(len(runs)) if runs else self.tr("Runs")
        )
        self.past.show_runs(runs, self.follower.run_dir)
        for run in runs:
            if run.state in LIVE and self.context.jobs.get(run.run_dir) is None:
                self.context.jobs.watch(run.run_dir, run.title)
        if self.follower.run_dir is None and runs and not self.form.train.sources:
            self.look_at(runs[0].run_dir)

    def _show(self, run: ClassifierRun) -> None:
        self.view.show_run(run)
        if self.middle.currentWidget() is not self.view:
            self._bring_up_run()
        files = run.files()
        options = [(key, self._scores_words(run, key)) for key in files]
        self.scores.set_options(options)
        self.scores_field.setVisible(len(options) > 1)
        wanted = self._key if self._key in files else run.newest
        if wanted is not None:
            self._select(wanted)
            self.follower.ask(wanted)
        elif not self._shown_key:
            self.view.show_curves(run, "", None, [])
        if run.status.state not in LIVE:
            self.history.refresh()
        self.hints_changed.emit()

    def _bring_up_run(self) -> None:
        """Put the run in the place of the empty state, once there is something to show."""
        self.middle.setCurrentWidget(self.view)
        self.right.setVisible(not self.left.isHidden())
        if self.isVisible():
            self.view.roc.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _scores_words(self, run: ClassifierRun, key: str) -> str:
        words = self.view.words(key)
        if key == run.newest:
            return self.tr("{0} (newest)").format(words)
        return self.tr("Test: {0}").format(words) if key.startswith("test ") else words

    def _select(self, key: str) -> None:
        blocked = self.scores.blockSignals(True)
        self.scores.set_value(key)
        self.scores.blockSignals(blocked)

    def _choose_scores(self, key: str) -> None:
        run = self.follower.run
        if run is not None and key:
            self._key = "" if key == run.newest else key
            self.follower.ask(key)

    def other_scores(self, step: int) -> None:
        """Show an earlier (1) or later (-1) evaluation of the run."""
        index = self.scores.currentIndex() + step
        if 0 <= index < self.scores.count():
            self.scores.setCurrentIndex(index)

    def has_point(self) -> bool:
        return self.operating.point is not None

    def _loaded(self, key: str, detail: Detail) -> None:
        run = self.follower.run
        if run is None:
            return
        new = detail is not self.detail
        self.detail, self._shown_key = detail, key
        if new:
            self.operating.use_own_rule(own_rule(run.params))
            self.operating.show(detail)
            self._load_pins()
        self._draw()
        self.hints_changed.emit()

    def _unread(self, sentence: str) -> None:
        """Say in the place of the curve why there is none."""
        self.detail, self._shown_key = None, ""
        self.operating.show(None)
        if self.follower.run is None:
            self.context.toast(sentence, "error")
        else:
            self.view.show_trouble(sentence)
        self.hints_changed.emit()

    def _class_chosen(self) -> None:
        self._load_pins()
        self._draw()

    def _load_pins(self) -> None:
        shown = self.follower.run_dir
        others = [path for path in self.runs.runs.pinned if path != shown]
        self.pins.load(others, self.detail, self._shown_key, self.operating.name)

    def _draw(self) -> None:
        run = self.follower.run
        if run is not None and self._shown_key:
            self.view.show_curves(
                run, self._shown_key, self.detail, self.pins.found, self.operating.name
            )
            images = self.detail.scores.n if self.detail else 0
            found = self.pins.found
            compared = sum(pinned.corrected is not None for pinned in found)
            sentences = [p_sentence(pinned, images, compared) for pinned in found]
            if found and run.several:
                words = self.tr("AUC of {0} against the rest:")
                sentences.insert(0, words.format(self.operating.name))
            self.past.show_comparisons(sentences)
            self.shown.emit()

    def _point_moved(self) -> None:
        self.view.roc.show_point(self.operating.point)


def _stop(run_dir: Path) -> None:
    from studio import jobs

    jobs.request_stop(run_dir)


def _resume(run_dir: Path) -> None:
    from studio import jobs

    jobs.resume(run_dir, kind=TRAIN.name)
