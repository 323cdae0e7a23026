"""What can be done on the training page, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action, always
from studio.ui.generate.training.grid_view import STEP

if TYPE_CHECKING:
    from studio.ui.generate.training.page import TrainingPage

STAGES, RUN = "generate.training", "generate.training.run"
Run = Callable[[], object]
When = Callable[[], bool]


def tr(text: str) -> str:
    return QCoreApplication.translate("TrainingActions", text)


def training_actions(page: "TrainingPage") -> list[Action]:
    """Stages first, then the run that is looked at."""
    here, model, view = tr("Training"), page.model, page.view

    def make(name: str, title: str, run: Run, when: When = always, bar: str = "") -> Action:
        return Action(f"training.{name}", title, run, here, STAGES, when, bar=bar)

    def look(
        name: str, title: str, run: Run, when: When, bar: str = "", repeats: bool = False
    ) -> Action:
        return Action(f"training.{name}", title, run, here, RUN, when, repeats=repeats, bar=bar)

    def shown() -> bool:
        return page.at_run and view.snapshot is not None

    return [
        make("open", tr("Open the stage"), page.open_stage, page.can_open, tr("Open")),
        make("start", tr("Start or resume the stage"), page.form.start_button.click,
             page.can_start, tr("Start")),
        make("estimate", tr("Estimate time and memory"), page.estimate, page.can_estimate,
             tr("Estimate")),
        make("copy_command", tr("Copy the command"), page.copy_command, page.can_open),
        make("add", tr("Add a stage"), model.add, page.can_edit),
        make("remove", tr("Remove the stage"), model.remove, page.can_remove),
        make("undo", tr("Undo the change of stages"), model.undo, page.can_undo),
        make("redo", tr("Redo the change of stages"), model.redo, page.can_redo),
        make("open_folder", tr("Open a run folder"), page.open_folder),
        make("stop", tr("Stop the training"), page.stop, page.can_stop, tr("Stop")),
        make("resume", tr("Resume the training"), page.resume, page.can_resume, tr("Resume")),
        make("log", tr("Show the log"), page.open_log, lambda: page.at_run),
        look("older", tr("Earlier snapshot"), lambda: view.step(-1), shown, repeats=True),
        look("newer", tr("Later snapshot"), lambda: view.step(1), shown, tr("Later"), True),
        look("first", tr("First grid"), view.first, shown),
        look("last", tr("Newest snapshot"), view.last, shown),
        look("best", tr("Best snapshot"), view.best, shown, tr("Best")),
        Action("training.reals", tr("Real pictures while held"), lambda: view.show_reals(True),
               here, RUN, shown, hold=lambda: view.show_reals(False), bar=tr("Real pictures")),
        look("to_morph", tr("Open the snapshot in Morph"), view.open_snapshot, shown,
             tr("In Morph")),
        look("zoom_in", tr("Zoom in"), lambda: view.grid.zoom(STEP), shown, repeats=True),
        look("zoom_out", tr("Zoom out"), lambda: view.grid.zoom(1 / STEP), shown, repeats=True),
        look("zoom_fit", tr("Fit the grid"), view.grid.fit, shown),
        look("zoom_pixels", tr("Pixel for pixel"), view.grid.pixels, shown),
        look("stages", tr("Back to the stages"), page.show_stages, always, tr("Stages")),
    ]  # fmt: skip
