"""What a run has been tested on, and how it did: gathered from run folders, off the Qt thread."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import StudioError
from studio.jobs.event_models import FinishedEvent
from studio.jobs.kinds import EVALUATE, EvaluateParams
from studio.results.classifier_run import (
    ClassifierReader,
    ClassifierRun,
    epoch_key,
    epoch_number,
    load_detail,
    load_scores,
)
from studio.results.curves import Detail, detail
from studio.results.leakage import LeakageFinding, evaluation_finding, training_finding
from studio.results.operating import OnProgress, summary, threshold_of
from studio.results.run_list import RunsOwner
from studio.results.scores import ScoreSet, inside, read_scores
from studio.stats import RULES

EVALUATIONS = "evaluations"
"""The folder in a run for evaluations that the command line makes."""


@dataclass(frozen=True)
class TestResult:
    """One test set. `detail` is None where its scores are gone.

    `record` is the whole leakage check, of an evaluation (`evaluated`) or of the training before
    it, and `leakage` what it says of this set.
    """

    name: str
    title: str
    scores: Path | None
    detail: Detail | None
    leakage: LeakageFinding = field(default_factory=LeakageFinding)
    left_out: int = 0
    record: dict[str, Any] | None = None
    evaluated: bool = False


@dataclass(frozen=True)
class UnfinishedEvaluation:
    """An evaluation that has not ended well: under way, failed, stopped or crashed."""

    run_dir: Path
    test: str
    state: str
    error: str = ""


@dataclass(frozen=True)
class ModelResults:
    """A run, the evaluation on its own validation set, and its test sets by name."""

    run: ClassifierRun
    validation_key: str
    validation: Detail | None
    tests: tuple[TestResult, ...]
    unfinished: tuple[UnfinishedEvaluation, ...] = field(default=())

    @property
    def rule(self) -> str:
        """The rule by which the run itself chooses thresholds."""
        return own_rule(self.run.params)

    @property
    def kept(self) -> "KeptValidation | None":
        """The validation scores of the epoch that the run keeps."""
        if self.validation is None:
            return None
        return KeptValidation(epoch_number(self.validation_key), self.validation.scores)

    @property
    def positive(self) -> str:
        """The class that the run calls positive."""
        return self.run.positive

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that are looked at, each against the rest: of two the positive one."""
        names = self.run.classes
        if len(names) <= 2:
            return (self.positive,)
        return (self.positive, *(name for name in names if name != self.positive))

    def threshold(self, rule: str, name: str = "") -> float | None:
        """The threshold of a rule for a class (the positive one without a name) on validation.

        None where there is no curve.
        """
        scores = self.validation.scores if self.validation is not None else None
        return threshold_of(scores, name or self.positive, rule)


def short_name(name: str, parts: int = 1) -> str:
    """The last parts of a path."""
    return "/".join(name.replace("\\", "/").rstrip("/").split("/")[-parts:]) or name


def kept_key(run: ClassifierRun) -> str | None:
    """The validation evaluation of the epoch that the run keeps as its model."""
    settings = run.plan.get("settings") or {}
    known = [epoch for epoch in run.epochs if epoch.scores]
    if settings.get("keep") == "best":
        best = [epoch for epoch in known if epoch.estimable and epoch.auc is not None]
        if best:
            return epoch_key(max(best, key=lambda e: (e.auc or 0.0, -e.number)).number)
    return epoch_key(known[-1].number) if known else None


@dataclass(frozen=True)
class KeptValidation:
    """The validation scores of the epoch that a run keeps, on which its thresholds are chosen."""

    epoch: int
    scores: ScoreSet


def kept_validation(run_dir: Path) -> KeptValidation | None:
    """None where the run keeps no validation scores, or they cannot be read."""
    try:
        run = ClassifierReader(run_dir).read()
        key = kept_key(run)
        return KeptValidation(epoch_number(key), load_scores(run, key)) if key else None
    except StudioError:
        return None


def figures_of(run_dir: Path, result: dict[str, Any], rule: str) -> dict[str, Any]:
    """The figures of a set that a run was measured on; see `operating.summary`.

    `result` names the positive class, the classes and the file of scores, as the `test` event of a
    training does. `thresholds` says what the thresholds were chosen on: `{rule, chosen_on, images,
    epoch}`, None where the run keeps no validation scores. Raises StudioError where the scores
    cannot be read.
    """
    scores = read_scores(run_dir / result["scores"], result["positive"], list(result["classes"]))
    return set_figures(scores, kept_validation(run_dir), rule)


def set_figures(
    scores: ScoreSet,
    kept: KeptValidation | None,
    rule: str,
    on_progress: OnProgress = lambda done, total: None,
) -> dict[str, Any]:
    """As `figures_of`, of scores that were read before; see `operating.summary`."""
    thresholds: dict[str, Any] | None = None
    if kept is not None:
        same = kept.scores is scores
        thresholds = {"rule": rule, "chosen_on": "the same images" if same else "validation"}
        thresholds |= {"images": kept.scores.n, "epoch": kept.epoch}
    figures = summary(scores, kept.scores if kept is not None else None, rule, on_progress)
    return {**figures, "thresholds": thresholds}


