"""What a run is and how far it is: title, state, figures, stop and resume."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio.results.classifier_run import ClassifierRun
from studio.results.scores import decimal, shortened
from studio.ui.runs.follower import LIVE, RESUMABLE
from studio.ui.runs.words import state_word
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Figure, column, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.words import duration, plain_tip

_NAME = 32  # characters of a class's name that are shown


class RunHeader(QWidget):
    """Signals for what its buttons ask."""

    stop_asked = Signal()
    resume_asked = Signal()
    evaluate_asked = Signal()
    log_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = ElidedLabel(role="heading")
        self.state = label("", "badge")
        self.state.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.facts = label("", "small", wrap=True)
        self.now = label()
        self.auc, self.auc_words = label("–", "figure"), label("", "small")
        self.pace = Figure(self.tr("images/s"))
        self.left = Figure(self.tr("left"))
        self.stop = Button(self.tr("Stop"), self.stop_asked.emit)
        self.resume = Button(self.tr("Resume"), self.resume_asked.emit)
        self.evaluate = Button(self.tr("Evaluate"), self.evaluate_asked.emit)
        self.log = Button(self.tr("Open log"), self.log_asked.emit)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the run"))
        self.trouble = label("", "error", wrap=True)
        self.warnings = label("", "small", wrap=True)
        head = row(self.title, self.state, self.evaluate, self.log, self.resume, self.stop)
        head.setStretch(0, 1)
        auc = column(self.auc, self.auc_words, gap=0)
        figures = row(auc, self.pace, self.left, None, gap=PADDING * 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self.facts)
        layout.addWidget(self.trouble)
        layout.addLayout(figures)
        bar = row(self.bar, self.now, gap=PADDING)
        bar.setStretch(0, 1)
        layout.addLayout(bar)
        layout.addWidget(self.warnings)

    def show_run(self, run: ClassifierRun, name: str = "") -> None:
        """Show a run as it is now, with the AUC of class `name`, or of the positive one."""
        status, state = run.status, run.status.state
        self.title.set_text(run.title, str(run.run_dir))
        self.state.setText(state_word(self, state))
        self.facts.setText(self._facts(run))
        self.stop.setVisible(state in LIVE)
        self.stop.setEnabled(state in ("queued", "running"))
        self.resume.setVisible(state in RESUMABLE)
        self.log.setVisible(state in ("failed", "crashed"))
        self.evaluate.setVisible(state == "finished" and bool(run.epochs))
        trouble = status.error or ""
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self.warnings.setText("\n".join(run.warnings[-2:]))
        self.warnings.setToolTip(plain_tip("\n".join(run.warnings)))
        self.warnings.setVisible(bool(run.warnings))
        self._show_progress(run)
        self._show_figures(run)
        self.show_class(run, name)

    def show_class(self, run: ClassifierRun, name: str) -> None:
        """Show the AUC of class `name` against the rest, or of the positive one without a name."""
        last, frozen = (run.epochs[-1] if run.epochs else None), run.frozen
        name = name or run.positive
        shown = shortened(name, _NAME)
        if last is not None:
            words = self.tr("AUC of {0} (95 % interval), epoch {1}").format(shown, last.number)
            self._show_auc(*last.auc_of(name, run.positive), words)
        elif frozen is not None:
            words = self.tr("first AUC of {0}, frozen backbone").format(shown)
            if frozen.seconds is not None:
                words = self.tr("{0}, after {1}").format(words, duration(frozen.seconds))
            self._show_auc(frozen.auc, frozen.low, frozen.high, words)
        else:
            self.auc.setText("–")
            self.auc_words.setText(self.tr("AUC"))

    def _facts(self, run: ClassifierRun) -> str:
        plan = run.plan
        if not plan:
            return ""
        weights = plan.get("weights") or {}
        counts = plan.get("counts") or {}
        train = sum((counts.get("train") or {}).values())
        val = sum((counts.get("val") or {}).values())
        parts = [
            str(plan.get("model", "")),
            str(weights.get("source", "")),
            str(plan.get("device", "")),
            self.tr("{0:,} train, {1:,} validation").format(train, val),
            self.tr("positive: {0}").format(run.positive),
        ]
        leakage = plan.get("leakage") or {}
        if leakage.get("allowed"):
            parts.append(self.tr("LEAKAGE ALLOWED"))
        return " · ".join(part for part in parts if part)

    def _show_progress(self, run: ClassifierRun) -> None:
        status = run.status
        going = status.state in LIVE
        self.bar.setVisible(going)
        self.bar.setRange(0, status.total)
        self.bar.setValue(status.done)
        self.now.setText(self._now(run) if going else "")
        self.now.setVisible(going)

    def _now(self, run: ClassifierRun) -> str:
        """Which epoch and step, or what is done before there are any."""
        if run.status.state == "stopping":
            return self.tr("Stopping where it can go on…")
        step = run.steps[-1] if run.steps else None
        done = run.epochs[-1].number if run.epochs else 0
        if step is None or step.epoch <= done:
            return run.status.message or self.tr("Starting…")
        return self.tr("Epoch {0} of {1}, step {2} of {3}").format(
            step.epoch, run.total_epochs, step.step, step.steps
        )

    def _show_figures(self, run: ClassifierRun) -> None:
        last = run.epochs[-1] if run.epochs else None
        going = run.status.state in LIVE
        paces = [s.images_per_s for s in run.steps[-1:] if s.images_per_s]
        pace = paces[0] if paces and going else (last.images_per_s if last else None)
        self.pace.set_value("–" if pace is None else f"{pace:.0f}" if pace >= 10 else f"{pace:.1f}")
        left = run.status.eta_s
        if left is None and last is not None:
            left = last.seconds_left
        self.left.setVisible(going)
        # After the last epoch the tests are still to come, and nothing tells how long they take.
        self.left.set_value(duration(left) if left else "–")

    def _show_auc(
        self, auc: float | None, low: float | None, high: float | None, words: str
    ) -> None:
        known = low is not None and high is not None
        interval = f" ({decimal(low)} to {decimal(high)})" if known else ""
        self.auc.setText(self.tr("undefined") if auc is None else f"{decimal(auc)}{interval}")
        self.auc_words.setText(words)
        self.auc.setAccessibleName(f"{words}: {self.auc.text()}")
