"""The Datasets workspace: count what was reviewed, freeze it, export it, hand it to training."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QStackedWidget, QTabWidget, QWidget

from studio.project import KEPT
from studio.ui.actions import Action
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.datasets.counts_table import CountsTable
from studio.ui.datasets.export_form import ExportForm, Request
from studio.ui.datasets.summary import MANIFEST, DatasetSummary, ExportSummary, read_summary
from studio.ui.datasets.words import format_words
from studio.ui.focus import first_usable, give_focus
from studio.ui.jobs_model import WatchedJob
from studio.ui.project_page import ProjectPage
from studio.ui.review.words import progress_sentence
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import (
    Button,
    EmptyState,
    NextStep,
    ScrollPanel,
    Separator,
    TabBar,
    Table,
    column,
    fix_side,
    label,
    row,
)
from studio.ui.widgets.basics import demote
from studio.wording import count, counted, moment

if TYPE_CHECKING:
    from studio.project import Project


class DatasetsWorkspace(ProjectPage):
    """Left: an export to make. Right: boxes by state and label, exports and snapshots."""

    id, title, icon_name = "datasets", "Datasets", "datasets"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._run_dir: Path | None = None
        self.facts: DatasetSummary | None = None
        self.form = ExportForm(context)
        self.form.requested.connect(self.export)
        self.form.stopped.connect(self._stop)
        self._build()
        self._fresh = False  # the newest export has just been written
        self._export_wanted = False  # Review has handed over: Export has the focus once it can
        context.export_requested.connect(self.accept_handover)
        context.project_edited.connect(self.refresh)
        context.jobs.changed.connect(self._job_changed)
        context.jobs.ended.connect(self._job_ended)

    # Building

    def _build(self) -> None:
        self.side = ScrollPanel(padding=0)
        self.side.add(self.form)
        self.side.panel.body.addStretch(1)
        fix_side(self.side)
        self.setLayout(row(self.side, Separator(vertical=True), self._make_main(), gap=0))

    def _make_main(self) -> QWidget:
        self.counts = CountsTable()
        self.next_step = NextStep()
        self.progress = label("", "quiet", wrap=True)
        self.tabs = QTabWidget()
        self.tabs.setTabBar(TabBar())
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._make_exports(), self.tr("Exports"))
        self.tabs.addTab(self._make_snapshots(), self.tr("Snapshots"))
        full = QWidget()
        full.setLayout(
            column(
                column(
                    label(self.tr("Boxes by label and state"), "heading"),
                    self.progress,
                    self.counts,
                    margin=PADDING,
                ),
                self.tabs,
                self.next_step,
                gap=0,
            )
        )
        self.empty = EmptyState(
            self.tr("No boxes to make a data set of"),
            self.tr(
                "Here reviewed crop boxes become training folders, COCO, YOLO, VOC or CAN lists, "
                "each with a manifest that traces every figure to its pixels. Bring photographs "
                "in and have boxes proposed first."
            ),
            self.tr("Go to Collect"),
            lambda: self.context.go_to("collect"),
        )
        self.main = QStackedWidget()
        self.main.addWidget(self.empty)
        self.main.addWidget(full)
        return self.main

    def _make_exports(self) -> QWidget:
        self.exports = Table(
            self.tr("Exports"),
            [
                self.tr("Export"),
                self.tr("Format"),
                self.tr("Boxes"),
                self.tr("Size"),
                self.tr("Event"),
                self.tr("Made"),
            ],
        )
        self.exports.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.exports.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.exports.clicked.connect(lambda _: self._leave_handover())
        self.no_exports = label(self.tr("Nothing has been exported yet."), "quiet")
        self.folder_button = Button(self.tr("Open folder"), lambda: self._open(""))
        self.manifest_button = Button(self.tr("Open manifest"), lambda: self._open(MANIFEST))
        buttons = row(self.folder_button, self.manifest_button, None)
        return _page(self.no_exports, self.exports, buttons)

    def _make_snapshots(self) -> QWidget:
        self.snapshots = Table(
            self.tr("Snapshots"),
            [
                self.tr("Snapshot"),
                self.tr("Boxes"),
                self.tr("States"),
                self.tr("Event"),
                self.tr("Made"),
            ],
        )
        self.no_snapshots = label(
            self.tr("Nothing has been frozen yet. Every export freezes what it writes."), "quiet"
        )
        self.freeze_button = Button(self.tr("Freeze what is decided now"), self.freeze)
        return _page(self.no_snapshots, self.snapshots, row(self.freeze_button, None))

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        here = self.tr("Datasets")
        return [
            Action(
                "datasets.export", self.tr("Export"), self.form.request, here, "datasets",
                self.form.button.isEnabled,
            ),
            Action(
                "datasets.freeze", self.tr("Freeze what is decided now"), self.freeze, here,
                "datasets", self.freeze_button.isEnabled, bar=self.tr("Freeze"),
            ),
            Action(
                "datasets.train", self.tr("Train on this export"), self.train, here, "datasets",
                self.can_train,
            ),
        ]  # fmt: skip

    def hints(self) -> list[str]:
        return [
            "datasets.export",
            "datasets.freeze",
            "datasets.train",
            "go.train",
            "palette.open",
            "help.keys",
        ]

    def set_project(self, project: "Project | None") -> None:
        self._project, self._run_dir, self.facts = project, None, None
        self._fresh = self._export_wanted = False
        self.next_step.clear()
        self.form.set_busy(False)
        self.form.show_summary(project, None)
        self.main.setCurrentIndex(0)
        self.refresh()

    def home(self) -> QWidget | None:
        return first_usable(self.empty.button, self.next_step.button, self.exports, self.counts)

    def activate(self) -> None:
        self.refresh()
        self.focus_home()

    def deactivate(self) -> None:
        self._export_wanted = False

    def set_panels_visible(self, visible: bool) -> None:
        self.side.setVisible(visible)

    def close_workspace(self) -> None:
        self._project = None  # results that arrive later are dropped

    # Doing

    def export(self, request: Request) -> None:
        """Write an export in a process of its own."""
        project = self._project
        if project is None:
            return
        self._export_wanted = False
        self.form.job.show_progress(0, 0, self.tr("starting…"))
        self.form.set_busy(True)
        self._enable()

        def work(_control: Control) -> Path:
            from studio.workflows.export import start_export

            states = ",".join(request.states)
            return start_export(
                project, request.out, request.format, request.size, states, request.labels
            )

        task = Task(work)
        task.done.connect(lambda run_dir: self._started(run_dir, request.out.name))
        task.failed.connect(self._failed)
        task.start()

    def freeze(self) -> None:
        """Make a snapshot of what is accepted or adjusted now."""
        project = self._project
        if project is None:
            return

        def work(_control: Control) -> str:
            from studio.datasets.selection import freeze

            return freeze(project, KEPT, name=project.snapshots.unused_name("Snapshot")).name

        task = Task(work)
        task.done.connect(lambda name: self.context.toast(self.tr("{0} is frozen.").format(name)))
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.ended.connect(self.refresh)
        task.start()

    def accept_handover(self, _what: dict[str, object]) -> None:
        """Reviewed crops are to be exported: Export is what comes next."""
        self._export_wanted = True
        self._show_handover()

    def _show_handover(self) -> None:
        self._enable()
        if self._export_wanted and self.form.button.isEnabled():
            give_focus(self.form.button)

    def _leave_handover(self) -> None:
        self._export_wanted = False
        self._enable()

    def can_train(self) -> bool:
        """Whether the chosen export can be trained on."""
        chosen = self._chosen()
        return chosen is not None and chosen.format == "folder" and len(chosen.labels) >= 2

    def train(self) -> None:
        """Hand the chosen export to the Train workspace."""
        chosen = self._chosen()
        if chosen is not None and self.can_train():
            self.context.hand_to_train(
                train=chosen.folder, positive=chosen.positive, snapshot=chosen.snapshot
            )

    # What it shows

    def reading(self, project: "Project") -> Callable[[], DatasetSummary]:
        return lambda: read_summary(project)

    def show_read(self, facts: DatasetSummary) -> None:
        project = self._project
        assert project is not None
        self.facts = facts
        self.progress.setText(progress_sentence(facts.review))
        self.counts.show_summary(facts)
        self.form.show_summary(project, facts)
        self._show_exports(facts)
        self._show_snapshots(facts)
        if facts.live_run is not None and self._run_dir is None:
            self._started(facts.live_run)
        anything = bool(facts.counts or facts.exports or facts.snapshots)
        self.main.setCurrentIndex(1 if anything else 0)
        self._show_handover()
        waiting = QApplication.focusWidget() in (self.exports, self.counts, self)
        if self._fresh and self.isVisible() and waiting:
            self.focus_home()
        self._fresh = False

    def _show_exports(self, facts: DatasetSummary) -> None:
        words = format_words()
        self.exports.set_rows(
            [
                (
                    export.folder.name,
                    words.get(export.format, export.format),
                    export.boxes,
                    f"{export.size} px" if export.size else self.tr("original"),
                    export.event,
                    moment(export.created),
                )
                for export in facts.exports
            ]
        )
        self.exports.setVisible(bool(facts.exports))
        self.no_exports.setVisible(not facts.exports)
        for button in (self.folder_button, self.manifest_button):
            button.setVisible(bool(facts.exports))
        self.tabs.setTabText(0, self.tr("Exports ({0})").format(len(facts.exports)))
        if facts.exports and (self._fresh or not self.exports.selected_rows()):
            self.exports.choose(0)

    def _show_snapshots(self, facts: DatasetSummary) -> None:
        rows = []
        for snapshot, size in facts.snapshots:
            states = snapshot.query.get("states")
            text = ", ".join(states) if states else self.tr("all")
            rows.append((snapshot.name, size, text, snapshot.event_id, moment(snapshot.created)))
        self.snapshots.set_rows(rows)
        self.snapshots.setVisible(bool(rows))
        self.no_snapshots.setVisible(not rows)
        self.tabs.setTabText(1, self.tr("Snapshots ({0})").format(len(rows)))

    def _chosen(self) -> ExportSummary | None:
        index = self.exports.selected_index()
        return self.facts.exports[index] if self.facts is not None and index is not None else None

    def _enable(self) -> None:
        chosen = self._chosen()
        self.folder_button.setEnabled(chosen is not None)
        self.manifest_button.setEnabled(chosen is not None)
        self._show_next_step(chosen)
        decided = self.facts is not None and any(
            state in KEPT and n for (state, _), n in self.facts.counts.items()
        )
        self.freeze_button.setEnabled(decided and not self.context.read_only)
        self.hints_changed.emit()

    def _show_next_step(self, chosen: ExportSummary | None) -> None:
        trainable, step = self.can_train(), self.next_step
        exporting = self._run_dir is not None or not self.form.job.isHidden()
        if chosen is None or exporting or self._export_wanted:
            trainable = False
            step.clear()
        elif trainable:
            crops = counted(chosen.boxes, self.tr("{0} crop"), self.tr("{0} crops"))
            classes = self.tr("{0} classes").format(count(len(chosen.labels)))
            done = self.tr("{0}: {1} of {2}").format(chosen.folder.name, crops, classes)
            step.show_step(done, self.tr("Train on this export"), self.train)
        else:
            step.show_step(self.tr("Training needs class folders with at least two labels."))
        demote(self.form.button, trainable)

    def _open(self, name: str) -> None:
        chosen = self._chosen()
        if chosen is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(chosen.folder / name)))

    # The export that runs

    def _started(self, run_dir: Path, name: str = "") -> None:
        if self._project is None:
            return
        self._run_dir = run_dir
        self.form.set_busy(True)
        title = self.tr("Export to {0}").format(name) if name else self.tr("Export")
        self.context.jobs.watch(run_dir, title)

    def _failed(self, error: Exception) -> None:
        self.form.set_busy(False)
        self._enable()
        self.context.toast(str(error), "error")

    def _stop(self) -> None:
        if self._run_dir is not None:
            run_dir = self._run_dir
            self.form.job.button.setEnabled(False)
            Task(lambda _: self.context.jobs.stop(run_dir)).start()

    def _job_changed(self, job: WatchedJob) -> None:
        if job.run_dir == self._run_dir and job.status is not None:
            self.form.job.show_status(job.status)

    def _job_ended(self, job: WatchedJob) -> None:
        if job.run_dir == self._run_dir:
            self._run_dir, self._fresh = None, True
            self.form.set_busy(False)
            self.refresh()


def _page(none: QLabel, table: Table, buttons: QHBoxLayout) -> QWidget:
    none.setAlignment(Qt.AlignmentFlag.AlignTop)
    page = QWidget()
    page.setLayout(column(none, table, buttons, gap=GRID, margin=PADDING))
    return page
