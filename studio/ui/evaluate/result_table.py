"""The table of results on the screen: one row a test set, of one class against the rest."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from studio.results.curves import Curve
from studio.results.leakage import FOUND, UNCHECKED
from studio.results.model_results import ModelResults, TestResult
from studio.results.operating import counts_at
from studio.results.scores import ScoreSet
from studio.stats.macro import MacroAuc
from studio.stats.subgroups import top_accuracy
from studio.wording import DASH, count, interval, number, percent, significant


def tr(text: str) -> str:
    return QCoreApplication.translate("ResultTable", text)


def headers() -> list[str]:
    """Column titles."""
    return [
        tr("Test set"), tr("n"), tr("AUC (95 %)"), tr("SE / SP"), tr("Leakage"),
    ]  # fmt: skip


def shown_rows(results: ModelResults, rule: str, name: str) -> list[Sequence[object]]:
    """Rows as people read them, of class `name` at its own threshold."""
    threshold = results.threshold(rule, name)
    return [_shown(test, name, threshold) for test in results.tests]


def _shown(test: TestResult, name: str, threshold: float | None) -> Sequence[object]:
    if test.detail is None:
        return [test.title, 0, tr("its scores are gone"), DASH, ""]
    at = counts_at(test.detail.scores, name, threshold)
    return [
        test.title,
        test.detail.scores.n,
        _auc(test.detail.classes[name].drawn if name in test.detail.classes else None),
        f"{percent(at.sensitivity).removesuffix(' %')} / {percent(at.specificity)}" if at else DASH,
        {FOUND: tr("found"), UNCHECKED: tr("unsure")}.get(test.leakage.verdict, tr("none")),
    ]


def _auc(curve: Curve | None) -> str:
    if curve is None:
        return tr("undefined")
    auc = curve.auc
    if not auc.estimable:
        return f"{number(auc.value)} ({tr('interval not estimable')})"
    return interval(auc.value, auc.low, auc.high)


def about_test(test: TestResult) -> str:
    """Images of each class of a test set, and with several classes the AUC of each and of all."""
    if test.detail is None:
        return test.name
    curves = test.detail.classes
    parts = []
    for name, images in test.detail.scores.counts().items():
        curve = curves[name].drawn if name in curves else None
        several = len(curves) > 1
        auc = f", AUC {number(curve.auc.value)}" if curve is not None else f", {tr('undefined')}"
        parts.append(f"{name} {count(images)}{auc if several else ''}")
    if (macro := test.detail.macro_auc) is not None:
        parts.insert(0, _of_all(test.detail.scores, macro))
    left_out = tr("{0} images left out").format(count(test.left_out)) if test.left_out else ""
    return " · ".join(part for part in (*parts, left_out, test.name) if part)


def _of_all(scores: ScoreSet, macro: MacroAuc) -> str:
    """The macro AUC, and how often the true class is the likeliest or one of three."""
    auc = (
        interval(macro.value, macro.low, macro.high)
        if macro.estimable
        else tr("undefined")
        if math.isnan(macro.value)
        else number(macro.value)
    )
    words = [tr("macro AUC {0}").format(auc)]
    for k in (1, 3):
        if k < len(scores.classes):
            share = top_accuracy(scores.probabilities, scores.truth, k)
            words.append(tr("top {0}: {1}").format(k, percent(share.value)))
    return " · ".join(words)


def subject(results: ModelResults, rule: str, name: str) -> str:
    """Which class the figures are of, and where its threshold comes from."""
    threshold = results.threshold(rule, name)
    words = {
        "youden": tr("Youden"),
        "se90": tr("sensitivity 90 %"),
        "se95": tr("sensitivity 95 %"),
        "sp95": tr("specificity 95 %"),
    }
    if threshold is None or results.validation is None:
        return tr(
            "{0} against the rest · no threshold: validation has no curve of this class"
        ).format(name)
    return tr("{0} against the rest · threshold {1}, {2} on {3} validation images").format(
        name, significant(threshold, 4), words.get(rule, rule), count(results.validation.scores.n)
    )
