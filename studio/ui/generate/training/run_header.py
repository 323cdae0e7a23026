"""What a training is and how far it is: title, state, figures, stop and resume."""

from PySide6.QtCore import Signal

from studio.opening import finite
from studio.results import RUNNING_STATES
from studio.results.gan_run import GanRun
from studio.ui.generate.training.words import kimg_words, long_duration, memory_words
from studio.ui.runs.header import RunHeader
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Figure, row
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.words import plain_tip
from studio.wording import DASH, count, number, significant

_STEPS = 1000  # of the bar


class GanHeader(RunHeader):
    """How far a training is, its pace and its figures; signals for its networks and the stages."""

    facts: ElidedLabel
    warnings: ElidedLabel
    stages_asked = Signal()
    best_asked = Signal()
    latest_asked = Signal()

    def __init__(self) -> None:
        super().__init__(ElidedLabel(role="small"), ElidedLabel(role="small"))
        self.done = Figure(self.tr("kimg"))
        self.left = Figure(self.tr("left"))
        self.pace = Figure(self.tr("images/s"))
        self.kid = Figure(self.tr("lowest KID"))
        self.p = Figure(self.tr("ADA p"))
        self.memory = Figure(self.tr("memory"))
        self.stages = Button(self.tr("Stages"), self.stages_asked.emit)
        self.best = Button(self.tr("Open best"), self.best_asked.emit)
        self.latest = Button(self.tr("Open latest"), self.latest_asked.emit)
        for button, tip in (
            (self.stages, self.tr("Back to the stages (Esc)")),
            (self.best, self.tr("Open the network with the lowest KID in Morph")),
            (self.latest, self.tr("Open the newest network in Morph")),
        ):
            button.setToolTip(tip)
        self.bar.setRange(0, _STEPS)
        figures = row(
            self.done, self.left, self.pace, self.kid, self.p, self.memory, None, gap=PADDING * 2
        )
        self.lay_out([self.stages], [self.best, self.latest], figures)

    def clear(self) -> None:
        """Nothing is known of the training that comes: its buttons must not do what is meant for
        the one before."""
        for line in (self.title, self.facts, self.warnings):
            line.set_text("")
        self.state.setText("")
        for part in (self.stop, self.resume, self.trouble, self.bar, self.now, self.left):
            part.hide()
        self.warnings.hide()
        self.best.setEnabled(False)
        self.latest.setEnabled(False)
        for figure in (self.done, self.pace, self.kid, self.p, self.memory):
            figure.set_value("–")
        self.kid.setToolTip("")

    def show_run(self, run: GanRun) -> None:
        """Show a training as it is now."""
        self.show_state(run)
        self.facts.set_text(self._facts(run))
        self.best.setEnabled(run.best is not None)
        self.latest.setEnabled(run.has_latest)
        count = len(run.warnings)
        last = run.warnings[-1] if count else ""
        words = last if count == 1 else self.tr("{0} (and {1} more)").format(last, count - 1)
        self.warnings.set_text(words if count else "", plain_tip("\n".join(run.warnings)))
        self.warnings.setVisible(bool(count))
        self._show_progress(run)
        self._show_figures(run, run.status.state in RUNNING_STATES)

    def _facts(self, run: GanRun) -> str:
        plan, options = run.plan, run.options
        if not plan:
            return ""
        names = [str(name) for name in plan.get("classes") or []]
        pictures = finite(plan.get("pictures"))
        parts = [
            self.tr("{0} px").format(plan.get("resolution", "?")),
            self.tr("{0} pictures").format(count(round(pictures))) if pictures is not None else "",
            ", ".join(names),
            self.tr("batch {0}").format(plan.get("batch", "?")),
            f"γ {significant(options['gamma'], 6)}"
            if finite(options.get("gamma")) is not None
            else "",
            self.tr("mirrored") if options.get("mirror") else "",
            str(plan.get("device", "")),
        ]
        left_out = len(plan.get("left_out") or [])
        if left_out:
            parts.append(self.tr("{0} left out").format(count(left_out)))
        return " · ".join(part for part in parts if part)

    def _show_progress(self, run: GanRun) -> None:
        total = run.total_kimg
        # Reading and measuring have a progress of their own before the first step.
        if not run.step and run.status.total:
            self.bar.setValue(round(_STEPS * run.status.done / run.status.total))
        else:
            self.bar.setValue(round(_STEPS * run.kimg / total) if total else 0)
        self.now_words(run, "" if run.step else run.status.message or self.tr("Starting…"))

    def _show_figures(self, run: GanRun, going: bool) -> None:
        total = run.total_kimg
        of = self.tr("{0} of {1}").format(kimg_words(run.kimg), kimg_words(total))
        self.done.set_value(of if total else kimg_words(run.kimg))
        # As the bar of jobs has it: by the pace with snapshots and their figures, where known.
        left = finite(run.status.eta_s) or finite(run.step.get("eta_s"))
        self.left.setVisible(going)
        self.left.set_value(long_duration(left) if left else "–")
        pace = finite(run.step.get("images_per_s"))
        self.pace.set_value(significant(pace, 2))
        best = run.best
        kid = best.kid if best is not None else None
        self.kid.set_value(number(kid, 4))
        self.kid.setToolTip("" if best is None else self.tr("At {0} kimg").format(best.kimg))
        p = finite(run.step.get("ada_p"))
        self.p.set_value(number(p))
        memory = finite(run.step.get("memory_mb"))
        self.memory.set_value(DASH if memory is None else memory_words(memory))
