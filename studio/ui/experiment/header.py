"""What an experiment is and how far it is: title, state, trainings, stop and resume."""

from studio.experiment.folder import ExperimentState
from studio.results import RUNNING_STATES
from studio.ui.runs.header import RunHeader
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Figure, Notice, PrimaryButton, row, set_role
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.words import plain_tip
from studio.wording import DASH, counted, duration, progress


class ExperimentHeader(RunHeader):
    """The figures of an experiment, and a notice for the trainings that failed."""

    facts: ElidedLabel
    warnings: Notice

    def __init__(self) -> None:
        super().__init__(ElidedLabel(role="small"), Notice())
        set_role(self.resume, role=PrimaryButton.role)  # the next step where there is one
        self.done = Figure(self.tr("trainings"))
        self.left = Figure(self.tr("left"))
        self.failed = Figure(self.tr("failed"))
        self.lay_out([], [], row(self.done, self.left, self.failed, None, gap=PADDING * 2))

    def show_run(self, state: ExperimentState) -> None:
        """Show an experiment as it is now."""
        self.show_state(state)
        plan, counts, status = state.plan, state.counts, state.status
        total = len(state.listed.trainings)
        parts = [
            ", ".join(plan.models),
            self.tr("recipe {0}").format(plan.recipe),
            counted(plan.repeats, self.tr("{0} seed"), self.tr("{0} seeds")),
            self.tr("positive {0}").format(plan.positive) if plan.positive else "",
            self.tr("baseline {0}").format(plan.baseline) if plan.baseline else "",
        ]
        self.facts.set_text(" · ".join(part for part in parts if part))
        going = status.state in RUNNING_STATES
        self.log.setVisible(status.state in ("failed", "crashed"))
        self.done.set_value(progress(counts["finished"], total))
        self.left.setVisible(going)
        self.left.set_value(duration(status.eta_s) if status.eta_s else DASH)
        self.failed.setVisible(bool(counts["failed"]))
        self.failed.set_value(str(counts["failed"]))
        self.bar.setRange(0, status.total or total)
        self.bar.setValue(status.done if status.total else counts["finished"])
        self.now_words(state, status.message or "")
        self._show_warnings(state)

    def _show_warnings(self, state: ExperimentState) -> None:
        # What failed is told beside, with its reasons.
        failed = [name for name, one in state.trainings.items() if one.state == "failed"]
        warnings = dict.fromkeys(state.warnings)
        said = [one for one in warnings if not any(name in one for name in failed)]
        more = self.tr("{0} (and {1} more)").format(said[0], len(said) - 1) if said else ""
        self.warnings.show_text(more if len(said) > 1 else "".join(said))
        self.warnings.setToolTip(plain_tip("\n".join(said)))
