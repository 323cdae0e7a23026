"""One projection under way: a latent, the noise maps and the optimiser that moves them."""

import copy
import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.generate.latent.seeds import random_latents
from studio.generate.networks.generator import Generator
from studio.generate.projection import distance as distances
from studio.generate.projection.distance import Distance
from studio.generate.projection.noise_maps import autocorrelation, noise_maps, renormalise
from studio.generate.projection.schedule import Schedule

NOISE_WEIGHT = 1e5
W_SAMPLES, W_SEED = 10_000, 123


@dataclass(frozen=True, eq=False)
class LatentCloud:
    """Many w of a network: `[10000, W]`, their mean and one overall deviation."""

    ws: Tensor
    mean: Tensor
    deviation: float

    @classmethod
    @torch.no_grad()
    def of(cls, generator: Generator, c: Tensor | None = None) -> "LatentCloud":
        """The official 10,000 (NumPy's seed 123); `c` `[1, c_dim]` for a conditional network."""
        z = random_latents(W_SAMPLES, generator.config.z_dim, W_SEED)
        classes = None if c is None else c.expand(W_SAMPLES, -1)
        ws = generator.mapping(z, classes)[:, 0]
        mean = ws.double().mean(dim=0)
        spread = float((ws - mean).square().sum() / W_SAMPLES)
        return cls(ws, mean.float(), math.sqrt(spread))


@dataclass(frozen=True)
class StepReport:
    """What one step saw, before it moved."""

    step: int
    distance: float
    noise: float

    @property
    def loss(self) -> float:
        return self.distance + NOISE_WEIGHT * self.noise


@dataclass
class LatentSearch:
    """A projection that goes on step by step, and can be put away and taken up again.

    `latent` is `[1, 1, W]` (one w for all rows) or `[1, L, W]` (W+). The generator is copied: its
    noise maps are optimised and belong to the result.
    """

    generator: Generator
    target: Tensor  # features [1, F]
    distance: Distance
    latent: Tensor
    w_std: float
    schedule: Schedule = field(default_factory=Schedule)
    seed: int = 303
    fresh_noise: bool = True
    step: int = 0

    def __post_init__(self) -> None:
        self.random = torch.Generator().manual_seed(self.seed)
        self.synthesis = copy.deepcopy(self.generator.synthesis).eval().requires_grad_(False)
        self.latent = self.latent.detach().clone().requires_grad_()
        self.maps = noise_maps(self.synthesis)
        for one in self.maps.values():
            if self.fresh_noise:
                one.copy_(torch.randn(one.shape, generator=self.random))
            one.requires_grad_()
        self.optimiser = torch.optim.Adam([self.latent, *self.maps.values()], betas=(0.9, 0.999))

    @property
    def done(self) -> bool:
        return self.step >= self.schedule.steps

    def picture(self, latent: Tensor) -> Tensor:
        """The picture `[1, C, R, R]` of a latent with the noise maps of this search."""
        rows = latent.expand(-1, self.synthesis.num_ws, -1)
        return self.synthesis(rows, "const")

    def advance(self, w_noise: Tensor | None = None) -> StepReport:
        """One step; `w_noise` (unit variance, like `latent`) replaces the drawn noise in tests."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(self.step)
        if w_noise is None:
            w_noise = torch.randn(self.latent.shape, generator=self.random)
        scale = self.schedule.w_noise(self.step, self.w_std)
        pictures = distances.to_255(self.picture(self.latent + w_noise * scale))
        away = distances.between(self.target, self.distance.features(pictures))
        noise = autocorrelation(self.maps.values())
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(away + NOISE_WEIGHT * noise)
        self.optimiser.step()
        renormalise(self.maps.values())
        report = StepReport(self.step, float(away.detach()), float(noise.detach()))
        self.step += 1
        return report

    def ws(self) -> Tensor:
        """The present latent as `[1, L, W]`."""
        return self.latent.detach().expand(-1, self.synthesis.num_ws, -1).clone()

    def noise(self) -> dict[str, Tensor]:
        return {name: one.detach().clone() for name, one in self.maps.items()}

    def state(self) -> dict[str, Any]:
        """All that a later `restore` needs to go on exactly."""
        return {
            "step": self.step,
            "latent": self.latent.detach().clone(),
            "noise": self.noise(),
            "optimiser": self.optimiser.state_dict(),
            "random": self.random.get_state(),
        }

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        self.step = state["step"]
        self.latent.copy_(state["latent"])
        for name, one in self.maps.items():
            one.copy_(state["noise"][name])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.set_state(state["random"])
