"""The result of a study: the verdict, a table by reader, accuracies against chance, ROC curves."""

import math
from collections.abc import Callable, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from studio.results.curves import Curve
from studio.stats import clopper_pearson
from studio.study import StudyResult
from studio.study.pooled import METHOD_SENTENCE
from studio.study.verdicts import headline, reasons, summary
from studio.study.words import (
    NOTICE,
    agreement_lines,
    pooled_name,
    question_lines,
    report_lines,
    result_rows,
    short_name,
    these_lines,
    time_lines,
)
from studio.ui.plots.roc_plot import PlottedCurve, RocPlot
from studio.ui.plots.style import GREY
from studio.ui.study.accuracy_plot import AccuracyPlot, AccuracyRow
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Table, Verdict, label, row
from studio.ui.widgets.toast import copy_text
from studio.wording import count, significant

_MOST_ROWS = 7  # in sight at once
_MOST_CURVES = 6
_PLOTS = 300  # px of height at least
_NARROW = 720  # px below which plots stand one above the other


class StudyResultView(QWidget):
    """Shows a result; `copy` puts it on the clipboard."""

    def __init__(
        self, theme: Theme, copy: Callable[[], object], export: Callable[[], object]
    ) -> None:
        super().__init__()
        self.result: StudyResult | None = None
        self.verdict = Verdict()
        headers = _headers(self)
        self.table = Table(self.tr("Result by reader"), headers, stretch=len(headers) - 1)
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.details = label("", "small", wrap=True)
        self.trouble = label("", "error", wrap=True)
        self.accuracy = AccuracyPlot(theme, NOTICE)
        self.roc = RocPlot(theme, self.tr("ROC by confidence"), NOTICE)
        for plot in (self.accuracy, self.roc):
            plot.setMinimumHeight(_PLOTS)
        self.copy_button = Button(self.tr("Copy the result"), copy)
        self.export_button = Button(self.tr("Export answers as CSV…"), export)
        self.plots = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.plots.setSpacing(3 * GRID)
        self.plots.addWidget(self.accuracy, 1)
        self.plots.addWidget(self.roc, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for part in (self.verdict, self.table, self.details, self.trouble):
            part.setMinimumWidth(1)
            layout.addWidget(part)
        layout.addLayout(row(self.copy_button, self.export_button, None))
        layout.addSpacing(PADDING)
        layout.addLayout(self.plots, 1)

    def show_result(self, result: StudyResult | None) -> None:
        """Another result, or none."""
        self.result = result
        if result is None:
            return
        self.verdict.show_verdict(headline(result), reasons(result))
        _, rows = result_rows(result)
        self.table.set_rows([[cell.replace(" %", "") for cell in line] for line in rows])
        self._fit()
        self.details.setText("\n".join(_details(self, result)))
        self.trouble.setText("\n".join(result.problems))
        self.trouble.setVisible(bool(result.problems))
        self.accuracy.show_rows(_accuracies(result), result.margin)
        self.roc.show_curves(_curves(result), instead=_left_out(self, result))

    def text(self) -> str:
        """The result as lines of text."""
        if self.result is None:
            return ""
        return "\n".join([summary(self.result), *report_lines(self.result), NOTICE])

    def resizeEvent(self, event: QResizeEvent) -> None:
        narrow = self.width() < _NARROW
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self.plots.setDirection(down if narrow else across)
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many rows as there are, within reason, and a scroll bar below only where needed."""
        shown = min(max(self.table.model().rowCount(), 1), _MOST_ROWS)
        height = 38 + shown * self.table.verticalHeader().defaultSectionSize()
        if self.table.horizontalHeader().length() > self.table.viewport().width():
            height += self.table.horizontalScrollBar().sizeHint().height()
        self.table.setFixedHeight(height)

    def copy(self) -> None:
        copy_text(self, self.text(), self.tr("The result is on the clipboard."))


def _headers(view: QWidget) -> list[str]:
    tr = view.tr
    return [
        tr("Reader"), tr("Accuracy"), tr("Equivalent"), tr("Sensitivity"), tr("Specificity"),
        tr("d′"), tr("c"), tr("AUC"), tr("Time"),
    ]  # fmt: skip


def _details(view: QWidget, result: StudyResult) -> list[str]:
    lines = [
        view.tr(
            "Shares in percent, intervals at 95 %. Sensitivity is the share of synthetic pictures "
            "recognised, specificity that of real ones. Equivalent: accuracy within ±{0} points "
            "of chance, the grey band, by two one-sided tests; its dot is full. Shares of one "
            "reader have Wilson intervals in the table; in the plot both intervals are exact "
            "(Clopper-Pearson), as the tests are."
        ).format(significant(100 * result.margin))
    ]
    lines += [*these_lines(result), *agreement_lines(result), *time_lines(result)]
    lines += question_lines(result)
    if result.pooled is not None:
        lines.append(METHOD_SENTENCE)
    lines += [
        view.tr("{0} has answered {1} so far.").format(short_name(one.reader), count(one.answered))
        for one in result.unfinished
    ]
    return lines


def _accuracies(result: StudyResult) -> Sequence[AccuracyRow]:
    rows = []
    for number, one in enumerate(result.readers):
        test = one.equivalence
        outer = clopper_pearson(one.accuracy.k, one.accuracy.n)
        inner = test.low, test.high
        rows.append(
            AccuracyRow(
                one.reader, outer.value, outer.low, outer.high, inner, test.shown, number % GREY
            )
        )
    if result.pooled is not None:
        pooled, both = result.pooled.accuracy, result.pooled.equivalence
        inner = math.nan, math.nan
        if both is not None:
            inner = max(both.low, 0.0), min(both.high, 1.0)
        shown = both is not None and both.shown
        name = pooled_name(result.pooled)
        row_ = AccuracyRow(name, pooled.value, pooled.low, pooled.high, inner, shown, strong=True)
        rows.append(row_)
    return rows


def _curves(result: StudyResult) -> list[PlottedCurve]:
    return [
        PlottedCurve(
            one.reader, Curve(one.roc.fpr, one.roc.tpr, one.auc), number % GREY, number % 5
        )
        for number, one in enumerate(result.readers[:_MOST_CURVES])
    ]


def _left_out(view: QWidget, result: StudyResult) -> str:
    more = len(result.readers) - _MOST_CURVES
    return view.tr("{0} more readers are in the table").format(more) if more > 0 else ""
