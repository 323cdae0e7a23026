"""Pairs of a leakage check side by side; the verdict on a pair is saved at once."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.leakage.words import finding, role_word, title, verdict_words
from studio.ui.plots.image_sheet import picture_of
from studio.ui.reviewer import ReviewerField
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, ImageTile, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.words import plain_tip
from studio.wording import counted, progress
from studio.workflows.leakage import ComparedImage, ComparedPair, judge_pair

_SIDE = 400  # px of a picture
_LIST = 280


class PairsDialog(QDialog):
    """`judged` after a verdict has been kept. S and N say it, the arrow keys choose a pair."""

    judged = Signal()

    def __init__(
        self,
        parent: QWidget,
        context: StudioContext,
        project: Path,
        pairs: Sequence[ComparedPair],
        left_out: int = 0,
    ) -> None:
        super().__init__(parent)
        self._context, self._project = context, project
        self.pairs = list(pairs)
        self._keeping = False
        self.setWindowTitle(self.tr("Images that may be the same"))
        self.resize(_LIST + 2 * _SIDE + 6 * PADDING, _SIDE + 240)
        self._make(left_out)
        self._lay_out()
        self.finished.connect(self.deleteLater)
        self.list.setCurrentRow(0)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make(self, left_out: int) -> None:
        words = counted(len(self.pairs), self.tr("{0} pair"), self.tr("{0} pairs"))
        if left_out:
            words = self.tr("The first {0}").format(
                progress(len(self.pairs), len(self.pairs) + left_out, self.tr("pairs"))
            )
        self.count = label(words, "small")
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Pairs"))
        self.list.setMinimumWidth(_LIST)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setUniformItemSizes(True)
        # Where it could be scrolled sideways, Qt would not elide long names.
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for pair in self.pairs:
            item = QListWidgetItem(title(pair))
            item.setToolTip(plain_tip(f"{pair.second.file}\n{pair.first.file}"))
            self.list.addItem(item)
        for number in range(len(self.pairs)):
            self._mark(number)
        self.list.currentRowChanged.connect(self._show)
        self.tiles = [ImageTile(self._context.theme, side=_SIDE) for _ in range(2)]
        self.heads = [label("", "strong") for _ in range(2)]
        self.files = [ElidedLabel(role="small") for _ in range(2)]
        self.finding = label("", wrap=True)
        self.verdict = label("", "strong", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.reviewer = ReviewerField(self._context)
        self._context.reviewer_changed.connect(self._allow)
        self.same = Button(self.tr("Same picture or lesion (S)"), partial(self.judge, "same"))
        self.different = Button(self.tr("Not the same (N)"), partial(self.judge, "different"))
        self.close_button = Button(self.tr("Close"), self.accept)
        for button in (self.same, self.different, self.close_button, self.reviewer.button):
            button.setAutoDefault(False)
        for key, said in ((Qt.Key.Key_S, "same"), (Qt.Key.Key_N, "different")):
            shortcut = QShortcut(QKeySequence(key), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(partial(self.judge, said))

    def _lay_out(self) -> None:
        images = QGridLayout()
        images.setHorizontalSpacing(PADDING)
        images.setVerticalSpacing(GRID // 2)
        for column in range(2):
            self.tiles[column].setMinimumSize(QSize(200, 200))
            images.addWidget(self.heads[column], 0, column)
            images.addWidget(self.files[column], 1, column)
            images.addWidget(self.tiles[column], 2, column)
            images.setColumnStretch(column, 1)
        images.setRowStretch(2, 1)
        right = QVBoxLayout()
        right.setSpacing(GRID)
        right.addLayout(images, 1)
        for part in (self.finding, self.verdict, self.reviewer, self.problem):
            right.addWidget(part)
        right.addLayout(row(self.same, self.different, None, self.close_button))
        left = QVBoxLayout()
        left.setSpacing(GRID)
        left.addWidget(self.count)
        left.addWidget(self.list, 1)
        body = row()
        body.setSpacing(PADDING)
        body.addLayout(left)
        body.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(label(self.tr("Images that may be the same"), "heading"))
        words = self.tr(
            "What you say of a pair is kept with your name, and counts in every later check."
        )
        layout.addWidget(label(words, "small", wrap=True))
        layout.addLayout(body, 1)

    # Judging

    def pair(self) -> ComparedPair | None:
        """The pair that is shown."""
        number = self.list.currentRow()
        return self.pairs[number] if 0 <= number < len(self.pairs) else None

    def judge(self, said: str) -> None:
        """Keep a verdict on the pair that is shown and go to the next that has none."""
        pair, number = self.pair(), self.list.currentRow()
        if pair is None or self._keeping or not self.same.isEnabled():
            return
        self._keeping = True
        reviewer, project = self._context.reviewer, self._project
        task = Task(lambda _: judge_pair(pair, said, reviewer, project))
        # Bound methods, which Qt forgets when this window has been closed before they are called.
        self._number = number
        task.done.connect(self._kept)
        task.failed.connect(self._failed)
        task.start()

    def _kept(self, pair: ComparedPair) -> None:
        self._keeping = False
        self.problem.hide()
        self.pairs[self._number] = pair
        self._mark(self._number)
        self.judged.emit()
        self._show(self.list.currentRow())
        order = [*range(self._number + 1, len(self.pairs)), *range(self._number)]
        waiting = [n for n in order if self.pairs[n].can_be_judged and not self.pairs[n].verdict]
        if waiting:
            self.list.setCurrentRow(waiting[0])

    def _failed(self, error: Exception) -> None:
        self._keeping = False
        self.problem.setText(str(error) if isinstance(error, StudioError) else repr(error))
        self.problem.show()

    def _mark(self, number: int) -> None:
        """Show the verdict on a pair in the list."""
        pair = self.pairs[number]
        said = "" if pair.verdict is None else {"same": "= ", "different": "≠ "}[pair.verdict.said]
        self.list.item(number).setText(f"{said}{title(pair)}")

    def _allow(self, *_: Any) -> None:
        pair = self.pair()
        can = bool(pair and pair.can_be_judged and self._context.reviewer)
        self.same.setEnabled(can)
        self.different.setEnabled(can)

    # Showing

    def _show(self, number: int) -> None:
        pair = self.pair()
        if pair is None:
            return
        self.finding.setText(finding(pair))
        self.verdict.setText(verdict_words(pair))
        self.problem.hide()  # it was about the pair before
        self._allow()
        for place, image in enumerate((pair.second, pair.first)):
            self.heads[place].setText(role_word(image.role))
            self.files[place].set_text("/".join(Path(image.file).parts[-3:]), image.file)
            self.tiles[place].set_image(None)
            task = Task(partial(_load, image, number, place))
            task.done.connect(self._loaded)
            task.failed.connect(self._lost)
            task.start()

    def _loaded(self, found: tuple[int, int, QImage]) -> None:
        number, place, image = found
        if number == self.list.currentRow():
            self.tiles[place].set_image(image)

    def _lost(self, error: Exception) -> None:
        self.problem.setText(str(error) if isinstance(error, StudioError) else repr(error))
        self.problem.show()


def _load(image: ComparedImage, number: int, place: int, _: object) -> tuple[int, int, QImage]:
    """Both images at one size, so that a small copy can be compared with a large one."""
    found = picture_of(image, 2 * _SIDE)
    size = QSize(2 * _SIDE, 2 * _SIDE)
    shown = found.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    return number, place, shown
