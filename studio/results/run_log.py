"""What a training run has said so far, gathered from its events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
class Step:
    """Where training is within an epoch; `at` in epochs."""

    epoch: int
    step: int
    steps: int
    loss: float | None
    lr: float | None
    images_per_s: float | None

    @property
    def at(self) -> float:
        return self.epoch - 1 + self.step / max(1, self.steps)


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
    steps: list[Step] = field(default_factory=list)
    tests: dict[str, Scored] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: str = ""

    def feed(self, events: Iterable[dict[str, Any]]) -> None:
        """Take events in. An event of a shape that is not ours is passed over."""
        for event in events:
            take = _TAKE.get(event["event"])
            if take is None:
                continue
            try:
                take(self, event)
            except (KeyError, TypeError, ValueError, AttributeError):
                continue  # a run folder may come from another version, or be damaged

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

    # One method for each event

    def _plan(self, event: dict[str, Any]) -> None:
        self.plan = {key: value for key, value in event.items() if key not in ("t", "event")}
        for record in event.get("history") or []:
            self._epoch(record)
        # A resume goes on from the checkpoint: what an unsaved epoch said before is said again.
        done = max((int(r["epoch"]) for r in event.get("history") or []), default=0)
        self.steps = [step for step in self.steps if step.at <= done]

    def _frozen(self, event: dict[str, Any]) -> None:
        self.frozen = _scored(event, "frozen", event.get("low"), event.get("high"))

    def _step(self, event: dict[str, Any]) -> None:
        self.steps.append(
            Step(
                int(event["epoch"]),
                int(event["step"]),
                int(event["steps"]),
                _number(event.get("loss")),
                _number(event.get("lr")),
                _number(event.get("images_per_s")),
            )
        )
        if len(self.steps) > MOST_STEPS:
            self.steps = self.steps[:-1:2] + self.steps[-1:]

    def _epoch(self, event: dict[str, Any]) -> None:
        number = int(event["epoch"])
        self.epochs[number] = Epoch(
            number=number,
            loss=_number(event.get("loss")),
            val_loss=_number(event.get("val_loss")),
            auc=_number(event.get("auc")),
            low=_number(event.get("auc_low")),
            high=_number(event.get("auc_high")),
            estimable=bool(event.get("estimable")),
            lr=_number(event.get("lr")),
            images_per_s=_number(event.get("images_per_s")),
            seconds_left=_number(event.get("seconds_left")),
            scores=event.get("scores"),
            macro=_number(event.get("macro")),
            classes=_classes(event.get("classes")),
        )

    def _test(self, event: dict[str, Any]) -> None:
        name = str(event["name"])
        self.tests[name] = _scored(event, name, event.get("auc_low"), event.get("auc_high"))

    def _warning(self, event: dict[str, Any]) -> None:
        message = str(event["message"])
        if message not in self.warnings:
            self.warnings.append(message)

    def _failed(self, event: dict[str, Any]) -> None:
        self.error = str(event.get("message") or "")

    def _started(self, event: dict[str, Any]) -> None:
        self.error = ""


_TAKE = {
    "plan": RunLog._plan,
    "frozen": RunLog._frozen,
    "step": RunLog._step,
    "epoch": RunLog._epoch,
    "test": RunLog._test,
    "warning": RunLog._warning,
    "failed": RunLog._failed,
    "started": RunLog._started,
}


def _scored(event: dict[str, Any], name: str, low: Any, high: Any) -> Scored:
    return Scored(
        name,
        int(event["n"]),
        _number(event.get("auc")),
        _number(low),
        _number(high),
        event.get("scores"),
        _number(event.get("seconds")),
    )


def _classes(told: object) -> dict[str, Interval]:
    if not isinstance(told, dict):
        return {}
    return {
        str(name): (_number(one.get("auc")), _number(one.get("low")), _number(one.get("high")))
        for name, one in told.items()
        if isinstance(one, dict)
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
