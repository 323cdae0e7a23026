"""Results of a run as files: table, raw scores, curves, and what they may be used for."""

from datetime import UTC, datetime
from pathlib import Path

from studio.errors import StudioError
from studio.files import building, write_json, write_text
from studio.results.model_results import ModelResults
from studio.results.operating import class_point, confusion_matrix, interval_facts
from studio.results.tables import NOTICE, csv_text
from studio.tables import read_table, writing_table


def export_results(results: ModelResults, out: Path, rule: str) -> list[Path]:
    """Write a run's results as tables, with `about.json`, into a new folder; returns the files.

    `results.csv` has a row for each test set and class, `roc.csv` the curves, `confusion.csv` the
    images by true and called class, `scores/` the raw scores. All of it appears at once. Raises
    StudioError where `out` is in use or cannot be written.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{out} is not empty: choose another folder for the results.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with building(out) as part:
            part.mkdir()
            text = csv_text(results, rule, results.classes)
            write_text(part / "results.csv", text, errors="surrogateescape")
            _write_curves(part / "roc.csv", results)
            _write_confusion(part / "confusion.csv", results, rule)
            _copy_scores(part / "scores", results)
            write_json(part / "about.json", _about(results, rule))
    except OSError as error:
        raise StudioError(f"The results cannot be written to {out}: {error.strerror}.") from error
    return sorted(path for path in out.rglob("*") if path.is_file())


def _write_curves(path: Path, results: ModelResults) -> None:
    with writing_table(path, ["test", "class", "fpr", "tpr", "threshold"]) as table:
        for test in results.tests:
            for name, curve in (test.detail.classes if test.detail else {}).items():
                roc = curve.roc
                if roc.estimable:
                    for point in zip(roc.fpr, roc.tpr, roc.thresholds, strict=True):
                        table.row([test.name, name, *(f"{value:.9g}" for value in point)])


def _write_confusion(path: Path, results: ModelResults, rule: str) -> None:
    validation = results.validation.scores if results.validation is not None else None
    with writing_table(path, ["test", "true_class", "called_class", "images", "call"]) as table:
        for test in results.tests:
            if test.detail is None:
                continue
            scores = test.detail.scores
            point = class_point(scores, validation, scores.positive, rule)
            matrix, call = confusion_matrix(scores, point)
            for truth, counts in zip(scores.classes, matrix.tolist(), strict=True):
                for called, count in zip(scores.classes, counts, strict=True):
                    table.row([test.name, truth, called, count, call])


def _copy_scores(folder: Path, results: ModelResults) -> None:
    folder.mkdir()
    for test in results.tests:
        if test.scores is not None:
            head, *rows = read_table(test.scores)
            with writing_table(folder / test.scores.name, head) as table:
                for row in rows:
                    table.row(row)


def _about(results: ModelResults, rule: str) -> dict[str, object]:
    run = results.run
    return {
        "notice": NOTICE,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": run.title,
        "run_folder": run.run_dir.name,
        "model": run.plan.get("model"),
        "weights": run.plan.get("weights"),
        "classes": list(run.classes),
        "positive": run.positive,
        "threshold": results.threshold(rule),
        "thresholds": {name: results.threshold(rule, name) for name in results.classes},
        "threshold_rule": f"{rule} on the validation set, {results.validation_key}",
        "tests": {
            test.name: {
                "scores": f"scores/{test.scores.name}" if test.scores else None,
                "interval": interval_facts(test.detail.scores) if test.detail else None,
                "leakage": test.leakage.found or None,
                "leakage_unchecked": test.leakage.unchecked or None,
            }
            for test in results.tests
        },
    }
