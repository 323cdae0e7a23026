"""Reads the folder of a GAN training as it grows. No Qt here; called from a background thread."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobStatus
from studio.results.scores import Floats, inside
from studio.ui.generate.training.story import (
    INIT_GRID,
    NUMBERS,
    Shot,
    TrainingStory,
    best_of,
    number,
)

KIND = "gan-train"
REALS = "reals.png"
LATEST = "network-latest.safetensors"
BEST = "network-best.safetensors"


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
    shots: tuple[Shot, ...]
    warnings: tuple[str, ...]
    error: str
    has_latest: bool = False

    @property
    def title(self) -> str:
        return self.status.title

    @property
    def total_kimg(self) -> float:
        """How long it is to be; 0 while that is unknown."""
        return number(self.plan.get("kimg")) or number(self.options.get("kimg")) or 0.0

    @property
    def kimg(self) -> float:
        """How far it is."""
        shot = self.shots[-1].kimg if self.shots else 0.0
        return max(number(self.step.get("kimg")) or 0.0, shot)

    @property
    def best(self) -> Shot | None:
        return best_of(self.shots)

    def column(self, name: str) -> Floats:
        """One of NUMBERS [N]."""
        return np_column(self.numbers, name)

    def file(self, name: str) -> Path | None:
        """A file of the run, None when it is not there or lies elsewhere."""
        return inside(self.run_dir, name)


def np_column(numbers: Floats, name: str) -> Floats:
    """One column of a table of NUMBERS."""
    return numbers[:, NUMBERS.index(name)]


class GanReader:
    """One run folder; `read` gives a GanRun, the same one where nothing is new."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._story = TrainingStory()
        self._offset = 0
        self._last: GanRun | None = None

    def read(self) -> GanRun:
        """Read what is new. Raises StudioError for a folder that holds no GAN training."""
        # Status before events: when it says finished, every event has been written.
        status = jobs.status(self.run_dir)
        if status.kind != KIND:
            raise StudioError(f"{self.run_dir} holds no training of a GAN but a {status.kind} job.")
        events, offset = jobs.read_events(self.run_dir, self._offset)
        if offset < self._offset:
            self._story = TrainingStory()
        self._offset = offset
        if self._last is not None and not events:
            if status != self._last.status:
                self._last = replace(self._last, status=status)
            return self._last
        self._story.feed(events)
        self._last = self._seen(status)
        return self._last

    def _seen(self, status: JobStatus) -> GanRun:
        story = self._story
        options = story.plan.get("options")
        return GanRun(
            run_dir=self.run_dir,
            status=status,
            plan=story.plan,
            options=options if isinstance(options, dict) else {},
            step=story.step,
            numbers=story.numbers(),
            shots=self._shots(),
            warnings=tuple(story.warnings),
            error=story.error,
            has_latest=(self.run_dir / LATEST).is_file(),
        )

    def _shots(self) -> tuple[Shot, ...]:
        """The snapshots that can be seen; the grid before the first step comes first."""
        shots = list(self._story.shots())
        if not (shots and shots[0].images == 0):
            shots.insert(0, Shot(0, INIT_GRID))
        found = []
        # Of two snapshots within one kimg the later has the file.
        for shot in {shot.grid: shot for shot in shots}.values():
            path = inside(self.run_dir, shot.grid)
            if path is not None:
                found.append(replace(shot, stamp=path.stat().st_mtime_ns))
        return tuple(found)
