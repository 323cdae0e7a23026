"""How long a training will take and how much memory, from a few steps on noise."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from studio.compute.device import describe
from studio.generate.training.dice import SeededDice
from studio.generate.training.networks import make_networks
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import Phase, make_phases
from studio.generate.training.record import memory_mb
from studio.generate.training.step import Batch, Stepper

_ROUNDS = 2  # after one that warms up


@dataclass(frozen=True)
class Probe:
    """What was found. Without augmentation: when it grows strong, it takes half as long again."""

    seconds_per_kimg: float
    memory_mb: float
    device: str
    fits: bool
    sentence: str = ""  # why it does not fit

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def probe(
    options: TrainOptions, device: str = "cpu", before_turn: Callable[[], None] = lambda: None
) -> Probe:
    """Run each phase a few times, on random weights even where the training begins from a file.

    `before_turn` is called between two of them and may raise, to leave.
    """
    where = torch.device(device)
    try:
        seconds = _seconds_a_step(options, where, before_turn)
    except (RuntimeError, MemoryError) as error:  # torch's out-of-memory errors are RuntimeErrors
        if "memory" not in str(error).lower() and not isinstance(error, MemoryError):
            raise
        sentence = (
            f"{options.batch_gpu or options.batch} pictures of {options.resolution} px at once do "
            "not fit into memory: choose a smaller batch per process, or fewer channels."
        )
        return Probe(float("nan"), memory_mb(where), describe(where), False, sentence)
    return Probe(seconds / options.batch * 1000, memory_mb(where), describe(where), True)


def _seconds_a_step(
    options: TrainOptions, device: torch.device, before_turn: Callable[[], None]
) -> float:
    """Mean time of a step, the phases weighted by how often each is due."""
    c_dim = 2 if options.cond else 0
    networks = make_networks(options, c_dim, device)
    classes = torch.tensor([0, 1]) if c_dim else None
    dice = SeededDice(networks.generator, classes, options.style_mixing, options.seed, device)
    stepper = Stepper(networks.generator, networks.discriminator, options, dice)
    phases = make_phases(networks.generator, networks.discriminator, options)
    return sum(
        _seconds(stepper, phase, options, c_dim, before_turn) / phase.interval for phase in phases
    )


def _seconds(
    stepper: Stepper,
    phase: Phase,
    options: TrainOptions,
    c_dim: int,
    before_turn: Callable[[], None],
) -> float:
    shape = (options.batch, options.img_channels, options.resolution, options.resolution)
    c = torch.zeros(options.batch, c_dim, device=stepper.device)
    began = 0.0
    for turn in range(_ROUNDS + 1):
        before_turn()
        if turn == 1:
            began = _now(stepper.device)
        pictures = torch.zeros(shape, device=stepper.device).uniform_(-1, 1)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        stepper.take(phase, Batch(pictures, c))
    return (_now(stepper.device) - began) / _ROUNDS


def _now(device: torch.device) -> float:
    """The clock, when all that was asked of a GPU is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
