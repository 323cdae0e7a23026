"""What a run reports: a step event a second, a line of statistics a tick, the memory it uses."""

import json
import math
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from studio import files
from studio.generate.training.options import TrainOptions
from studio.generate.training.step import TrainingStep
from studio.jobs.event_models import plain
from studio.opening import parse_json, read_text

STATISTICS = "stats.jsonl"
METRICS = "metrics.jsonl"
LOG = "log.txt"
MAX_LOG = 1 << 30  # bytes of a history
_EVERY = 1.0  # seconds between two step events
_MEANS = ("loss_g", "loss_d", "r1", "pl")

Emit = Callable[..., None]


class TickMeans:
    """Means of what steps reported over the pictures since the last line of statistics."""

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}  # of pictures times figure, and of pictures
        self._last: dict[str, Any] = {}

    def add(self, shown: int, record: dict[str, Any]) -> None:
        """A record over so many pictures."""
        self._last = record
        for name in (*_MEANS, "images_per_s", "sec_per_kimg"):
            # Half precision loses a number now and then; the rest of the tick still counts.
            if record[name] is not None and math.isfinite(record[name]):
                total, pictures = self._sums.get(name, (0.0, 0))
                self._sums[name] = [total + shown * record[name], pictures + shown]

    def pop(self) -> dict[str, Any]:
        """The last record with means in it, None where nothing is known; empties the means."""
        line = dict(self._last)
        for name in (*_MEANS, "images_per_s", "sec_per_kimg"):
            total, pictures = self._sums.get(name, (0.0, 0))
            line[name] = total / pictures if pictures else None
        self._sums.clear()
        self._last = {}
        return line

    def state(self) -> dict[str, list[float]]:
        """What a checkpoint keeps of a tick that is not complete."""
        return dict(self._sums)

    def restore(self, state: dict[str, list[float]]) -> None:
        self._sums = dict(state)

    def __bool__(self) -> bool:
        return bool(self._last)


class Recorder:
    """Reports how a run goes. Averages are over the pictures since the last time; where
    several processes train, losses, R1 and path lengths are those of the first one's pictures."""

    def __init__(self, run_dir: Path, options: TrainOptions, emit: Emit, images: int) -> None:
        self.run_dir, self.options, self.emit = run_dir, options, emit
        self._since = time.monotonic()
        self._images = images
        self.begun = TickMeans()
        _cut(run_dir / STATISTICS, images)
        _cut(run_dir / METRICS, images)
        self.log(f"training from {images / 1000:g} to {options.kimg:g} kimg")

    def after_step(self, images: int, stepper: TrainingStep, *, now: bool = False) -> None:
        """Emit a step event when the last is a second old, or `now`."""
        seconds = time.monotonic() - self._since
        if images == self._images or (seconds < _EVERY and not now):
            return
        shown = images - self._images
        record = self._record(images, shown, seconds, stepper)
        self._since, self._images = time.monotonic(), images
        self.begun.add(shown, record)
        self.emit("step", **record)

    def unsaid(self) -> dict[str, float]:
        """Since how many pictures, and seconds, nothing was said."""
        return {"images": self._images, "seconds": time.monotonic() - self._since}

    def restore_unsaid(self, told: dict[str, float]) -> None:
        """Go on as in the process of which `unsaid` told."""
        self._images, self._since = int(told["images"]), time.monotonic() - told["seconds"]

    def pause(self) -> Callable[[], None]:
        """Call before work that is not training, and what it returns after it: rates leave that
        time out."""
        began = time.monotonic()

        def resume() -> None:
            self._since += time.monotonic() - began

        return resume

    def tick(self) -> None:
        """Write one line of statistics for what was reported since the last."""
        if not self.begun:
            return
        line = self.begun.pop()
        _append(self.run_dir / STATISTICS, line)
        self.log(_words(line))

    def metrics(self, entry: dict[str, Any]) -> None:
        """One line for the figures of a snapshot."""
        _append(self.run_dir / METRICS, entry)
        kid = (entry["metrics"] or {}).get("kid")
        said = "" if kid is None else f", KID {kid:.5f}"
        self.log(f"wrote {entry['network']}{said}{' (the best)' if entry['best'] else ''}")

    def log(self, text: str) -> None:
        """A line for people in `log.txt`."""
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        with files.open_append(self.run_dir / LOG) as file:
            file.write(f"{when}  {text}\n".encode("utf-8", "backslashreplace"))

    def _record(
        self, images: int, shown: int, seconds: float, stepper: TrainingStep
    ) -> dict[str, Any]:
        means = stepper.means.pop()
        rate = shown / seconds if seconds > 0 else None
        d = [means[name] for name in ("loss_d", "loss_d_real") if name in means]
        return {
            "images": images,
            "kimg": images / 1000,
            "loss_g": means.get("loss_g"),
            "loss_d": sum(d) if d else None,
            "r1": means.get("r1"),
            "pl": means.get("pl"),
            "ada_p": stepper.strength.p,
            "ada_signal": stepper.strength.signal,
            "images_per_s": rate,
            "sec_per_kimg": 1000 / rate if rate else None,
            "memory_mb": memory_mb(stepper.device),
            "eta_s": (self.options.images - images) / rate if rate else None,
        }


def _words(line: dict[str, Any]) -> str:
    """A tick in a line: what is known of it."""
    told = {
        "s/kimg": line["sec_per_kimg"],
        "loss G": line["loss_g"],
        "loss D": line["loss_d"],
        "R1": line["r1"],
        "path length": line["pl"],
        "ADA p": line["ada_p"],
        "MB": line["memory_mb"],
    }
    known = [f"{name} {value:.4g}" for name, value in told.items() if value is not None]
    return f"{line['kimg']:g} kimg  " + "  ".join(known)


def memory_mb(device: torch.device) -> float:
    """The most memory that was held at once: of the GPU where there is one, else of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    if os.name != "posix":
        return float("nan")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def _append(path: Path, line: dict[str, Any]) -> None:
    with files.open_append(path) as file:
        file.write(json.dumps(plain(line), allow_nan=False).encode() + b"\n")


def _cut(path: Path, images: int) -> None:
    """Drop the lines of what a resumed run will do again, and a line that was cut short."""
    if not path.exists():
        return
    kept = []
    for line in read_text(path, MAX_LOG, errors="replace").splitlines():
        try:
            if parse_json(line)["images"] <= images:
                kept.append(line + "\n")
        except (ValueError, KeyError, TypeError):
            continue
    files.write_text(path, "".join(kept))
