"""Results of a run as files: table, raw scores, curves, and what they may be used for."""

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from studio.datasets.exports.table import harmless
from studio.errors import StudioError
from studio.ui.evaluate.result_table import NOTICE, csv_text
from studio.workflows.results.model_results import ModelResults


def export_results(results: ModelResults, out: Path, rule: str) -> list[Path]:
    """Write `results.csv`, `roc.csv`, `scores/` and `about.json` into a new folder.

    All of it appears at once. Raises StudioError where `out` is in use or cannot be written.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{out} is not empty: choose another folder for the results.")
    part = out.with_name(f".{out.name}.part-{uuid4().hex}")
    try:
        part.mkdir(parents=True)
        (part / "results.csv").write_text(csv_text(results, rule), encoding="utf-8")
        _write_curves(part / "roc.csv", results)
        _copy_scores(part / "scores", results)
        about = json.dumps(_about(results, rule), indent=1)
        (part / "about.json").write_text(about, encoding="utf-8")
        if out.exists():
            out.rmdir()
        part.replace(out)
    except OSError as error:
        raise StudioError(f"The results cannot be written to {out}: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return sorted(path for path in out.rglob("*") if path.is_file())


def _write_curves(path: Path, results: ModelResults) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        writer = csv.writer(stream)
        writer.writerow(["test", "class", "fpr", "tpr", "threshold"])
        for test in results.tests:
            for name, curve in (test.detail.classes if test.detail else {}).items():
                roc = curve.roc
                if roc.estimable:
                    points = zip(roc.fpr, roc.tpr, roc.thresholds, strict=True)
                    for fpr, tpr, threshold in points:
                        row = (f"{fpr:.9g}", f"{tpr:.9g}", f"{threshold:.9g}")
                        writer.writerow([harmless(test.name), harmless(name), *row])


def _copy_scores(folder: Path, results: ModelResults) -> None:
    folder.mkdir()
    for test in results.tests:
        if test.scores is not None:
            _copy_table(test.scores, folder / test.scores.name)


def _copy_table(source: Path, target: Path) -> None:
    """Every figure as it stands; files and classes are texts from outside."""
    text: dict[str, Any] = {"newline": "", "encoding": "utf-8", "errors": "surrogateescape"}
    with source.open(**text) as reading, target.open("x", **text) as writing:
        writer = csv.writer(writing)
        for file, label, *figures in csv.reader(reading):
            writer.writerow([harmless(file), harmless(label), *figures])


def _about(results: ModelResults, rule: str) -> dict[str, object]:
    snapshot = results.snapshot
    return {
        "notice": NOTICE,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": snapshot.title,
        "run_folder": snapshot.run_dir.name,
        "model": snapshot.plan.get("model"),
        "weights": snapshot.plan.get("weights"),
        "classes": list(snapshot.classes),
        "positive": snapshot.positive,
        "threshold": results.threshold(rule),
        "threshold_rule": f"{rule} on the validation set, {results.validation_key}",
        "tests": {
            test.name: {
                "scores": f"scores/{test.scores.name}" if test.scores else None,
                "leakage": test.leakage or None,
                "leakage_unchecked": test.unchecked or None,
            }
            for test in results.tests
        },
    }
