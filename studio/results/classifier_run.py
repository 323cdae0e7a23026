"""The training of a classifier at one moment: state, history, and the curve of every epoch."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobStatus
from studio.jobs.event_models import TestEvent, TrainPlanEvent, TrainStepEvent
from studio.jobs.kinds import TRAIN
from studio.results.curves import Curve, Detail, class_curve, detail
from studio.results.run_identity import UNNUMBERED, RunIdentity, identity_of
from studio.results.run_log import Epoch, RunLog, Scored
from studio.results.run_reader import RunReader
from studio.results.scores import ScoreSet, inside, read_scores

FROZEN = "frozen"


def epoch_key(number: int) -> str:
    """The name of an epoch's evaluation."""
    return f"epoch {number}"


def epoch_number(key: str) -> int:
    """The number in the name of an epoch's evaluation."""
    return int(key.removeprefix("epoch "))


def test_key(name: str) -> str:
    """The name of a test set's evaluation."""
    return f"test {name}"


@dataclass(frozen=True)
class ClassifierRun:
    """A run at one moment. `curves` are those of epochs that have one, by epoch number."""

    run_dir: Path
    status: JobStatus
    title: str
    params: dict[str, Any]
    plan: dict[str, Any]
    classes: tuple[str, ...]
    positive: str
    total_epochs: int
    frozen: Scored | None
    epochs: tuple[Epoch, ...]
    steps: tuple[TrainStepEvent, ...]
    tests: tuple[Scored, ...]
    warnings: tuple[str, ...]
    error: str
    curves: dict[int, Curve] = field(default_factory=dict)
    identity: RunIdentity = UNNUMBERED

    @property
    def several(self) -> bool:
        """Whether there are more than two classes."""
        return len(self.classes) > 2

    def files(self) -> dict[str, str]:
        """Score files by the name of their evaluation, newest epoch first."""
        found = {epoch_key(e.number): e.scores for e in reversed(self.epochs) if e.scores}
        if self.frozen is not None and self.frozen.scores:
            found[FROZEN] = self.frozen.scores
        found |= {test_key(test.name): test.scores for test in self.tests if test.scores}
        return found

    @property
    def newest(self) -> str | None:
        """The evaluation to show unless another is chosen: never a test set."""
        return next((key for key in self.files() if not key.startswith("test ")), None)


class ClassifierReader(RunReader[ClassifierRun, RunLog]):
    """Reads the training of a classifier, with the curve of each epoch."""

    kind = TRAIN

    def begin(self) -> None:
        self._log = RunLog()
        self._curves: dict[int, Curve] = {}
        self._read_files: dict[int, tuple[str, int]] = {}

    def check(self, status: JobStatus) -> None:
        if status.kind != TRAIN.name:
            kind = status.kind
            raise StudioError(f"{self.run_dir} holds no training of a classifier but a {kind} job.")

    def _read_curves(self) -> None:
        log = self._log
        if len(log.classes) > 2:
            return  # one curve a class of the chosen epoch is shown instead of the family
        for epoch in log.ordered():
            path = inside(self.run_dir, epoch.scores)
            if path is None:
                continue
            stamp = (str(path), path.stat().st_mtime_ns)
            if self._read_files.get(epoch.number) == stamp:
                continue
            self._read_files[epoch.number] = stamp
            try:
                scores = read_scores(path, log.positive, log.classes)
                drawn = class_curve(scores, scores.positive).drawn
            except StudioError:
                continue  # a damaged table costs its curve, not the history
            if drawn is not None:
                self._curves[epoch.number] = drawn

    def run_at(self, status: JobStatus) -> ClassifierRun:
        self._read_curves()
        log = self._log
        return ClassifierRun(
            run_dir=self.run_dir,
            status=status,
            title=status.title,
            params=jobs.load(self.run_dir).params,
            plan=log.plan,
            classes=tuple(log.classes),
            positive=log.positive,
            total_epochs=log.total_epochs,
            frozen=log.frozen,
            epochs=tuple(log.ordered()),
            steps=tuple(log.steps),
            tests=tuple(log.tests.values()),
            warnings=tuple(log.warnings),
            error=log.error,
            curves=dict(self._curves),
            identity=identity_of(self.run_dir),
        )


def load_scores(run: ClassifierRun, key: str) -> ScoreSet:
    """The raw scores of one evaluation of a run."""
    path = inside(run.run_dir, run.files().get(key))
    if path is None:
        raise StudioError(f"{run.run_dir.name} has no scores for {key} any more.")
    return read_scores(path, run.positive, run.classes)


def load_test_scores(run_dir: Path, test: str) -> ScoreSet:
    """The raw scores of a training on one of its test sets, without its epochs being read."""
    log = RunLog()
    lines, _ = jobs.read_events(run_dir)
    log.feed(jobs.parse_events(lines, TrainPlanEvent, TestEvent))
    found = log.tests.get(test)
    path = inside(run_dir, found.scores) if found is not None else None
    if path is None:
        raise StudioError(f"{run_dir.name} has no scores for the test set {test}.")
    return read_scores(path, log.positive, log.classes)


def load_detail(run: ClassifierRun, key: str, band: bool = True) -> Detail:
    """Curves, band and scores of one evaluation of a run."""
    return detail(load_scores(run, key), band)