def validation_figures(
    kept: KeptValidation, rule: str, on_progress: OnProgress = lambda done, total: None
) -> dict[str, Any]:
    """The figures of the kept epoch on the validation set, with `epoch`; see `operating.summary`.

    Its thresholds were chosen on the same images, so the rates are too optimistic; `thresholds`
    says so.
    """
    return {**set_figures(kept.scores, kept, rule, on_progress), "epoch": kept.epoch}


def run_rule(run_dir: Path) -> str:
    """As `own_rule`, of a run's folder; the first of the rules for a folder without a job."""
    try:
        return own_rule(jobs.load(run_dir).params)
    except StudioError:
        return RULES[0]


def own_rule(params: Mapping[str, Any]) -> str:
    """The rule by which a run itself chooses thresholds: of `studio.stats.RULES`."""
    rule = params.get("rule")
    return rule if rule in RULES else RULES[0]


def read_results(project: RunsOwner | None, run_dir: Path) -> ModelResults:
    """Everything that is known of a run's tests. Raises StudioError for a folder without a run.

    Evaluations lie in the project or, where the command line made them, in the run itself. Of
    several on one test set the newest counts.
    """
    run = ClassifierReader(run_dir).read()
    tests: dict[str, TestResult] = {}
    for scored in run.tests:
        tests[scored.name] = _result(run, scored.name, scored.scores, {})
    unfinished = []
    for folder, (test, result, state) in _evaluations(project, run_dir):
        if result is not None:
            name = str(result.get("name") or test)
            tests[name] = _result(run, name, result.get("scores"), result)
        elif state.state != "finished":
            unfinished.append(UnfinishedEvaluation(folder, test, state.state, state.error or ""))
    key = kept_key(run)
    return ModelResults(
        run,
        key or "",
        load_detail(run, key, band=False) if key else None,
        _titled(list(tests.values())),
        tuple(unfinished),
    )


@dataclass(frozen=True)
class TestedSet:
    """A test set by name and short title, with a run that was tested on it."""

    name: str
    title: str
    run_dir: Path


def tested_sets(project: RunsOwner | None, runs: Sequence[Path]) -> list[TestedSet]:
    """The test sets of these runs, each with the first of the runs that has a result on it. Only
    logs are read, no scores; a run that cannot be read is left out."""
    first: dict[str, Path] = {}
    for run_dir in runs:
        with contextlib.suppress(StudioError):
            for scored in ClassifierReader(run_dir).read().tests:
                first.setdefault(scored.name, run_dir)
            for _, (test, result, _state) in _evaluations(project, run_dir):
                if result is not None:
                    first.setdefault(str(result.get("name") or test), run_dir)
    names = list(first)
    return [TestedSet(n, t, first[n]) for n, t in zip(names, _titles(names), strict=True)]


Evaluation = tuple[str, dict[str, Any] | None, jobs.JobStatus]
"""(test, result, status); no result where the evaluation has not finished."""


def _evaluations(project: RunsOwner | None, run_dir: Path) -> list[tuple[Path, Evaluation]]:
    """The evaluations of a run with their folders, oldest first."""
    own = run_dir / EVALUATIONS
    folders = sorted(own.iterdir()) if own.is_dir() else []
    if project is not None:
        folders += [run.folder for run in project.runs.list(*EVALUATE.names)]
    found = []
    for folder in folders:
        # A run that was moved keeps the evaluations inside of it.
        evaluation = _evaluation(folder, None if folder.parent == own else run_dir)
        if evaluation is not None:
            found.append((folder, evaluation))
    return sorted(found, key=lambda one: one[1][2].started or "~")


def _evaluation(folder: Path, model_run: Path | None) -> Evaluation | None:
    """The evaluation in a folder; None for one of another run than `model_run`, if that is said."""
    try:
        spec, status = jobs.load(folder), jobs.status(folder)
    except StudioError:
        return None
    if spec.kind != EVALUATE.name:
        return None
    try:
        params: EvaluateParams = spec.parsed_params
    except StudioError:
        return None  # it fails with that sentence when it is run
    if model_run is not None and params.run != model_run.absolute():
        return None
    lines, _ = jobs.read_events(folder)
    ends = jobs.parse_events(lines, FinishedEvent)
    result = ends[-1].result if ends and isinstance(ends[-1].result, dict) else None
    return str(params.test), result, status


def _result(run: ClassifierRun, name: str, scores: object, result: dict[str, Any]) -> TestResult:
    path = inside(run.run_dir, str(scores) if scores else None)
    told = (result or run.plan).get("leakage")
    finding = evaluation_finding(told) if result else training_finding(told, name)
    left_out = len(result.get("left_out") or ()) + len(result.get("unreadable") or ())
    found = None
    if path is not None:
        # One damaged table costs its test set, not the others.
        with contextlib.suppress(StudioError):
            found = detail(read_scores(path, run.positive, run.classes))
    return TestResult(
        name,
        short_name(name),
        path,
        found,
        finding,
        left_out,
        told if isinstance(told, dict) else None,
        bool(result),
    )


def _titled(tests: list[TestResult]) -> tuple[TestResult, ...]:
    titles = _titles([test.name for test in tests])
    return tuple(replace(test, title=title) for test, title in zip(tests, titles, strict=True))


def _titles(names: Sequence[str]) -> list[str]:
    """Short names; two sets of one name are told apart by the folder that each lies in."""
    short = Counter(map(short_name, names))
    return [short_name(name, 2 if short[short_name(name)] > 1 else 1) for name in names]
