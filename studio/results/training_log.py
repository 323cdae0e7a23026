"""What the events of a GAN training tell, kept small however long the training is. No Qt here."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from studio.jobs import event_models as said
from studio.jobs.event_models import JobEvent
from studio.opening import finite
from studio.results.scores import Floats

NUMBERS = (
    "kimg",
    "loss_g",
    "loss_d",
    "r1",
    "pl",
    "ada_p",
    "ada_signal",
    "images_per_s",
)
MOST_POINTS = 256  # of a line; a plot in the window has hardly more pixels
INIT_GRID = "fakes_init.png"
_MOST_WARNINGS = 200


@dataclass(frozen=True)
class NetworkSnapshot:
    """A moment of a training that can be looked at: its grid of pictures, network and metrics.

    `stamp` is the time of the grid's last change: a run that went back draws the same one anew.
    """

    images: int
    grid: str
    network: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    best: bool = False
    stamp: int = 0

    @property
    def kimg(self) -> float:
        return self.images / 1000

    @property
    def kid(self) -> float | None:
        return finite(self.metrics.get("kid"))

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval of the KID, None where it has none."""
        low, high = finite(self.metrics.get("kid_low")), finite(self.metrics.get("kid_high"))
        return None if low is None or high is None else (low, high)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the metrics, such as that they rest on few pictures."""
        found = self.metrics.get("notes")
        return tuple(str(one) for one in found) if isinstance(found, list) else ()


class AveragedRows:
    """Rows of numbers over kimg, at most MOST_POINTS of them: where there are more, neighbours
    are averaged. NaN stands for what was not said."""

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most, self._stride = most, 1
        self._rows: list[Floats] = []
        self._open: list[Floats] = []

    def add(self, row: Floats) -> None:
        """Append one row [K], its kimg first; a training that went back begins again there."""
        if self._last >= row[0]:
            self._rows = [one for one in self._rows if one[0] < row[0]]
            self._open = [one for one in self._open if one[0] < row[0]]
        self._open.append(row)
        if len(self._open) >= self._stride:
            self._rows.append(_mean(self._open))
            self._open = []
        if len(self._rows) >= self._most:
            pairs = zip(self._rows[::2], self._rows[1::2], strict=False)
            self._rows = [_mean(list(pair)) for pair in pairs]
            self._stride *= 2

    @property
    def _last(self) -> float:
        last = self._open or self._rows
        return float(last[-1][0]) if last else -math.inf

    def table(self) -> Floats:
        """All rows [N, K], with what is not averaged yet as the last one."""
        rows = [*self._rows, _mean(self._open)] if self._open else self._rows
        return np.array(rows, np.float64).reshape(len(rows), len(NUMBERS))


class TrainingLog:
    """Fed with events in order; a resumed training goes on in the same log."""

    def __init__(self) -> None:
        self.plan: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self.step: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.error = ""
        self._numbers = AveragedRows()
        self._snapshots: dict[int, NetworkSnapshot] = {}

    def feed(self, events: Iterable[JobEvent]) -> None:
        """Take in what was said."""
        for event in events:
            match event:
                case said.NetworkPlanEvent():
                    self.plan, self.options = event.fields, event.options
                case said.NetworkStepEvent():
                    self._add_step(event)
                case said.SnapshotEvent():
                    self._add_snapshot(event)
                case said.WarningEvent():
                    self._add_warning(event.message)
                case said.FailedEvent():
                    self.error = event.message
                case said.StartedEvent():
                    self.error = ""

    def numbers(self) -> Floats:
        """Rows [N, K] in the columns of NUMBERS."""
        return self._numbers.table()

    def snapshots(self) -> tuple[NetworkSnapshot, ...]:
        """The snapshots in order of kimg."""
        return tuple(self._snapshots[images] for images in sorted(self._snapshots))

    def _add_warning(self, words: str) -> None:
        if words and words not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(words)

    def _add_step(self, event: said.NetworkStepEvent) -> None:
        values = np.array([_or_nan(getattr(event, name)) for name in NUMBERS])
        if math.isfinite(values[0]):
            self._numbers.add(values)
            self.step = event.fields

    def _add_snapshot(self, event: said.SnapshotEvent) -> None:
        if event.images is None:
            return
        self._snapshots[int(event.images)] = NetworkSnapshot(
            images=int(event.images),
            grid=event.grid,
            network=event.network,
            metrics=event.metrics,
            best=event.best,
        )


def best_of(snapshots: Iterable[NetworkSnapshot]) -> NetworkSnapshot | None:
    """The snapshot that was the best when it was made, the last of them; else the lowest KID."""
    known = [snapshot for snapshot in snapshots if snapshot.network]
    named = [snapshot for snapshot in known if snapshot.best]
    measured = [snapshot for snapshot in known if snapshot.kid is not None]
    if named:
        return named[-1]
    return min(measured, key=lambda snapshot: snapshot.kid or 0.0, default=None)


def _or_nan(value: object) -> float:
    found = finite(value)
    return math.nan if found is None else found


def _mean(rows: list[Floats]) -> Floats:
    """The mean [K] of what is known in each column; NaN where nothing is."""
    table = np.array(rows)
    known = np.isfinite(table)
    counts = known.sum(axis=0)
    total = np.where(known, table, 0.0).sum(axis=0)
    nothing = np.full(table.shape[1], np.nan)
    return np.asarray(np.divide(total, counts, out=nothing, where=counts > 0))
