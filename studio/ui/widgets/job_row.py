"""One long job: what it does, how far, how long, and a stop that works at once."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets.basics import IconButton, label
from studio.ui.words import plain_tip
from studio.wording import duration, progress

if TYPE_CHECKING:
    from studio.jobs import JobStatus


TITLE = 220  # px at most


class JobRow(QWidget):
    """Title, bar, time left and a stop button; `stopped` when it is pressed."""

    stopped = Signal()

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.title = label()
        self.title.setMaximumWidth(TITLE)
        self.set_title(title)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(120)
        self.bar.setRange(0, 0)
        self.note = label("", "small")
        self.button = IconButton(
            theme, "stop", self.tr("Stop: {0}").format(title), self.stopped.emit, size=16
        )
        self.bar.setAccessibleName(title)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for part in (self.title, self.bar, self.note, self.button):
            layout.addWidget(part)

    def set_title(self, title: str) -> None:
        """What the job is called: cut with an ellipsis, whole in the tool tip."""
        self.title.ensurePolished()
        cut = self.title.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, TITLE)
        self.title.setText(cut)
        self.title.setToolTip(plain_tip(title if cut != title else ""))

    def show_progress(self, done: int, total: int, note: str = "") -> None:
        """Show the progress; `total` is 0 while it is unknown."""
        self.bar.setRange(0, total)
        self.bar.setValue(min(done, total))
        self.note.setText(note)

    def show_status(self, status: "JobStatus") -> None:
        """What a job's run folder says."""
        state = str(status.state)
        self.button.setEnabled(state in {"queued", "running"})
        done, total = status.done or 0, status.total or 0
        counted = progress(done, total, unit_of(status)) if total else ""
        left = ""
        if state == "stopping":
            left = self.tr("stopping…")
        elif state == "running" and status.eta_s is not None:
            left = self.tr("{0} left").format(duration(status.eta_s))
        self.show_progress(done, total, " · ".join(filter(None, (counted, left))))
        self.setToolTip(plain_tip(status.message or ""))


def unit_of(status: "JobStatus") -> str:
    """What the progress of a job counts: "images"; "" where its kind counts different things in
    turn and does not say which."""
    tr = partial(QCoreApplication.translate, "JobRow")
    units = {
        "propose": tr("images"),
        "export": tr("images"),
        "train": tr("steps"),
        "gan-train": tr("images"),
        "morph": tr("pictures"),
        "build-set": tr("pictures"),
        "study": tr("pictures"),
    }
    if status.kind == "train" and not status.message.startswith("epoch"):
        return ""  # it prepares pictures or looks for the threshold
    return units.get(status.kind, "")
