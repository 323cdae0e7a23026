"""What the pages of a test set show beside its curve, made off the Qt thread and once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.datasets.image_table import known_values
from studio.results.assessment import Calibrations, calibrations, subgroups
from studio.results.cells import LossImage, images_by_loss
from studio.results.model_results import ModelResults, TestResult
from studio.results.scores import ScoreSet
from studio.results.wrong_labels import LabelCandidate, label_candidates
from studio.stats import DecisionCurve, decision_curve
from studio.ui.background import Task


@dataclass(frozen=True)
class TestAssessment:
    """A test set looked at as class `name` against the rest, at the `threshold` of validation (None
    without one). `subgroups` are those of `studio.results.assessment`, `fields` what is known of
    its images; `folder` is where a table of them would lie."""

    title: str
    folder: str
    name: str
    scores: ScoreSet
    validation: ScoreSet | None
    threshold: float | None
    calibrations: Calibrations
    decision_curve: DecisionCurve
    subgroups: dict[str, Any]
    fields: tuple[str, ...]
    losses: list[LossImage]
    candidates: list[LabelCandidate]
    validation_candidates: list[LabelCandidate]


def assess(
    test: TestResult, scores: ScoreSet, validation: ScoreSet | None, threshold: float | None
) -> TestAssessment:
    """Everything of one test set. `scores` and `validation` call the class that is looked at
    positive. Tenths of a second for 10,000 images."""
    folder, known = _known(test.name, scores.files)
    name = scores.positive
    return TestAssessment(
        title=test.title,
        folder=str(folder),
        name=name,
        scores=scores,
        validation=validation,
        threshold=threshold,
        calibrations=calibrations(scores, validation),
        decision_curve=decision_curve(scores.scores(name), scores.flags(name)),
        subgroups=subgroups(scores, threshold, known),
        fields=tuple(known),
        losses=images_by_loss(scores),
        candidates=label_candidates(scores),
        validation_candidates=label_candidates(validation) if validation is not None else [],
    )


def _known(name: str, files: Sequence[str]) -> tuple[Path, dict[str, list[str]]]:
    """The folder of a test set with what its table says of the images. A set that was the run's own
    has a short name: then it is the folder of the class folders."""
    above = Path(files[0]).parent.parent if files else Path(name)
    folder = Path(name) if Path(name).is_absolute() else above
    paths = [Path(file) for file in files]
    return folder, known_values(folder, paths) if folder.is_dir() else {}


class AssessedTest(QObject):
    """`changed` when `found` is new: None while it is being made, and without scores. `failed(str)`
    where it cannot be made."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: TestAssessment | None = None
        self._asked: tuple[object, ...] | None = None
        self._busy = 0

    @property
    def busy(self) -> bool:
        """Whether something is being made."""
        return self._busy > 0

    def _ended(self) -> None:
        self._busy -= 1

    def show(
        self, results: ModelResults | None, test: TestResult | None, rule: str, name: str
    ) -> None:
        """Assess another test set, or the same at another threshold or for another class."""
        if (
            results is None
            or test is None
            or test.detail is None
            or name not in results.run.classes
        ):
            self._store(None, None)
            return
        threshold = results.threshold(rule, name)
        # The objects themselves are kept, so that no other can come to have the same identity.
        asked = (test.detail, results.validation, threshold, name)
        if self._asked is not None and _same(asked, self._asked):
            return
        scores = replace(test.detail.scores, positive=name)
        own = results.validation
        validation = replace(own.scores, positive=name) if own is not None else None
        self._store(asked, None)
        task = Task(lambda _: assess(test, scores, validation, threshold))
        task.done.connect(lambda found: self._store(asked, found) if asked is self._asked else None)
        task.failed.connect(lambda error: self.failed.emit(str(error)))
        task.ended.connect(self._ended)
        self._busy += 1
        task.start()

    def _store(self, asked: tuple[object, ...] | None, found: TestAssessment | None) -> None:
        changed = found is not self.found
        self._asked, self.found = asked, found
        if changed:
            self.changed.emit()


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return one[0] is other[0] and one[1] is other[1] and one[2:] == other[2:]
