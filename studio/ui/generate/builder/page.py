"""The set builder: class folders of synthetic pictures, from a recipe."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from studio.errors import StudioError
from studio.generate.builder.recipe import SetRecipe, read_recipe, write_recipe
from studio.jobs.event_models import CountsEvent, JobEvent
from studio.jobs.kinds import BUILD_SET
from studio.results import RUNNING_STATES
from studio.ui.actions import Action
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable
from studio.ui.generate.builder.actions import set_actions
from studio.ui.generate.builder.entries import EntriesTable
from studio.ui.generate.builder.form import SetForm
from studio.ui.generate.builder.networks import known_networks
from studio.ui.generate.builder.result_view import SetResultView
from studio.ui.generate.classifier_runs_panel import trained_runs
from studio.ui.jobs_model import WatchedJob
from studio.ui.page_job import PageJob
from studio.ui.project_page import ProjectPage
from studio.ui.runs.log_window import LogWindow
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Notice, ScrollPanel, column, fix_side, label, row
from studio.workflows.generate.built_sets import BuiltSet, counts_of, read_sets

if TYPE_CHECKING:
    from studio.project import Project

LAST = "generate.network"  # the network that the morph opened last


class SetBuilderPage(ProjectPage):
    """Left: how the pictures are made and filtered. Right: the entries above, the sets below."""

    id, title, icon_name = "generate.sets", "Set builder", "generate"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.job = PageJob(context.jobs, self)
        self.entries = EntriesTable(context.theme)
        self.form = SetForm(context, self.entries)
        self.results = SetResultView(context)
        self.trouble = Notice("error")  # what was refused, until the entries change
        self._build()
        self._connect()

    def _build(self) -> None:
        self.side = ScrollPanel(padding=0)
        self.side.add(self.form)
        self.side.panel.body.addStretch(1)
        fix_side(self.side)
        self.add_button = Button(self.tr("Add a class"), self.add_entry)
        what = label(
            self.tr(
                "Each row becomes pictures of one class folder, seed after seed. The set is not "
                "independent of the photographs that its network was trained on."
            ),
            "quiet",
            wrap=True,
        )
        head = column(
            label(self.tr("What to make"), "heading"),
            what,
            self.entries,
            self.trouble,
            row(self.add_button, None),
            margin=PADDING,
        )
        main = QWidget()
        both = column(head, self.results, gap=0)
        both.setStretch(1, 1)
        main.setLayout(both)
        layout = row(self.side, main, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        form, results, job = self.form, self.results, self.job
        form.requested.connect(self.build)
        form.stopped.connect(self.stop)
        form.save_requested.connect(self.choose_save)
        form.open_requested.connect(self.choose_open)
        form.estimate_requested.connect(self.estimate)
        self.entries.refused.connect(self.trouble.show_text)
        self.entries.changed.connect(self.trouble.clear)
        results.looked_at.connect(self.hints_changed)
        results.train_asked.connect(self.train)
        results.resume_asked.connect(self.resume)
        results.log_asked.connect(lambda one: LogWindow(self, one.run_dir).show())
        job.started.connect(self.refresh)
        job.failed.connect(lambda error, _: self._failed(error))
        job.changed.connect(self._job_changed)
        job.said.connect(self._job_said)
        job.ended.connect(self._job_ended)

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        return set_actions(self)

    def hints(self) -> list[str]:
        first = "sets.stop" if self.building else "sets.build"
        one = self.results.chosen
        last = "sets.resume" if one is not None and one.resumable else "sets.train"
        return [first, "sets.add", "sets.estimate", last, "palette.open", "help.keys"]

    def set_project(self, project: "Project | None") -> None:
        self.trouble.clear()
        self._project = project
        self.job.leave()
        self._show_busy()
        self.form.set_project(project)
        self.entries.clear()
        self.results.show_sets([])
        self._offer()
        for one in project.labels() if project is not None else []:
            self.entries.add(one.name)
        if not self.entries.rows:
            self.entries.add()
        self.refresh()

    def home(self) -> QWidget | None:
        return first_usable(self.entries.rows[0].name)

    def activate(self) -> None:
        self._offer()
        self.refresh()
        self.focus_home()

    def set_panels_visible(self, visible: bool) -> None:
        self.side.setVisible(visible)

    def close_workspace(self) -> None:
        self._project = None  # what is still being read or started finds nobody
        self.job.leave()
        self.results.close_view()

    @property
    def building(self) -> bool:
        """Whether a set is being built, or its process started."""
        return self.job.busy

    @property
    def busy(self) -> bool:
        return super().busy or self.results.busy

    def _offer(self) -> None:
        """Networks and runs as they are now."""
        self.entries.offer(known_networks(self._project, self.context.settings.get(LAST)))
        self.form.filters.offer(trained_runs(self._project))

    # The recipe

    def add_entry(self) -> None:
        """One more class."""
        self.entries.add().name.setFocus(Qt.FocusReason.OtherFocusReason)

    def remove_entry(self) -> None:
        """Take the class away that is being edited, else the last one."""
        self.entries.remove(self.entries.focused() or self.entries.rows[-1])

    def choose_open(self) -> None:
        """Ask for a recipe and show it."""
        found, _ = QFileDialog.getOpenFileName(
            self, self.tr("Open a recipe"), self._start(), self.tr("Recipes (*.json)")
        )
        if found:
            self.open_recipe(Path(found))

    def open_recipe(self, path: Path) -> None:
        """Show a recipe, or say why not."""
        try:
            self.form.show_recipe(read_recipe(path))
        except StudioError as error:
            if not self.entries.rows:
                self.entries.add()
            self.trouble.show_text(str(error))

    def choose_save(self) -> None:
        """Ask where to save the recipe, and save it."""
        if self.form.recipe is None:
            return
        found, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the recipe"), self._start("set.json"), self.tr("Recipes (*.json)")
        )
        if found:
            self.save_recipe(Path(found), self.form.recipe)

    def save_recipe(self, path: Path, recipe: SetRecipe) -> None:
        """Write the recipe and say so."""
        try:
            write_recipe(path, recipe)
        except OSError as error:
            text = self.tr("{0} cannot be written: {1}.").format(path.name, error.strerror)
            self.trouble.show_text(text)
        else:
            self.trouble.clear()
            self.context.toast(self.tr("{0} is saved.").format(path.name))

    def estimate(self) -> None:
        """Render a few pictures of each network and say how long all of them take."""
        recipe = self.form.recipe
        if recipe is None:
            return

        def work(_control: Control) -> float:
            from studio.workflows.generate.build import seconds_a_picture

            pace = {one.network: seconds_a_picture(one.network) for one in recipe.entries}
            return sum(one.count * pace[one.network] for one in recipe.entries)

        self.trouble.clear()
        self.form.estimate.setEnabled(False)
        task = Task(work)
        task.done.connect(lambda s: self.form.say_time(s) if self.form.recipe is recipe else None)
        task.failed.connect(lambda error: self.trouble.show_text(str(error)))
        task.ended.connect(lambda: self.form.estimate.setEnabled(self.form.recipe is not None))
        task.start()

    def _start(self, name: str = "") -> str:
        folder = self._project.exports_dir if self._project is not None else Path.home()
        return str(folder / name)

    # The job

    def build(self, recipe: SetRecipe, out: Path) -> None:
        """Build the set in a process of its own."""
        project = self._project
        if project is None:
            return

        def work() -> Path:
            from studio.workflows.generate.build import start_build

            run_dir = project.runs.new_folder(BUILD_SET.name, f"Build the set {out.name}")
            start_build(run_dir, recipe, out)
            return run_dir

        self._begin(work)

    def resume(self, one: BuiltSet) -> None:
        """Go on with a set that was stopped."""

        def work() -> Path:
            from studio import jobs

            jobs.resume(one.run_dir, kind=BUILD_SET.name)
            return one.run_dir

        self._begin(work)

    def train(self, one: BuiltSet) -> None:
        """Hand a set to the Train workspace, with the project's positive class if it has that."""
        project = self._project
        positive = [label.name for label in project.labels() if label.positive] if project else []
        chosen = next((name for name in positive if name in one.counts), None)
        self.context.hand_to_train(train=one.out, positive=chosen)

    def stop(self) -> None:
        """Ask the build to stop where it can go on."""
        if self.building:
            self.form.show_stopping()
            self.job.stop()

    def _begin(self, work: Callable[[], Path]) -> None:
        self.trouble.clear()
        if self.job.begin(work, self.tr("Build a set")):
            self.form.show_starting()
            self._show_busy()

    def _show_busy(self) -> None:
        self.form.set_busy(self.building)
        self.results.set_building(self.building)
        self.hints_changed.emit()

    def _failed(self, error: Exception) -> None:
        self._show_busy()
        self.trouble.show_text(str(error))

    def _job_changed(self, job: WatchedJob) -> None:
        if job.status is not None:
            self.form.job.show_status(job.status)

    def _job_said(self, job: WatchedJob, events: list[JobEvent]) -> None:
        for event in events:
            if isinstance(event, CountsEvent):
                self.results.show_counts(job.run_dir, counts_of(event.counts))

    def _job_ended(self, _job: WatchedJob) -> None:
        self._show_busy()
        self.refresh()

    # The sets

    def reading(self, project: "Project") -> Callable[[], list[BuiltSet]]:
        return lambda: read_sets(project)

    def show_read(self, sets: list[BuiltSet]) -> None:
        self.results.show_sets(sets)
        live = next((one for one in sets if one.state in RUNNING_STATES), None)
        if live is not None and not self.building:
            self.job.follow(live.run_dir, self.tr("Build a set"))
            self._show_busy()
        if self.job.run_dir is not None:
            self.results.choose(self.job.run_dir)
        self.hints_changed.emit()
