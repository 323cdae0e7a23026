"""What jobs say: one model for each event of `events.jsonl`.

A line has the time `t`, the name `event` and the fields of the model. `parse_events` makes models
of lines, once, where they are read; what looks at events then asks for their class and not for
their name. Files come from other versions and other machines: a value that does not fit counts as
not said, `fields` has all of a line, and a line without what its event must have is passed over.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

Known = TypeVar("Known", bound="JobEvent")


def plain(value: Any) -> Any:
    """The value in JSON's own types: NaN and infinities become None, numpy scalars numbers."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)


class JobEvent(BaseModel):
    """One event. `event` is how its line calls it; `t` is when it was said, UTC, ISO 8601."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)

    event: ClassVar[str]
    t: str = ""
    _line: Mapping[str, Any] | None = PrivateAttr(None)

    @property
    def fields(self) -> dict[str, Any]:
        """Everything that was said beside the time and the name, as it stands in the file."""
        if self._line is not None:
            return {key: value for key, value in self._line.items() if key not in ("t", "event")}
        said = self.model_dump(exclude={"t"}, exclude_unset=True)
        return {key: plain(value) for key, value in said.items()}

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self | None:
        """The event of a line; None where a field that the event must have is lacking or does not
        fit. Any other that does not fit counts as not said."""
        try:
            event = cls.model_validate(line)
        except ValidationError as error:
            wrong = {one["loc"][0] for one in error.errors() if one["loc"]}
            try:
                event = cls.model_validate({k: v for k, v in line.items() if k not in wrong})
            except ValidationError:
                return None
        event._line = line
        return event


def parse_events(lines: Iterable[Mapping[str, Any]], *models: type[Known]) -> list[Known]:
    """The events of these models, in their order; other lines are passed over unread."""
    known = {model.event: model for model in models}
    found = []
    for line in lines:
        model = known.get(line.get("event", ""))
        event = model.of(line) if model is not None else None
        if event is not None:
            found.append(event)
    return found


# Every job


class StartedEvent(JobEvent):
    """A process began, or went on with, a run."""

    event = "started"
    pid: int = 0
    host: str = ""
    resumed: bool = False


class ProgressEvent(JobEvent):
    """How far it is: `done` of `total`; `eta_s` seconds are left, None while unknown."""

    event = "progress"
    done: int = 0
    total: int = 0
    message: str = ""
    eta_s: float | None = None


class LogEvent(JobEvent):
    """Something for the history of a run."""

    event = "log"
    message: str = ""


class WarningEvent(JobEvent):
    """Something that the user should know although the work goes on."""

    event = "warning"
    message: str = ""


class StoppedEvent(JobEvent):
    """It left when it was asked to, where it can go on."""

    event = "stopped"
    message: str = ""


class FinishedEvent(JobEvent):
    """All is done; `result` is what the function of the kind returned."""

    event = "finished"
    result: Any = None


class FailedEvent(JobEvent):
    """It could not go on; `message` is the sentence for the user, `detail` for a developer."""

    event = "failed"
    message: str = ""
    detail: str = ""


OF_EVERY_JOB: tuple[type[JobEvent], ...] = (
    StartedEvent,
    ProgressEvent,
    LogEvent,
    WarningEvent,
    StoppedEvent,
    FinishedEvent,
    FailedEvent,
)


# A rehearsal


class CountedEvent(JobEvent):
    """A step of a rehearsal."""

    event = "step"
    count: int


# Proposals


class PartialEvent(JobEvent):
    """What a job that was stopped has done so far, as `FinishedEvent` would tell it."""

    event = "partial"
    result: dict[str, Any] = {}


# Training of a classifier


class TrainPlanEvent(JobEvent):
    """What is trained on what, and the epochs that are done already."""

    event = "plan"
    classes: list[Any] = []
    positive: str = ""
    epochs: int = 0
    weights: dict[str, Any] = {}
    history: list[Any] = []
    leakage: Any = None
    test_in_validation: Any = None


class FrozenEvent(JobEvent):
    """The first result, from the frozen backbone: its AUC with bounds."""

    event = "frozen"
    n: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    scores: str | None = None
    seconds: float | None = None


class TrainStepEvent(JobEvent):
    """Where training is within an epoch; `lr` is the learning rate."""

    event = "step"
    epoch: int
    step: int
    steps: int
    loss: float | None = None
    lr: float | None = None
    images_per_s: float | None = None

    @property
    def at(self) -> float:
        """The same in epochs."""
        return self.epoch - 1 + self.step / max(1, self.steps)


class EpochEvent(JobEvent):
    """A finished epoch; AUC of the positive class with bounds, `classes` that of each class."""

    event = "epoch"
    epoch: int
    loss: float | None = None
    val_loss: float | None = None
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    estimable: bool = False
    lr: float | None = None
    images_per_s: float | None = None
    seconds_left: float | None = None
    scores: str | None = None
    macro: float | None = None
    classes: dict[str, Any] = {}


class ValidationEvent(JobEvent):
    """A validation within an epoch, after `step` steps in all."""

    event = "validation"
    epoch: int
    step: int
    auc: float | None = None


class TestEvent(JobEvent):
    """The result on a test set."""

    __test__: ClassVar[bool] = False  # pytest would take it for tests

    event = "test"
    name: str
    n: int
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    scores: str | None = None
    seconds: float | None = None


# An experiment


class ExperimentPlanEvent(JobEvent):
    """What an experiment trains: how many trainings, its classes, and the images of each folder by
    class. `seconds` were spent on reading and comparing them."""

    event = "plan"
    trainings: int = 0
    classes: list[str] = []
    positive: str = ""
    images: dict[str, dict[str, int]] = {}
    seconds: float | None = None


class TrainingEvent(JobEvent):
    """A training of an experiment has another state: running, finished, failed, stopped, or again
    (it crashed and is tried once more). `tests` are its results by test set (`auc`, `low`, `high`,
    `n`); `seconds` are those of this attempt, `parts` how they were spent."""

    event = "training"
    name: str
    state: str
    attempt: int = 1
    seconds: float | None = None
    parts: dict[str, float] = {}
    tests: dict[str, dict[str, Any]] = {}
    error: str = ""


# Training of a network


class NetworkPlanEvent(JobEvent):
    """What is trained on what: sizes, counts, options."""

    event = "plan"
    kimg: float | None = None
    options: dict[str, Any] = {}
    left_out: list[Any] = []


class NetworkStepEvent(JobEvent):
    """Means since the last one: losses, R1, path lengths, augmentation, pace."""

    event = "step"
    images: float | None = None
    kimg: float | None = None
    loss_g: float | None = None
    loss_d: float | None = None
    r1: float | None = None
    pl: float | None = None
    ada_p: float | None = None
    ada_signal: float | None = None
    images_per_s: float | None = None
    sec_per_kimg: float | None = None


class SnapshotEvent(JobEvent):
    """A network was written after so many images, with its grid of images and its metrics."""

    event = "snapshot"
    images: float | None = None
    kimg: float | None = None
    network: str = ""
    grid: str = ""
    metrics: dict[str, Any] = {}
    best: bool = False


class ProbeEvent(JobEvent):
    """What a few steps of a training take."""

    event = "probe"
    seconds_per_kimg: float | None = None
    memory_mb: float | None = None
    device: str = ""
    fits: bool = True
    sentence: str = ""


# Generating


class ImageEvent(JobEvent):
    """A projection drew its best image so far into `file` of the run."""

    event = "picture"
    file: str = ""
    step: int = 0
    distance: float | None = None
    first_distance: float | None = None


class CountsEvent(JobEvent):
    """Of each label of a set: how many images are kept, and why others are not."""

    event = "counts"
    counts: dict[str, Any] = {}
