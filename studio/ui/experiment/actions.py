"""What can be done in the Experiment workspace."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.ui.experiment.workspace import ExperimentWorkspace


def tr(text: str) -> str:
    return QCoreApplication.translate("ExperimentActions", text)


def experiment_actions(work: "ExperimentWorkspace") -> list[Action]:
    """Experiments first, then what is done with the one that is looked at."""
    here, mode = tr("Experiment"), "experiment"
    pages = (
        (tr("Curves of the chosen cell"), tr("Curves")),
        (tr("Trainings of the chosen cell"), tr("Trainings")),
        (tr("Comparisons with the baseline"), tr("Comparisons")),
    )
    return [
        Action("experiment.new", tr("New experiment"), work.new, here, mode, bar=tr("New")),
        Action("experiment.start", tr("Start the experiment"), work.form.start, here, mode,
               work.can_start, bar=tr("Start")),
        Action("experiment.stop", tr("Stop the experiment"), work.stop, here, mode, work.can_stop,
               bar=tr("Stop")),
        Action("experiment.resume", tr("Resume the experiment"), work.resume, here, mode,
               work.can_resume, bar=tr("Resume")),
        Action("experiment.open", tr("Open the folder of an experiment"), work.open_folder, here,
               mode),
        *(
            Action(f"experiment.page_{n}", title, partial(work.show_page, n - 1), here, mode,
                   work.has_experiment, bar=bar)
            for n, (title, bar) in enumerate(pages, start=1)
        ),
        Action("experiment.open_run", tr("Open the selected training in Train"),
               work.view.details.open_run, here, mode, work.has_experiment),
        Action("experiment.open_evaluation", tr("Open the selected training in Evaluate"),
               work.view.details.open_evaluation, here, mode, work.has_experiment),
        Action("experiment.copy", tr("Copy the table of the experiment"), work.copy_table, here,
               mode, work.has_table, bar=tr("Copy table")),
        Action("experiment.export", tr("Export the table of the experiment"), work.export, here,
               mode, work.has_table, bar=tr("Export")),
    ]  # fmt: skip
