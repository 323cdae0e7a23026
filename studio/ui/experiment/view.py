"""An experiment as it is looked at: how far it is, the grid, what is chosen in it, the verdict."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from studio.experiment.folder import ExperimentState
from studio.experiment.grid import planned_grid, progress_grid
from studio.experiment.plan import ExperimentPlan
from studio.experiment.table import Cell, ExperimentTable
from studio.experiment.trainings import CellKey
from studio.experiment.verdict import verdict
from studio.ui.experiment.details import ExperimentDetails
from studio.ui.experiment.grid_view import ExperimentGrid
from studio.ui.experiment.header import ExperimentHeader
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Choice, Notice, label, row

_VERDICT = 340  # px


class ExperimentView(QWidget):
    """`run_opened(Path)` for a training that is to be looked at by itself."""

    run_opened = Signal(object)

    def __init__(self, theme: Theme, copy: Callable[[], Any], export: Callable[[], Any]) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self.state: ExperimentState | None = None
        self.table: ExperimentTable | None = None
        self.header = ExperimentHeader()
        self.heading = label(self.tr("The plan"), "heading")
        self.trouble = Notice("error")
        self.model = Choice()
        self.model.setAccessibleName(self.tr("Model"))
        self.about = label(
            self.tr("Mean AUC (SD) over seeds. ▲ blue: above the baseline, ▼ orange: below it."),
            "small",
        )
        self.copy = Button(self.tr("Copy table"), copy)
        self.export = Button(self.tr("Export table…"), export)
        self.grid = ExperimentGrid(theme)
        self.details = ExperimentDetails(theme)
        self.verdict = label("", wrap=True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.verdict.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self.grid.row_chosen.connect(self.details.show_chosen)
        self.grid.cell_chosen.connect(self.details.show_chosen)
        self.grid.opened.connect(lambda: self.details.switch.setCurrentIndex(1))
        self.details.run_opened.connect(self.run_opened)
        self.model.chosen.connect(lambda _: self._draw())

    def _lay_out(self) -> None:
        words = QWidget()
        said = QVBoxLayout(words)
        said.setContentsMargins(0, 0, GRID, 0)
        said.setSpacing(GRID)
        said.addWidget(self.verdict)
        said.addStretch(1)
        self.said = QScrollArea()
        self.said.setWidget(words)
        self.said.setWidgetResizable(True)
        self.said.setFrameShape(QScrollArea.Shape.NoFrame)
        self.said.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.said.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.said.setFixedWidth(_VERDICT)
        for part in (self.said, words):
            part.setProperty("surface", "canvas")
        left = QVBoxLayout()
        left.setSpacing(GRID)
        left.addWidget(label(self.tr("What may be said"), "heading"))
        left.addWidget(self.said, 1)
        below = row(left, self.details, gap=PADDING)
        below.setContentsMargins(0, 0, 0, 0)
        below.setStretch(1, 1)
        self.below = QWidget()
        self.below.setLayout(below)
        head = row(self.model, self.about, None, self.copy, self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(self.heading)
        layout.addWidget(self.header)
        layout.addWidget(self.trouble)
        layout.addLayout(head)
        layout.addWidget(self.grid, 2)
        layout.addWidget(self.below, 3)
        layout.addStretch(0)

    def forget(self) -> None:
        """Nothing is known of the experiment that comes."""
        self.state = self.table = None
        self.trouble.clear()
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
        self.model.set_options([(name, name) for name in state.plan.models])
        self.model.setVisible(len(state.plan.models) > 1)
        self._draw()

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
        self.grid.grid.set_plan(plan.mix_names, tuple(plan.tests), model, plan.baseline or "")

    def _show_parts(self, *, begun: bool) -> None:
        """What an experiment has and a plan has not."""
        for part in (self.header, self.about, self.copy, self.export, self.below):
            part.setVisible(begun)
        self.heading.setVisible(not begun)

    def _exact(self) -> Mapping[CellKey, Cell]:
        cells = self.table.cells if self.table is not None else ()
        return {CellKey(one.mix, one.test, one.model): one for one in cells}

    def _say(self) -> None:
        table = self.table
        if table is None or not table.cells:
            words = self.tr("Nothing yet: no training has finished.")
        elif not table.baseline:
            words = self.tr("The plan names no baseline, so that nothing is compared.")
        else:
            words = "\n\n".join(verdict(table))
        self.verdict.setText(words)
