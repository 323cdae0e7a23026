"""The results of a run: one row a test set, and the pages of the one that is chosen."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.results.curves import ClassCurve, Detail
from studio.results.leakage import FOUND
from studio.results.model_results import ModelResults, TestResult
from studio.results.operating import class_point, confusion_matrix, counts_at
from studio.results.run_identity import run_label
from studio.results.tables import NOTICE
from studio.ui.evaluate.assessed import AssessedTest
from studio.ui.evaluate.calibration_page import CalibrationPage
from studio.ui.evaluate.decision_page import DecisionPage
from studio.ui.evaluate.image_pages import ErrorsPage, LabelsPage
from studio.ui.evaluate.pages import Page, ResultPages
from studio.ui.evaluate.result_table import about_test, headers, shown_rows, subject
from studio.ui.evaluate.subgroups_page import SubgroupsPage
from studio.ui.leakage.pairs import has_pairs
from studio.ui.plots.confusion_plot import ConfusionPlot
from studio.ui.plots.roc_plot import PlottedCurve, RocPlot
from studio.ui.plots.style import GREY
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, NextStep, Notice, Table, label, row
from studio.ui.widgets.elided import ElidedLabel


class ResultTable(Table):
    """A table in which one row is chosen."""

    def __init__(self, name: str, headers: list[str]) -> None:
        super().__init__(name, headers)
        self.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def chosen(self) -> int | None:
        """The number of the chosen row in the order in which rows were set."""
        chosen = self.selectionModel().selectedRows()
        return self._source_row(chosen[0].row()) if chosen else None

    def choose(self, number: int) -> None:
        """Choose a row by that number."""
        for place in range(self.model().rowCount()):
            if self._source_row(place) == number:
                self.selectRow(place)


_MOST_ROWS = 6  # in sight at once
_PLOT = QSize(440, 240)  # px at least of the curve and of the matrix beside it


class EvaluationView(QWidget):
    """`chosen` when another test set is, `cell_chosen(truth, call)` in the confusion matrix,
    `pairs_requested` for those of the leakage check."""

    chosen = Signal()
    pairs_requested = Signal()
    cell_chosen = Signal(int, int)

    def __init__(
        self, theme: Theme, copy: Callable[[], object], export: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self.results: ModelResults | None = None
        self.rule, self.name = "youden", ""
        self.preferred = ""  # the test set that is chosen where none was before
        self.heading = ElidedLabel(role="heading", middle=True)
        self.table = ResultTable(self.tr("Results by test set"), headers())
        self.subject = ElidedLabel(role="quiet")
        self.about = label("", "small", wrap=True)
        self.leakage = Notice()
        self.roc = RocPlot(theme, self.tr("ROC by test set"), NOTICE)
        self.matrix = ConfusionPlot(theme, self.tr("Confusion matrix"), NOTICE)
        self.assessed = AssessedTest(self)
        self.calibration = CalibrationPage(theme, NOTICE)
        self.decision = DecisionPage(theme, NOTICE)
        self.subgroups = SubgroupsPage()
        self.errors, self.labels = ErrorsPage(theme), LabelsPage(theme)
        self._assessed = (
            self.calibration, self.decision, self.subgroups, self.errors, self.labels,
        )  # fmt: skip
        self.pages = ResultPages(
            self.tr("Page of the test set"),
            [
                Page("roc", self.tr("ROC"), self.roc),
                Page("matrix", self.tr("Confusion"), self.matrix),
                Page("calibration", self.tr("Calibration"), self.calibration),
                Page("decision", self.tr("Net benefit"), self.decision),
                Page("subgroups", self.tr("Subgroups"), self.subgroups),
                Page("errors", self.tr("Errors"), self.errors),
                Page("labels", self.tr("Labels"), self.labels),
            ],
            _PLOT,
        )
        self.matrix.grid.chosen.connect(self.cell_chosen.emit)
        head = row(
            self.heading,
            Button(self.tr("Copy table as CSV"), copy),
            Button(self.tr("Export results…"), export),
        )
        head.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self.subject)
        for part in (self.table, self.about, self.leakage):
            layout.addWidget(part)
        layout.addWidget(self.pages, 1)
        self.next_step = NextStep()
        layout.addWidget(self.next_step)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._changed())
        self.pages.changed.connect(lambda _: self._assess())
        self.assessed.changed.connect(self._show_assessment)

    def show_results(self, results: ModelResults | None, rule: str, name: str) -> None:
        """Show a run's test sets: class `name` against the rest, at its threshold of `rule`."""
        kept = self.test()
        self.results, self.rule, self.name = results, rule, name
        if results is None:
            self.table.set_rows([])
            self.roc.show_curves([])
            self.assessed.show(None, None, rule, name)
            return
        run = results.run
        self.heading.set_text(run_label(run), f"{run.title}\n{run.run_dir}")
        self.subject.set_text(subject(results, rule, name))
        names = [test.name for test in results.tests]
        self.table.set_rows(shown_rows(results, rule, name))
        rows = min(max(len(names), 1), _MOST_ROWS)
        self.table.setFixedHeight(34 + rows * self.table.verticalHeader().defaultSectionSize())
        wanted = kept.name if kept is not None and kept.name in names else self.preferred
        self.table.choose(names.index(wanted) if wanted in names else 0)
        self._changed()

    def prefer(self, name: str) -> None:
        """Choose a test set by its name, now and where it comes with the next results."""
        self.preferred = name
        self.table.clearSelection()  # what was chosen before would be kept
        names = [test.name for test in self.results.tests] if self.results else []
        if name in names:
            self.table.choose(names.index(name))

    def test(self) -> TestResult | None:
        """The test set that is chosen."""
        number = self.table.chosen()
        tests = self.results.tests if self.results else ()
        return tests[number] if number is not None and number < len(tests) else None

    def draw(self) -> None:
        """Draw all curves, the chosen one strong, with the carried-over point on each."""
        results, chosen, name = self.results, self.test(), self.name
        if results is None:
            return
        threshold = results.threshold(self.rule, name)
        drawn = []
        for number, test in enumerate(results.tests):
            found = _curve_of(test.detail, name)
            if test.detail is None or found is None or found.drawn is None:
                continue
            at = counts_at(test.detail.scores, name, threshold)
            point = (1 - at.specificity, at.sensitivity) if at else None
            strong, series = test is chosen, number % GREY
            drawn.append(
                PlottedCurve(test.title, found.drawn, series, number % 5, strong, point=point)
            )
        drawn.sort(key=lambda one: not one.strong)
        own = _curve_of(results.validation, name)
        if own is not None and own.drawn is not None:
            drawn.append(PlottedCurve(self.tr("Validation"), own.drawn, GREY, 2))
        strong_curve = _curve_of(chosen.detail, name) if chosen is not None else None
        strong = bool(drawn) and drawn[0].strong
        self._draw_matrix(results, chosen)
        self.roc.title = self.tr("ROC by test set · {0}").format(results.run.title)
        self.roc.set_subject(name)
        own_bands = strong_curve if strong else None
        self.roc.show_curves(
            drawn,
            band=own_bands.band if own_bands else None,
            whole_band=own_bands.whole_band if own_bands else None,
            macro=chosen.detail.macro if chosen is not None and chosen.detail and strong else None,
        )

    def _draw_matrix(self, results: ModelResults, chosen: TestResult | None) -> None:
        if chosen is None or chosen.detail is None:
            self.matrix.show_counts((), np.zeros((0, 0), np.int64), "")
            return
        scores = chosen.detail.scores
        validation = results.validation.scores if results.validation is not None else None
        point = class_point(scores, validation, scores.positive, self.rule)
        counts, call = confusion_matrix(scores, point)
        self.matrix.title = self.tr("Confusion matrix, {0}").format(chosen.title)
        self.matrix.show_counts(scores.classes, counts, call)

    def _assess(self) -> None:
        """Make what the shown page needs; the curve and the matrix need none of it."""
        if self.pages.current not in ("roc", "matrix"):
            self.assessed.show(self.results, self.test(), self.rule, self.name)

    def _show_assessment(self) -> None:
        for page in self._assessed:
            page.show_assessment(self.assessed.found)

    def _changed(self) -> None:
        test = self.test()
        self._assess()
        if test is not None:
            self.about.setText(about_test(test))
            self.leakage.show_text(
                "\n".join(test.leakage.sentences),
                self.tr("Show the pairs…") if has_pairs(test.record) else "",
                self.pairs_requested.emit,
                kind="error" if test.leakage.verdict == FOUND else "warning",
            )
            self.chosen.emit()


def _curve_of(detail: Detail | None, name: str) -> ClassCurve | None:
    return detail.classes.get(name) if detail is not None else None
