"""What a training run has said so far, gathered from its events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.jobs import event_models as said
from studio.jobs.event_models import JobEvent
from studio.opening import finite

MOST_STEPS = 2000  # of the loss within epochs; more could not be seen


Interval = tuple[float | None, float | None, float | None]
"""(value, low, high) of an AUC, None where undefined."""


@dataclass(frozen=True)
class Epoch:
    """One finished epoch. Figures that are undefined are None; `scores` is relative to the run.

    `auc` is the positive class's; `classes` has that of each where there are more than two.
    """

    number: int
    loss: float | None = None
    val_loss: float | None = None
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    estimable: bool = False
    lr: float | None = None
    images_per_s: float | None = None
    seconds_left: float | None = None
    scores: str | None = None
    macro: float | None = None
    classes: Mapping[str, Interval] = field(default_factory=dict)

    def auc_of(self, name: str, positive: str) -> Interval:
        """The AUC of class `name` against the rest, with its bounds."""
        if name == positive or not name:
            return self.auc, self.low, self.high
        return self.classes.get(name, (None, None, None))


@dataclass(frozen=True)
class Scored:
    """A result apart from the epochs: the frozen backbone's, or a test set's."""

    name: str
    n: int
    auc: float | None
    low: float | None
    high: float | None
    scores: str | None
    seconds: float | None = None


@dataclass
class RunLog:
    """All of it; feed events in their order, in as many parts as they come."""

    plan: dict[str, Any] = field(default_factory=dict)
    frozen: Scored | None = None
    epochs: dict[int, Epoch] = field(default_factory=dict)
    steps: list[said.TrainStepEvent] = field(default_factory=list)
    tests: dict[str, Scored] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: str = ""

    def feed(self, events: Iterable[JobEvent]) -> None:
        """Take events in."""
        for event in events:
            match event:
                case said.TrainPlanEvent():
                    self._add_plan(event)
                case said.FrozenEvent():
                    self.frozen = _scored(event, "frozen", event.low, event.high)
                case said.TrainStepEvent():
                    self._add_step(event)
                case said.EpochEvent():
                    self._add_epoch(event)
                case said.TestEvent():
                    low, high = event.auc_low, event.auc_high
                    self.tests[event.name] = _scored(event, event.name, low, high)
                case said.WarningEvent():
                    if event.message and event.message not in self.warnings:
                        self.warnings.append(event.message)
                case said.FailedEvent():
                    self.error = event.message
                case said.StartedEvent():
                    self.error = ""

    @property
    def classes(self) -> list[str]:
        return [str(name) for name in self.plan.get("classes", [])]

    @property
    def positive(self) -> str:
        return str(self.plan.get("positive", ""))

    @property
    def total_epochs(self) -> int:
        planned = self.plan.get("epochs")
        return int(planned) if isinstance(planned, int) else max(self.epochs, default=0)

    def ordered(self) -> list[Epoch]:
        """Epochs by number; one that was done again after a crash counts once."""
        return [self.epochs[number] for number in sorted(self.epochs)]

    def _add_plan(self, event: said.TrainPlanEvent) -> None:
        self.plan = event.fields
        history = [one for one in map(said.EpochEvent.of, event.history) if one is not None]
        for record in history:
            self._add_epoch(record)
        # A resume goes on from the checkpoint: what an unsaved epoch said before is said again.
        done = max((one.epoch for one in history), default=0)
        self.steps = [step for step in self.steps if step.at <= done]

    def _add_step(self, event: said.TrainStepEvent) -> None:
        self.steps.append(event)
        if len(self.steps) > MOST_STEPS:
            self.steps = self.steps[:-1:2] + self.steps[-1:]

    def _add_epoch(self, event: said.EpochEvent) -> None:
        self.epochs[event.epoch] = Epoch(
            number=event.epoch,
            loss=event.loss,
            val_loss=event.val_loss,
            auc=event.auc,
            low=event.auc_low,
            high=event.auc_high,
            estimable=event.estimable,
            lr=event.lr,
            images_per_s=event.images_per_s,
            seconds_left=event.seconds_left,
            scores=event.scores,
            macro=event.macro,
            classes=_classes(event.classes),
        )


def _scored(
    event: said.FrozenEvent | said.TestEvent, name: str, low: float | None, high: float | None
) -> Scored:
    return Scored(name, event.n, event.auc, low, high, event.scores, event.seconds)


def _classes(told: Mapping[str, Any]) -> dict[str, Interval]:
    return {
        str(name): (finite(one.get("auc")), finite(one.get("low")), finite(one.get("high")))
        for name, one in told.items()
        if isinstance(one, dict)
    }
