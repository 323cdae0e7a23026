"""Which pictures stay: a classifier that agrees, and a distance from training pictures."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from studio.generate.builder.recipe import AgreementFilter, MemorisationFilter
from studio.jobs.kinds import CLASSIFIER_LAST
from studio.ui.context import StudioContext
from studio.ui.widgets import Choice, Field, FloatField, IntField, PathField, column, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import significant

_CHOOSE = "choose a folder"
_MINIMUM: float = AgreementFilter.model_fields["minimum"].default
_USUAL = {name: MemorisationFilter.model_fields[name].default for name in ("quantile", "space")}


class FiltersPanel(QWidget):
    """`changed` after any edit; `fields()` are those of a recipe."""

    changed = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self.context = context
        self._runs: list[tuple[str, str]] = []
        self._told: dict[str, Any] = _USUAL  # by a recipe; it has words here, but no control
        self.agree = QCheckBox(self.tr("Keep what a classifier agrees with"))
        self.run = Choice()
        self.minimum = FloatField()
        self.minimum.setRange(0, 1)
        self.minimum.setSingleStep(0.05)
        self.minimum.setValue(_MINIMUM)
        self.run_field = Field(self.tr("Trained run"), self.run)
        self.minimum_field = Field(self.tr("At least"), self.minimum)
        self.minimum.setFixedWidth(88)
        self.minimum.setAccessibleName(self.tr("Least probability of the label"))
        self.near = QCheckBox(self.tr("Drop near-copies of training pictures"))
        self.data = PathField(self.tr("Training pictures of the network"))
        self.held = PathField(
            self.tr("Pictures held out"), placeholder=self.tr("none: the training pictures")
        )
        self.data_field = Field(self.tr("Training pictures of the network"), self.data)
        self.held_field = Field(self.tr("Pictures that were held out"), self.held)
        self.space = ElidedLabel(role="small")
        self.tries = IntField()
        self.tries.setRange(1, 1000)
        self.tries.setValue(4)
        self.tries.setSuffix(self.tr(" × the count"))
        self.tries_field = Field(self.tr("Seeds to try at most"), self.tries)
        agreement = row(self.run_field, self.minimum_field)
        agreement.setStretch(0, 1)
        layout = column(
            label(self.tr("Filters"), "heading"),
            self.agree,
            agreement,
            self.near,
            self.data_field,
            self.held_field,
            self.space,
            self.tries_field,
        )
        self.setLayout(layout)
        self._connect()
        self._show_settings({})
        self.offer([])

    def _connect(self) -> None:
        for box in (self.agree, self.near):
            box.toggled.connect(lambda _: self._toggled())
        self.run.chosen.connect(self._run_chosen)
        for spin in (self.minimum, self.tries):
            spin.valueChanged.connect(lambda _: self.changed.emit())
        for path in (self.data, self.held):
            path.changed.connect(lambda _: self._edited())

    def offer(self, runs: list[tuple[str, str]]) -> None:
        """The trained runs to choose from: (folder, title)."""
        added = [one for one in self._runs if one[0] == self.run.value() and one not in runs]
        self._show_runs([*runs, *added])
        self._toggled()

    def fields(self) -> dict[str, Any]:
        """The filters as a recipe writes them."""
        agreement = near = None
        if self.agree.isChecked():
            run = self.run.value()
            agreement = {"run": "" if run == _CHOOSE else run, "minimum": self.minimum.value()}
        if self.near.isChecked():
            near = {"data": self.data.text(), "held_out": self.held.text() or None}
            near |= self._told
        return {"agreement": agreement, "not_memorised": near, "tries": self.tries.value()}

    def problem(self) -> str:
        """What is missing, in a sentence beside its field; empty when nothing is."""
        run, data, held = self.run.value(), self.data.text(), self.held.text()
        told = ""
        if self.agree.isChecked() and run in (None, _CHOOSE):
            told = self.tr("Choose a trained run.")
        self.run_field.set_error(told)
        no_data = self.near.isChecked() and not Path(data).expanduser().exists()
        if self.near.isChecked() and (not data or no_data):
            missing = self.tr("Say where the training pictures are.")
            told_data = self.tr("There is no {0}.").format(data) if data else missing
        else:
            told_data = ""
        self.data_field.set_error(told_data)
        no_held = self.near.isChecked() and held and not Path(held).expanduser().exists()
        told_held = self.tr("There is no {0}.").format(held) if no_held else ""
        self.held_field.set_error(told_held)
        return told or told_data or told_held

    def show_recipe(self, recipe: Any) -> None:
        """Show the filters of a recipe; one that it lacks is as if nobody had set it."""
        agreement, near = recipe.agreement, recipe.not_memorised
        self.agree.setChecked(agreement is not None)
        self.minimum.setValue(agreement.minimum if agreement is not None else _MINIMUM)
        if agreement is not None:
            self._add(agreement.run)
        self.near.setChecked(near is not None)
        self.data.set_text(near.data if near is not None else "")
        self.held.set_text((near.held_out or "") if near is not None else "")
        self._show_settings(
            {} if near is None else {"quantile": near.quantile, "space": near.space}
        )
        self.tries.setValue(recipe.tries)

    def forget(self) -> None:
        """Forget what an opened recipe says beyond the controls here."""
        self._show_settings({})

    def _show_settings(self, told: dict[str, Any]) -> None:
        self._told = {**_USUAL, **told}
        self.held_field.set_help(
            self.tr(
                "What is nearer to a training picture than {0} % of these are counts as a copy."
            ).format(significant(100 * self._told["quantile"]))
        )
        kind, _, file = str(self._told["space"]).partition(":")
        words = self.tr("Nearness in the space {0}, as the recipe says")
        name = f"{kind}, {Path(file).name}" if file else kind
        self.space.set_text(words.format(name), str(self._told["space"]))
        self._show_space()

    def _show_space(self) -> None:
        self.space.setVisible(self.near.isChecked() and self._told["space"] != _USUAL["space"])

    def _show_runs(self, runs: list[tuple[str, str]]) -> None:
        self._runs = runs
        options = [(run, self._name(run, title)) for run, title in runs]
        with QSignalBlocker(self.run):
            before = self.run.value()
            self.run.set_options([*options, (_CHOOSE, self.tr("Choose a run folder…"))])
            if before == _CHOOSE:
                self.run.setCurrentIndex(0)  # something is there to choose now

    def _name(self, run: str, title: str) -> str:
        number = Path(run).name.split("-")[0].lstrip("0")
        return f"{number} · {title}" if number.isdigit() else title

    def _add(self, run: str) -> None:
        if run not in [one for one, _ in self._runs]:
            self._show_runs([*self._runs, (run, Path(run).name)])
        with QSignalBlocker(self.run):
            self.run.set_value(run)
        self.changed.emit()

    def _run_chosen(self, value: object) -> None:
        if value != _CHOOSE:
            self._edited()
            return
        found = QFileDialog.getExistingDirectory(self, self.tr("A training run"))
        if found and (Path(found) / CLASSIFIER_LAST).is_file():
            self._add(found)
        else:
            if found:
                self.run_field.set_error(
                    self.tr("{0} holds no trained model.").format(Path(found).name)
                )
            with QSignalBlocker(self.run):
                self.run.setCurrentIndex(0)
            self.changed.emit()

    def _toggled(self) -> None:
        agree, near = self.agree.isChecked(), self.near.isChecked()
        for part in (self.run_field, self.minimum_field):
            part.setVisible(agree)
        for part in (self.data_field, self.held_field):
            part.setVisible(near)
        self._show_space()
        self.tries_field.setVisible(agree or near)
        self._edited()

    def _edited(self) -> None:
        for field in (self.run_field, self.data_field, self.held_field):
            field.set_error("")
        self.changed.emit()
