"""Every random number of training, from one generator; on a GPU, augmentation has one of its own.

All processes draw the same numbers for the whole batch and each uses its rows. So a run does not
depend on how its batch is divided, and a checkpoint needs only the state of the generators.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from studio.generate.latent.noise import NoiseMaps
from studio.generate.networks.generator import Generator


class RandomSource(Protocol):
    """What training draws; tests give prepared numbers."""

    def latents(self, n: int) -> "DrawnLatents": ...

    def noise_maps(self, n: int) -> NoiseMaps: ...

    def directions(self, n: int, channels: int, resolution: int) -> Tensor: ...

    @property
    def generator(self) -> torch.Generator | None: ...

    @property
    def augmentation(self) -> torch.Generator | None:
        """Draws for the augmentation, on the CPU: its numbers decide what is computed, and reading
        them from a GPU would make it wait."""


@dataclass(frozen=True)
class DrawnLatents:
    """z `[N, Z]` and class c `[N, C]`, and the second z that takes over from row `cut` `[N]` on."""

    z: Tensor
    c: Tensor
    mixed: Tensor | None = None
    cut: Tensor | None = None

    def take(self, rows: Tensor) -> "DrawnLatents":
        return DrawnLatents(
            self.z[rows],
            self.c[rows],
            None if self.mixed is None else self.mixed[rows],
            None if self.cut is None else self.cut[rows],
        )


class SeededRandomSource:
    """The random numbers of a run. `classes` `[n]` are those of the training pictures: those of
    generated ones are drawn as frequently."""

    def __init__(
        self,
        network: Generator,
        classes: Tensor | None,
        mixing: float,
        seed: int,
        device: torch.device | str,
    ) -> None:
        self.config = network.config
        self.device = torch.device(device)
        self.classes = None if classes is None else classes.to(self.device)
        self.mixing = mixing
        self.generator = torch.Generator(device).manual_seed(seed)
        at_home = self.device.type == "cpu"
        self.augmentation = self.generator if at_home else torch.Generator().manual_seed(seed)
        self._maps = {
            name: tuple(buffer.shape)
            for name, buffer in network.synthesis.named_buffers()
            if name.endswith("noise_const")
        }

    def latents(self, n: int) -> DrawnLatents:
        z, c = self._normal(n, self.config.z_dim), self._one_hot(n)
        if not self.mixing:
            return DrawnLatents(z, c)
        last = self.config.num_ws
        cut = torch.randint(1, last, (n,), generator=self.generator, device=self.device)
        whole = self._uniform(n) >= self.mixing
        return DrawnLatents(z, c, self._normal(n, self.config.z_dim), cut.masked_fill(whole, last))

    def noise_maps(self, n: int) -> NoiseMaps:
        """New noise `[n, 1, R, R]` for every layer."""
        return {name: self._normal(n, 1, *shape) for name, shape in self._maps.items()}

    def directions(self, n: int, channels: int, resolution: int) -> Tensor:
        """Random directions among pictures, for the path lengths."""
        return self._normal(n, channels, resolution, resolution)

    def _one_hot(self, n: int) -> Tensor:
        c = torch.zeros(n, self.config.c_dim, device=self.device)
        if self.classes is not None and self.config.c_dim:
            drawn = torch.randint(
                len(self.classes), (n,), generator=self.generator, device=self.device
            )
            c.scatter_(1, self.classes[drawn][:, None], 1)
        return c

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, device=self.device)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.device)
