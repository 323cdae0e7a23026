"""How fast and how noisily a projection searches, as the official projector does it.

`t` is the share of the steps that is done, 0 … 1.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Learning rate and w noise by step; the defaults are the official ones."""

    steps: int = 1000
    learning_rate: float = 0.1
    ramp_up: float = 0.05  # share of the steps, linear
    ramp_down: float = 0.25  # share of the steps, cosine
    noise: float = 0.05  # of w_std, at the start
    noise_until: float = 0.75  # share of the steps

    def rate(self, step: int) -> float:
        t = step / self.steps
        down = min(1.0, (1 - t) / self.ramp_down)
        up = min(1.0, t / self.ramp_up) if self.ramp_up else 1.0
        return self.learning_rate * (0.5 - 0.5 * math.cos(math.pi * down)) * up

    def w_noise(self, step: int, w_std: float) -> float:
        """Deviation of the noise that is added to w, falling to 0 at `noise_until`."""
        return w_std * self.noise * max(0.0, 1 - step / self.steps / self.noise_until) ** 2
