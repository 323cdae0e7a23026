"""What jobs say: one model for each event of `events.jsonl`.

A line has the time `t`, the name `event` and the fields of the model. `parse_events` makes models
of lines, once, where they are read; what looks at events then asks for their class and not for
their name. Files come from other versions and other machines: a number that is not finite is None,
`fields` has all of a line, and a line that does not fit is passed over.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

Known = TypeVar("Known", bound="Event")


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


def finite(value: object) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number that no float can hold
        return None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _table(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _rows(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


Number = Annotated[float | None, BeforeValidator(finite)]
Text = Annotated[str, BeforeValidator(_text)]
Table = Annotated[dict[str, Any], BeforeValidator(_table)]
Rows = Annotated[list[Any], BeforeValidator(_rows)]


class Event(BaseModel):
    """One event. `event` is how its line calls it; `t` is when it was said, UTC, ISO 8601."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event: ClassVar[str]
    t: Text = ""
    _fields: dict[str, Any] | None = PrivateAttr(None)

    @property
    def fields(self) -> dict[str, Any]:
        """Everything that was said beside the time and the name, as it stands in the file."""
        if self._fields is not None:
            return self._fields
        said = self.model_dump(exclude={"t"}, exclude_unset=True)
        return {key: plain(value) for key, value in said.items()}

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self | None:
        """The event of a line, None where it does not fit."""
        fields = {key: value for key, value in line.items() if key not in ("t", "event")}
        try:
            event = cls.model_validate({**fields, "t": line.get("t")})
        except ValidationError:
            return None
        event._fields = fields
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


class StartedEvent(Event):
    """A process began, or went on with, a run."""

    event = "started"
    pid: int = 0
    host: Text = ""
    resumed: bool = False


class ProgressEvent(Event):
    """How far it is: `done` of `total`; `eta_s` seconds are left, None while unknown."""

    event = "progress"
    done: int = 0
    total: int = 0
    message: Text = ""
    eta_s: Number = None


class LogEvent(Event):
    """Something for the history of a run."""

    event = "log"
    message: Text = ""


class WarningEvent(Event):
    """Something that the user should know although the work goes on."""

    event = "warning"
    message: Text = ""


class StoppedEvent(Event):
    """It left when it was asked to, where it can go on."""

    event = "stopped"
    message: Text = ""


class FinishedEvent(Event):
    """All is done; `result` is what the function of the kind returned."""

    event = "finished"
    result: Any = None


class FailedEvent(Event):
    """It could not go on; `message` is the sentence for the user, `detail` for a developer."""

    event = "failed"
    message: Text = ""
    detail: Text = ""


OF_EVERY_JOB: tuple[type[Event], ...] = (
    StartedEvent,
    ProgressEvent,
    LogEvent,
    WarningEvent,
    StoppedEvent,
    FinishedEvent,
    FailedEvent,
)


# A rehearsal


class CountedEvent(Event):
    """A step of a rehearsal."""

    event = "step"
    count: int


# Proposals


class PartialEvent(Event):
    """What a job that was stopped has done so far, as `FinishedEvent` would tell it."""

    event = "partial"
    result: Table = Field(default_factory=dict)


# Training of a classifier


class TrainPlanEvent(Event):
    """What is trained on what, and the epochs that are done already."""

    event = "plan"
    classes: Rows = Field(default_factory=list)
    positive: Text = ""
    epochs: int = 0
    weights: Table = Field(default_factory=dict)
    history: Rows = Field(default_factory=list)
    leakage: Any = None
    test_in_validation: Any = None


class FrozenEvent(Event):
    """The first result, from the frozen backbone: its AUC with bounds."""

    event = "frozen"
    n: int
    auc: Number = None
    low: Number = None
    high: Number = None
    scores: str | None = None
    seconds: Number = None


class TrainStepEvent(Event):
    """Where training is within an epoch; `lr` is the learning rate."""

    event = "step"
    epoch: int
    step: int
    steps: int
    loss: Number = None
    lr: Number = None
    images_per_s: Number = None


class EpochEvent(Event):
    """A finished epoch; AUC of the positive class with bounds, `classes` that of each class."""

    event = "epoch"
    epoch: int
    loss: Number = None
    val_loss: Number = None
    auc: Number = None
    auc_low: Number = None
    auc_high: Number = None
    estimable: bool = False
    lr: Number = None
    images_per_s: Number = None
    seconds_left: Number = None
    scores: str | None = None
    macro: Number = None
    classes: Table = Field(default_factory=dict)


class ValidationEvent(Event):
    """A validation within an epoch, after `step` steps in all."""

    event = "validation"
    epoch: int
    step: int
    auc: Number = None


class TestEvent(Event):
    """The result on a test set."""

    __test__: ClassVar[bool] = False  # pytest would take it for tests

    event = "test"
    name: str
    n: int
    auc: Number = None
    auc_low: Number = None
    auc_high: Number = None
    scores: str | None = None
    seconds: Number = None


# Training of a network


class NetworkPlanEvent(Event):
    """What is trained on what: sizes, counts, options."""

    event = "plan"
    kimg: Number = None
    options: Table = Field(default_factory=dict)
    left_out: Rows = Field(default_factory=list)


class NetworkStepEvent(Event):
    """Means since the last one: losses, R1, path lengths, augmentation, pace."""

    event = "step"
    images: Number = None
    kimg: Number = None
    loss_g: Number = None
    loss_d: Number = None
    r1: Number = None
    pl: Number = None
    ada_p: Number = None
    ada_signal: Number = None
    images_per_s: Number = None
    sec_per_kimg: Number = None


class SnapshotEvent(Event):
    """A network was written after so many images, with its grid of images and its metrics."""

    event = "snapshot"
    images: Number = None
    kimg: Number = None
    network: Text = ""
    grid: Text = ""
    metrics: Table = Field(default_factory=dict)
    best: bool = False


class ProbeEvent(Event):
    """What a few steps of a training take."""

    event = "probe"
    seconds_per_kimg: Number = None
    memory_mb: Number = None
    device: Text = ""
    fits: bool = True
    sentence: Text = ""


# Generating


class ImageEvent(Event):
    """A projection drew its best image so far into `file` of the run."""

    event = "picture"
    file: Text = ""
    step: int = 0
    distance: Number = None
    first_distance: Number = None


class CountsEvent(Event):
    """Of each label of a set: how many images are kept, and why others are not."""

    event = "counts"
    counts: Table = Field(default_factory=dict)
