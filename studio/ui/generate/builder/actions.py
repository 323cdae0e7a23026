"""What can be done in the set builder, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action, always

if TYPE_CHECKING:
    from studio.ui.generate.builder.page import SetBuilderPage

Run = Callable[[], object]


def tr(text: str) -> str:
    return QCoreApplication.translate("SetActions", text)


def set_actions(page: "SetBuilderPage") -> list[Action]:
    """The recipe, the job, the set."""
    form, results, here = page.form, page.results, tr("Set builder")

    def make(
        name: str, title: str, run: Run, enabled: Callable[[], bool] = always, bar: str = ""
    ) -> Action:
        return Action(f"sets.{name}", title, run, here, page.id, enabled, bar=bar)

    def several() -> bool:
        return len(page.entries.rows) > 1

    return [
        make("build", tr("Build the set"), form.request, form.button.isEnabled, tr("Build")),
        make("stop", tr("Stop building"), page.stop, lambda: page.building, tr("Stop")),
        make(
            "resume", tr("Go on with the set"), results.ask_resume, results.can_resume, tr("Go on")
        ),
        make(
            "estimate",
            tr("Estimate the time"),
            page.estimate,
            form.estimate.isEnabled,
            tr("Estimate"),
        ),
        make("add", tr("Add a class"), page.add_entry),
        make("remove", tr("Remove the class"), page.remove_entry, several),
        make(
            "train", tr("Train on the set"), results.ask_train, results.train.isEnabled, tr("Train")
        ),
        make(
            "open_folder",
            tr("Open the folder of the set"),
            results.open_folder,
            results.folder.isEnabled,
        ),
        make("save", tr("Save the recipe"), page.choose_save, form.save.isEnabled),
        make("open", tr("Open a recipe"), page.choose_open),
        make("copy_command", tr("Copy the command"), form.copy),
    ]
