"""A network as notebooks, the command line and the render engine use it.

from studio.generate import load_network
network = load_network("sample")
ws = network.mapping(network.latent(513), truncation_psi=0.7)   # [1, L, W]
pictures = network.synthesis(ws, noise_mode="const")            # [1, C, R, R], about −1 … 1
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.compute.allocator import keep_memory
from studio.errors import StudioError
from studio.generate.files.fit import require_fit
from studio.generate.files.named import resolve_network_path
from studio.generate.files.network_file import NetworkFile, read_network
from studio.generate.files.official_cache import is_official, read_official_cached
from studio.generate.latent.noise import NoiseMaps, lent
from studio.generate.latent.seeds import latent_of_seed
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator, NoiseMode, Synthesis
from studio.generate.render import cuda_graph, fast_cpu
from studio.opening import sha256_file

Pictures = NDArray[np.uint8]
FastPath = fast_cpu.FastSynthesis | cuda_graph.GraphSynthesis


@dataclass
class Network:
    """A generator ready to render, and its discriminator where the file has one.

    Pictures without gradients take the fast path of the CPU or of CUDA where there is one; with
    gradients, or elsewhere, the plain network. Both are on `device` and in evaluation.
    """

    generator: Generator
    discriminator: Discriminator | None = None
    card: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""
    _fast: FastPath | None = None

    @property
    def config(self) -> GeneratorConfig:
        return self.generator.config

    @property
    def device(self) -> torch.device:
        return self.generator.mapping.w_avg.device

    def latent(self, seed: int) -> Tensor:
        """z `[1, z_dim]` of a seed, as the official tools draw it."""
        return latent_of_seed(seed, self.config.z_dim).to(self.device)

    def class_vector(self, name_or_index: str | int | None) -> Tensor | None:
        """One-hot c `[1, c_dim]`; None for an unconditional network.

        Names are those of the card's `classes`. StudioError when the network has no such class,
        or needs one and none is given.
        """
        if self.config.c_dim == 0:
            if name_or_index is not None:
                raise StudioError("This network was trained without classes; leave the class out.")
            return None
        names = [str(name) for name in self.card.get("classes", range(self.config.c_dim))]
        if name_or_index is None:
            raise StudioError(f"This network needs a class, one of: {', '.join(names)}.")
        wanted = str(name_or_index)
        index = names.index(wanted) if wanted in names else _number(wanted, self.config.c_dim)
        if index is None:
            raise StudioError(f"This network has no class {wanted}; it has: {', '.join(names)}.")
        c = torch.zeros(1, self.config.c_dim, device=self.device)
        c[0, index] = 1
        return c

    @torch.no_grad()
    def mapping(
        self,
        z: Tensor,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """z `[N, z_dim]`, one-hot c `[N, c_dim]` to ws `[N, L, W]`."""
        ws: Tensor = self.generator.mapping(z, c, truncation_psi, truncation_cutoff)
        return ws

    def synthesis(
        self,
        ws: Tensor,
        noise_mode: NoiseMode = "const",
        upto: int | None = None,
        noise: NoiseMaps | None = None,
    ) -> Tensor:
        """ws `[N, L, W]` to pictures `[N, C, R, R]`, float32 in about −1 … 1.

        `upto` stops a skip network at that resolution: the preview tiers. `noise` takes the place
        of the network's own maps, as a projection found them.
        """
        with lent(self.generator.synthesis, noise):
            return self._synthesis(ws, noise_mode, upto)

    def _synthesis(self, ws: Tensor, noise_mode: NoiseMode, upto: int | None) -> Tensor:
        differentiate = torch.is_grad_enabled() and ws.requires_grad
        if not differentiate and self._fast is None:
            self._fast = _fast_path(self.generator.synthesis)
        if differentiate or self._fast is None:
            pictures: Tensor = self.generator.synthesis(ws, noise_mode, upto=upto)
            return pictures
        return self._fast(ws, noise_mode, upto)


def _fast_path(synthesis: Synthesis) -> FastPath | None:
    """What renders this network faster than itself, where there is such a thing."""
    if cuda_graph.supported(synthesis):
        return cuda_graph.GraphSynthesis(synthesis)
    if fast_cpu.supported(synthesis):
        keep_memory()
        return fast_cpu.FastSynthesis(synthesis)
    return None


def _number(text: str, below: int) -> int | None:
    return int(text) if text.isdecimal() and int(text) < below else None


def load_network(
    name_or_path: str | Path, device: str = "cpu", tell: Callable[[], None] = lambda: None
) -> Network:
    """Open a network file of the studio, the shipped one by its name, `sample`, or an official
    pickle, which is converted into the cache without running anything in it.

    `tell` is called before such a conversion. `sha256` is that of the file that was named.
    NetworkFileError says what another file is.
    """
    path = resolve_network_path(name_or_path)
    if is_official(path):
        file, digest = read_official_cached(path, tell)
    else:
        file, digest = read_network(path), sha256_file(path)
    network = build(file, device)
    network.sha256 = digest
    return network


def build(file: NetworkFile, device: str = "cpu") -> Network:
    """The networks of a file that is already read; StudioError when the tensors do not fit."""
    described = file.discriminator if "D" in file.parts else None
    require_fit(file.part("G_ema"), Generator, file.config)
    if described is not None:
        require_fit(file.part("D"), Discriminator, described)
    generator = Generator(file.config)
    discriminator = Discriminator(described) if described else None
    try:
        generator.load_state_dict(file.part("G_ema"))
        if discriminator is not None:
            discriminator.load_state_dict(file.part("D"))
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip()
        raise StudioError(
            f"The tensors do not fit the network that is described: {reason}"
        ) from None
    for module in (generator, discriminator):
        if module is not None:
            module.eval().requires_grad_(False).to(device)
    return Network(generator, discriminator, file.card)


def to_uint8(pictures: Tensor) -> Pictures:
    """`[N, C, R, R]` in −1 … 1 to `[N, R, R, 3]` bytes, rounded as the official tools do."""
    scaled = (pictures * 127.5 + 128).clamp(0, 255).to(torch.uint8)
    scaled = scaled.permute(0, 2, 3, 1)
    if scaled.shape[-1] == 1:
        scaled = scaled.expand(-1, -1, -1, 3)
    return scaled.cpu().numpy()
