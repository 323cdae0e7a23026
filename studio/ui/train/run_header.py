"""What the training of a classifier is and how far it is, above its curves."""

from PySide6.QtCore import Signal

from studio.results import RUNNING_STATES
from studio.results.classifier_run import ClassifierRun
from studio.results.run_identity import run_details
from studio.results.scores import shortened
from studio.ui.runs.header import RunHeader, pace_words
from studio.ui.runs.words import details_words
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Figure, Notice, PrimaryButton, Section, column, label, row
from studio.ui.words import plain_tip
from studio.wording import count, duration, interval

_NAME = 32  # characters of a class's name that are shown


class ClassifierHeader(RunHeader):
    """Shows the AUC with its interval, the pace and the time left of a classifier's run."""

    evaluation_requested = Signal()

    def __init__(self) -> None:
        self.details = Section(self.tr("Details"))
        facts, self.warning = label("", "small", wrap=True), Notice("warning")
        self.details.add(facts)
        super().__init__(facts, self.warning, self.details)
        self.log.setText(self.tr("Open log"))
        self.auc, self.auc_words = label("–", "figure"), label("", "small")
        self.pace = Figure(self.tr("images/s"))
        self.left = Figure(self.tr("left"))
        self.evaluate = PrimaryButton(self.tr("Evaluate"), self.evaluation_requested.emit)
        auc = column(self.auc, self.auc_words, gap=0)
        figures = row(auc, self.pace, self.left, None, gap=PADDING * 2)
        self.lay_out([], [self.evaluate], figures)

    def show_run(self, run: ClassifierRun, name: str = "") -> None:
        """Show a run as it is now, with the AUC of class `name`, or of the positive one."""
        self.show_state(run)
        state = run.status.state
        self.facts.setText(self._facts(run))
        self.log.setVisible(state in ("failed", "crashed"))
        self.evaluate.setVisible(state == "finished" and bool(run.epochs))
        self._show_warnings(run)
        self.bar.setRange(0, run.status.total)
        self.bar.setValue(run.status.done)
        self.now_words(run, self._now(run))
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
        """The rest of what tells the run from others, one thing a line."""
        plan, details = run.plan, details_words(run_details(run))
        weights = plan.get("weights") or {}
        counts = plan.get("counts") or {}
        train = sum((counts.get("train") or {}).values())
        val = sum((counts.get("val") or {}).values())
        images = self.tr("{0} train, {1} validation").format(count(train), count(val))
        lines = [
            *details[:-1],
            (self.tr("Weights"), str(weights.get("source", ""))),
            (self.tr("Device"), str(plan.get("device", ""))),
            (self.tr("Images"), images if plan else ""),
            (self.tr("Positive class"), run.positive),
            *details[-1:],
        ]
        return "\n".join(f"{what}: {value}" for what, value in lines if value)

    def _show_warnings(self, run: ClassifierRun) -> None:
        """The latest warnings; all of them as the tip."""
        leakage, sentences = run.plan.get("leakage") or {}, list(run.warnings)
        if leakage.get("allowed"):
            sentences.append(
                self.tr("Leakage was allowed: test pictures are among the training pictures.")
            )
        self.warning.show_text("\n".join(sentences[-2:]))
        self.warning.setToolTip(plain_tip("\n".join(sentences)))

    def _now(self, run: ClassifierRun) -> str:
        """Which epoch and step, or what is done before there are any."""
        step = run.steps[-1] if run.steps else None
        done = run.epochs[-1].number if run.epochs else 0
        if step is None or step.epoch <= done:
            return run.status.message or self.tr("Starting…")
        return self.tr("Epoch {0} of {1}, step {2} of {3}").format(
            step.epoch, run.total_epochs, step.step, step.steps
        )

    def _show_figures(self, run: ClassifierRun) -> None:
        last = run.epochs[-1] if run.epochs else None
        going = run.status.state in RUNNING_STATES
        paces = [s.images_per_s for s in run.steps[-1:] if s.images_per_s]
        pace = paces[0] if paces and going else (last.images_per_s if last else None)
        self.pace.set_value(pace_words(pace))
        left = run.status.eta_s
        if left is None and last is not None:
            left = last.seconds_left
        self.left.setVisible(going)
        # After the last epoch the tests are still to come, and nothing tells how long they take.
        self.left.set_value(duration(left) if left else "–")

    def _show_auc(
        self, auc: float | None, low: float | None, high: float | None, words: str
    ) -> None:
        self.auc.setText(self.tr("undefined") if auc is None else interval(auc, low, high))
        self.auc_words.setText(words)
        self.auc.setAccessibleName(f"{words}: {self.auc.text()}")
