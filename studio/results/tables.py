"""The table of a run's results: one row a test set and class, with full figures."""

from collections.abc import Sequence
from typing import Any

from studio.results.curves import Detail
from studio.results.leakage import CLEAN, FOUND, UNCHECKED
from studio.results.model_results import ModelResults, TestResult
from studio.results.operating import RATES, class_point, interval_facts
from studio.tables import table_text

NOTICE = "Research use, not a diagnosis."
COLUMNS = (
    "test", "n", "positive_class", "positives", "auc", "auc_low", "auc_high", "auc_bound",
    "threshold", "threshold_rule",
    *(f"{rate}{end}" for rate in RATES for end in ("", "_low", "_high")),
    "prevalence", "tp", "fp", "tn", "fn", "leakage", "level", "auc_method", "rate_method",
    "counting", "run", "notice",
)  # fmt: skip


def csv_text(results: ModelResults, rule: str, names: Sequence[str] = ()) -> str:
    """The table as CSV: a row for each test set and each class of `names`.

    Without `names` the positive class alone. `positive_class` says which class a row counts as
    positive; every fact has a column, so that no row is a comment.
    """
    return table_text(COLUMNS, result_rows(results, rule, names))


def result_rows(
    results: ModelResults, rule: str, names: Sequence[str] = ()
) -> list[Sequence[object]]:
    """The rows of `COLUMNS`."""
    rows: list[Sequence[object]] = []
    for name in names or (results.positive,):
        for test in results.tests:
            if test.detail is not None:
                told = _row(results, test, test.detail, name, rule)
                rows.append([_cell(told.get(column)) for column in COLUMNS])
    return rows


def _row(
    results: ModelResults, test: TestResult, detail: Detail, name: str, rule: str
) -> dict[str, Any]:
    scores, curve = detail.scores, detail.classes[name].drawn
    auc = curve.auc if curve is not None else None
    validation = results.validation.scores if results.validation is not None else None
    point = class_point(scores, validation, name, rule)
    interval = interval_facts(scores, [point] if point is not None else [])
    return {
        **(point.to_dict() if point is not None else {}),
        "test": test.name,
        "n": scores.n,
        "positive_class": name,
        "positives": int(scores.flags(name).sum()),
        "auc": auc.value if auc else None,
        "auc_low": auc.low if auc else None,
        "auc_high": auc.high if auc else None,
        "auc_bound": auc.bound if auc else None,
        "threshold_rule": f"{rule} on validation",
        "leakage": leakage_word(test),
        "level": interval["level"],
        "auc_method": auc.method if auc else None,
        "rate_method": interval["rates"],
        "counting": interval["counting"],
        "run": results.run.title,
        "notice": NOTICE,
    }


def leakage_word(test: TestResult) -> str:
    """The verdict on a test set in a table: "yes", "not fully checked" or "no"."""
    return {FOUND: "yes", CLEAN: "no"}.get(test.leakage.verdict, UNCHECKED)


def _cell(value: object) -> object:
    """A number with nine digits, nothing for NaN; anything else as it is."""
    if isinstance(value, float):
        return "" if value != value else f"{value:.9g}"
    return value
