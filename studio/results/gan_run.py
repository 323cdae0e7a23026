"""The training of a GAN at one moment: state, figures, and the snapshots that can be seen."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.jobs import JobStatus
from studio.jobs.kinds import NETWORK_LATEST, NETWORK_TRAINING
from studio.opening import finite
from studio.results.run_identity import UNNUMBERED, RunIdentity, identity_of
from studio.results.run_reader import RunReader
from studio.results.scores import Floats, inside
from studio.results.training_log import (
    INIT_GRID,
    NUMBERS,
    NetworkSnapshot,
    TrainingLog,
    best_of,
)

REALS = "reals.png"


@dataclass(frozen=True)
class GanRun:
    """A training at one moment. `numbers` [N, K] has the columns of NUMBERS; `has_latest` is also
    true of a run that was stopped before its first snapshot."""

    run_dir: Path
    status: JobStatus
    plan: dict[str, Any]
    options: dict[str, Any]
    step: dict[str, Any]
    numbers: Floats
    snapshots: tuple[NetworkSnapshot, ...]
    warnings: tuple[str, ...]
    error: str
    has_latest: bool = False
    identity: RunIdentity = UNNUMBERED

    @property
    def title(self) -> str:
        return self.status.title

    @property
    def total_kimg(self) -> float:
        """How long it is to be; 0 while that is unknown."""
        return finite(self.plan.get("kimg")) or finite(self.options.get("kimg")) or 0.0

    @property
    def kimg(self) -> float:
        """How far it is."""
        snapshot = self.snapshots[-1].kimg if self.snapshots else 0.0
        return max(finite(self.step.get("kimg")) or 0.0, snapshot)

    @property
    def best(self) -> NetworkSnapshot | None:
        return best_of(self.snapshots)

    def column(self, name: str) -> Floats:
        """One of NUMBERS [N]."""
        return self.numbers[:, NUMBERS.index(name)]

    def file(self, name: str) -> Path | None:
        """A file of the run, None when it is not there or lies elsewhere."""
        return inside(self.run_dir, name)


class GanReader(RunReader[GanRun, TrainingLog]):
    """Reads the training of a GAN."""

    kind = NETWORK_TRAINING

    def begin(self) -> None:
        self._log = TrainingLog()

    def check(self, status: JobStatus) -> None:
        if status.kind != NETWORK_TRAINING.name:
            raise StudioError(f"{self.run_dir} holds no training of a GAN but a {status.kind} job.")

    def run_at(self, status: JobStatus) -> GanRun:
        log = self._log
        return GanRun(
            run_dir=self.run_dir,
            status=status,
            plan=log.plan,
            options=log.options,
            step=log.step,
            numbers=log.numbers(),
            snapshots=self._snapshots(),
            warnings=tuple(log.warnings),
            error=log.error,
            has_latest=(self.run_dir / NETWORK_LATEST).is_file(),
            identity=identity_of(self.run_dir),
        )

    def _snapshots(self) -> tuple[NetworkSnapshot, ...]:
        """The snapshots that can be seen; the grid before the first step comes first."""
        snapshots = list(self._log.snapshots())
        if not (snapshots and snapshots[0].images == 0):
            snapshots.insert(0, NetworkSnapshot(0, INIT_GRID))
        found = []
        # Of two snapshots within one kimg the later has the file.
        for snapshot in {snapshot.grid: snapshot for snapshot in snapshots}.values():
            path = inside(self.run_dir, snapshot.grid)
            if path is not None:
                found.append(replace(snapshot, stamp=path.stat().st_mtime_ns))
        return tuple(found)
