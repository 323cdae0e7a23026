"""How strongly the discriminator's pictures are augmented (Karras et al. 2020b)."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.generate.training.options import ADA_INTERVAL, TrainOptions


@dataclass
class AugmentStrength:
    """The probability p of each transform, moved so that D is sure of a given part of the data.

    `signal` is the mean sign of D's logits on real pictures since p last moved: 1 where D is sure
    of all of them, which is overfitting, 0 where it guesses.
    """

    options: TrainOptions
    p: float = 0.0
    signal: float = math.nan
    signs: Tensor = field(default_factory=lambda: torch.zeros(2))  # their sum and their number

    @classmethod
    def of(cls, options: TrainOptions) -> "AugmentStrength":
        return cls(options, options.aug_p if options.aug == "fixed" else 0.0)

    def note(self, signs: Tensor) -> None:
        """Count signs of logits on real pictures: their sum and their number `[2]`."""
        self.signs = self.signs.to(signs.device) + signs

    def after_step(self, steps: int) -> None:
        """Move p every few steps, given how many were taken."""
        if steps % ADA_INTERVAL:
            return
        total, seen = self.signs.tolist()
        if not seen:
            return
        self.signal = total / seen
        self.signs = torch.zeros_like(self.signs)
        if self.options.aug == "ada":
            stride = self.options.batch * ADA_INTERVAL / (self.options.ada_kimg * 1000)
            over = self.signal - self.options.target
            self.p = max(self.p + stride * ((over > 0) - (over < 0)), 0.0)

    def state(self) -> dict[str, Any]:
        return {"p": self.p, "signal": self.signal, "signs": self.signs.cpu()}

    def restore(self, state: dict[str, Any]) -> None:
        self.p, self.signal, self.signs = state["p"], state["signal"], state["signs"]
