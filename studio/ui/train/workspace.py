"""The Train workspace: new run and history at the left, the run, its operating point."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from studio import jobs
from studio.jobs.kinds import TRAIN
from studio.results.classifier_run import ClassifierRun
from studio.results.curves import Detail
from studio.results.model_results import own_rule
from studio.results.run_list import RunSummary, classifier_summary, list_runs
from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable, give_focus, tab_first
from studio.ui.plots.operating import OperatingPointModel
from studio.ui.plots.point_panel import PointPanel
from studio.ui.runs.history import (
    RECENT_RUNS,
    ProjectMemory,
    RunHistory,
    folder_in,
    folder_of,
)
from studio.ui.runs.page import RunPage
from studio.ui.runs.panel import RunListPanel
from studio.ui.train.actions import train_actions
from studio.ui.train.follower import RunFollower
from studio.ui.train.form import TrainForm
from studio.ui.train.handover import HandoverPage
from studio.ui.train.pins import PinnedRuns, p_sentence
from studio.ui.train.request import PaceEstimate, SplitCounts, estimate
from studio.ui.train.run_view import ClassifierRunView
from studio.ui.widgets import (
    Choice,
    EmptyState,
    Field,
    ScrollPanel,
    Separator,
    demote,
    fix_side,
    row,
)

if TYPE_CHECKING:
    from studio.project import Project


class TrainWorkspace(RunPage):
    """Left: form and runs. Middle: the run that is looked at. Right: its operating point."""

    id, title, icon_name = "train", "Train", "train"
    follower: RunFollower
    shown = Signal()  # the plots show what was last loaded

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._key = ""  # of the evaluation that is shown; "" follows the newest
        self._shown_key = ""
        self.detail: Detail | None = None
        self._estimated: tuple[int, str] | None = None  # images and settings that were timed
        self.follower = RunFollower(self)
        self._pins_kept = ProjectMemory(context.settings, "pins")
        self.history = RunHistory(context.settings, list_runs, RECENT_RUNS, self)
        self.pins = PinnedRuns(self)
        self.operating = OperatingPointModel(self)
        self.form = TrainForm(context)
        self.past = RunListPanel(context.theme, self.tr("No run yet."), pins=True)
        self.runs = self.past.list
        self.view = ClassifierRunView(context.theme)
        self.point = PointPanel(context.theme, self.operating, self.tr("Operating point"))
        self._build()
        self._connect()

    # Building

    def _build(self) -> None:
        self.build_left(self.form, self.tr("New run"))
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
        self.handover = HandoverPage(self.context)
        self.middle = QStackedWidget()
        for page in (self.empty, self.view, self.handover):
            self.middle.addWidget(page)
        self.middle.setMinimumWidth(400)
        for side in (self.left, self.right):
            fix_side(side)
        lines = Separator(vertical=True), Separator(vertical=True)
        layout = row(self.left, lines[0], self.middle, lines[1], self.right, gap=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        tab_first(self.scores, self.point)

    def _make_right(self) -> ScrollPanel:
        right = ScrollPanel(padding=0)
        self.scores = Choice()
        self.scores_field = Field(self.tr("Measured on"), self.scores)
        self.point.body.insertWidget(2, self.scores_field)
        right.setWidget(self.point)
        right.hide()
        return right

    def _connect(self) -> None:
        context = self.context
        context.train_requested.connect(self.accept_handover)
        context.project_edited.connect(self.form.read_offer)
        self.form.started.connect(self._started)
        self.form.changed.connect(self._form_changed)
        self.handover.start_requested.connect(self.form.start)
        self.runs.runs.pins_changed.connect(self._pins_changed)
        self.follower.loaded.connect(self._loaded)
        self.pins.changed.connect(self._draw)
        self.point.class_chosen.connect(lambda _: self._class_chosen())
        self.scores.chosen.connect(self._choose_scores)
        self.operating.changed.connect(self._point_moved)
        self.view.roc.pointed.connect(self.operating.move_to)
        self.view.matrix.grid.chosen.connect(self.point.show_called)
        self.view.header.evaluation_requested.connect(self._evaluate)
        self.connect_runs(self.view.header)

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
        self._restore_pins()
        self.form.set_project(project)
        self.history.set_project(project)
        self.left.show_form()

    def home(self) -> QWidget | None:
        if self._at_handover():
            return first_usable(self.handover.start_button, self.form.start_button)
        # While a run starts, the way to another folder must not wait under the next Space.
        begin = None if self.form.stop_button.isVisible() else self.empty.button
        return first_usable(self.view.roc.view, self.form.start_button, begin)

    def activate(self) -> None:
        self.history.refresh()
        self.form.read_offer()
        self.focus_home()

    def set_panels_visible(self, visible: bool) -> None:
        self.left.setVisible(visible)
        self.right.setVisible(visible and self.follower.run_dir is not None)

    def close_workspace(self) -> None:
        super().close_workspace()
        self.point.sheet.close_loader()
        self.handover.sheet.close_loader()

    # Runs

    def accept_handover(self, what: dict[str, Any]) -> None:
        """Take over a data set that another workspace hands on, and show what is in it; or look at
        a run that it hands on."""
        run = what.get("run")
        if isinstance(run, Path):
            self.open_run(run)
            return
        self.form.accept_handover(what)
        self.new_run()
        folder = what.get("train")
        if isinstance(folder, Path):
            self._forget_run()
            self.handover.show_source(folder)
            self._estimated = None
            self.middle.setCurrentWidget(self.handover)
            self._form_changed()

    def _at_handover(self) -> bool:
        return self.middle.currentWidget() is self.handover

    def _form_changed(self) -> None:
        """Show what the form would start, where it was handed over, and which button begins it."""
        form = self.form
        can_start, here = form.can_start(), self._at_handover()
        if here and not form.train.sources:
            self.middle.setCurrentWidget(self.empty)  # it was taken out of the form again
            here = False
        demote(form.start_button, here)
        demote(self.view.header.evaluate, can_start)
        if not here:
            return
        counts = form.counts if form.counted() else None
        self.handover.show_counts(counts)
        self.handover.show_state(can_start, form.why_not_now())
        self._estimate(counts)
        if self.isVisible() and can_start:
            focus = QApplication.focusWidget()
            if focus is None or focus is self or focus is self.form.train.button:
                give_focus(self.handover.start_button)

    def _estimate(self, counts: SplitCounts | None) -> None:
        """Say how long it will take, worked out in the background."""
        settings = self.form.settings.values()
        train = (counts.forecast or counts).splits[0][1] if counts is not None else {}
        wanted = (sum(train.values()), json.dumps(settings, default=str, sort_keys=True))
        if counts is None or wanted == self._estimated:
            return
        self._estimated = wanted
        runs = [run.run_dir for run in self.history.runs or []]
        task = Task(lambda _: estimate(settings, wanted[0], runs))

        def show(found: PaceEstimate | None) -> None:
            if wanted == self._estimated:
                self.handover.show_estimate(found)

        task.done.connect(show)
        task.start()

    def new_run(self) -> None:
        """Show the form of a new run."""
        self.left.setVisible(True)
        self.left.show_form()
        give_focus(self.form.train.button)

    def look_at(self, run_dir: Path) -> None:
        """Show a run from its beginning and follow it."""
        if run_dir == self.follower.run_dir:
            return
        self._forget_run()
        self.follower.follow(run_dir)
        self.runs.set_current(run_dir)
        self.left.show_runs()

    def summary_of(self, run_dir: Path) -> RunSummary | None:
        return classifier_summary(run_dir)

    def no_run_words(self) -> str:
        return self.tr("{0} holds no training run: choose a folder with a job.json.")

    def resume_work(self, run_dir: Path) -> Callable[[], object]:
        return lambda: jobs.resume(run_dir, kind=TRAIN.name)

    def has_runs(self) -> bool:
        return bool(self.history.runs)

    def pin(self) -> None:
        """Pin the run under the cursor of the list, or let it go."""
        self.runs.toggle_pin()

    def _started(self, run_dir: Path) -> None:
        self.look_at(run_dir)
        self.watch(run_dir)

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
        self.hints_changed.emit()

    # Showing

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        super().show_runs(runs)
        if self._at_handover():
            self._estimated = None
            self._form_changed()  # another run may have shown how fast it is here
        if self.follower.run_dir is None and runs and not self.form.train.sources:
            self.look_at(runs[0].run_dir)

    def show_run(self, run: ClassifierRun) -> None:
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
            self.follower.request_detail(wanted)
        elif not self._shown_key:
            self.view.show_curves(run, "", None, [])

    def _bring_up_run(self) -> None:
        """Put the run in the place of the empty state, once there is something to show."""
        self.middle.setCurrentWidget(self.view)
        self.right.setVisible(not self.left.isHidden())
        if self.isVisible():
            self.focus_home()

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
            self.follower.request_detail(key)

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

    def show_trouble(self, sentence: str) -> None:
        self.detail, self._shown_key = None, ""
        self.operating.show(None)
        if self.follower.run is None:
            super().show_trouble(sentence)
        else:
            self.view.show_trouble(sentence)
        self.hints_changed.emit()

    def _class_chosen(self) -> None:
        self._load_pins()
        self._draw()

    def _restore_pins(self) -> None:
        project, names = self._project, self._pins_kept.get(self._project)
        found: list[Path] = []
        if project is not None and isinstance(names, list):
            found = [path for name in names if (path := folder_of(project, name)) is not None]
        self.runs.runs.restore_pins(found)

    def _pins_changed(self) -> None:
        project = self._project
        if project is not None:
            kept = [folder_in(project, path) for path in self.runs.runs.kept_pins]
            self._pins_kept.set(project, kept)
        self._load_pins()

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
