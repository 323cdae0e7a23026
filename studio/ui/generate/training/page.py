"""The training page: form and history at the left, the stages or one of their runs beside them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from studio.errors import StudioError
from studio.results.gan_run import GanReader, GanRun
from studio.results.run_list import RunSummary, gan_summary, list_gan_runs
from studio.ui.actions import Action
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable
from studio.ui.generate.training.actions import RUN, STAGES, training_actions
from studio.ui.generate.training.beginning import Beginning
from studio.ui.generate.training.estimate import Estimator
from studio.ui.generate.training.plan_model import PlanModel
from studio.ui.generate.training.run_view import GanRunView
from studio.ui.generate.training.stage_form import StageForm
from studio.ui.generate.training.stage_page import StagePage
from studio.ui.runs.follower import Follower
from studio.ui.runs.history import RunHistory
from studio.ui.runs.page import RunPage
from studio.ui.runs.panel import RunListPanel
from studio.ui.widgets import fix_side, row
from studio.ui.widgets.toast import copy_command

if TYPE_CHECKING:
    from studio.project import Project


class TrainingPage(RunPage):
    """A page of Generate. `network_chosen(Path)` when a network is to be opened in Morph."""

    id, title = STAGES, "Training"
    network_chosen = Signal(object)

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.model = PlanModel(self)
        self.form = StageForm(self.model)
        none = self.tr(
            "No training yet. One of another project can be opened by its folder, even while it "
            "runs."
        )
        self.past = RunListPanel(context.theme, none)
        self.stages = StagePage(context, self.model)
        self.view = GanRunView(context)
        self.beginning = Beginning(self.model, self.open_folder)
        self.estimator = Estimator(self)
        self.follower: Follower[GanRun] = Follower(GanReader, self)
        self.history = RunHistory(context.settings, list_gan_runs, "recent_gan_runs", self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.build_left(self.form, self.tr("Stage"))
        self.middle = QStackedWidget()
        for part in (self.beginning, self.stages, self.view):
            self.middle.addWidget(part)
        self.middle.setMinimumWidth(480)
        fix_side(self.left)
        layout = row(self.left, self.middle, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.model.changed.connect(self._plan_changed)
        self.model.looked.connect(self.hints_changed)
        self.model.refused.connect(self.show_trouble)
        self.form.start_asked.connect(self.start)
        self.form.resume_asked.connect(self.resume)
        self.form.estimate_asked.connect(self.estimate)
        self.estimator.said.connect(self.stages.details.set_estimate)
        self.estimator.busy_changed.connect(self.form.show_estimating)
        self.stages.graph.opened.connect(lambda _: self.open_stage())
        self.stages.details.open_asked.connect(self.open_run_of_stage)
        self.stages.details.command_asked.connect(self.copy_command)
        self.view.open_asked.connect(self.network_chosen)
        self.context.project_edited.connect(self.model.refresh_states)
        self.view.header.stages_asked.connect(self.show_stages)
        self.connect_runs(self.view.header)

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        return training_actions(self)

    def hints(self) -> list[str]:
        if self.at_run:
            return [
                "training.newer", "training.best", "training.to_morph", "training.reals",
                "training.stop" if self.can_stop() else "training.resume", "training.stages",
            ]  # fmt: skip
        return [
            "training.open", "training.start", "training.estimate", "training.add",
            "generate.room_morph", "help.keys",
        ]  # fmt: skip

    def gestures(self) -> list[tuple[str, str]]:
        zoom = (self.tr("Wheel"), self.tr("Zoom the grid"))
        return [zoom, (self.tr("Drag"), self.tr("Move the zoomed grid"))] if self.at_run else []

    @property
    def busy(self) -> bool:
        return self.view.grids.busy or self.stages.details.grids.busy

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self._forget_run()
        self.estimator.set_project(project)
        self.past.show_runs([], None)
        self.model.set_project(project)
        self.history.set_project(project)
        self.left.show_form()

    def home(self) -> QWidget | None:
        return first_usable(self.view.grid, self.stages.graph, self.beginning.button)

    def activate(self) -> None:
        self.history.refresh()
        self.model.refresh_states()
        self._focus()

    def set_panels_visible(self, visible: bool) -> None:
        self.left.setVisible(visible and self.middle.currentWidget() is not self.beginning)

    def close_workspace(self) -> None:
        super().close_workspace()
        self.estimator.close()
        self.model.close()
        self.view.grids.close()
        self.stages.details.grids.close()

    # Where one is

    @property
    def at_run(self) -> bool:
        """Whether a run is looked at, and not the stages."""
        return self.middle.currentWidget() is self.view

    def show_stages(self) -> None:
        """Back to the graph, or to how one begins."""
        self._bring(self.stages if self.model.plan.stages else self.beginning)

    def _bring(self, part: QWidget) -> None:
        self.middle.setCurrentWidget(part)
        self.left.setVisible(part is not self.beginning)
        at_run = part is self.view
        if at_run:
            self.left.show_runs()
        else:
            self.left.show_form()
        self.set_mode(RUN if at_run else STAGES)
        self.hints_changed.emit()
        self._focus()

    def _focus(self) -> None:
        if self.isVisible():
            self.focus_home()

    def _plan_changed(self) -> None:
        self.estimator.show_stage(self.model.stage)
        wanted = self.stages if self.model.plan.stages else self.beginning
        if not self.at_run and self.middle.currentWidget() is not wanted:
            self._bring(wanted)
        self.hints_changed.emit()

    # Stages

    def can_edit(self) -> bool:
        return self.model.editable and not self.at_run

    def can_remove(self) -> bool:
        return self.can_edit() and self.model.stage is not None

    def can_undo(self) -> bool:
        return self.can_edit() and self.model.can_undo()

    def can_redo(self) -> bool:
        return self.can_edit() and self.model.can_redo()

    def can_open(self) -> bool:
        return not self.at_run and self.model.stage is not None

    def can_start(self) -> bool:
        return not self.at_run and self.form.start_button.isEnabled()

    def can_estimate(self) -> bool:
        return not self.at_run and self.form.estimate_button.isEnabled()

    def open_stage(self) -> None:
        """Look at the selected stage's run; a stage without one is opened in its form."""
        state = self.model.state
        if state is not None and state.run_dir is not None:
            self.open_run_of_stage()
            return
        self.left.setVisible(True)
        self.left.show_form()
        self.form.name.setFocus()

    def open_run_of_stage(self) -> None:
        state = self.model.state
        if state is not None and state.run_dir is not None:
            self.look_at(state.run_dir)

    def estimate(self) -> None:
        """Train a few steps apart, and tell time and memory from them; or leave that."""
        if self.model.stage is not None:
            self.estimator.toggle(self.model.stage, self.model.plan)

    def copy_command(self) -> None:
        """Put the command that trains the selected stage on the clipboard."""
        from studio.workflows.generate.command import command

        if self._project is not None and self.model.stage is not None:
            try:
                words = command(self._project, self.model.plan, self.model.stage)
            except StudioError as error:
                self.show_trouble(str(error))
            else:
                copy_command(self, words)

    def start(self) -> None:
        """Begin the selected stage in a process of its own."""
        from studio.workflows.generate.stage_work import start_stage

        project, stage, plan = self._project, self.model.stage, self.model.plan
        if project is None or stage is None or self.at_run or not self.form.can_begin:
            return

        def work(control: Control) -> Path:
            return start_stage(project, plan, stage.name, control.progress)

        self.model.save_now()  # the run will be named in what is kept
        self.model.starting = (project.path, stage.name)
        self.form.busy = self.tr("Getting the pictures ready…")
        self.form.progress.setRange(0, 0)
        task = Task(work)
        task.progress.connect(self._preparing)
        task.done.connect(lambda run_dir: self._started(project, stage.name, run_dir))
        task.failed.connect(lambda error: self.show_trouble(str(error)))
        task.ended.connect(self._prepared)
        task.start()
        self.form.refresh_foot()

    def _preparing(self, done: int, total: int, message: str) -> None:
        self.form.progress.setRange(0, total)
        self.form.progress.setValue(done)
        if message:
            self.form.busy = message
            self.form.refresh_foot()

    def _prepared(self) -> None:
        self.form.busy = ""
        self.model.starting = None
        self.form.refresh_foot()

    def _started(self, project: "Project", name: str, run_dir: Path) -> None:
        if self._project is None or project.path != self._project.path:
            return  # another is open, which may have a stage of this name
        self.model.attach(name, run_dir)
        self.watch(run_dir)
        self.look_at(run_dir)

    # Runs

    def look_at(self, run_dir: Path) -> None:
        """Show a run from its beginning and follow it."""
        if run_dir != self.follower.run_dir:
            self.view.forget()
            self.follower.follow(run_dir)
        self.past.list.set_current(run_dir)
        stage = self.model.stage_of(run_dir)
        if stage is not None:
            self.model.select(stage.name)
        self._bring(self.view)

    def summary_of(self, run_dir: Path) -> RunSummary | None:
        return gan_summary(run_dir)

    def no_run_words(self) -> str:
        return self.tr("{0} holds no training of a GAN: choose a folder with its job.json.")

    def resume_work(self, run_dir: Path) -> Callable[[], object]:
        """To the total that the stage asks for where the training has come to its end."""
        from studio.workflows.generate.stage_work import resume_stage

        kimg = None if self.at_run else self.form.longer
        return lambda: resume_stage(run_dir, kimg)

    def can_resume(self) -> bool:
        return super().can_resume() if self.at_run else self.form.goes_on

    def run_in_question(self) -> Path | None:
        """The run that is looked at, or the selected stage's."""
        if self.at_run:
            return super().run_in_question()
        return self.model.state.run_dir if self.model.state is not None else None

    def state_in_question(self) -> str:
        if self.at_run:
            return super().state_in_question()
        return self.model.state.state if self.model.state is not None else ""

    def runs_changed(self) -> None:
        super().runs_changed()
        self.model.refresh_states()

    def show_run(self, run: GanRun) -> None:
        self.view.show_run(run)

    def _forget_run(self) -> None:
        self.follower.follow(None)
        self.view.forget()
        self.show_stages()
