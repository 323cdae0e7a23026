"""The three networks of a run: new, or begun from a network file."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.errors import StudioError
from studio.generate.files.network_file import NetworkFile, read_network, sha256
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator
from studio.generate.training.options import TrainOptions


@dataclass
class Networks:
    """G, D, and the moving average of G; what they began from, for the card."""

    generator: Generator
    discriminator: Discriminator
    average: Generator
    begun_from: dict[str, Any] | None = None

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
    options: TrainOptions, c_dim: int, device: torch.device, begin_from: Path | None = None
) -> Networks:
    """The networks at the beginning of a run: the same for the same seed on every machine.

    Raises StudioError when the file to begin from is of another shape, and says what differs.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        generator = Generator(options.generator(c_dim))
        discriminator = Discriminator(options.discriminator(c_dim))
    networks = Networks(generator, discriminator, deepcopy(generator))
    if begin_from is not None:
        _begin(networks, begin_from)
    for network in (networks.generator, networks.discriminator, networks.average):
        # Features follow pixels in memory: faster on a CPU, and what half precision wants.
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        network.train().requires_grad_(False)
    return networks


def _begin(networks: Networks, path: Path) -> None:
    file = read_network(path)
    _require_same_shape(file, networks.generator.config, path)
    average = file.part("G_ema")
    _copy(average, networks.average, path)
    _copy(file.part("G") or average, networks.generator, path)
    _copy(file.part("D"), networks.discriminator, path)
    networks.begun_from = {
        "file": path.name,
        "sha256": sha256(path),
        "with_discriminator": "D" in file.parts,
    }


def _require_same_shape(file: NetworkFile, wanted: GeneratorConfig, path: Path) -> None:
    free = {"conv_clamp", "num_fp16_res"}
    theirs, ours = file.config.model_dump(exclude=free), wanted.model_dump(exclude=free)
    differ = [
        f"{key} {theirs[key]} and not {ours[key]}" for key in ours if theirs[key] != ours[key]
    ]
    if differ:
        raise StudioError(
            f"{path.name} is a network of another shape: it has {', '.join(differ)}. "
            "Train with the same options, or begin from another file."
        )


@torch.no_grad()
def _copy(tensors: dict[str, Tensor], network: nn.Module, path: Path) -> None:
    """Copy by name; frozen weights are buffers here and parameters there, or the other way.

    Nothing is copied where there are no `tensors`; StudioError where they are another network's.
    """
    missing = [name for name, _ in network.named_parameters() if tensors and name not in tensors]
    if missing:
        raise StudioError(f"{path.name} does not fit: it has no {missing[0]}.")
    for name, mine in [*network.named_parameters(), *network.named_buffers()]:
        if name not in tensors:
            continue
        if tensors[name].shape != mine.shape:
            raise StudioError(
                f"{path.name} does not fit: {name} is {list(tensors[name].shape)} there and "
                f"{list(mine.shape)} here."
            )
        mine.copy_(tensors[name])
