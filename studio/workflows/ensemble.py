"""Several finished runs on pictures that none of them has seen, judged as one model: the mean of
their probabilities."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import StudioError, UsageError
from studio.files import building, write_json
from studio.jobs.kinds import CROSS_VALIDATION
from studio.opening import FileRefused, read_json, shown_path, shown_text
from studio.results.leakage import CLEAN, FOUND, UNCHECKED
from studio.results.model_results import KeptValidation, kept_validation, run_rule, set_figures
from studio.results.scores import ScoreSet, aligned, mean_scores, read_scores, write_scores
from studio.workflows.cross_validation import fold_runs
from studio.workflows.evaluate import NO_THRESHOLD, assessment_on, check_rule, evaluate_here

COMBINED = "mean of the probabilities"
SCORES_FILE, FIGURES_FILE = "scores.csv", "figures.json"
_VERDICTS = (CLEAN, UNCHECKED, FOUND)  # from the best to the worst
NO_COMMON_VALIDATION = (
    "The runs were validated on different pictures, so no threshold can be chosen for their mean: "
    "sensitivity, specificity and predictive values are not given. Give all of them the same --val."
)


def evaluate_ensemble(
    runs: Sequence[Path],
    test: Path,
    *,
    out: Path | None = None,
    device: str = "auto",
    rule: str | None = None,
    tables: Sequence[Path] = (),
    where: str = "",
    flips: bool = False,
    labels: Path | None = None,
    warn: Callable[[str], None] = lambda sentence: None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, message: None,
) -> dict[str, Any] | None:
    """Score a test folder with each run, and judge the mean of their probabilities.

    The folder of a cross-validation stands for its runs. Each evaluation is kept in its run as
    `evaluate_here` keeps it. Returns the figures of `evaluate_here` for the mean, with `combined`
    (how), `members` ([{run, auc, macro, leakage_verdict, scores}]) and the worst `leakage_verdict`;
    None when it was stopped. A threshold is chosen on the mean of the validation scores where all
    runs were validated on the same pictures. `out`, a new folder, gets `scores.csv` and
    `figures.json`.

    Raises UsageError for fewer than two runs, one that is given twice, runs of different classes,
    and an `out` that is there already.
    """
    runs = [run for given in runs for run in _runs_of(given)]
    classes, positive = _check(runs, out)
    rule = run_rule(runs[0]) if rule is None else check_rule(rule)
    members, sets = [], []
    unreadable: dict[str, str] = {}
    for number, run in enumerate(runs, 1):

        def tell(done: int, total: int, message: str, run: Path = run, at: int = number) -> None:
            on_progress(done, total, f"run {at} of {len(runs)}, {run.name}: {message}")

        def warn_of(sentence: str, run: Path = run) -> None:
            warn(f"{run.name}: {sentence}")

        result = evaluate_here(
            run, test, device=device, rule=rule, tables=tables, where=where, flips=flips,
            labels=labels, warn=warn_of, on_progress=tell,
        )  # fmt: skip
        if result is None:
            return None
        unreadable |= result["unreadable"]
        sets.append(read_scores(run / result["scores"], positive, classes))
        members.append(
            {
                "run": str(run),
                "auc": result["auc"],
                "macro": result["macro"],
                "leakage_verdict": result["leakage_verdict"],
                "scores": str(run / result["scores"]),
            }
        )
    scores = mean_scores(sets)
    validation = _validation(runs, classes)
    if validation is None:
        warn(NO_COMMON_VALIDATION if any(kept_validation(run) for run in runs) else NO_THRESHOLD)
    kept = KeptValidation(0, validation) if validation is not None else None
    figures = {
        "combined": COMBINED,
        "members": members,
        "flips": flips,
        **set_figures(scores, kept, rule),
        **assessment_on(test, scores, validation, rule),
        "unreadable": unreadable,
        "leakage_verdict": max((m["leakage_verdict"] for m in members), key=_VERDICTS.index),
        "kept": None,
    }
    if out is not None:
        figures["kept"] = str(out)
        with building(out) as folder:
            folder.mkdir(parents=True)
            write_scores(folder / SCORES_FILE, scores)
            write_json(folder / FIGURES_FILE, figures)
    return figures


def _runs_of(folder: Path) -> list[Path]:
    """A run itself, or the runs of a cross-validation in their order."""
    if not (folder / jobs.JOB_FILE).is_file() or jobs.load(folder).kind != CROSS_VALIDATION.name:
        return [folder]
    return fold_runs(folder)


def _check(runs: Sequence[Path], out: Path | None) -> tuple[tuple[str, ...], str]:
    """Classes and positive class of all runs."""
    if len(runs) < 2:
        raise UsageError("An ensemble needs two runs or more.")
    if len({run.resolve() for run in runs}) < len(runs):
        raise UsageError("A run of the ensemble is given twice: it would count twice.")
    if out is not None and out.exists():
        raise UsageError(f"{shown_path(out)} is there already: choose another folder.")
    told = [_classes(run) for run in runs]
    for run, own in zip(runs, told, strict=True):
        if own[0] != told[0][0]:
            raise UsageError(
                f"The runs of an ensemble have the same classes: {shown_path(runs[0])} has "
                f"{_listed(told[0][0])}, {shown_path(run)} has {_listed(own[0])}."
            )
        if own[1] != told[0][1]:
            raise UsageError(
                f"The runs of an ensemble have the same positive class: {shown_path(runs[0])} has "
                f"{shown_text(told[0][1], 60)}, {shown_path(run)} has {shown_text(own[1], 60)}."
            )
    return told[0]


def _classes(run: Path) -> tuple[tuple[str, ...], str]:
    """The classes of a run and its positive one, from what it wrote with its last epoch."""
    if not run.is_dir():
        raise StudioError(f"There is no run {shown_path(run)}.")
    try:
        history = read_json(run / "history.json")
        return tuple(str(one) for one in history["classes"]), str(history["positive"])
    except (FileRefused, KeyError, TypeError) as error:
        raise StudioError(
            f"{shown_path(run)} has no finished epoch, so no model: train it first."
        ) from error


def _listed(classes: Sequence[str]) -> str:
    return ", ".join(shown_text(one, 60) for one in classes)


def _validation(runs: Sequence[Path], classes: Sequence[str]) -> ScoreSet | None:
    """The mean of the validation scores; None unless all runs have them for the same pictures."""
    kept = [kept_validation(run) for run in runs]
    found = [one.scores for one in kept if one is not None]
    if len(found) < len(runs) or any(aligned(found[0], one) is None for one in found[1:]):
        return None
    return mean_scores(found)
