"""What a new experiment is made of: a plan file or a preset for the data sets of a folder."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog

from studio.experiment.plan import MOST_REPEATS, ExperimentPlan, write_plan
from studio.experiment.presets import PRESETS, MissingSet, preset_plan, trainings_sentence
from studio.jobs.kinds import ExperimentParams
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.experiment.words import missing_words, preset_words
from studio.ui.widgets import (
    Button,
    Choice,
    Field,
    IntField,
    PathField,
    PrimaryButton,
    ScrollPanel,
    label,
    row,
)

if TYPE_CHECKING:
    from studio.project import Project

_FILE = "file"
_WORKERS = 16


class ExperimentForm(ScrollPanel):
    """`planned` when another plan was read, `started(Path)` when an experiment was begun."""

    planned = Signal()
    started = Signal(object)

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self._context = context
        self._project: Project | None = None
        self._asked = 0  # which question is the last
        self._starting = False
        self.plan: ExperimentPlan | None = None
        self.begin_with = Choice([(_FILE, self.tr("A plan file")), *preset_words()])
        self.begin_with.chosen.connect(lambda _: self._kind_changed())
        pattern = self.tr("Plans (*.toml)")
        self.file = PathField(self.tr("Plan file"), "file", "plan.toml", pattern)
        self.data = PathField(self.tr("Folder of data sets"), "folder")
        self.file_field = Field(self.tr("Plan file"), self.file)
        self.data_field = Field(
            self.tr("Folder of data sets"),
            self.data,
            self.tr("It has a folder for each set, and that one folder a class."),
        )
        self.about = label("", "small", wrap=True)
        self.missing = label("", "small", wrap=True)
        self.out = PathField(
            self.tr("Output folder"), "new folder", self.tr("A new run of this project")
        )
        self.repeats = IntField()
        self.repeats.setRange(1, MOST_REPEATS)
        self.workers = IntField()
        self.workers.setRange(1, _WORKERS)
        self.leakage = QCheckBox(self.tr("Check for leakage first"))
        self.leakage.setChecked(True)
        self.leakage.setToolTip(
            self.tr("Look for images of each test set among the training images of each mix")
        )
        self.start_button = PrimaryButton(self.tr("Start"), self.start)
        self.save_button = Button(self.tr("Save plan as…"), self.save_plan)
        self.why_not = label("", "small", wrap=True)
        self.trouble = label("", "error", wrap=True)
        self.add(
            Field(self.tr("Begin with"), self.begin_with), self.file_field, self.data_field,
            self.about, self.missing, Field(self.tr("Seeds of each training"), self.repeats),
            Field(
                self.tr("Trainings at once"), self.workers,
                self.tr("More than one where the device has room; they share the cores."),
            ),
            Field(self.tr("Output folder"), self.out),
            self.leakage, row(self.start_button, self.save_button, None), self.why_not,
            self.trouble,
        )  # fmt: skip
        self.panel.body.addStretch(1)
        for field in (self.file, self.data):
            field.changed.connect(lambda _: self.read())
        self.out.changed.connect(lambda _: self._out_changed())
        self.repeats.valueChanged.connect(lambda _: self._repeats_changed())
        self._kind_changed()

    def set_project(self, project: "Project | None") -> None:
        """Start what comes in another project."""
        self._project = project
        self._show_state()

    def can_start(self) -> bool:
        """Whether there is a plan, and a project that may be written."""
        return self._why_not() == ""

    def start(self) -> None:
        """Begin the experiment in a process of its own."""
        from studio.workflows.experiment.run import start_in_project

        project, plan = self._project, self.plan
        if project is None or plan is None or not self.can_start():
            return
        params = ExperimentParams(
            workers=self.workers.value(), check_leakage=self.leakage.isChecked()
        )
        text = self.out.text()
        out = Path(text).expanduser().absolute() if text else None
        self._starting = True
        self.trouble.hide()
        self._show_state()
        task = Task(lambda _: start_in_project(project, plan, params, out))
        task.done.connect(lambda run_dir: self._begun(project, run_dir))
        task.failed.connect(lambda error: self._say_trouble(str(error)))
        task.ended.connect(self._ended)
        task.start()

    def save_plan(self) -> None:
        """Ask where the plan is to be written, so that it can be edited."""
        if self.plan is None:
            return
        found, _ = QFileDialog.getSaveFileName(self, self.tr("Save the plan"), "plan.toml")
        if found:
            self.write_plan_to(Path(found))

    def write_plan_to(self, path: Path) -> None:
        """Write the plan and go on with that file."""
        if self.plan is None:
            return
        try:
            path.unlink(missing_ok=True)  # the dialogue has asked
            write_plan(path, self.plan)
        except (OSError, ValueError) as error:
            self._say_trouble(str(error))
            return
        self.begin_with.set_value(_FILE)
        self.file.set_text(str(path))

    # Reading

    def read(self) -> None:
        """Read the plan that is named, off the Qt thread."""
        kind, text = str(self.begin_with.value()), self._path_field().text()
        self._asked += 1
        asked = self._asked
        self.plan = None
        self._show_facts((), "")
        if not text:
            self._show_state()
            self.planned.emit()
            return

        def work(_: object) -> tuple[ExperimentPlan, tuple[MissingSet, ...]]:
            from studio.workflows.experiment.data import load_plan

            path = Path(text).expanduser()
            if kind == _FILE:
                return load_plan(path), ()
            made = preset_plan(kind, path)
            return made.plan, made.missing

        task = Task(work)
        task.done.connect(lambda found: self._read(asked, *found))
        task.failed.connect(lambda error: self._not_read(asked, str(error)))
        task.start()
        self._show_state()

    def _read(self, asked: int, plan: ExperimentPlan, missing: tuple[MissingSet, ...]) -> None:
        if asked != self._asked:
            return
        self.plan = plan
        blocked = self.repeats.blockSignals(True)
        self.repeats.setValue(plan.repeats)
        self.repeats.blockSignals(blocked)
        self._show_facts(missing, trainings_sentence(plan))
        self._show_state()
        self.planned.emit()

    def _not_read(self, asked: int, sentence: str) -> None:
        if asked == self._asked:
            self._field().set_error(sentence)
            self._show_state()
            self.planned.emit()

    def _show_facts(self, missing: tuple[MissingSet, ...], sentence: str) -> None:
        self.file_field.set_error("")
        self.data_field.set_error("")
        self.trouble.hide()
        self.about.setText(sentence)
        self.about.setVisible(bool(sentence))
        self.missing.setText(missing_words(missing))
        self.missing.setVisible(bool(missing))

    def _repeats_changed(self) -> None:
        if self.plan is not None:
            self.plan = replace(self.plan, repeats=self.repeats.value())
            self.about.setText(trainings_sentence(self.plan))
            self.planned.emit()

    def _out_changed(self) -> None:
        self.trouble.hide()
        self._show_state()

    def _kind_changed(self) -> None:
        preset = self.begin_with.value() in PRESETS
        self.data_field.setVisible(preset)
        self.file_field.setVisible(not preset)
        self.read()

    def _path_field(self) -> PathField:
        return self.data if self.begin_with.value() in PRESETS else self.file

    def _field(self) -> Field:
        return self.data_field if self.begin_with.value() in PRESETS else self.file_field

    # Starting

    def _begun(self, project: "Project", run_dir: Path) -> None:
        if project is self._project:
            self.out.set_text("")
            self.started.emit(run_dir)

    def _ended(self) -> None:
        self._starting = False
        self._show_state()

    def _say_trouble(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.show()

    def _why_not(self) -> str:
        if self._starting:
            return self.tr("Starting…")
        if self._project is not None and self._context.read_only and not self.out.text():
            return self.tr("This project is read-only here: choose an output folder elsewhere.")
        if self.plan is None:
            return self.tr("Choose a plan first.")
        return "" if self._project is not None else self.tr("Open a project first.")

    def _show_state(self) -> None:
        sentence = self._why_not()
        self.start_button.setEnabled(not sentence)
        self.save_button.setEnabled(self.plan is not None)
        self.why_not.setText(sentence)
        self.why_not.setVisible(bool(sentence))
