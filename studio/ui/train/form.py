"""The form of a new run: data, model, leakage check, start."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio import wording
from studio.errors import StudioError
from studio.results.leakage import leaks
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.leakage.pairs import has_pairs, show_pairs
from studio.ui.train.counts_grid import CountsGrid
from studio.ui.train.request import (
    SplitCounts,
    TrainRequest,
    WorkStopped,
    check_leakage,
    count,
    overlap_sentences,
    prepared_bytes,
    project_sources,
    start,
    stoppable,
)
from studio.ui.train.settings_fields import SettingsFields
from studio.ui.train.sources_field import SourcesField
from studio.ui.widgets import (
    Button,
    Field,
    Notice,
    Panel,
    PrimaryButton,
    ScrollPanel,
    label,
    row,
)

if TYPE_CHECKING:
    from studio.project import Project
    from studio.workflows.training_data import DataSource

_MOST_PROBLEMS = 4
_WAIT_MS = 150  # after the last change, before folders are read


class TrainForm(QWidget):
    """The settings scroll; what starts the run, and why it cannot, stay in sight below.

    `started(run_dir)` when a run's process has been started.
    """

    started = Signal(object)
    changed = Signal()  # what is asked for, its counts, or whether it can be started

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self._context = context
        self._project: Project | None = None
        self._offered: list[DataSource] = []
        self._wanted_positive: str | None = None
        self._busy = ""
        self._task: Task | None = None
        self._counted: tuple[object, ...] | None = None
        self._leaking = False
        self.counts: SplitCounts | None = None
        self._make_data()
        self._make_check()
        self.settings = SettingsFields()
        self.settings.changed.connect(self.refresh)
        self.prepared = label("", "small")
        self.clear_button = Button(self.tr("Remove"), self.clear_prepared)
        self.clear_button.setAccessibleName(self.tr("Remove prepared images"))
        self.clear_button.setToolTip(
            self.tr("They are made again by the next check or training that needs them.")
        )
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("none: model, recipe, epochs and seed"))
        self.name_field = Field(self.tr("Name, for lists and legends"), self.name)
        self.start_button = PrimaryButton(self.tr("Start training"), self.start)
        self.stop_button = Button(self.tr("Stop"), self.stop)
        self.stop_button.hide()
        self.why_not = label("", "small", wrap=True)
        self.trouble = Notice("error")  # why the last start or check failed
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        self.area = ScrollPanel()
        self.area.add(
            self.train, self.val, self.tests, self.counts_grid, self.problems,
            row(self.check_button, None), self.leakage,
            self.looked_for, self.override, self.settings, self.name_field,
            row(self.prepared, None, self.clear_button),
        )  # fmt: skip
        self.area.panel.body.addStretch(1)
        self.foot = Panel()
        self.foot.add(
            self.progress,
            self.why_not,
            self.trouble,
            row(self.start_button, self.stop_button, None),
        )
        self.foot.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.area, 1)
        body.addWidget(self.foot)

    def _make_data(self) -> None:
        theme, offer = self._context.theme, self.offered
        self.train = SourcesField(
            theme, self.tr("Training"), self.tr("Drop folders with one folder a class."), offer
        )
        self.val = SourcesField(
            theme,
            self.tr("Validation"),
            self.tr("None: 20 % of the training pictures, split by photograph and stack."),
            offer,
            most=1,
        )
        self.tests = SourcesField(
            theme, self.tr("Tests"), self.tr("None. Measured once, after the last epoch."), offer
        )
        self.counts_grid = CountsGrid()
        self.problems = label("", "small", wrap=True)
        self.problems.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._count)
        for field in (self.train, self.val, self.tests):
            field.changed.connect(self._data_changed)

    def _make_check(self) -> None:
        self.check_button = Button(self.tr("Check for leakage"), self.check)
        self.leakage = Notice()
        self.looked_for = label("", "small", wrap=True)
        self.looked_for.hide()
        self._report: dict[str, Any] = {}
        self.override = QCheckBox(self.tr("Train all the same; the run records it"))
        self.override.hide()
        self.override.toggled.connect(lambda _: self.refresh())
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()

    # What is asked for

    def request(self) -> TrainRequest:
        """The run that the form describes now."""
        return TrainRequest(
            tuple(self.train.sources),
            self.val.sources[0] if self.val.sources else None,
            tuple(self.tests.sources),
            self.settings.values(),
            self.override.isChecked() and self._leaking,
            self.name.text().strip(),
        )

    def offered(self) -> list["DataSource"]:
        """Exports and snapshots of the project."""
        return self._offered

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self._offered = []
        self.refresh()
        self.read_offer()
        self._measure_prepared()

    def read_offer(self) -> None:
        """Look again for what the project has to offer."""
        project = self._project
        if project is None:
            return
        task = Task(lambda _: project_sources(project))
        task.done.connect(lambda found: self._show_offer(project, found))
        task.start()

    def accept_handover(self, what: dict[str, Any]) -> None:
        """Take over a data set from another workspace: `train` (a folder), `positive`."""
        folder = what.get("train")
        if isinstance(folder, Path):
            self.train.set_sources([folder])
        self._wanted_positive = what.get("positive")

    def _show_offer(self, project: "Project", found: list["DataSource"]) -> None:
        if project is self._project:
            self._offered = found

    # Counting

    def _data_changed(self) -> None:
        self._leaking = False
        self.override.setChecked(False)
        self.override.hide()
        self._report = {}
        for notice in (self.leakage, self.trouble):
            notice.clear()
        self.looked_for.hide()
        self._timer.start()
        self.refresh()

    def _count(self) -> None:
        request = self.request()
        if not (request.train or request.val or request.tests):
            self._show_counts(request, None)
            return
        words = (self.tr("Train"), self.tr("Validation"))
        task = Task(lambda _: count(request, words))
        task.done.connect(lambda counts: self._show_counts(request, counts))
        task.failed.connect(self._failed)
        task.start()

    def _show_counts(self, request: TrainRequest, counts: SplitCounts | None) -> None:
        if request.data != self.request().data:
            return
        self.counts, self._counted = counts, request.data
        self.counts_grid.show_counts(counts)
        self.settings.set_classes(counts.classes if counts else [], self._wanted_positive)
        problems = counts.problems if counts else ()
        shown = list(problems[:_MOST_PROBLEMS])
        if len(problems) > _MOST_PROBLEMS:
            shown.append(
                self.tr("And {0} more.").format(wording.count(len(problems) - _MOST_PROBLEMS))
            )
        self.problems.setText("\n".join(shown))
        self.problems.setVisible(bool(shown))
        self.refresh()

    # Leakage and start

    def check(self) -> None:
        """Compare training with validation and test pictures, by path, bytes and likeness."""
        request = self.request()
        if self._busy or not request.train:
            return
        path = None if self._project is None else self._project.path
        self._work(
            self.tr("Looking for leakage…"),
            lambda control: check_leakage(request, stoppable(control), path),
            lambda report: self._show_leakage(request, report),
        )

    def show_pairs(self) -> None:
        """Show the pairs that the check found; it is made again once somebody has judged any."""
        if self._project is not None and has_pairs(self._report):
            path = self._project.path
            show_pairs(self, self._context, path, self._report, judged=self.check)

    def has_pairs(self) -> bool:
        """Whether the last check found any pair."""
        return has_pairs(self._report)

    def start(self) -> None:
        """Start the run in its own process."""
        project, request = self._project, self.request()
        if project is None or not self.can_start():
            return
        self._work(
            self.tr("Looking for leakage, then starting…"),
            lambda control: start(project, request, stoppable(control)),
            self._started,
        )

    def can_start(self) -> bool:
        """Whether everything that a run needs is there."""
        return not self._busy and not self.reason()

    def reason(self) -> str:
        """Why a run cannot start yet, in a sentence, or ""."""
        if self._context.read_only:
            return self.tr("This project is read-only here, so no run can be started in it.")
        if not self.train.sources:
            return self.tr("Add a training folder first.")
        counts = self.counts
        if counts is None or not self.counted():
            return self.tr("Counting the pictures…")
        if len(counts.splits[0][1]) < 2:
            return self.tr("Training needs pictures of two classes or more.")
        if self._leaking and not self.override.isChecked():
            return self.tr("Test pictures are among the training pictures.")
        return self.settings.problem()

    def counted(self) -> bool:
        """Whether `counts` are of what is asked for now."""
        return self.counts is not None and self._counted == self.request().data

    def why_not_now(self) -> str:
        """What it does now, or why a run cannot start yet; "" where it can."""
        return self._busy or self.reason()

    def refresh(self) -> None:
        """Enable what can be done and say why the rest cannot."""
        reason = self.reason()
        self.start_button.setEnabled(self.can_start())
        self.check_button.setEnabled(not self._busy and bool(self.train.sources))
        self.why_not.setText(self._busy or reason)
        self.why_not.setVisible(bool(self._busy or reason))
        self.progress.setVisible(bool(self._busy))
        self.stop_button.setVisible(bool(self._busy))
        self.changed.emit()

    def _work(self, words: str, work: Any, done: Any) -> None:
        self._busy = words
        self.progress.setRange(0, 0)
        task = Task(work)
        task.progress.connect(self._progressed)
        task.ended.connect(self._ended)
        task.done.connect(done)
        task.failed.connect(self._failed)
        self._task = task.start()
        self.refresh()

    def stop(self) -> None:
        """Leave the check for leakage, or what is done before a run starts."""
        if self._task is not None:
            self._task.stop()

    def clear_prepared(self) -> None:
        """Remove the prepared images of the project."""
        self._measure_prepared(clear=True)

    def _measure_prepared(self, *, clear: bool = False) -> None:
        project = self._project
        if project is None:
            self.show_prepared(0)
            return
        path = project.path
        task = Task(lambda _: prepared_bytes(path, clear=clear))
        task.done.connect(lambda size: self.show_prepared(size) if project is self._project else 0)
        task.start()

    def show_prepared(self, size: int) -> None:
        """Say how many bytes the prepared images of the project take."""
        said = self.tr("Prepared images: {0}").format(wording.megabytes(size))
        self.prepared.setText(said)
        self.clear_button.setEnabled(size > 0 and not self._context.read_only)

    def _progressed(self, done: int, total: int, message: str) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def _ended(self) -> None:
        self._busy, self._task = "", None
        self.refresh()
        self._measure_prepared()

    def _started(self, run_dir: Path) -> None:
        self.started.emit(run_dir)

    def _failed(self, error: Exception) -> None:
        report = getattr(error, "report", None)
        if isinstance(error, WorkStopped):
            return
        if isinstance(report, dict):
            self._show_leakage(self.request(), report)
        else:
            sentence = str(error) if isinstance(error, StudioError) else repr(error)
            self.trouble.show_text(sentence)

    def _show_leakage(self, request: TrainRequest, report: dict[str, Any]) -> None:
        if request.data != self.request().data:
            return
        self._leaking = leaks(report)
        self._report = report
        overlaps = overlap_sentences(report)
        found = str(report.get("finding") or report.get("sentence", ""))
        self.leakage.show_text(
            "\n".join([found, *overlaps]),
            self.tr("Show the pairs…") if has_pairs(report) else "",
            self.show_pairs,
            kind="error" if self._leaking else "warning" if overlaps else "info",
        )
        self.looked_for.setText(str(report.get("looked_for", "")))
        self.looked_for.setVisible(bool(self.looked_for.text()))
        self.override.setVisible(self._leaking)
        self.refresh()
