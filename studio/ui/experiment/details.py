"""Under the grid: the curves of a row or cell, its trainings, and the comparisons."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.experiment.folder import ExperimentState, TrainingProgress
from studio.experiment.grid import cell_curve
from studio.experiment.table import Cell, ExperimentTable
from studio.experiment.trainings import CellKey
from studio.experiment.verdict import difference_words
from studio.results.tables import NOTICE
from studio.ui.plots.roc_plot import PlottedCurve, RocPlot
from studio.ui.plots.style import GREY
from studio.ui.runs.words import state_word
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, Segments, Table, label, row
from studio.wording import DASH, counted, duration, interval, number, p_value

_COLUMN = 90  # px at least
_CURVES = 7  # of a row at most; more would not be told apart


class ExperimentDetails(QWidget):
    """Three pages under one switch. `run_opened(Path)` when a training is to be looked at, and
    `evaluation_opened(Path, test)` when its results on a test set are."""

    run_opened = Signal(object)
    evaluation_opened = Signal(object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.state: ExperimentState | None = None
        self.table: ExperimentTable | None = None
        self.chosen: CellKey | str | None = None
        self._listed: list[TrainingProgress] = []
        self._compared: tuple[ExperimentTable | None, str] = (None, "")
        self.model = ""
        self.switch = Segments(self.tr("What is shown of the chosen cell"))
        for title in (self.tr("Curves"), self.tr("Trainings"), self.tr("Comparisons")):
            self.switch.addTab(title)
        self.roc = RocPlot(theme, self.tr("ROC of the scores averaged over seeds"), NOTICE)
        self.runs = Table(
            self.tr("Trainings of the chosen cell"),
            [self.tr("Training"), self.tr("Seed"), self.tr("State"), self.tr("AUC (95 %)"),
             self.tr("Time")],
        )  # fmt: skip
        self.runs.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.runs.activated.connect(lambda _: self.open_run())
        self.train_button = Button(self.tr("Open in Train"), self.open_run)
        self.evaluate_button = Button(self.tr("Open in Evaluate"), self.open_evaluation)
        self.train_button.setToolTip(self.tr("Its curves epoch by epoch (Enter)"))
        self.evaluate_button.setToolTip(self.tr("Its results by test set, with its threshold"))
        self.why = label("", "error", wrap=True)
        self.why.hide()
        self.comparisons = Table(
            self.tr("Differences to the baseline"),
            [self.tr("Trained on"), self.tr("Test set"), self.tr("Difference, p"),
             self.tr("Holm"), self.tr("Method")],
            stretch=4,
        )  # fmt: skip
        self.comparisons.horizontalHeader().setMinimumSectionSize(_COLUMN)
        self.pages = QStackedWidget()
        runs = QWidget()
        within = QVBoxLayout(runs)
        within.setContentsMargins(0, 0, 0, 0)
        within.setSpacing(GRID // 2)
        within.addWidget(self.runs, 1)
        within.addWidget(self.why)
        within.addLayout(row(self.train_button, self.evaluate_button, None))
        for page in (self.roc, runs, self.comparisons):
            self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.pages, 1)
        self.switch.currentChanged.connect(self._turned)
        self.runs.selectionModel().selectionChanged.connect(lambda *_: self._show_error())
        self._show_error()

    def forget(self) -> None:
        """Nothing is known of the experiment that comes."""
        self.state = self.table = self.chosen = None
        self.draw()

    def show_chosen(self, chosen: CellKey | str | None) -> None:
        """Another cell, or the row of a mix, or the same with other figures."""
        self.chosen = chosen
        self.draw()

    def _turned(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        self.draw()

    def open_run(self) -> None:
        """Look at the training that is selected in the list."""
        one = self.selected()
        if one is not None and one.state != "queued":
            run_dir: Path = one.run_dir
            self.run_opened.emit(run_dir)

    def open_evaluation(self) -> None:
        """Look at the results of the training that is selected, on the test set of the cell."""
        one = self.selected()
        if one is not None and one.state == "finished":
            test = self.chosen.test if isinstance(self.chosen, CellKey) else one.planned.tests[0]
            self.evaluation_opened.emit(one.run_dir, test)

    def selected(self) -> TrainingProgress | None:
        """The training that is selected in the list."""
        index = self.runs.selected_index()
        return self._listed[index] if index is not None and index < len(self._listed) else None

    def draw(self) -> None:
        """Show what is known of the chosen cell or row now, on the page in front."""
        draw = (self._draw_curves, self._list_runs, self._list_comparisons)
        draw[self.pages.currentIndex()]()

    # Curves

    def _draw_curves(self) -> None:
        cells, names = self._shown_cells()
        drawn = []
        for place, (cell, name) in enumerate(zip(cells, names, strict=True)):
            curve = cell_curve(cell)
            if curve is not None:
                series, pattern = self._look(cell, place)
                drawn.append(PlottedCurve(name, curve, series, pattern, strong=place == 0))
        positive = self.table.positive if self.table is not None else ""
        self.roc.set_subject(positive)
        self.roc.caption.setText(self._caption(cells))
        self.roc.title = self.roc.caption.text()
        self.roc.show_curves(drawn, instead="" if drawn else self._no_curve())

    def _look(self, cell: Cell, place: int) -> tuple[int, int]:
        """Colour and pattern of a curve: a mix has its own beside a grey baseline; the tests of a
        row follow one another."""
        table = self.table
        if table is None or not isinstance(self.chosen, CellKey):
            return place % GREY, place % 5
        if cell.mix == table.baseline:
            return GREY, 1 if place else 0
        return table.mixes.index(cell.mix) % GREY, 0

    def _caption(self, cells: Sequence[Cell]) -> str:
        """What the curves are of."""
        if not cells:
            return self.tr("ROC of the scores averaged over seeds")
        seeds = counted(cells[0].repeats, self.tr("{0} seed"), self.tr("{0} seeds"))
        whole = isinstance(self.chosen, CellKey)
        name = cells[0].test if whole else cells[0].mix
        return self.tr("{0}, scores averaged over {1}").format(name, seeds)

    def _shown_cells(self) -> tuple[list[Cell], list[str]]:
        """Of a cell it and the baseline's on that test set, of a row its cells."""
        table, chosen = self.table, self.chosen
        if table is None or chosen is None:
            return [], []
        if isinstance(chosen, CellKey):
            mixes = dict.fromkeys([chosen.mix, table.baseline])
            found = [table.cell(mix, chosen.test, chosen.model) for mix in mixes]
            cells = [one for one in found if one is not None]
            named = self.tr("{0}, baseline")
            return cells, [
                named.format(one.mix) if one.mix == table.baseline else one.mix for one in cells
            ]
        found = [table.cell(chosen, test, self.model) for test in table.tests]
        cells = [one for one in found if one is not None][:_CURVES]
        return cells, [one.test for one in cells]

    def _no_curve(self) -> str:
        if self.chosen is None:
            return self.tr("Choose a cell or a mix in the grid.")
        return self.tr("No training of it has finished yet.")

    # Trainings

    def _list_runs(self) -> None:
        kept = self.runs.selected_index()
        self._listed = self._trainings()
        self.runs.set_rows([self._run_row(one) for one in self._listed])
        if self._listed:
            self.runs.choose(kept if kept is not None and kept < len(self._listed) else 0)
        self._show_error()

    def _trainings(self) -> list[TrainingProgress]:
        state, chosen = self.state, self.chosen
        if state is None or chosen is None:
            return []
        if isinstance(chosen, CellKey):
            return state.of_cell(chosen) if chosen in state.listed.cells else []
        keys = [CellKey(chosen, test, self.model) for test in state.plan.tests]
        names = dict.fromkeys(n for key in keys for n in state.listed.cells.get(key, ()))
        return [state.trainings[name] for name in names]

    def _run_row(self, one: TrainingProgress) -> Sequence[object]:
        auc = self._auc_words(one)
        state = self.tr("waiting") if one.state == "queued" else state_word(self, one.state)
        took = duration(one.seconds) if one.seconds is not None else DASH
        return (one.planned.name, one.planned.seed, state, auc, took)

    def _auc_words(self, one: TrainingProgress) -> str:
        """Its AUC on the test set of the cell, of a row the mean over its test sets."""
        if isinstance(self.chosen, CellKey):
            figure = one.tests.get(self.chosen.test)
            return interval(figure.auc, figure.low, figure.high) if figure is not None else DASH
        known = [figure.auc for figure in one.tests.values() if figure.auc is not None]
        return self.tr("mean {0}").format(number(fmean(known))) if known else DASH

    def _show_error(self) -> None:
        one = self.selected()
        error = one.error if one is not None else ""
        self.why.setText(error)
        self.why.setVisible(bool(error))
        self.train_button.setEnabled(one is not None and one.state != "queued")
        self.evaluate_button.setEnabled(one is not None and one.state == "finished")

    # Comparisons

    def _list_comparisons(self) -> None:
        table = self.table
        if self._compared[0] is table and self._compared[1] == self.model:
            return  # they are of the whole grid, whatever is chosen in it
        self._compared = table, self.model
        rows: list[Sequence[object]] = []
        found = table.comparisons if table is not None else ()
        for one in sorted(found, key=lambda one: one.test is not None):  # over all tests first
            if one.model == self.model:
                test = one.test or self.tr("all, by mean AUC")
                words = difference_words(one)
                rows.append((one.mix, test, words, p_value(one.corrected), one.method))
        self.comparisons.set_rows(rows)
