"""The training loop.

train(options, pictures, run_dir, emit=context.emit, stop_requested=context.stop_requested)

A run folder holds what an official one does, with network files in place of pickles: see
`snapshots.py`. The same call on a folder that holds a checkpoint goes on from it exactly.
"""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from studio.compute.interruption import Interrupted, interruptible
from studio.errors import StudioError
from studio.generate.data.feeder import Feeder
from studio.generate.data.feeder import ImageBatch as Fed
from studio.generate.data.training_images import TrainingImages
from studio.generate.files.named import resolve_network_path
from studio.generate.networks.generator import Generator
from studio.generate.training import checkpoint, ema
from studio.generate.training.augment import Augment
from studio.generate.training.distributed import DistributedContext
from studio.generate.training.epoch_sampler import EpochSampler
from studio.generate.training.networks import make_networks
from studio.generate.training.options import EMA_RAMP_UP, TrainOptions
from studio.generate.training.phases import make_phases
from studio.generate.training.random_source import SeededRandomSource
from studio.generate.training.record import Emit, Recorder
from studio.generate.training.snapshots import Snapshots
from studio.generate.training.step import RunningMeans, TrainingBatch, TrainingStep
from studio.generate.training.threads import pin_thread_count

_KINDS = {"cpu": "a CPU", "cuda": "a GPU (cuda)", "mps": "an Apple GPU (mps)"}


class Measure(Protocol):
    """What is measured at each snapshot; `studio.generate.metrics.snapshot.SnapshotMetrics`."""

    def __call__(
        self, generator: Generator, device: torch.device | str = "cpu"
    ) -> dict[str, Any]: ...


def train(
    options: TrainOptions,
    pictures: TrainingImages,
    run_dir: Path,
    *,
    rows: NDArray[np.int64] | None = None,
    world: DistributedContext | None = None,
    device: torch.device | str = "cpu",
    measure: Measure | None = None,
    emit: Emit = lambda event, **fields: None,
    stop_requested: Callable[[], bool] = lambda: False,
    today: str | None = None,
) -> bool:
    """Train until `options.kimg` thousand pictures were shown; False when stopped before that.

    `rows` are the pictures to learn from, the others being held out. All processes of `world` call
    this alike; only the first one measures, reports and writes. `today` (ISO) goes into the
    cards of the networks.

    Raises:
        UsageError: the batch cannot be shared among the processes.
        StudioError: a checkpoint or the network to begin from cannot be used, or the networks
            no longer hold numbers.
    """
    world, where = world or DistributedContext(), torch.device(device)
    training = Training(options, pictures, run_dir, rows, world, where, measure, emit, today)
    try:
        finished = training.run(stop_requested)
    finally:
        training.close()
    world.wait()  # for the first, which still writes: torchrun ends all when one has left early
    return finished


