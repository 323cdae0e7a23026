"""The Collect workspace: bring photographs in, see what arrived, and have crop boxes proposed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from studio.ui.actions import Action
from studio.ui.collect.bring_in import BringIn
from studio.ui.collect.facts import CollectSummary, read_facts
from studio.ui.collect.pictures import PicturesView
from studio.ui.collect.propose_panel import ProposePanel
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable
from studio.ui.project_page import ProjectPage
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import (
    Button,
    EmptyState,
    Figure,
    ScrollPanel,
    Separator,
    TabBar,
    Table,
    column,
    fix_side,
    label,
    row,
)
from studio.wording import count, reason_word

if TYPE_CHECKING:
    from studio.project import Project


class CollectWorkspace(ProjectPage):
    """Left: what to bring in. Right: what is in the project and what stayed out."""

    id, title, icon_name = "collect", "Collect", "collect"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.facts: CollectSummary | None = None
        self.setAcceptDrops(True)
        self.bring_in = BringIn(context)
        self.propose = ProposePanel(context)
        self._build()
        context.project_edited.connect(self.refresh)

    def _build(self) -> None:
        self.side = ScrollPanel(padding=0)
        self.side.add(self.bring_in, self.propose)
        self.side.panel.body.addStretch(1)
        fix_side(self.side)
        self.setLayout(row(self.side, Separator(vertical=True), self._make_main(), gap=0))

    def _make_main(self) -> QWidget:
        self.figures = {
            "images": Figure(self.tr("pictures")),
            "decided": Figure(self.tr("decided")),
            "boxes": Figure(self.tr("strong boxes")),
            "weak": Figure(self.tr("weak, hidden")),
            "waiting": Figure(self.tr("waiting URLs")),
            "needs_box": Figure(self.tr("rows without a box")),
            "left_out": Figure(self.tr("left out")),
        }
        self._make_tabs()
        self.empty = self._make_empty()
        figures = row(*self.figures.values(), None, gap=PADDING * 2, margin=PADDING)
        full = QWidget()
        layout = QVBoxLayout(full)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(figures)
        layout.addWidget(self.tabs, 1)
        self.main = QStackedWidget()
        self.main.addWidget(self.empty)
        self.main.addWidget(full)
        return self.main

    def _make_tabs(self) -> None:
        self.pictures = PicturesView(self.context.theme, self.tr("Pictures"))
        self.lists = Table(
            self.tr("Lists"),
            [
                self.tr("List"),
                self.tr("Rows"),
                self.tr("URLs"),
                self.tr("Without a box"),
                self.tr("Under two labels"),
            ],
        )
        self.left_out = Table(
            self.tr("Left out"),
            [self.tr("File or list"), self.tr("Row"), self.tr("Reason"), self.tr("What happened")],
            stretch=3,
        )
        self.tabs = QTabWidget()
        self.tabs.setTabBar(TabBar())
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.pictures, self.tr("Pictures"))
        self.tabs.addTab(_padded(self.lists), self.tr("Lists"))
        self.tabs.addTab(self._make_left_out(), self.tr("Left out"))

    def _make_empty(self) -> EmptyState:
        empty = EmptyState(
            self.tr("Bring photographs in"),
            self.tr(
                "Drop a folder or a zip of photographs anywhere here, or a data set with its "
                "boxes: CAN, COCO, YOLO, Pascal VOC, labelme, CVAT, Label Studio, masks. "
                "Everything that cannot be read is named with its reason; the rest goes in."
            ),
            self.tr("Add folder"),
            self.bring_in.choose_folder,
        )
        empty.add_button(self.tr("Add files or a list"), self.bring_in.choose_files)
        return empty

    def _make_left_out(self) -> QWidget:
        self.none_left_out = label(self.tr("Nothing stayed out."), "quiet")
        self.none_left_out.setAlignment(Qt.AlignmentFlag.AlignTop)
        copy = Button(self.tr("Copy as text"), lambda: self.left_out.copy(everything=True))
        holder = QWidget()
        holder.setLayout(
            column(self.none_left_out, self.left_out, row(None, copy), gap=GRID, margin=PADDING)
        )
        self.copy_left_out = copy
        return holder

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        here = self.tr("Collect")
        writable = lambda: not self.context.read_only  # noqa: E731  # one condition, three actions
        return [
            Action(
                "collect.add_folder", self.tr("Add folder"), self.bring_in.choose_folder, here,
                "collect", writable,
            ),
            Action(
                "collect.add_files", self.tr("Add files or a list"), self.bring_in.choose_files,
                here, "collect", writable, bar=self.tr("Add files"),
            ),
            Action(
                "collect.propose", self.tr("Propose crop boxes"), self.propose.start, here,
                "collect", self.propose.can_start,
            ),
            Action(
                "collect.stop", self.tr("Stop the import"), self.bring_in.stop, here,
                "collect", lambda: self.bring_in.task is not None,
            ),
        ]  # fmt: skip

    def hints(self) -> list[str]:
        return [
            "collect.add_folder",
            "collect.add_files",
            "collect.propose",
            "go.review",
            "palette.open",
            "help.keys",
        ]

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        self.facts = None
        self.pictures.set_project(None)
        self.bring_in.set_project(project)
        self.propose.show_facts(None, None)
        self.main.setCurrentIndex(0)
        self.refresh()

    def home(self) -> QWidget | None:
        return first_usable(self.empty.button, self.pictures)

    def activate(self) -> None:
        self.refresh()
        self.focus_home()

    def set_panels_visible(self, visible: bool) -> None:
        self.side.setVisible(visible)

    def close_workspace(self) -> None:
        self._project = None  # what is still being read finds nobody
        self.bring_in.set_project(None)
        self.pictures.close_loader()

    # What it shows

    def reading(self, project: "Project") -> Callable[[], CollectSummary]:
        return lambda: read_facts(project)

    @property
    def busy(self) -> bool:
        """Whether something shown is still to come."""
        return super().busy or self.bring_in.task is not None or self.pictures.waiting()

    def show_read(self, facts: CollectSummary) -> None:
        project = self._project
        assert project is not None
        known = self.facts.image_ids if self.facts else None
        self.facts, status = facts, facts.status
        for name in ("images", "waiting", "needs_box"):
            self.figures[name].set_value(status[name])
        self.figures["decided"].set_value(facts.counts.images_done)
        self.figures["boxes"].set_value(facts.counts.strong)
        self.figures["weak"].set_value(facts.counts.weak)
        self.figures["left_out"].set_value(sum(status["failed"].values()))
        for name, shown in (("weak", facts.counts.weak), ("waiting", status["waiting"])):
            self.figures[name].setVisible(bool(shown))
        if facts.image_ids != known:
            self.pictures.set_project(project, facts.image_ids)
        self._show_tables(facts)
        self.propose.show_facts(project, facts)
        anything = status["images"] or status["lists"] or facts.left_out
        self.main.setCurrentIndex(1 if anything else 0)
        self.hints_changed.emit()

    def _show_tables(self, facts: CollectSummary) -> None:
        lists = [
            (
                Path(item["name"]).name,
                item["rows"],
                item["urls"],
                item["needs_box"],
                item["conflicts"],
            )
            for item in facts.status["lists"]
        ]
        self.lists.set_rows(lists)
        self.left_out.set_rows(
            [(f.file, f.row, reason_word(f.reason), f.sentence) for f in facts.left_out]
        )
        self.left_out.setVisible(bool(facts.left_out))
        self.copy_left_out.setVisible(bool(facts.left_out))
        self.none_left_out.setVisible(not facts.left_out)
        self.tabs.setTabText(1, self.tr("Lists ({0})").format(len(lists)))
        doubtful = sum(one.doubtful for one in facts.left_out)
        out = self.tr("Left out ({0})").format(count(len(facts.left_out) - doubtful))
        doubt = self.tr("in doubt ({0})").format(count(doubtful))
        self.tabs.setTabText(2, f"{out}, {doubt}" if doubtful else out)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and not self.context.read_only:
            event.acceptProposedAction()
            self.bring_in.zone.set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.bring_in.zone.set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.bring_in.zone.set_over(False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.bring_in.import_paths(paths)
        else:
            self.context.toast(
                self.tr("Only files and folders of this machine can be dropped here."), "error"
            )


def _padded(widget: QWidget) -> QWidget:
    holder = QWidget()
    holder.setLayout(column(widget, margin=PADDING))
    return holder
