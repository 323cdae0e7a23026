"""The pictures by which a network is measured: fixed latents and classes, noise as in the file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.generate.latent.seeds import latent_of_seed
from studio.generate.network import Pictures, to_uint8
from studio.generate.networks.generator import Generator, Synthesis
from studio.generate.render import fast_cpu

BATCH = 16
FAST_FROM = 128  # pixels; below, whole batches beat the single pictures of the fast path


@dataclass(frozen=True, eq=False)
class Samples:
    """Sample i has the latent of seed `seeds[i]` and the class `classes[i]` (None without)."""

    seeds: tuple[int, ...]
    classes: NDArray[np.int64] | None

    @classmethod
    def plan(cls, n: int, seed: int, weights: Sequence[float] = ()) -> "Samples":
        """n samples; classes in proportion to `weights`, as evenly as whole numbers allow."""
        seeds = tuple((seed + i) % 2**32 for i in range(n))
        if not weights:
            return cls(seeds, None)
        classes = np.repeat(np.arange(len(weights)), apportioned(n, weights))
        np.random.RandomState(seed % 2**32).shuffle(classes)
        return cls(seeds, classes.astype(np.int64))

    def __len__(self) -> int:
        return len(self.seeds)

    @torch.no_grad()
    def render(
        self, generator: Generator, device: torch.device | str, batch: int = BATCH
    ) -> Iterator[Pictures]:
        """Batches `[n, R, R, 3]` (uint8). Draws no random number; the network stays as it was."""
        with evaluating(generator):
            synthesise = _synthesis(generator.synthesis)
            for start in range(0, len(self), batch):
                rows = range(start, min(start + batch, len(self)))
                z = torch.cat([latent_of_seed(self.seeds[i], generator.config.z_dim) for i in rows])
                ws = generator.mapping(z.to(device), self._one_hot(rows, generator, device))
                yield to_uint8(synthesise(ws))

    def _one_hot(
        self, rows: range, generator: Generator, device: torch.device | str
    ) -> Tensor | None:
        if self.classes is None:
            return None
        c = torch.zeros(len(rows), generator.config.c_dim)
        c[torch.arange(len(rows)), torch.from_numpy(self.classes[rows.start : rows.stop])] = 1
        return c.to(device)


def apportioned(n: int, weights: Sequence[float]) -> list[int]:
    """n in whole parts in proportion to `weights` (largest remainders)."""
    shares = np.asarray(weights, np.float64) * n / float(np.sum(weights))
    parts = np.floor(shares).astype(int)
    for i in np.argsort(parts - shares, kind="stable")[: n - int(parts.sum())]:
        parts[i] += 1
    return [int(part) for part in parts]


@contextmanager
def evaluating(generator: Generator) -> Iterator[None]:
    """The network in evaluation; each of its modules is afterwards as it was."""
    training = [module for module in generator.modules() if module.training]
    generator.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _synthesis(synthesis: Synthesis) -> Callable[[Tensor], Tensor]:
    if synthesis.config.resolution >= FAST_FROM and fast_cpu.supported(synthesis):
        return fast_cpu.FastSynthesis(synthesis)
    return lambda ws: synthesis(ws, "const", per_sample=False)  # twice as fast in batches
