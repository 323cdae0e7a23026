"""The table of results: one row a test set, the same figures on screen and in a CSV."""

import csv
import io
import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from studio.stats import Confusion
from studio.ui.evaluate.results import ModelResults, TestResult, counts_at
from studio.ui.plots.scores import decimal, percent

NOTICE = "Research use, not a diagnosis."
_FIELDS = (
    "test", "n", "positive_class", "positives", "auc", "auc_low", "auc_high", "threshold",
    "threshold_rule", "sensitivity", "sensitivity_low", "sensitivity_high", "specificity",
    "specificity_low", "specificity_high", "tp", "fp", "tn", "fn", "leakage",
)  # fmt: skip


def tr(text: str) -> str:
    return QCoreApplication.translate("ResultTable", text)


def headers(results: ModelResults | None) -> list[str]:
    """Column titles; one count for each class."""
    classes = list(results.snapshot.classes) if results else []
    return [
        tr("Test set"), tr("n"), *classes, tr("AUC"), tr("95 % interval"), tr("Sensitivity"),
        tr("Specificity"), tr("Leakage"),
    ]  # fmt: skip


def shown_rows(results: ModelResults, rule: str) -> list[Sequence[object]]:
    """Rows as people read them."""
    threshold = results.threshold(rule)
    return [_shown(results, test, threshold) for test in results.tests]


def _shown(results: ModelResults, test: TestResult, threshold: float | None) -> Sequence[object]:
    classes = results.snapshot.classes
    if test.detail is None:
        lost = tr("its scores are gone")
        return [test.title, 0, *(0 for _ in classes), "–", lost, "–", "–", ""]
    counts = test.detail.scores.counts()
    curve, at = test.detail.positive.drawn, counts_at(test.detail, threshold)
    auc, interval = tr("undefined"), "–"
    if curve is not None:
        auc = decimal(curve.auc.value)
        interval = tr("not estimable")
        if curve.auc.estimable:
            interval = f"{decimal(curve.auc.low)} to {decimal(curve.auc.high)}"
    return [
        test.title,
        test.detail.scores.n,
        *(counts.get(name, 0) for name in classes),
        auc,
        interval,
        percent(at.sensitivity) if at else "–",
        percent(at.specificity) if at else "–",
        tr("found") if test.leakage else tr("none"),
    ]


def csv_text(results: ModelResults, rule: str) -> str:
    """The table with full figures, and the notice as its last line."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_FIELDS)
    threshold = results.threshold(rule)
    for test in results.tests:
        if test.detail is not None:
            writer.writerow(_exact(test, rule, threshold))
    writer.writerow([f"# {NOTICE} Run: {results.snapshot.title}"])
    return stream.getvalue()


def _exact(test: TestResult, rule: str, threshold: float | None) -> list[object]:
    assert test.detail is not None
    scores, curve = test.detail.scores, test.detail.positive.drawn
    at = counts_at(test.detail, threshold)
    auc = (curve.auc.value, curve.auc.low, curve.auc.high) if curve else (math.nan,) * 3
    return [
        test.name,
        scores.n,
        scores.positive,
        int(scores.flags(scores.positive).sum()),
        *(_number(value) for value in auc),
        _number(math.nan if threshold is None else threshold),
        f"{rule} on validation",
        *_rates(at),
        "yes" if test.leakage else "no",
    ]


def _rates(at: Confusion | None) -> list[object]:
    if at is None:
        return [""] * 10
    se, sp = at.sensitivity_interval(), at.specificity_interval()
    rates = (se.value, se.low, se.high, sp.value, sp.low, sp.high)
    return [*(_number(value) for value in rates), at.tp, at.fp, at.tn, at.fn]


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.9g}"
