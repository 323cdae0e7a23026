"""Making a set: render the seeds of each entry, keep what passes, write it all down."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio import __version__
from studio.compute.device import describe, pick_device
from studio.errors import StudioError
from studio.generate.builder.attempt_log import JOURNAL, Attempt, AttemptLog
from studio.generate.builder.contact_sheet import write_sheets
from studio.generate.builder.filters import FilterResult, Filters, Pictures, SetStoppedError
from studio.generate.builder.finished_set import FinishedSet, finished_set
from studio.generate.builder.manifest import write_records
from studio.generate.builder.picture_file import write_set_image
from studio.generate.builder.recipe import RECIPE, SetRecipe, write_recipe
from studio.generate.builder.sources import SetSource, SetSources, open_sources
from studio.generate.builder.tally import SetCounts, SetTally
from studio.generate.outputs.folder import w_hash
from studio.imaging import resize
from studio.jobs.process import LOCK_FILE, RunLock

PART, CACHE = ".part", ".cache"
BATCH = 8  # pictures; what a captured graph takes, and a stop waits for no more
WRITERS = min(8, os.cpu_count() or 1)  # PNG is packed outside the interpreter's lock

OnProgress = Callable[[int, int, str], None]
OnBatch = Callable[[dict[str, SetCounts]], None]
MakeFilters = Callable[[int, Path], Filters]
"""Gets the size of the pictures and a folder for what it wants to keep until the set is whole."""


@dataclass(frozen=True)
class SetReport:
    """What became of a recipe. `rendered` pictures took `seconds` in this process."""

    folder: Path
    counts: dict[str, SetCounts]
    shortfalls: tuple[str, ...]
    notes: tuple[str, ...]
    rendered: int
    seconds: float
    resumed: bool
    finished_before: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "folder": str(self.folder),
            "counts": {label: counts.to_dict() for label, counts in self.counts.items()},
            "shortfalls": list(self.shortfalls),
            "notes": list(self.notes),
            "rendered": self.rendered,
            "seconds": round(self.seconds, 2),
            "pictures_per_s": round(self.rendered / self.seconds, 3) if self.seconds else None,
            "resumed": self.resumed,
            "finished_before": self.finished_before,
        }


def part_of(out: Path) -> Path:
    """Where a set grows until it is whole."""
    return out.with_name(out.name + PART)


def build_set(
    recipe: SetRecipe,
    out: Path,
    make_filters: MakeFilters,
    *,
    device: str = "auto",
    on_progress: OnProgress = lambda done, total, message: None,
    on_batch: OnBatch = lambda counts: None,
    stop: Callable[[], bool] = lambda: False,
) -> SetReport:
    """Make the set, or go on with the one in `OUT.part` that the same recipe began.

    `out` must be absent or empty, unless it is the set of this very recipe, with which nothing is
    left to do. It appears when all is there: `label/label-seed0000.png` …,
    manifest, recipe, rejected pictures, contact sheets. Killed at any moment, the same call goes
    on and ends with the same bytes. `make_filters` is called once the networks are known to do.
    `on_progress` gets (kept, wanted, what is made).

    Raises SetStoppedError after a stop, StudioError when the recipe cannot be followed.
    """
    finished = finished_set(recipe, out)
    if finished is None:
        _require_room(out)
    chosen = pick_device(device)
    sources = open_sources(recipe, str(chosen))
    if finished is not None:
        finished.require_networks(out, sources)
        return _nothing_to_do(out, finished)
    part = _make_part(out)
    with RunLock(part):
        filters = _made(make_filters, sources.size, part)
        header = _header(recipe, sources, filters, chosen)
        journal = AttemptLog(part, header)
        builder = _Builder(recipe, part, sources, filters, journal, on_progress, on_batch, stop)
        builder.run()
        header["time"] = journal.begun
        notes = builder.finish(header)
    _appear(part, out)
    return SetReport(
        out,
        builder.tally.counts(),
        builder.tally.shortfalls(),
        notes,
        builder.rendered,
        builder.seconds,
        journal.resumed,
    )


def _header(
    recipe: SetRecipe, sources: SetSources, filters: Filters, device: torch.device
) -> dict[str, Any]:
    """What a set says of its making; another header does not go on with a journal."""
    return {
        "made_by": f"CAN Studio {__version__}",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": recipe.model_dump(mode="json"),
        "networks": list(sources.networks),
        **filters.facts,
        "device": describe(device) if device.type != "cpu" else "CPU",
        "size": sources.size,
    }


@dataclass
class _Builder:
    recipe: SetRecipe
    part: Path
    sources: SetSources
    filters: Filters
    journal: AttemptLog
    on_progress: OnProgress
    on_batch: OnBatch
    stop: Callable[[], bool]
    rendered: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.tally = SetTally.of(self.recipe, self.journal.tried)

    def run(self) -> None:
        began = time.perf_counter()
        write_recipe(self.part / RECIPE, self.recipe)
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="set") as pool:
            for number, source in enumerate(self.sources.entries):
                (self.part / source.entry.label).mkdir(exist_ok=True)
                self._entry(number, source, pool)
        self.seconds = time.perf_counter() - began

    def finish(self, header: dict[str, Any]) -> tuple[str, ...]:
        """Manifest, rejected pictures and contact sheets; the manifest last of all."""
        self.on_progress(self.recipe.count, self.recipe.count, "contact sheets")
        write_sheets(self.part, self.recipe, self.journal.tried)
        return write_records(self.part, self.recipe, header, self.sources, self.journal.tried)

    def _entry(self, number: int, source: SetSource, pool: ThreadPoolExecutor) -> None:
        """Seeds until the count is reached or the tries are used up."""
        entry, before = source.entry, self.journal.of(number)
        tried, kept = len(before), sum(one.kept for one in before)
        most, waiting = self.recipe.most_tries(entry), _Waiting()
        self._report_progress(entry.label)
        while kept < entry.count and tried < most:
            if self.stop():
                self._settle(waiting)
                raise SetStoppedError(
                    f"Stopped with {self.tally.kept:,} of {self.recipe.count:,} pictures; the same "
                    "recipe and folder go on from there."
                )
            # Never more than are wanted: the batches after a kill are those without one.
            n = min(BATCH, most - tried, entry.count - kept)
            first = entry.first_seed + tried
            batch = self._batch(number, source, range(first, first + n), pool)
            self._settle(waiting)
            waiting = batch
            tried, kept = tried + n, kept + batch.kept
            self.rendered += n
            self._report_progress(entry.label)
        self._settle(waiting)
        self._report_progress(entry.label)

    def _batch(
        self, number: int, source: SetSource, seeds: Sequence[int], pool: ThreadPoolExecutor
    ) -> "_Waiting":
        """Render, look, and have the kept ones written by the pool."""
        ws, rendered = source.render(seeds)
        pictures = np.stack([resize(picture, self.sources.size) for picture in rendered])
        verdicts = self.filters.judge_pictures(source.entry.label, pictures)
        waiting = _Waiting()
        for seed, w, picture, verdict in zip(seeds, ws, pictures, verdicts, strict=True):
            name = f"{self.recipe.stem(number, seed)}.{self.recipe.format}"
            path = f"{source.entry.label}/{name}"
            written = None
            if verdict.reason is None:
                written = pool.submit(self._write, path, picture)
            waiting.add(number, seed, w_hash(w), verdict, path, written)
        return waiting

    def _write(self, path: str, picture: Pictures) -> str:
        try:
            return write_set_image(
                self.part / path, picture, self.recipe.format, self.recipe.quality
            )
        except OSError as error:
            raise StudioError(
                f"{self.part / path} cannot be written: {error.strerror}. Mend that and run the "
                "same again: it goes on."
            ) from None

    def _settle(self, waiting: "_Waiting") -> None:
        """What is written counts: into the journal and the tally."""
        done = waiting.settle()
        if done:
            self.journal.add(done)
            self.tally.add(done)

    def _report_progress(self, label: str) -> None:
        self.on_progress(self.tally.kept, self.recipe.count, label)
        self.on_batch(self.tally.counts())


class _Waiting:
    """A batch whose files are being written while the next one renders."""

    def __init__(self) -> None:
        self._rows: list[tuple[dict[str, Any], Future[str] | None]] = []

    @property
    def kept(self) -> int:
        return sum(row["reason"] is None for row, _ in self._rows)

    def add(
        self,
        entry: int,
        seed: int,
        w_sha256: str,
        verdict: FilterResult,
        path: str,
        written: Future[str] | None,
    ) -> None:
        row = {"entry": entry, "seed": seed, "w_sha256": w_sha256, **vars(verdict)}
        row["path"] = None if written is None else path
        self._rows.append((row, written))

    def settle(self) -> list[Attempt]:
        """Wait for the files; each batch is given out once."""
        rows, self._rows = self._rows, []
        return [
            Attempt(**row, sha256=None if written is None else written.result())
            for row, written in rows
        ]


def _nothing_to_do(out: Path, finished: FinishedSet) -> SetReport:
    _tidy(out)
    counts, notes = finished.counts, finished.notes
    return SetReport(out, counts, finished.shortfalls, notes, 0, 0.0, False, finished_before=True)


def _require_room(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{out} is not empty; a set needs a new or an empty folder.")


def _make_part(out: Path) -> Path:
    part = part_of(out)
    try:
        part.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError(f"{part} cannot be used as a folder: {error.strerror}.") from None
    return part


def _made(make_filters: MakeFilters, size: int, part: Path) -> Filters:
    """The filters; a folder in which nothing was begun does not outlive their refusal."""
    try:
        return make_filters(size, part / CACHE)
    except SetStoppedError:
        raise  # what was read of the training pictures is kept
    except StudioError:
        if not (part / JOURNAL).exists():
            shutil.rmtree(part, ignore_errors=True)
        raise


def _appear(part: Path, out: Path) -> None:
    """The whole folder under its own name, without what the work needed."""
    shutil.rmtree(part / CACHE, ignore_errors=True)
    for folder in part.iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # a training takes an empty class folder for a mistake
    if out.exists():
        out.rmdir()
    part.replace(out)
    _tidy(out)


def _tidy(out: Path) -> None:
    """Remove what the work needed: after the rename, since until then a killed build goes on by
    it, and once more where one was killed in between."""
    for left in (JOURNAL, LOCK_FILE):
        (out / left).unlink(missing_ok=True)
