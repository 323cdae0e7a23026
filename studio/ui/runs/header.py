"""What a run is and how far it is: title, state, progress, stop and resume."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio.results import RESUMABLE_STATES, RUNNING_STATES
from studio.results.run_identity import run_label
from studio.results.run_reader import RunState
from studio.ui.runs.words import state_word
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import number


class RunHeader(QWidget):
    """Signals for what its buttons ask. A subclass adds the figures of its kind of run."""

    stop_requested = Signal()
    resume_requested = Signal()
    log_requested = Signal()

    def __init__(self, facts: QLabel, warnings: QWidget, about: QWidget | None = None) -> None:
        """`about` stands in the place of the facts where it holds them."""
        super().__init__()
        self.title = ElidedLabel(role="heading", middle=True)
        self._about = about or facts
        self.state = label("", "badge")
        self.state.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.facts, self.warnings = facts, warnings
        self.now = label()
        self.stop = Button(self.tr("Stop"), self.stop_requested.emit)
        self.resume = Button(self.tr("Resume"), self.resume_requested.emit)
        self.log = Button(self.tr("Log"), self.log_requested.emit)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the run"))
        self.trouble = label("", "error", wrap=True)

    def lay_out(
        self, before: Sequence[QWidget], actions: Sequence[QWidget], figures: QHBoxLayout
    ) -> None:
        """Place the parts: widgets before the title, buttons after the state, and the figures."""
        head = row(*before, self.title, self.state, *actions, self.log, self.resume, self.stop)
        head.setStretch(len(before), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self._about)
        layout.addWidget(self.trouble)
        layout.addLayout(figures)
        bar = row(self.bar, self.now, gap=PADDING)
        bar.setStretch(0, 1)
        layout.addLayout(bar)
        layout.addWidget(self.warnings)

    def show_state(self, run: RunState) -> None:
        """Show the title, the state, what went wrong, and the buttons that the state allows."""
        state = run.status.state
        self.title.set_text(run_label(run), f"{run.title}\n{run.run_dir}")
        self.state.setText(state_word(self, state))
        self.stop.setVisible(state in RUNNING_STATES)
        self.stop.setEnabled(state in ("queued", "running"))
        self.resume.setVisible(state in RESUMABLE_STATES)
        self.trouble.setText(run.status.error or "")
        self.trouble.setVisible(bool(run.status.error))
        self.bar.setVisible(state in RUNNING_STATES)

    def now_words(self, run: RunState, message: str) -> None:
        """Show beside the bar what a running run does now."""
        stopping = run.status.state == "stopping"
        self.now.setText(self.tr("Stopping where it can go on…") if stopping else message)
        self.now.setVisible(run.status.state in RUNNING_STATES and bool(self.now.text()))


def pace_words(images_per_s: float | None) -> str:
    """Images a second, with two digits."""
    if images_per_s is None:
        return "–"
    return number(images_per_s, 0 if images_per_s >= 10 else 1)