class Training:
    """One run in one process: its networks, what they learn from, and how far they are."""

    def __init__(
        self,
        options: TrainOptions,
        pictures: TrainingImages,
        run_dir: Path,
        rows: NDArray[np.int64] | None,
        world: DistributedContext,
        device: torch.device,
        measure: Measure | None,
        emit: Emit,
        today: str | None,
    ) -> None:
        self.options, self.pictures, self.run_dir = options, pictures, run_dir
        self.world, self.device = world, device
        self.rows = np.arange(len(pictures)) if rows is None else rows
        self.c_dim = len(pictures.names) if options.cond else 0
        saved = checkpoint.load(run_dir)
        self.threads, other_threads = pin_thread_count((saved or {}).get("threads"))
        begin = options.begin_from if saved is None else None
        file = None if begin is None else resolve_network_path(begin)
        names = pictures.names if options.cond else ()
        self.networks = make_networks(options, self.c_dim, device, file, names)
        self.stepper = self._make_stepper()
        self.phases = make_phases(self.networks.generator, self.networks.discriminator, options)
        self.order = EpochSampler(len(self.rows), options.mirror, options.seed)
        self.images = self.steps = 0
        self.phases_done = 0  # of the step under way
        self.snapshot_due = False
        self.saved_at = 0  # pictures at the last checkpoint; a run without one begins again
        self.history: list[dict[str, Any]] = []
        self.today = today or datetime.now(UTC).date().isoformat()
        if saved is not None:
            self._restore_checkpoint(saved)
        self.recorder: Recorder | None = None
        self.snapshots: Snapshots | None = None
        if world.first:
            for sentence in (*self.networks.notes, *filter(None, [other_threads])):
                emit("warning", message=sentence)
            self.snapshots = Snapshots(self, measure, emit, resumed=saved is not None)
            self.recorder = Recorder(run_dir, options, emit, self.images)
            self.recorder.begun.restore((saved or {}).get("tick", {}))
            if saved is not None and "unsaid" in saved:
                self.recorder.restore_unsaid(saved["unsaid"])

    # The loop

    def run(self, stop_requested: Callable[[], bool]) -> bool:
        """Take steps to the end, or until asked to stop; False when stopped."""
        try:
            return self._run(stop_requested)
        except Interrupted:
            return False

    def _run(self, stop_requested: Callable[[], bool]) -> bool:
        # Several processes stop together, between their steps.
        within = stop_requested if self.world.size == 1 else None
        if self.snapshots is not None:
            with interruptible(within or (lambda: False), self.device):
                self.snapshots.begin()
        if self.snapshot_due:
            self._snapshot(within)
        with Feeder(self.pictures, self._batches(), self.device) as feeder:
            for fed in feeder:
                self._step(fed, within)
                self._average()
                self.stepper.strength.after_step(self.steps)
                self._report_step()
                done = self.images >= self.options.images
                stopping = not done and self.world.any(stop_requested())
                if done or self._passed(self.options.tick * self.options.snap):
                    self._snapshot(within)
                elif stopping:
                    self._report_progress()
                    self._checkpoint()
                if stopping:
                    return False
        return True

    def close(self) -> None:
        """Break the reference cycles: until a garbage collection the pictures' file would stay
        mapped."""
        self.snapshots = self.recorder = None

    def _step(self, fed: Fed, stop_requested: Callable[[], bool] | None) -> None:
        """Every phase that is due learns from one batch. Raises Interrupted when asked to stop,
        after it has kept the phases that are done."""
        batch = TrainingBatch(self._in_range(fed.pixels), self._one_hot(fed.classes))
        for phase in self.phases[self.phases_done :]:
            if self.steps % phase.interval == 0:
                try:
                    self.stepper.run_phase(phase, batch, stop_requested)
                except Interrupted:
                    # From its beginning the step is taken again in the same way.
                    if self.images > self.saved_at:
                        self._checkpoint(stopped_within=True)
                    raise
            self.phases_done += 1
        self.phases_done = 0
        self.steps += 1

    def _average(self) -> None:
        """Update the moving average of G, by the pictures shown before this batch; then count
        these."""
        options = self.options
        ramp_up = None if options.transfer else EMA_RAMP_UP
        beta = ema.ema_beta(self.images, options.batch, options.average_half_life, ramp_up)
        ema.update_ema(self.networks.average, self.networks.generator, beta)
        self.images += options.batch

    def _report_step(self) -> None:
        ticks = self._passed(self.options.tick)
        done = self.images >= self.options.images
        self._report_progress(now=ticks or done)
        if self.recorder is not None and (ticks or done):
            self.recorder.tick()

    def _report_progress(self, *, now: bool = True) -> None:
        """Emit a step event where one is due."""
        if self.recorder is not None:
            self.recorder.after_step(self.images, self.stepper, now=now)

    def _snapshot(self, stop_requested: Callable[[], bool] | None) -> None:
        """Raises Interrupted when asked to stop: a resume then begins with the snapshot."""
        if self.snapshots is not None and self.recorder is not None:
            self._require_finite()
            self._report_progress()  # what is summed up to here goes into the checkpoint
            resume = self.recorder.pause()
            try:
                with interruptible(stop_requested or (lambda: False), self.device):
                    entry = self.snapshots.write()
            except Interrupted:
                self.snapshot_due = True
                self._checkpoint()
                raise
            self.snapshot_due = False
            self.history.append(entry)
            self.recorder.metrics(entry)
            self._checkpoint()
            resume()

    def _passed(self, kimg: float) -> bool:
        """Whether this step went past a multiple of so many thousand pictures."""
        every = max(round(kimg * 1000), 1)
        return self.images // every > (self.images - self.options.batch) // every

    # Its parts

    def _make_stepper(self) -> TrainingStep:
        options, networks = self.options, self.networks
        classes = self.pictures.classes
        rng = SeededRandomSource(
            networks.generator,
            None if classes is None else torch.from_numpy(classes[self.rows]),
            options.style_mixing,
            options.seed,
            self.device,
        )
        augment = None if options.aug == "none" else Augment(options.pipeline)
        return TrainingStep(
            networks.generator, networks.discriminator, options, rng, self.world, augment
        )

    def _batches(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """Which pictures come next, from where the run is to its end."""
        for shown in range(self.images, self.options.images, self.options.batch):
            places, mirrored = self.order.batch(shown, self.options.batch)
            yield self.rows[places], mirrored

    def _in_range(self, pixels: torch.Tensor) -> torch.Tensor:
        scaled = pixels.float().div_(127.5).sub_(1)
        return scaled.contiguous(memory_format=torch.channels_last)

    def _one_hot(self, classes: torch.Tensor | None) -> torch.Tensor:
        c = torch.zeros(self.options.batch, self.c_dim, device=self.device)
        if classes is not None and self.c_dim:
            c.scatter_(1, classes[:, None], 1)
        return c

    def _require_finite(self) -> None:
        """StudioError where a network holds NaN or infinity, before it would be written."""
        for network in (self.networks.generator, self.networks.discriminator):
            norms = torch.stack([p.norm() for p in network.parameters()])
            if not bool(torch.isfinite(norms).all()):
                raise StudioError(
                    f"The networks no longer hold numbers after {self.images / 1000:.1f} kimg. "
                    "Begin again from the last good snapshot with a lower learning rate or a "
                    "larger gamma."
                )

    # Checkpoints

    def _checkpoint(self, *, stopped_within: bool = False) -> None:
        """Keep everything that a resume needs; `stopped_within` a step, also how far that is and
        what of it is still to be said."""
        if self.snapshots is None or self.recorder is None:
            return
        self._require_finite()
        self.snapshots.latest()
        optimisers = {phase.network: phase.optimiser for phase in self.phases}
        content = {
            "options": self.options.to_json(),
            "pictures": self.pictures.sha256,
            "networks": self.networks.state(),
            "optimisers": [one.state_dict() for one in optimisers.values()],
            "stepper": self.stepper.state(),
            "images": self.images,
            "steps": self.steps,
            "history": self.history,
            "today": self.today,
            "begun_from": self.networks.begun_from,
            "threads": self.threads,
            "device": self.device.type,
            "tick": self.recorder.begun.state(),
        }
        if self.snapshot_due:
            content["snapshot_due"] = True
        if stopped_within:
            means = self.stepper.means
            content |= {
                "phases_done": self.phases_done,
                "means": {"sums": means.sums, "counts": means.counts},
                "unsaid": self.recorder.unsaid(),
            }
        checkpoint.save(self.run_dir, self.images, content)
        self.saved_at = self.images

    def _restore_checkpoint(self, content: dict[str, Any]) -> None:
        """Set everything to what a checkpoint holds."""
        _require_same_run(self.options, self.pictures, self.device, content)
        self.networks.restore(content["networks"])
        self.networks.begun_from = content["begun_from"]
        optimisers = {phase.network: phase.optimiser for phase in self.phases}
        for one, state in zip(optimisers.values(), content["optimisers"], strict=True):
            one.load_state_dict(state)
        self.stepper.restore(content["stepper"])
        self.images, self.steps = content["images"], content["steps"]
        self.history, self.today = content["history"], content["today"]
        self.saved_at = self.images
        self.phases_done = content.get("phases_done", 0)
        self.snapshot_due = content.get("snapshot_due", False)
        if "means" in content:
            self.stepper.means = RunningMeans(**content["means"])


def _require_same_run(
    options: TrainOptions,
    pictures: TrainingImages,
    device: torch.device,
    content: dict[str, Any],
) -> None:
    """StudioError where a checkpoint is of other options, pictures or another kind of device than
    the run that is to go on from it. Options with `may_change_on_resume` may differ."""
    changed = options.changed_since(content["options"])
    if changed:
        raise StudioError(
            f"This run was trained with another {', '.join(changed)}: go on with the same, or "
            "begin a new run from its network."
        )
    if pictures.sha256 != content["pictures"]:
        raise StudioError(
            f"The pictures of {pictures.source} are no longer those that the run was trained on: "
            "put them back, or begin a new run from its network."
        )
    before = content.get("device", device.type)
    if before != device.type:
        raise StudioError(
            f"This run was trained on {_KINDS[before]} and its random numbers go on only there, "
            f"not on {_KINDS[device.type]}: resume it on a machine that has one, or begin a new "
            "run from its network-latest with --resume."
        )
    if not math.isfinite(content["stepper"]["strength"]["p"]):
        raise StudioError("The checkpoint holds no number for the strength of augmentation.")
