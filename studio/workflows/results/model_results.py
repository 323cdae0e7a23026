"""What a run has been tested on, and how it did: gathered from run folders, off the Qt thread."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.errors import StudioError
from studio.stats import Confusion, confusion, operating_point
from studio.workflows.results.curves import Detail, detail
from studio.workflows.results.run_reader import RunReader, Snapshot, epoch_key, load_detail
from studio.workflows.results.scores import inside, read_scores

if TYPE_CHECKING:
    from studio.project import Project

LIVE = frozenset({"queued", "running", "stopping"})


@dataclass(frozen=True)
class TestResult:
    """One test set. `detail` is None where its scores are gone.

    `leakage` says what was found, `unchecked` why not every picture was looked at; or "".
    """

    name: str
    title: str
    scores: Path | None
    detail: Detail | None
    leakage: str = ""
    unchecked: str = ""
    left_out: int = 0


@dataclass(frozen=True)
class Going:
    """An evaluation that has not ended well: under way, failed, stopped or crashed."""

    run_dir: Path
    test: str
    state: str
    error: str = ""


@dataclass(frozen=True)
class ModelResults:
    """A run, the evaluation on its own validation set, and its test sets by name."""

    snapshot: Snapshot
    validation_key: str
    validation: Detail | None
    tests: tuple[TestResult, ...]
    going: tuple[Going, ...] = field(default=())

    def threshold(self, rule: str) -> float | None:
        """The threshold of a rule on the validation set; None where there is no curve."""
        if self.validation is None or not self.validation.positive.roc.estimable:
            return None
        return operating_point(self.validation.positive.roc, rule).threshold


def short_name(name: str, parts: int = 1) -> str:
    """The last parts of a path."""
    return "/".join(name.replace("\\", "/").rstrip("/").split("/")[-parts:]) or name


def kept_key(snapshot: Snapshot) -> str | None:
    """The validation evaluation of the epoch that the run keeps as its model."""
    settings = snapshot.plan.get("settings") or {}
    known = [epoch for epoch in snapshot.epochs if epoch.scores]
    if settings.get("keep") == "best":
        best = [epoch for epoch in known if epoch.estimable and epoch.auc is not None]
        if best:
            return epoch_key(max(best, key=lambda e: (e.auc or 0.0, -e.number)).number)
    return epoch_key(known[-1].number) if known else None


def read_results(project: "Project", run_dir: Path) -> ModelResults:
    """Everything that is known of a run's tests. Raises StudioError for a folder without a run."""
    snapshot = RunReader(run_dir).read()
    tests: dict[str, TestResult] = {}
    for scored in snapshot.tests:
        tests[scored.name] = _result(snapshot, scored.name, scored.scores, {})
    going = []
    for folder in [run.folder for run in project.runs.list("evaluate")]:
        found = _evaluation(folder, run_dir)
        if found is None:
            continue
        test, result, state = found
        if result is not None:
            name = str(result.get("name") or test)
            tests[name] = _result(snapshot, name, result.get("scores"), result)
        elif state.state != "finished":
            going.append(Going(folder, test, state.state, state.error or ""))
    key = kept_key(snapshot)
    return ModelResults(
        snapshot,
        key or "",
        load_detail(snapshot, key, band=False) if key else None,
        _titled(list(tests.values())),
        tuple(going),
    )


def _evaluation(
    folder: Path, model_run: Path
) -> tuple[str, dict[str, Any] | None, jobs.JobStatus] | None:
    """(test, result, status) of an evaluation of `model_run`; None for one of another run."""
    try:
        spec, status = jobs.load(folder), jobs.status(folder)
    except StudioError:
        return None
    if spec.kind != "evaluate" or Path(str(spec.params.get("run"))) != model_run.absolute():
        return None
    events, _ = jobs.read_events(folder)
    results = [e.get("result") for e in events if e["event"] == "finished"]
    result = results[-1] if results and isinstance(results[-1], dict) else None
    return str(spec.params.get("test", "")), result, status


def _result(snapshot: Snapshot, name: str, scores: object, result: dict[str, Any]) -> TestResult:
    path = inside(snapshot.run_dir, str(scores) if scores else None)
    leakage, unchecked = _leakage(result if result else snapshot.plan, bool(result))
    left_out = len(result.get("left_out") or ()) + len(result.get("unreadable") or ())
    found = None
    if path is not None:
        found = detail(read_scores(path, snapshot.positive, snapshot.classes))
    return TestResult(name, short_name(name), path, found, leakage, unchecked, left_out)


def _leakage(record: dict[str, Any], evaluated: bool) -> tuple[str, str]:
    """(what was found, what was not looked at) by an evaluation, or by the training's plan."""
    from studio.workflows.evaluate import NOT_LOOKED_FOR, lost_sentence
    from studio.workflows.training_data import SEEN_IN_VALIDATION

    told = record.get("leakage")
    if not isinstance(told, dict):
        return "", NOT_LOOKED_FOR
    sentences = [] if told.get("clean", True) else [str(told.get("sentence", ""))]
    within = told.get("validation" if evaluated else "test_in_validation")
    if isinstance(within, dict) and not within.get("clean", True):
        sentences.append(SEEN_IN_VALIDATION)
    lost = told.get("lost")
    return "\n".join(sentences), lost_sentence(lost) if isinstance(lost, int) and lost else ""


def _titled(tests: list[TestResult]) -> tuple[TestResult, ...]:
    """Two sets of one name are told apart by the folder that each lies in."""
    names = Counter(test.title for test in tests)
    return tuple(
        replace(test, title=short_name(test.name, 2)) if names[test.title] > 1 else test
        for test in tests
    )


def counts_at(found: Detail, threshold: float | None) -> Confusion | None:
    """The counts at a carried-over threshold; None without one or with one class only."""
    if threshold is None or not found.positive.roc.estimable:
        return None
    scores = found.scores
    name = scores.positive
    return confusion(scores.scores(name), scores.flags(name), threshold)
