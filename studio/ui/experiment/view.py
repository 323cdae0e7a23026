"""An experiment as it is looked at: how far it is, the grid, what is chosen in it, the verdict."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.experiment.folder import ExperimentState
from studio.experiment.grid import planned_grid, progress_grid
from studio.experiment.plan import ExperimentPlan
from studio.experiment.table import Cell, ExperimentTable
from studio.experiment.trainings import CellKey
from studio.experiment.verdict import headline, verdict
from studio.ui.experiment.details import ExperimentDetails
from studio.ui.experiment.grid_view import ExperimentGrid
from studio.ui.experiment.header import ExperimentHeader
from studio.ui.experiment.shade import ShadeKey
from studio.ui.experiment.words import failure_words, leakage_words, nothing_yet
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Choice, Notice, ScrollPanel, Verdict, fix_side, label, row


class ExperimentView(QWidget):
    """`run_opened(Path)` for a training that is to be looked at by itself, and
    `evaluation_opened(Path, test)` for its results on a test set."""

    run_opened = Signal(object)
    evaluation_opened = Signal(object, str)

    def __init__(self, theme: Theme, copy: Callable[[], Any], export: Callable[[], Any]) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self.state: ExperimentState | None = None
        self.table: ExperimentTable | None = None
        self.header = ExperimentHeader()
        self.heading = label(self.tr("The plan"), "heading")
        self.failures, self.trouble = Notice("error"), Notice("error")
        self.model = Choice()
        self.model.setAccessibleName(self.tr("Model"))
        self.about = ShadeKey(theme)
        self.copy = Button(self.tr("Copy table"), copy)
        self.export = Button(self.tr("Export table…"), export)
        self.grid = ExperimentGrid(theme)
        self.details = ExperimentDetails(theme)
        self.verdict = Verdict()
        self._lay_out()
        self.grid.row_chosen.connect(self.details.show_chosen)
        self.grid.cell_chosen.connect(self.details.show_chosen)
        self.grid.opened.connect(lambda: self.details.switch.setCurrentIndex(1))
        self.details.run_opened.connect(self.run_opened)
        self.details.evaluation_opened.connect(self.evaluation_opened)
        self.model.chosen.connect(lambda _: self._draw())

    def _lay_out(self) -> None:
        self.said = ScrollPanel(padding=0)
        self.said.add(self.verdict)
        self.said.panel.body.setContentsMargins(0, 0, GRID, 0)
        self.said.panel.body.addStretch(1)
        fix_side(self.said)
        for part in (self.said, self.said.panel):
            part.setProperty("surface", "canvas")
        below = row(self.said, self.details, gap=PADDING)
        below.setContentsMargins(0, 0, 0, 0)
        below.setStretch(1, 1)
        self.below = QWidget()
        self.below.setLayout(below)
        head = row(self.model, self.about, self.copy, self.export)
        head.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(self.heading)
        layout.addWidget(self.header)
        layout.addWidget(self.failures)
        layout.addWidget(self.trouble)
        layout.addLayout(head)
        layout.addWidget(self.grid, 2)
        layout.addWidget(self.below, 3)
        layout.addStretch(0)

    def forget(self) -> None:
        """Nothing is known of the experiment that comes."""
        self.state = self.table = None
        self.trouble.clear()
        self.failures.clear()
        self.grid.grid.set_plan((), (), "", "")
        self.grid.grid.set_cells({}, {})
        self.details.forget()
        self._say()

    def show_plan(self, plan: ExperimentPlan) -> None:
        """Show what a plan would train, before it is begun."""
        self.forget()
        self._show_parts(begun=False)
        self.model.set_options([(name, name) for name in plan.models])
        self.model.setVisible(len(plan.models) > 1)
        self._set_grid(plan)
        self.grid.grid.set_cells(planned_grid(plan))

    def show_run(self, state: ExperimentState) -> None:
        """Show the experiment as it is now; the table follows when it is made."""
        self.state = self.details.state = state
        self.trouble.clear()
        self._show_parts(begun=True)
        self.header.show_run(state)
        self.failures.show_text(failure_words(state), self.tr("Show"), self._show_failure)
        self.model.set_options([(name, name) for name in state.plan.models])
        self.model.setVisible(len(state.plan.models) > 1)
        self._draw()
        if self.table is None:
            self._say()

    def show_table(self, table: ExperimentTable) -> None:
        """Show the figures that take a while: intervals, comparisons, verdict, curves."""
        self.table = self.details.table = table
        self.trouble.show_text("\n".join(table.problems))
        self._draw()
        self._say()

    def show_trouble(self, sentence: str) -> None:
        """Say why it cannot be read."""
        self.trouble.show_text(sentence)

    def _draw(self) -> None:
        state = self.state
        if state is None:
            return
        first = not self.grid.grid.mixes
        self._set_grid(state.plan)
        self.grid.grid.set_cells(progress_grid(state), self._exact())
        self.details.model = self.grid.grid.model
        if first or self.grid.chosen() is None:
            self.grid.choose(0, 1)
        self.details.show_chosen(self.grid.chosen())
        some = bool(state.counts["finished"])
        self.copy.setEnabled(some)
        self.export.setEnabled(some)

    def _set_grid(self, plan: ExperimentPlan) -> None:
        model = str(self.model.value() or plan.models[0])
        self.about.show_baseline(plan.baseline or "")
        self.grid.grid.set_plan(plan.mix_names, tuple(plan.tests), model, plan.baseline or "")

    def _show_parts(self, *, begun: bool) -> None:
        """What an experiment has and a plan has not."""
        for part in (self.header, self.about, self.copy, self.export, self.below):
            part.setVisible(begun)
        self.heading.setVisible(not begun)

    def _show_failure(self) -> None:
        """Choose the first cell that lacks a training which failed, and list its trainings."""
        state = self.state
        if state is None:
            return
        key = next(
            (k for k in state.listed.cells if any(o.state == "failed" for o in state.of_cell(k))),
            None,
        )
        if key is not None:
            self.model.set_value(key.model)
            plan = state.plan
            self.grid.choose(plan.mix_names.index(key.mix), 1 + list(plan.tests).index(key.test))
            self.details.switch.setCurrentIndex(1)

    def _exact(self) -> Mapping[CellKey, Cell]:
        cells = self.table.cells if self.table is not None else ()
        return {CellKey(one.mix, one.test, one.model): one for one in cells}

    def _say(self) -> None:
        """The verdict, once the table of what has finished is there."""
        table, state = self.table, self.state
        if state is None:
            self.verdict.show_verdict("")
        elif table is None:
            words = self.tr("The scores are being read…")
            self.verdict.show_verdict(words if state.counts["finished"] else nothing_yet())
        else:
            checked = leakage_words(state, table)
            self.verdict.show_verdict(
                headline(table), [*verdict(table), *([checked] if checked else [])]
            )
