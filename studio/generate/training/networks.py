"""The three networks of a run: new, or begun from a network file."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.generate.files.network_file import NetworkFile, read_network
from studio.generate.networks.config import require_same_shape
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator
from studio.generate.training.options import TrainOptions, require_nothing_frozen
from studio.generate.training.transfer import class_order, copy_weights
from studio.opening import sha256_file


@dataclass
class Networks:
    """G, D, and the moving average of G; what they began from, for the card, and sentences about
    it."""

    generator: Generator
    discriminator: Discriminator
    average: Generator
    begun_from: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    def state(self) -> dict[str, dict[str, Tensor]]:
        """State dicts by the part names of a network file."""
        named = {"G_ema": self.average, "G": self.generator, "D": self.discriminator}
        return {part: network.state_dict() for part, network in named.items()}

    def restore(self, state: dict[str, dict[str, Tensor]]) -> None:
        self.average.load_state_dict(state["G_ema"])
        self.generator.load_state_dict(state["G"])
        self.discriminator.load_state_dict(state["D"])

    def file(self, card: dict[str, Any]) -> NetworkFile:
        """All three, as a network file holds them."""
        tensors = {
            f"{part}.{name}": tensor.cpu()
            for part, state in self.state().items()
            for name, tensor in state.items()
        }
        return NetworkFile(self.generator.config, self.discriminator.config, card, tensors)


def make_networks(
    options: TrainOptions,
    c_dim: int,
    device: torch.device,
    begin_from: Path | None = None,
    names: Sequence[str] = (),
) -> Networks:
    """The networks at the beginning of a run: the same for the same seed on every machine.

    `names` are the classes of the pictures, in their order. Raises StudioError when the file to
    begin from knows others, or is of another shape, and says what differs.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        generator = Generator(options.generator(c_dim))
        discriminator = Discriminator(options.discriminator(c_dim))
    networks = Networks(generator, discriminator, deepcopy(generator))
    if begin_from is not None:
        _begin(networks, begin_from, names, options)
    for network in (networks.generator, networks.discriminator, networks.average):
        # Features follow pixels in memory: faster on a CPU, and what half precision wants.
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        network.train().requires_grad_(False)
    return networks


def _begin(networks: Networks, path: Path, names: Sequence[str], options: TrainOptions) -> None:
    file = read_network(path)
    if "D" not in file.parts:
        require_nothing_frozen(options.freezed, path.name)
    order, said = class_order(file, names, path)
    require_same_shape(file.config, networks.generator.config, path.name)
    average = file.part("G_ema")
    copy_weights(average, networks.average, path, order)
    copy_weights(file.part("G") or average, networks.generator, path, order)
    copy_weights(file.part("D"), networks.discriminator, path, order)
    networks.begun_from = {
        "file": path.name,
        "sha256": sha256_file(path),
        "with_discriminator": "D" in file.parts,
    }
    if "D" not in file.parts:
        networks.notes.append(f"It begins with a new discriminator: {path.name} holds none.")
    if said:
        networks.notes.append(said)
