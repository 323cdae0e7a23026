"""The table of results: one row a test set, the same figures on screen and in a CSV."""

import csv
import io
import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from studio.datasets.exports.table import harmless
from studio.stats import Confusion
from studio.workflows.results.curves import Curve
from studio.workflows.results.model_results import ModelResults, TestResult, counts_at
from studio.workflows.results.scores import decimal, percent

NOTICE = "Research use, not a diagnosis."
_FIELDS = (
    "test", "n", "positive_class", "positives", "auc", "auc_low", "auc_high", "threshold",
    "threshold_rule", "sensitivity", "sensitivity_low", "sensitivity_high", "specificity",
    "specificity_low", "specificity_high", "tp", "fp", "tn", "fn", "leakage",
)  # fmt: skip


def tr(text: str) -> str:
    return QCoreApplication.translate("ResultTable", text)


def headers() -> list[str]:
    """Column titles."""
    return [
        tr("Test set"), tr("n"), tr("AUC (95 % interval)"), tr("SE"), tr("SP"), tr("Leakage"),
    ]  # fmt: skip


def shown_rows(results: ModelResults, rule: str) -> list[Sequence[object]]:
    """Rows as people read them."""
    threshold = results.threshold(rule)
    return [_shown(test, threshold) for test in results.tests]


def _shown(test: TestResult, threshold: float | None) -> Sequence[object]:
    if test.detail is None:
        return [test.title, 0, tr("its scores are gone"), "–", "–", ""]
    at = counts_at(test.detail, threshold)
    return [
        test.title,
        test.detail.scores.n,
        _auc(test.detail.positive.drawn),
        percent(at.sensitivity) if at else "–",
        percent(at.specificity) if at else "–",
        tr("found") if test.leakage else tr("unsure") if test.unchecked else tr("none"),
    ]


def _auc(curve: Curve | None) -> str:
    if curve is None:
        return tr("undefined")
    auc = curve.auc
    if not auc.estimable:
        return f"{decimal(auc.value)} ({tr('interval not estimable')})"
    return f"{decimal(auc.value)} ({decimal(auc.low)} to {decimal(auc.high)})"


def about_test(test: TestResult) -> str:
    """Images of each class of a test set, and with several classes the AUC of each."""
    if test.detail is None:
        return test.name
    curves = test.detail.classes
    parts = []
    for name, count in test.detail.scores.counts().items():
        curve = curves[name].drawn if name in curves else None
        several = len(curves) > 1
        auc = f", AUC {decimal(curve.auc.value)}" if curve is not None else f", {tr('undefined')}"
        parts.append(f"{name} {count:,}{auc if several else ''}")
    left_out = tr("{0:,} images left out").format(test.left_out) if test.left_out else ""
    return " · ".join(part for part in (*parts, left_out, test.name) if part)


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
        harmless(test.name),
        scores.n,
        harmless(scores.positive),
        int(scores.flags(scores.positive).sum()),
        *(_number(value) for value in auc),
        _number(math.nan if threshold is None else threshold),
        f"{rule} on validation",
        *_rates(at),
        "yes" if test.leakage else "not fully checked" if test.unchecked else "no",
    ]


def _rates(at: Confusion | None) -> list[object]:
    if at is None:
        return [""] * 10
    se, sp = at.sensitivity_interval(), at.specificity_interval()
    rates = (se.value, se.low, se.high, sp.value, sp.low, sp.high)
    return [*(_number(value) for value in rates), at.tp, at.fp, at.tn, at.fn]


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.9g}"
