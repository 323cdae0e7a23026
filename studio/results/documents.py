"""A run and a comparison of runs as documents in JSON's own types: what the window shows of them.

The figures are those of the Train and Evaluate workspaces, from the same functions.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.errors import UsageError
from studio.opening import finite
from studio.results.assessment import assessment
from studio.results.classifier_run import ClassifierRun, epoch_number, load_scores
from studio.results.comparison import ComparedRun, compare_scores, corrected
from studio.results.gan_run import GanRun
from studio.results.model_results import (
    KeptValidation,
    ModelResults,
    TestResult,
    read_results,
    set_figures,
    validation_figures,
)
from studio.results.operating import interval_facts
from studio.results.scores import ScoreSet
from studio.results.training_log import NetworkSnapshot
from studio.results.wrong_labels import candidates_document, label_candidates

VALIDATION = "validation"


def classifier_document(results: ModelResults, rule: str = "") -> dict[str, Any]:
    """The training of a classifier with all its test sets, at the thresholds of `rule` (the run's
    own without one).

    `{kind, run, title, state, error, model, weights, device, classes, positive, counts, rule,
    epochs: [{epoch, loss, val_loss, auc, auc_low, auc_high, lr}], total_epochs, frozen, validation,
    label_candidates, tests: [{name, title, leakage_verdict, leakage, left_out, evaluated, figures,
    label_candidates}], unfinished, warnings}`. `label_candidates` are images of the validation or
    test set whose label is likely to be wrong (see `results.wrong_labels`). `validation` and
    `figures` are those of `operating.summary`, with `thresholds`; None where the scores are gone.
    Takes tenths of a second for the validation set.
    """
    run, rule = results.run, rule or results.rule
    kept = results.kept
    weights = run.plan.get("weights")
    return {
        "kind": run.status.kind,
        **_state(run),
        "model": run.plan.get("model"),
        "weights": weights.get("source") if isinstance(weights, dict) else None,
        "device": run.plan.get("device"),
        "classes": list(run.classes),
        "positive": run.positive,
        "counts": run.plan.get("counts"),
        "rule": rule,
        "epochs": [
            {"epoch": e.number, "loss": e.loss, "val_loss": e.val_loss, "auc": e.auc}
            | {"auc_low": e.low, "auc_high": e.high, "lr": e.lr}
            for e in run.epochs
        ],
        "total_epochs": run.total_epochs,
        "frozen": {"auc": run.frozen.auc, "auc_low": run.frozen.low, "auc_high": run.frozen.high}
        if run.frozen is not None
        else None,
        "validation": validation_figures(kept, rule) if kept is not None else None,
        "label_candidates": candidates_document(label_candidates(kept.scores)) if kept else [],
        "tests": [_test(one, kept, rule) for one in results.tests],
        "unfinished": [
            {"run": str(one.run_dir), "test": one.test, "state": one.state, "error": one.error}
            for one in results.unfinished
        ],
        "warnings": list(run.warnings),
    }


def _state(run: ClassifierRun | GanRun) -> dict[str, Any]:
    told = {"run": str(run.run_dir), "title": run.title, "state": run.status.state}
    return {**told, "error": run.status.error or run.error or None}


def _test(test: TestResult, kept: KeptValidation | None, rule: str) -> dict[str, Any]:
    return {
        "name": test.name,
        "title": test.title,
        "leakage_verdict": test.leakage.verdict,
        "leakage": list(test.leakage.sentences),
        "left_out": test.left_out,
        "evaluated": test.evaluated,
        "figures": set_figures(test.detail.scores, kept, rule) if test.detail else None,
        **(_assessment(test.detail.scores, kept) if test.detail else {}),
    }


def _assessment(scores: ScoreSet, kept: KeptValidation | None) -> dict[str, Any]:
    """Calibration, decision curve and candidates for wrong labels; subgroups are those of an
    evaluation, which has the table."""
    told = assessment(scores, kept.scores if kept is not None else None)
    kept_keys = ("calibration", "decision_curve", "detectable_auc", "top1", "top3")
    candidates = candidates_document(label_candidates(scores))
    return {**{key: told[key] for key in kept_keys}, "label_candidates": candidates}


def gan_document(run: GanRun) -> dict[str, Any]:
    """The training of a GAN: `{kind, run, title, state, error, kimg, total_kimg, resolution,
    pictures, classes, device, step, best, snapshots, warnings}`. A snapshot is `{kimg, kid,
    kid_low, kid_high, network, metrics, notes}`; `best` is one of them or None."""
    plan, best = run.plan, run.best
    return {
        "kind": run.status.kind,
        **_state(run),
        "kimg": run.kimg,
        "total_kimg": run.total_kimg or None,
        **{key: plan.get(key) for key in ("resolution", "pictures", "classes", "device")},
        "step": {
            key: finite(run.step.get(key))
            for key in ("loss_g", "loss_d", "ada_p", "images_per_s", "memory_mb", "eta_s")
        },
        "best": _network_snapshot(best) if best is not None else None,
        "snapshots": [_network_snapshot(one) for one in run.snapshots],
        "warnings": list(run.warnings),
    }


def _network_snapshot(one: NetworkSnapshot) -> dict[str, Any]:
    low, high = one.interval or (None, None)
    told = {"kimg": one.kimg, "kid": one.kid, "kid_low": low, "kid_high": high}
    return {**told, "network": one.network, "metrics": dict(one.metrics), "notes": list(one.notes)}


def comparison_document(
    run_dirs: Sequence[Path], test: str = "", name: str = "", rule: str = ""
) -> dict[str, Any]:
    """The first run compared with each other one on the same images, class `name` against the rest.

    `{class, runs: [{run, title}], sets: [{set, runs: [{run, title, epoch, n, auc, auc_low,
    auc_high, auc_bound, operating_point, reason, comparison}]}]}`, a set for validation (the last
    epoch of each run, as the Train workspace shows it) and one for each test set of the first run,
    or only the one called `test`. `comparison` is `{difference, low, high, p, p_holm, method,
    images, groups}`: the first run's AUC minus this one's; None with its `reason` where there is
    none. `p_holm` is corrected for the runs compared on that set where there are several. The
    operating points are those of `rule`, or of each run's own. Raises UsageError for fewer than two
    runs and for a test set or class that the first does not have.
    """
    if len(run_dirs) < 2:
        raise UsageError("A comparison needs two runs or more: name their folders.")
    runs = [read_results(None, run_dir) for run_dir in run_dirs]
    first = runs[0]
    name = name or first.positive
    if name not in first.run.classes:
        known = ", ".join(first.run.classes) or "none"
        raise UsageError(f"{run_dirs[0]} has no class {name}; it has: {known}.")
    chosen = [one for one in first.tests if not test or test in (one.name, one.title)]
    if test and test != VALIDATION and not chosen:
        known = ", ".join([VALIDATION, *(one.title for one in first.tests)])
        raise UsageError(f"{run_dirs[0]} has no test set {test}; it has: {known}.")
    sets: list[TestResult | None] = [None] if test in ("", VALIDATION) else []
    return {
        "class": name,
        "runs": [{"run": str(one.run.run_dir), "title": one.run.title} for one in runs],
        "sets": [_compared_set(runs, one, name, rule) for one in (*sets, *chosen)],
    }


def _compared_set(
    runs: Sequence[ModelResults], test: TestResult | None, name: str, rule: str
) -> dict[str, Any]:
    measured = [_measured(one, test) for one in runs]
    shown = measured[0]
    others: dict[int, ComparedRun] = {}
    for index, scores in enumerate(measured[1:], start=1):
        if shown is not None and scores is not None:
            run, key = runs[index].run, test.name if test is not None else VALIDATION
            found = compare_scores(run, key, scores, shown, name)
            if found is not None:
                others[index] = found
    told = dict(zip(others, corrected(list(others.values())), strict=True))
    rows = [
        {
            **_row(one, scores, test is None, name, rule or one.rule),
            **(_comparison(told.get(index)) if index else {"reason": None, "comparison": None}),
        }
        for index, (one, scores) in enumerate(zip(runs, measured, strict=True))
    ]
    return {"set": test.title if test is not None else VALIDATION, "runs": rows}


def _measured(results: ModelResults, test: TestResult | None) -> ScoreSet | None:
    """The scores of a run on the set; None where it has none."""
    if test is None:
        key = results.run.newest
        return load_scores(results.run, key) if key is not None else None
    own = [one for one in results.tests if one.name == test.name]
    own = own or [one for one in results.tests if one.title == test.title]
    return own[0].detail.scores if own and own[0].detail is not None else None


def _row(
    results: ModelResults, scores: ScoreSet | None, validation: bool, name: str, rule: str
) -> dict[str, Any]:
    run = results.run
    told: dict[str, Any] = {"run": str(run.run_dir), "title": run.title, "epoch": None}
    told |= dict.fromkeys(("n", "auc", "auc_low", "auc_high", "auc_bound", "operating_point"))
    if scores is None or name not in scores.classes:
        return told
    kept = results.kept
    if validation:
        newest = run.newest or ""
        told["epoch"] = epoch_number(newest) if newest.startswith("epoch ") else None
        kept = KeptValidation(told["epoch"] or 0, scores)  # its rates are measured where chosen
    figures = set_figures(scores, kept, rule)
    own = figures["classes"][name]
    return {
        **told,
        "n": scores.n,
        "auc": own["auc"],
        "auc_low": own["low"],
        "auc_high": own["high"],
        "auc_bound": own["bound"],
        "operating_point": own["operating_point"],
        "counting": interval_facts(scores)["counting"],
    }


def _comparison(other: ComparedRun | None) -> dict[str, Any]:
    if other is None:
        return {"reason": "it has no curve of this class on this set", "comparison": None}
    found = other.comparison
    if found is None:
        return {"reason": "it was measured on other images", "comparison": None}
    if not found.estimable:
        reason = "both rank the images alike, so p is not estimable"
        return {"reason": reason, "comparison": None}
    numbers = {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p}
    told = {key: float(value) if math.isfinite(value) else None for key, value in numbers.items()}
    facts = {"method": found.method, "images": found.images, "groups": found.groups or None}
    return {"reason": None, "comparison": {**told, "p_holm": other.corrected, **facts}}
