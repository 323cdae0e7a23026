"""Reads a run folder as it grows: state, events, and the curve of every epoch.

All of it is called from a background thread, one call at a time; what it returns is not changed
afterwards.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobStatus
from studio.results.curves import Curve, Detail, class_curve, detail
from studio.results.run_story import Epoch, Scored, Step, Story
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
class Snapshot:
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
    steps: tuple[Step, ...]
    tests: tuple[Scored, ...]
    warnings: tuple[str, ...]
    error: str
    curves: dict[int, Curve] = field(default_factory=dict)

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


class RunReader:
    """One run folder; `read` gives a snapshot, cheaply where nothing is new."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._story = Story()
        self._offset = 0
        self._curves: dict[int, Curve] = {}
        self._read_files: dict[int, tuple[str, int]] = {}
        self._last: Snapshot | None = None

    def read(self) -> Snapshot:
        """Read what is new. Raises StudioError for a folder that holds no run."""
        # Status before events: when it says finished, every event has been written.
        status = jobs.status(self.run_dir)
        events, offset = jobs.read_events(self.run_dir, self._offset)
        if offset < self._offset:
            self._story, self._curves, self._read_files = Story(), {}, {}
        self._offset = offset
        if self._last is not None and not events:
            if status != self._last.status:
                self._last = replace(self._last, status=status)
            return self._last
        self._story.feed(events)
        self._read_curves()
        self._last = self._snapshot(status)
        return self._last

    def _read_curves(self) -> None:
        story = self._story
        if len(story.classes) > 2:
            return  # one curve a class of the chosen epoch is shown instead of the family
        for epoch in story.ordered():
            path = inside(self.run_dir, epoch.scores)
            if path is None:
                continue
            stamp = (str(path), path.stat().st_mtime_ns)
            if self._read_files.get(epoch.number) == stamp:
                continue
            self._read_files[epoch.number] = stamp
            try:
                scores = read_scores(path, story.positive, story.classes)
                drawn = class_curve(scores, scores.positive).drawn
            except StudioError:
                continue  # a damaged table costs its curve, not the history
            if drawn is not None:
                self._curves[epoch.number] = drawn

    def _snapshot(self, status: JobStatus) -> Snapshot:
        story = self._story
        return Snapshot(
            run_dir=self.run_dir,
            status=status,
            title=status.title,
            params=jobs.load(self.run_dir).params,
            plan=story.plan,
            classes=tuple(story.classes),
            positive=story.positive,
            total_epochs=story.total_epochs,
            frozen=story.frozen,
            epochs=tuple(story.ordered()),
            steps=tuple(story.steps),
            tests=tuple(story.tests.values()),
            warnings=tuple(story.warnings),
            error=story.error,
            curves=dict(self._curves),
        )


def load_scores(snapshot: Snapshot, key: str) -> ScoreSet:
    """The raw scores of one evaluation of a run."""
    path = inside(snapshot.run_dir, snapshot.files().get(key))
    if path is None:
        raise StudioError(f"{snapshot.run_dir.name} has no scores for {key} any more.")
    return read_scores(path, snapshot.positive, snapshot.classes)


def load_detail(snapshot: Snapshot, key: str, band: bool = True) -> Detail:
    """Curves, band and scores of one evaluation of a run."""
    return detail(load_scores(snapshot, key), band)
