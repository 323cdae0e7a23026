"""The sets of the project, and of the chosen one its counts and its pictures."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabWidget, QWidget

from studio.errors import StudioError
from studio.generate.builder.tally import SetCounts
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.plots.image_sheet import ImageSheet
from studio.ui.runs.words import local_time, state_word
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Choice, TabBar, Table, column, label, row
from studio.ui.widgets.field import PathEdit
from studio.ui.words import plain_tip
from studio.wording import number
from studio.workflows.generate.built_sets import (
    BuiltSet,
    SetDetail,
    SetPicture,
    read_detail,
)

_HEADER, _ROW, _ROWS = 38, 28, 4  # px of the table's header and rows, rows shown at most
_AGAIN_S = 4.0  # between two looks at the pictures of a set that grows


class SetResultView(QWidget):
    """`looked_at` when another set is chosen; what is asked for it is the page's to do."""

    looked_at = Signal()
    train_asked = Signal(object)
    resume_asked = Signal(object)
    log_asked = Signal(object)

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self.context = context
        self.sets: list[BuiltSet] = []
        self._detail_of: tuple[Path, bool] | None = None  # the folder, and whether it was whole
        self._read_at = 0.0
        self._reading = False
        self._pictures: Sequence[SetPicture] = ()
        self._make_table()
        self._make_detail()
        self.none = label(
            self.tr(
                "No set has been built in this project yet. A set has one folder for each class, "
                "with a manifest of every seed, and can be trained on as it is."
            ),
            "quiet",
            wrap=True,
        )
        self.none.setAlignment(Qt.AlignmentFlag.AlignTop)
        full = QWidget()
        self.short = label("", "error", wrap=True)
        full.setLayout(column(self.table, self._bar, self.short, self.tabs))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.none)
        self.stack.addWidget(full)
        layout = column(label(self.tr("Sets of this project"), "heading"), self.stack)
        layout.setContentsMargins(PADDING, GRID, PADDING, PADDING)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _make_table(self) -> None:
        self.table = Table(
            self.tr("Sets of this project"),
            [
                self.tr("Set"),
                self.tr("State"),
                self.tr("Pictures"),
                self.tr("Left out"),
                self.tr("Begun"),
            ],
        )
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_chosen())
        self.train = Button(self.tr("Train on it"), self.ask_train)
        self.resume = Button(self.tr("Go on"), self.ask_resume)
        self.folder = Button(self.tr("Open folder"), self.open_folder)
        self.log = Button(self.tr("Log"), self.ask_log)
        self.path = PathEdit()  # gives way where a label would push, and is still copied from
        self.path.setReadOnly(True)
        self.path.setAccessibleName(self.tr("Folder of the set"))
        self.path.textChanged.connect(lambda text: self.path.setToolTip(plain_tip(text)))
        self._bar = row(self.train, self.resume, self.folder, self.log, GRID, None)
        self._bar.insertWidget(self._bar.count() - 1, self.path, 100)

    def _make_detail(self) -> None:
        self.counts = Table(
            self.tr("Pictures by class"),
            [
                self.tr("Class"),
                self.tr("Asked"),
                self.tr("Seeds tried"),
                self.tr("Kept"),
                self.tr("Classifier disagreed"),
                self.tr("Near a training picture"),
            ],
        )
        self.notes = label("", "quiet", wrap=True)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        page = QWidget()
        page.setLayout(column(self.counts, GRID, self.notes, None, margin=GRID))
        self.sheet = ImageSheet(self.context.theme, self.tr("Contact sheet"), _caption)
        self.sheet.opened.connect(lambda one: _open(Path(one.file)))
        self.sheet_words = label("", "small", wrap=True)
        self.class_ = Choice()
        self.class_.setAccessibleName(self.tr("Class on the contact sheet"))
        self.class_.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.class_.setMinimumContentsLength(24)
        self.class_.chosen.connect(lambda _: self._show_sheet())
        above = row(self.class_, GRID, self.sheet_words)
        above.setStretch(2, 1)
        sheet_page = QWidget()
        sheet_page.setLayout(column(above, self.sheet, margin=GRID))
        self.tabs = QTabWidget()
        self.tabs.setTabBar(TabBar())
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(sheet_page, self.tr("Contact sheet"))
        self.tabs.addTab(page, self.tr("Counts and notes"))

    # What it shows

    def show_sets(self, sets: Sequence[BuiltSet]) -> None:
        """Show other sets, the chosen one still chosen."""
        before = self.chosen
        self.sets = list(sets)
        self.table.setFixedHeight(_HEADER + _ROW * max(2, min(_ROWS, len(self.sets))))
        self.stack.setCurrentIndex(1 if self.sets else 0)
        self._fill(before.run_dir if before is not None else None)
        self._show_chosen()

    def set_building(self, building: bool) -> None:
        """While a set is built, none can go on beside it."""
        self.resume.setEnabled(not building)
        self.resume.setToolTip(self.tr("A set is being built.") if building else "")

    def choose(self, run_dir: Path) -> None:
        """Look at the set of a run."""
        for index, one in enumerate(self.sets):
            if one.run_dir == run_dir:
                self.table.choose(index)

    def show_counts(self, run_dir: Path, counts: dict[str, SetCounts]) -> None:
        """Counts of a set that is being built."""
        one = self.chosen
        if one is None or one.run_dir != run_dir:
            return
        self.sets[self.sets.index(one)] = replace(one, counts=counts)
        self._fill(run_dir)
        self._show_counts(counts)
        looked_through = self.sheet.verticalScrollBar().value() > 0
        if not looked_through and time.monotonic() - self._read_at > _AGAIN_S:
            self._detail_of = None
            self._show_pictures(one)

    @property
    def chosen(self) -> BuiltSet | None:
        """The set that is looked at."""
        index = self.table.selected_index()
        return self.sets[index] if index is not None and index < len(self.sets) else None

    @property
    def busy(self) -> bool:
        return self._reading or (self.tabs.currentIndex() == 0 and self.sheet.waiting())

    def close_view(self) -> None:
        self.sheet.close_loader()

    def _fill(self, chosen: Path | None) -> None:
        """The table anew, with the set of a run chosen, else the first; nothing else hears it."""
        places = [i for i, one in enumerate(self.sets) if one.run_dir == chosen]
        with QSignalBlocker(self.table.selectionModel()):
            self.table.set_rows([self._row(one) for one in self.sets])
            if self.sets:
                self.table.choose(places[0] if places else 0)

    def _row(self, one: BuiltSet) -> tuple[object, ...]:
        state = state_word(self, one.state)
        return one.name, state, one.kept, one.rejected, local_time(one.started)

    def _show_chosen(self) -> None:
        one = self.chosen
        self.train.setEnabled(one is not None and one.trainable)
        self.train.setToolTip(
            ""
            if self.train.isEnabled()
            else self.tr("Training needs a whole set with two classes.")
        )
        self.resume.setVisible(one is not None and one.resumable)
        self.folder.setEnabled(one is not None and one.whole)
        self.path.setText(str(one.out) if one is not None and one.whole else "")
        self.path.setVisible(bool(self.path.text()))
        self.path.setCursorPosition(0)
        told = (
            [*([one.error] if one.state in ("failed", "unreadable") else []), *one.shortfalls]
            if one
            else []
        )
        self.short.setText("\n".join(told))
        self.short.setVisible(bool(self.short.text()))
        self._show_counts(one.counts if one is not None else {})
        self._show_pictures(one)
        self.looked_at.emit()

    def _show_counts(self, counts: dict[str, SetCounts]) -> None:
        self.counts.setFixedHeight(_HEADER + _ROW * max(2, min(2 * _ROWS, len(counts))))
        self.counts.set_rows(
            [
                (
                    name,
                    one.asked,
                    one.tried,
                    one.kept,
                    one.rejected.get("agreement", 0),
                    one.rejected.get("memorised", 0),
                )
                for name, one in counts.items()
            ]
        )

    def _show_pictures(self, one: BuiltSet | None) -> None:
        if one is None:
            self._detail_of = None
            self._show_detail(None, SetDetail((), ()))
            return
        if self._detail_of == (one.out, one.whole):
            return
        self._detail_of, self._reading = (one.out, one.whole), True
        self._read_at = time.monotonic()
        task = Task(lambda _: read_detail(one))
        task.done.connect(lambda detail: self._show_detail(one, detail))
        task.failed.connect(lambda error: self._unread(one, error))
        task.start()

    def _show_detail(self, one: BuiltSet | None, detail: SetDetail) -> None:
        if one is not None and self._detail_of not in ((one.out, True), (one.out, False)):
            return
        self._reading = False
        self._pictures = detail.pictures
        labels = list(dict.fromkeys(picture.label for picture in detail.pictures))
        self.class_.set_options([(None, self.tr("all classes")), *((n, n) for n in labels)])
        self.class_.setVisible(len(labels) > 1)
        self._show_sheet()
        self.notes.setText("\n\n".join(detail.notes))
        scored = any(picture.score is not None for picture in detail.pictures)
        words = self.tr("Synthetic pictures, with their seeds. Research use, not a diagnosis.")
        with_scores = self.tr(
            "Synthetic pictures, with their seeds and the classifier's probability of their label. "
            "Model output, not a diagnosis."
        )
        unready = self.tr("No picture yet.")
        self.sheet_words.setText(
            unready if not detail.pictures else with_scores if scored else words
        )

    def _show_sheet(self) -> None:
        wanted = self.class_.value()
        self.sheet.show_images(
            [one for one in self._pictures if wanted is None or one.label == wanted]
        )

    def _unread(self, one: BuiltSet, error: Exception) -> None:
        if self._detail_of is not None and self._detail_of[0] == one.out:
            self._reading = False
            self.notes.setText(str(error))
            if not isinstance(error, StudioError):
                raise error

    # Doing

    def ask_train(self) -> None:
        """Hand the chosen set to training."""
        if self.chosen is not None and self.train.isEnabled():
            self.train_asked.emit(self.chosen)

    def can_resume(self) -> bool:
        """Whether the chosen set can go on now."""
        return self.resume.isVisibleTo(self) and self.resume.isEnabled()

    def ask_resume(self) -> None:
        """Go on with the chosen set."""
        if self.chosen is not None and self.can_resume():
            self.resume_asked.emit(self.chosen)

    def ask_log(self) -> None:
        """Show what the chosen set's process wrote."""
        if self.chosen is not None:
            self.log_asked.emit(self.chosen)

    def open_folder(self) -> None:
        """Show the chosen set in the file manager."""
        if self.chosen is not None and self.folder.isEnabled():
            _open(self.chosen.out)


def _caption(picture: object) -> str:
    seed, score = getattr(picture, "seed", ""), getattr(picture, "score", None)
    return f"{seed}" if score is None else f"{seed} · {number(score, 2)}"


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
