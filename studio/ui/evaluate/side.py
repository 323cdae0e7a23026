"""Which run to evaluate, and on what."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from studio.results import RUNNING_STATES
from studio.results.model_results import UnfinishedEvaluation, short_name
from studio.results.run_identity import run_label
from studio.results.run_list import ClassifierSummary
from studio.ui.context import StudioContext
from studio.ui.runs.words import figures_words, state_word
from studio.ui.train.sources_field import SourcesField
from studio.ui.widgets import Choice, Field, PrimaryButton, ScrollPanel, label, row

if TYPE_CHECKING:
    from studio.workflows.training_data import DataSource


class EvaluateSide(ScrollPanel):
    """`run_chosen(Path)` and `evaluation_requested`."""

    run_chosen = Signal(object)
    evaluation_requested = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self._context = context
        self.exports: list[DataSource] = []
        self.run = Choice()
        self.run.setMinimumContentsLength(16)
        self.run.chosen.connect(lambda value: self.run_chosen.emit(value))
        self.about = label("", "small", wrap=True)
        self.tests = SourcesField(
            context.theme,
            self.tr("Test sets"),
            self.tr("Drop folders with one folder a class, of images the run has not seen."),
            lambda: self.exports,
        )
        self.button = PrimaryButton(self.tr("Evaluate"), self.evaluation_requested.emit)
        self.why_not = label("", "small", wrap=True)
        self.going = label("", "small", wrap=True)
        self.trouble = label("", "error", wrap=True)
        self.add(
            Field(self.tr("Model"), self.run), self.about, self.tests, row(self.button, None),
            self.why_not, self.going, self.trouble,
        )  # fmt: skip
        self.panel.body.addStretch(1)

    def show_models(
        self, runs: Sequence[ClassifierSummary], chosen: Path | None, positive: str = ""
    ) -> None:
        """Offer runs that have a model; `positive` is the class of the chosen one's figures."""
        options = [(run.run_dir, run_label(run)) for run in runs]
        blocked = self.run.blockSignals(True)
        self.run.set_options(options)
        if chosen is not None:
            self.run.set_value(chosen)
        self.run.blockSignals(blocked)
        found = next((run for run in runs if run.run_dir == self.run.value()), None)
        words = self.tr("Validation, {1}: {0}") if positive else self.tr("Validation {0}")
        words = words.format(figures_words(found), positive) if found else ""
        self.about.setText(words)

    def chosen(self) -> Path | None:
        """The run that is chosen."""
        value = self.run.value()
        return value if isinstance(value, Path) else None

    def sources(self) -> list[Path]:
        """The folders that wait for being evaluated."""
        return [source for source in self.tests.sources if isinstance(source, Path)]

    def show_going(self, going: Sequence[UnfinishedEvaluation]) -> None:
        """Say what is under way and what failed; of each test set the last word counts."""
        last = {one.test: one for one in going}
        live = [
            f"{short_name(one.test)}: {state_word(self, one.state)}"
            for one in last.values()
            if not one.error and one.state in RUNNING_STATES
        ]
        failed = [f"{short_name(one.test)}: {one.error}" for one in last.values() if one.error]
        self.going.setText("\n".join(live))
        self.trouble.setText("\n".join(failed))
        self.going.setVisible(bool(live))
        self.trouble.setVisible(bool(failed))
