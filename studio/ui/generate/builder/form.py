"""The form of a set: how the pictures are written, which stay, where to; and its command."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from studio.errors import StudioError
from studio.generate.builder.recipe import SetRecipe
from studio.ui.context import StudioContext
from studio.ui.generate.builder.entries import EntriesTable
from studio.ui.generate.builder.filters_panel import FiltersPanel
from studio.ui.generate.builder.networks import known
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import (
    Button,
    Choice,
    Field,
    IconButton,
    JobRow,
    Panel,
    PathField,
    PrimaryButton,
    Separator,
    label,
    row,
)
from studio.ui.widgets.new_folder import is_in_use, next_unused
from studio.ui.widgets.toast import copy_command
from studio.wording import counted

if TYPE_CHECKING:
    from studio.project import Project

_QUALITY: int = SetRecipe.model_fields["quality"].default
SIZES = (64, 128, 224, 256, 512, 1024)


class SetForm(Panel):
    """`requested(SetRecipe, Path)` when Build is pressed and the recipe makes sense."""

    requested = Signal(object, object)
    stopped = Signal()
    save_requested = Signal()
    open_requested = Signal()
    estimate_requested = Signal()

    def __init__(self, context: StudioContext, entries: EntriesTable) -> None:
        super().__init__(self.tr("Set of synthetic pictures"))
        self.context, self.entries = context, entries
        self._project: Project | None = None
        self._suggested = ""
        self._quality = _QUALITY  # of an opened recipe: it has words here, but no control
        self.recipe: SetRecipe | None = None
        self.pixels = Choice(
            [(None, self.tr("the network's")), *((n, f"{n} × {n}") for n in SIZES)]
        )
        self.format = Choice([("png", "PNG"), ("jpg", "JPEG")])
        self.quality = label("", "small", wrap=True)
        self.quality.hide()
        self.filters = FiltersPanel(context)
        self.out = PathField(self.tr("Folder of the set"), "new folder")
        self.out_field = Field(self.tr("Into a new folder"), self.out)
        self.words = label("", "quiet", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.button = PrimaryButton(self.tr("Build the set"), self.request)
        self.estimate = Button(self.tr("Estimate time"), self.estimate_requested.emit)
        self.job = JobRow(context.theme, self.tr("Set"))
        self.job.title.hide()
        self.job.hide()
        self.job.stopped.connect(self.stopped)
        self._lay_out()
        for part in (entries, self.filters, self.out):
            part.changed.connect(self.refresh)
        for choice in (self.pixels, self.format):
            choice.chosen.connect(self.refresh)

    def _lay_out(self) -> None:
        size, files = (
            Field(self.tr("Size, pixels"), self.pixels),
            Field(self.tr("Files"), self.format),
        )
        top = row(size, files)
        top.setStretch(0, 3)
        top.setStretch(1, 2)
        self.add(top, self.quality)
        self.body.addSpacing(GRID)
        self.add(self.filters)
        self.body.addSpacing(GRID)
        self.add(Separator(), self.out_field, self.words, self.problem)
        self.add(row(self.button, self.estimate, None), self.job)
        self.body.addSpacing(GRID)
        self.add(Separator(), label(self.tr("Recipe and command"), "heading"))
        self.save = Button(self.tr("Save recipe…"), self.save_requested.emit)
        self.open = Button(self.tr("Open recipe…"), self.open_requested.emit)
        self.command = QLineEdit()
        self.command.setReadOnly(True)
        self.command.setAccessibleName(self.tr("The command that makes this set"))
        self.copy_button = IconButton(
            self.context.theme, "copy", self.tr("Copy the command"), self.copy, size=16
        )
        self.note = label("", "small", wrap=True)
        self.add(row(self.save, self.open, None), row(self.command, self.copy_button), self.note)

    # What it says

    def set_project(self, project: "Project | None") -> None:
        """Suggest a folder of this project, and say no more what another's recipe said."""
        self._project, self._quality = project, _QUALITY
        self.filters.forget()
        self._suggested = ""
        self.out.set_text("")
        self.suggest()

    def refresh(self, *_: object) -> None:
        """The recipe as it stands: what it makes, what is wrong with it, its command."""
        problem = ""
        unusual = self._quality != _QUALITY and self.format.value() == "jpg"
        self.quality.setText(self.tr("JPEG quality {0}, as the recipe says").format(self._quality))
        self.quality.setVisible(unusual)
        try:
            self.recipe = SetRecipe.of(**self.fields())
        except StudioError as error:
            self.recipe, problem = None, self._problem(str(error))
        told = [row.problem() for row in self.entries.rows]
        if any(told):  # beside its field, which the recipe's own words do not name
            self.recipe, problem = None, next(filter(None, told))
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.out_field.set_error("")
        running = self.job.isVisibleTo(self)
        self.button.setEnabled(
            self.recipe is not None and self._project is not None and not running
        )
        self.estimate.setEnabled(self.recipe is not None)
        self.save.setEnabled(self.recipe is not None)
        self._show_summary()

    def fields(self) -> dict[str, Any]:
        """The recipe as its file has it."""
        return {
            "entries": [row.fields() for row in self.entries.rows],
            "size": self.pixels.value(),
            "format": self.format.value(),
            "quality": self._quality,
            **self.filters.fields(),
        }

    def show_recipe(self, recipe: SetRecipe) -> None:
        """Show a recipe that was read; StudioError, and nothing is changed, when a network of it is
        gone."""
        for entry in recipe.entries:
            known(entry.network)
        self.entries.clear()
        for entry in recipe.entries:
            self.entries.add().show_entry(entry)
        if recipe.size is not None and self.pixels.findData(recipe.size) < 0:
            self.pixels.addItem(f"{recipe.size} × {recipe.size}", recipe.size)
        self.pixels.set_value(recipe.size)
        self.format.set_value(recipe.format)
        self._quality = recipe.quality
        self.filters.show_recipe(recipe)
        self.refresh()

    def say_time(self, seconds: float) -> None:
        """How long the rendering takes here."""
        from studio.wording import duration

        filtered = self.recipe is not None and self.recipe.filtered
        most = seconds * self.recipe.tries if self.recipe is not None and filtered else seconds
        about = self.tr("About {0} on this machine").format(duration(seconds))
        if seconds < 1:
            about = self.tr("Less than a second on this machine")
        if filtered and most >= 1:
            text = self.tr("{0}, up to {1} when the filters drop much.")
            self._show_summary(text.format(about, duration(most)))
        else:
            self._show_summary(f"{about}.")

    def _show_summary(self, time: str = "") -> None:
        recipe = self.recipe
        if recipe is None:
            self.words.setText("")
            self.command.setText("")
            self.note.hide()
            return
        pictures = counted(
            recipe.count, self.tr("{0} synthetic picture"), self.tr("{0} synthetic pictures")
        )
        classes = counted(len(recipe.labels), self.tr("{0} class"), self.tr("{0} classes"))
        text = self.tr("{0} of {1}.").format(pictures, classes)
        self.words.setText(f"{text} {time}".strip())
        self.command.setText(recipe.command(self.out.text() or "OUT"))
        self.command.setCursorPosition(0)
        self.note.setText(
            self.tr("No options say all of this: save the recipe, and give its file.")
        )
        self.note.setVisible(not recipe.plain)

    def _problem(self, sentence: str) -> str:
        """Something friendlier for what a form not yet filled in lacks."""
        rows = [row.fields() for row in self.entries.rows]
        if any(not one["network"] for one in rows):
            return self.tr("Choose a network for every row.")
        if any(not one["label"] for one in rows):
            return self.tr("Give every row a label: it becomes a class folder.")
        if self.filters.agree.isChecked() and not self.filters.fields()["agreement"]["run"]:
            return self.tr("Choose the trained run that must agree.")
        if self.filters.near.isChecked() and not self.filters.data.text():
            return self.tr("Say where the training pictures of the network are.")
        return sentence

    # Doing

    def request(self) -> None:
        """Emit what is asked for, or say what is missing."""
        if not self.button.isEnabled() or self.recipe is None:
            return
        out = Path(self.out.text()).expanduser()
        if not self.out.text():
            self.out_field.set_error(self.tr("Say where the set should go."))
        elif is_in_use(out):
            self.out_field.set_error(
                self.tr("{0} is not empty: nothing is overwritten.").format(out.name)
            )
        elif not self.filters.problem():
            self.requested.emit(self.recipe, out.absolute())

    def copy(self) -> None:
        """The command to the clipboard."""
        if self.command.text():
            copy_command(self, self.command.text())

    def set_busy(self, busy: bool) -> None:
        """Show that a set is being built."""
        self.job.setVisible(busy)
        self.refresh()
        if not busy:
            self.suggest()
            typed = Path(self.out.text()).expanduser()
            if self.out.text() and is_in_use(typed):
                self.out.set_text(str(next_unused(typed)))

    def show_starting(self) -> None:
        """The process is being started, and can be told to stop from now on."""
        self.job.button.setEnabled(True)
        self.job.show_progress(0, 0, self.tr("starting…"))

    def show_stopping(self) -> None:
        """Asking once is enough."""
        self.job.button.setEnabled(False)
        self.job.note.setText(self.tr("stopping…"))

    def suggest(self) -> None:
        """A free folder within the project, until somebody types another."""
        if self._project is None or self.out.text() not in ("", self._suggested):
            return
        self._suggested = str(next_unused(self._project.exports_dir / "gan-set-1"))
        self.out.set_text(self._suggested)
