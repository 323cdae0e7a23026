"""The form of the selected stage: what it begins and learns from, how, and what begins it."""

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.generate.training.options import TrainOptions
from studio.options import Tier, options_of
from studio.results import RESUMABLE_STATES
from studio.ui.generate.training.data_fields import DataFields, StartFields
from studio.ui.generate.training.plan_model import PlanModel
from studio.ui.generate.training.words import kimg_words
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import (
    Button,
    Field,
    Panel,
    PrimaryButton,
    ScrollPanel,
    Section,
    Separator,
    label,
    row,
)
from studio.ui.widgets.option_control import OptionControl, has_keys
from studio.workflows.generate.stages import Stage


class StageForm(QWidget):
    """Edits the model's selected stage as one types. `start_asked`, `resume_asked` and
    `estimate_asked` by its buttons."""

    start_asked = Signal()
    resume_asked = Signal()
    estimate_asked = Signal()

    def __init__(self, model: PlanModel) -> None:
        super().__init__()
        self._model = model
        self._shown: tuple[object, Stage] | None = None  # and the project that it is of
        self.busy = ""  # what is being done to begin, in words
        self.controls: dict[str, OptionControl] = {}
        self.fields: dict[str, Field] = {}
        self.name = QLineEdit()
        self.name_field = Field(self.tr("Name"), self.name)
        self.start_fields = StartFields(model)
        self.data_fields = DataFields(model)
        self.note = label("", "small", wrap=True)
        self.main = self._grid("main")
        self.fold = Section(self.tr("More settings"))
        self.fold.add(self._grid("more"))
        self._make_foot()
        self._lay_out()
        self._connect()

    def _grid(self, tier: Tier) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID)
        place = 0
        for name in _names(tier):
            control = OptionControl(options_of(TrainOptions)[name], partial(self._set, name))
            self.controls[name] = control
            if control.is_check:
                place += place % 2
                grid.addWidget(control.widget, place // 2, 0, 1, 2)
                place += 2
                continue
            field = self.fields[name] = Field(control.title, control.widget)
            top = Qt.AlignmentFlag.AlignTop  # an error below one does not pull its neighbour apart
            grid.addWidget(field, place // 2, place % 2, top)
            place += 1
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        return holder

    def _make_foot(self) -> None:
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Getting ready"))
        self.why_not = label("", "small", wrap=True)
        self.start_button = PrimaryButton(self.tr("Start training"), self._begin)
        self.anew_button = Button(self.tr("Train anew"), self.start_asked.emit)
        self.anew_button.setToolTip(
            self.tr("Begin the stage in a new run; the one that is there stays as it is")
        )
        self.anew_button.hide()
        self.estimate_button = Button(self.tr("Estimate"), self.estimate_asked.emit)
        self.estimate_button.setToolTip(
            self.tr(
                "Train a few steps apart, and tell time and memory from them; what is measured at "
                "snapshots takes time of its own"
            )
        )
        self.foot = Panel()
        self.foot.add(
            self.progress,
            self.why_not,
            row(self.start_button, self.anew_button, self.estimate_button, None),
        )
        self.foot.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _lay_out(self) -> None:
        self.area = ScrollPanel()
        self.area.add(
            self.name_field, self.note, self.start_fields, self.data_fields, Separator(),
            self.main, self.fold,
        )  # fmt: skip
        self.area.panel.body.addStretch(1)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.area, 1)
        body.addWidget(self.foot)

    def _connect(self) -> None:
        model = self._model
        self.name.editingFinished.connect(self._rename)
        self.start_fields.changed.connect(lambda start: model.update(start=start))
        self.data_fields.changed.connect(lambda data: model.update(data=data))
        model.changed.connect(self.refresh)
        model.looked.connect(self._looked)

    # Showing

    def refresh(self) -> None:
        """Show the selected stage."""
        stage = self._model.stage
        if stage is None:
            self._shown = None
        else:
            self._show(stage)
        self._enable()

    def _looked(self) -> None:
        """How the stages stand is known anew, as each second while one trains: what is entered
        stays as it is, however little of it is typed yet."""
        if self._model.stage is not None:
            self.data_fields.offer()
        self._enable()

    def _enable(self) -> None:
        self.area.setEnabled(
            self._model.stage is not None and self._model.editable and not self._going
        )
        self.refresh_foot()

    @property
    def _going(self) -> bool:
        state = self._model.state
        return state is not None and state.state in ("running", "stopping")

    def _show(self, stage: Stage) -> None:
        project, before = self._shown or (None, None)
        self._shown = (self._model.project, stage)
        if project is not self._model.project or before is None or before.name != stage.name:
            before = None  # another stage: nothing of what is typed is of it
        if before is None or not has_keys(self.name):
            self.name.setText(stage.name)
        self.note.setText(stage.note)
        self.note.setVisible(bool(stage.note))
        self.start_fields.show_stage(stage)
        self.data_fields.show_stage(stage)
        problems = stage.problems()
        for name, control in self.controls.items():
            value = stage.setting(name)
            if before is None or value != before.setting(name) or not control.being_edited:
                control.set(value)
            if name in self.fields:
                self.fields[name].set_error(problems.get(name, ""))
        aug = stage.setting("aug")
        self.fields["target"].setEnabled(aug == "ada")
        self.fields["aug_p"].setEnabled(aug == "fixed")
        if any(name in problems for name in _names("more")):
            self.fold.set_open(True)  # what is wrong is to be seen

    def refresh_foot(self) -> None:
        """Enable what can be done and say why the rest cannot."""
        reason = self.reason()
        stage, state = self._model.stage, self._model.state
        again = state is not None and state.run_dir is not None
        if self.longer is not None:
            self.start_button.setText(self.tr("Go on to {0} kimg").format(kimg_words(self.longer)))
        elif self.goes_on:
            self.start_button.setText(self.tr("Resume"))
        else:
            words = self.tr("Train again") if again else self.tr("Start training")
            self.start_button.setText(words)
        # A run that goes on has all it needs in its own folder.
        self.start_button.setEnabled(
            (self._model.editable if self.goes_on else not reason) and not self.busy
        )
        self.anew_button.setVisible(self.goes_on)
        self.anew_button.setEnabled(self.can_begin)
        self.estimate_button.setEnabled(
            stage is not None and not stage.problems() and not self.busy
        )
        self.why_not.setText(self.busy or reason)
        self.why_not.setVisible(bool(self.busy or reason))
        self.progress.setVisible(bool(self.busy))

    def show_estimating(self, on: bool) -> None:
        """The button of the estimate stops it while it is made."""
        self.estimate_button.setText(self.tr("Stop estimate") if on else self.tr("Estimate"))

    @property
    def goes_on(self) -> bool:
        """Whether the stage has a run that can go on."""
        state = self._model.state
        return state is not None and (state.state in RESUMABLE_STATES or state.longer is not None)

    @property
    def longer(self) -> float | None:
        """The total in kimg to which the finished run of the stage would be trained on."""
        return self._model.state.longer if self._model.state is not None else None

    @property
    def can_begin(self) -> bool:
        """Whether a new run of the stage can be begun."""
        return not self.reason() and not self.busy

    def _begin(self) -> None:
        (self.resume_asked if self.goes_on else self.start_asked).emit()

    def reason(self) -> str:
        """Why the stage cannot begin, in a sentence, or ""."""
        stage, state = self._model.stage, self._model.state
        if stage is None:
            return self.tr("Choose a stage first.")
        if not self._model.editable:
            return self.tr("This project is read-only here, so no training can be started in it.")
        if state is None:
            return self.tr("Looking at what is there…")
        if state.state in ("running", "stopping"):
            return self.tr("It is being trained.")
        if state.missing:
            return state.missing[0]
        return state.sentence if state.state == "waiting" else ""

    # Editing

    def _rename(self) -> None:
        stage, name = self._model.stage, self.name.text().strip()
        if stage is not None and name and name != stage.name:
            self._model.update(name=name[:80])
        elif stage is not None:
            self.name.setText(stage.name)

    def _set(self, name: str) -> None:
        stage = self._model.stage
        if stage is None:
            return
        value: Any = self.controls[name].get()
        self._model.update(settings={**stage.settings, name: value})


def _names(tier: Tier) -> list[str]:
    return [name for name, one in options_of(TrainOptions).items() if one.option.tier == tier]
