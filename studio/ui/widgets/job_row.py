"""One long job: what it does, how far, how long, and a stop that works at once."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets.basics import IconButton, label
from studio.ui.words import plain_tip
from studio.wording import duration

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
        counted = f"{status.done:,} / {status.total:,}" if status.total else ""
        left = ""
        if state == "stopping":
            left = self.tr("stopping…")
        elif state == "running" and status.eta_s is not None:
            left = self.tr("{0} left").format(duration(status.eta_s))
        self.show_progress(
            status.done or 0, status.total or 0, " · ".join(filter(None, (counted, left)))
        )
        self.setToolTip(plain_tip(status.message or ""))
