"""Through the snapshots of a run: a slider, where one is, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.results.training_log import NetworkSnapshot
from studio.ui.generate.training.snapshot_words import copy_words, figure_words, kid_words
from studio.ui.generate.training.words import kimg_words
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, IconButton, Slider, column, label, row
from studio.ui.widgets.elided import ElidedLabel


class Scrubber(QWidget):
    """`moved(index)` when a person goes to another snapshot; `open_asked` for the one shown."""

    moved = Signal(int)
    open_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.snapshots: tuple[NetworkSnapshot, ...] = ()
        self.slider = Slider()
        self.slider.setAccessibleName(self.tr("Snapshot"))
        self.slider.setPageStep(5)
        self.slider.valueChanged.connect(self._went)
        self.older = IconButton(theme, "left", self.tr("Earlier snapshot"), lambda: self.step(-1))
        self.newer = IconButton(theme, "right", self.tr("Later snapshot"), lambda: self.step(1))
        self.words = label("", "strong")
        self.more = ElidedLabel(role="small")
        self.figures, self.copies = label("", "small", wrap=True), label("", "small", wrap=True)
        self.notes = label("", "small", wrap=True)  # a caveat that is cut is none
        self.copies.setToolTip(
            self.tr(
                "Synthetic pictures that are as near to a training picture as the nearest "
                "held-out ones are; chance alone gives about the second number."
            )
        )
        self._reals = False
        self.open = Button(self.tr("Open in Morph"), self.open_asked.emit)
        line = row(self.older, self.slider, self.newer, gap=GRID // 2)
        line.setStretch(1, 1)
        words = row(self.words, self.more, self.open)
        words.setStretch(1, 1)
        parts = (line, words, self.figures, self.copies, self.notes)
        self.setLayout(column(*parts, gap=GRID // 2))

    @property
    def index(self) -> int:
        return self.slider.value()

    @property
    def snapshot(self) -> NetworkSnapshot | None:
        """The snapshot that is shown."""
        return self.snapshots[self.index] if 0 <= self.index < len(self.snapshots) else None

    def show_snapshots(self, snapshots: tuple[NetworkSnapshot, ...], index: int) -> None:
        """Other snapshots, or more of them; `index` is shown."""
        self.snapshots = snapshots
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(snapshots) - 1, 0))
        self.slider.setValue(index)
        self.slider.blockSignals(blocked)
        self.setVisible(bool(snapshots))
        self._describe()

    def show_reals(self, on: bool) -> None:
        """Say that the pictures shown are the real ones, or the snapshot's again."""
        if on != self._reals:
            self._reals = on
            self._describe()

    def step(self, by: int) -> None:
        """Go to an earlier (-1) or later (1) one."""
        self.slider.setValue(self.index + by)

    def show_index(self, index: int) -> None:
        self.slider.setValue(index)

    def _went(self, index: int) -> None:
        self._describe()
        self.moved.emit(index)

    def _describe(self) -> None:
        snapshot = self.snapshot
        if snapshot is None:
            return
        at = self.tr("{0} kimg").format(kimg_words(snapshot.kimg))
        self.words.setText(self.tr("Before the first step") if snapshot.images == 0 else at)
        self.more.set_text(" · ".join(filter(None, [kid_words(snapshot), self.tr("synthetic")])))
        if self._reals:
            self.words.setText(self.tr("Real pictures of the training set"))
            self.more.set_text("")
        for line, text in (
            (self.figures, figure_words(snapshot)),
            (self.copies, copy_words(snapshot.metrics)),
            (self.notes, " ".join(snapshot.notes)),
        ):
            line.setText(text)
            line.setVisible(bool(text))
        self.slider.setAccessibleDescription(f"{self.words.text()}, {self.more.text()}")
        self.older.setEnabled(self.index > 0)
        self.newer.setEnabled(self.index < len(self.snapshots) - 1)
        self.open.setEnabled(bool(snapshot.network))
