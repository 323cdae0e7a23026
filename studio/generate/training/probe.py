"""How long a training will take and how much memory, from a few steps on noise."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch

from studio.compute.device import describe
from studio.generate.training.networks import make_networks
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import Phase, make_phases
from studio.generate.training.random_source import SeededRandomSource
from studio.generate.training.record import memory_mb
from studio.generate.training.step import TrainingBatch, TrainingStep

_ROUNDS = 2  # after one that warms up
_SMALL = 128  # pixels up to which a whole batch is quick
_PATIENCE = 10.0  # seconds of a turn, from which on it is the measure itself and not repeated

BeforeTurn = Callable[[int, int], None]
"""Called between two turns with the phases that are timed and their number; may raise, to leave."""


@dataclass(frozen=True)
class NetworkProbe:
    """What was found. Without augmentation: when it grows strong, it takes half as long again."""

    seconds_per_kimg: float
    memory_mb: float
    device: str
    fits: bool
    sentence: str = ""  # why it does not fit

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def probe(
    options: TrainOptions,
    device: str = "cpu",
    before_turn: BeforeTurn = lambda done, total: None,
) -> NetworkProbe:
    """Run each phase a few times, on random weights even where the training begins from a file.

    On a CPU, whose time goes with the number of pictures, a few large ones stand for the batch: one
    step of sixteen pictures of 512 px takes minutes there.
    """
    where, few = torch.device(device), options
    if where.type == "cpu" and options.resolution > _SMALL:
        few = options.model_copy(update={"batch": options.mbstd_group, "batch_gpu": None})
    try:
        seconds, seen = _measured(few, where, before_turn)
    except (RuntimeError, MemoryError) as error:  # torch's out-of-memory errors are RuntimeErrors
        if "memory" not in str(error).lower() and not isinstance(error, MemoryError):
            raise
        return NetworkProbe(
            float("nan"), memory_mb(where), describe(where), False, _too_much(options)
        )
    memory = seen.of(options.at_once(1) / few.at_once(1))
    fits = where.type != "cpu" or memory < _installed_mb()
    sentence = "" if fits else _too_much(options)
    return NetworkProbe(seconds / few.batch * 1000, memory, describe(where), fits, sentence)


def _too_much(options: TrainOptions) -> str:
    return (
        f"{options.batch_gpu or options.batch} pictures of {options.resolution} px at once do "
        "not fit into memory: choose a smaller batch per process, or fewer channels."
    )


@dataclass(frozen=True)
class _Memory:
    """Megabytes before the first step and at the most. `fixed` of them come with the first step
    however few its pictures are: gradients and both moments of each weight."""

    before: float
    most: float
    fixed: float

    def of(self, times: float) -> float:
        """At the most with so many times the pictures at once."""
        grows = max(self.most - self.before - self.fixed, 0.0)
        return self.most + grows * (times - 1)


def _installed_mb() -> float:
    """Memory of this computer; infinite where it does not tell."""
    if os.name != "posix":
        return float("inf")
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6


def _measured(
    options: TrainOptions, device: torch.device, before_turn: BeforeTurn
) -> tuple[float, _Memory]:
    """Mean time of a step, the phases weighted by how often each is due; and memory."""
    c_dim = 2 if options.cond else 0
    networks = make_networks(options, c_dim, device)
    classes = torch.tensor([0, 1]) if c_dim else None
    rng = SeededRandomSource(
        networks.generator, classes, options.style_mixing, options.seed, device
    )
    stepper = TrainingStep(networks.generator, networks.discriminator, options, rng)
    phases = make_phases(networks.generator, networks.discriminator, options)
    before, seconds = memory_mb(device), 0.0
    for done, phase in enumerate(phases):
        turn = partial(before_turn, done, len(phases))
        seconds += _seconds(stepper, phase, options, c_dim, turn) / phase.interval
    both = (networks.generator, networks.discriminator)
    weights = sum(p.numel() * p.element_size() for one in both for p in one.parameters())
    return seconds, _Memory(before, memory_mb(device), 3 * weights / 1e6)


def _seconds(
    stepper: TrainingStep,
    phase: Phase,
    options: TrainOptions,
    c_dim: int,
    before_turn: Callable[[], None],
) -> float:
    """Of one turn: the mean of those after the first, or the first where it took long."""
    shape = (options.batch, options.img_channels, options.resolution, options.resolution)
    c = torch.zeros(options.batch, c_dim, device=stepper.device)
    took: list[float] = []
    while len(took) <= _ROUNDS and sum(took) < _PATIENCE:
        before_turn()
        began = _now(stepper.device)
        pictures = torch.zeros(shape, device=stepper.device).uniform_(-1, 1)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        stepper.run_phase(phase, TrainingBatch(pictures, c))
        took.append(_now(stepper.device) - began)
    warm = took[1:] or took
    return sum(warm) / len(warm)


def _now(device: torch.device) -> float:
    """The clock, when all that was asked of a GPU is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
