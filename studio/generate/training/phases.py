"""What one training step is made of, as data: who learns, from what, how often."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from studio.generate.training.options import PATH_LENGTH_INTERVAL, R1_INTERVAL, TrainOptions

Task = Literal["main", "regularise"]


@dataclass(frozen=True)
class Phase:
    """`interval` steps lie between two of these; the loss is weighted with it in return."""

    name: str
    task: Task
    network: nn.Module
    optimiser: torch.optim.Optimizer
    interval: int = 1


def make_phases(
    generator: nn.Module, discriminator: nn.Module, options: TrainOptions
) -> tuple[Phase, ...]:
    """Gmain, Greg, Dmain, Dreg, in the order of a step; what has no weight is left out."""
    g = lazy_adam(generator, options.glr, PATH_LENGTH_INTERVAL if options.pl_weight else None)
    d = lazy_adam(discriminator, options.dlr, R1_INTERVAL if options.gamma else None)
    phases = [
        Phase("Gmain", "main", generator, g),
        Phase("Greg", "regularise", generator, g, PATH_LENGTH_INTERVAL),
        Phase("Dmain", "main", discriminator, d),
        Phase("Dreg", "regularise", discriminator, d, R1_INTERVAL),
    ]
    idle = {"Greg"} if not options.pl_weight else set()
    idle |= {"Dreg"} if not options.gamma else set()
    return tuple(phase for phase in phases if phase.name not in idle)


def lazy_adam(network: nn.Module, rate: float, interval: int | None) -> torch.optim.Adam:
    """Adam (betas 0 and .99) for a loss with a regularisation every `interval` steps.

    Such a run takes (interval + 1) / interval optimiser steps for one; rate and betas are scaled
    so that as much is learnt and forgotten as without it (Karras et al. 2020a, appendix B).
    """
    ratio = 1.0 if interval is None else interval / (interval + 1)
    parameters = [p for p in network.parameters() if p.numel()]
    return torch.optim.Adam(parameters, lr=rate * ratio, betas=(0.0, 0.99**ratio), eps=1e-8)
