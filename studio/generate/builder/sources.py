"""The networks of a recipe, opened and checked before anything is rendered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.errors import StudioError, UsageError
from studio.generate.builder.filters import Pictures
from studio.generate.builder.recipe import RecipeEntry, SetRecipe
from studio.generate.files.named import resolve_network_path
from studio.generate.network import Network, load_network, to_uint8
from studio.generate.outputs.seeds import with_drawn_noise


@dataclass(frozen=True)
class SetSource:
    """What renders the pictures of one entry. `number` is its network's place in `networks`."""

    entry: RecipeEntry
    network: Network
    number: int
    class_name: str | None

    @property
    def same_pictures(self) -> tuple[object, ...]:
        """Equal for two entries when a seed gives both the same picture."""
        entry = self.entry
        return (self.network.sha256, self.class_name, entry.truncation, entry.noise_mode)

    @torch.no_grad()
    def render(self, seeds: Sequence[int]) -> tuple[Tensor, Pictures]:
        """ws `[N, L, W]` and pictures `[N, R, R, 3]` of the seeds."""
        network, entry = self.network, self.entry
        c = network.class_vector(self.class_name)
        z = torch.cat([network.latent(seed) for seed in seeds])
        ws = network.mapping(z, None if c is None else c.expand(len(z), -1), entry.truncation)
        if entry.noise_mode == "random":  # of each picture's own seed: alike once more
            return ws, to_uint8(with_drawn_noise(network, ws, seeds))
        return ws, to_uint8(network.synthesis(ws, entry.noise_mode))


@dataclass(frozen=True)
class SetSources:
    """A source for each entry; `networks` says of each network file, once, what it is."""

    entries: tuple[SetSource, ...]
    networks: tuple[dict[str, Any], ...]
    size: int


def open_sources(recipe: SetRecipe, device: str) -> SetSources:
    """Open each network once. StudioError when an entry asks for what its network cannot give."""
    opened: dict[str, tuple[int, Network]] = {}
    facts, entries = [], []
    for entry in recipe.entries:
        path = resolve_network_path(entry.network)
        if str(path) not in opened:
            network = load_network(path, device)
            opened[str(path)] = (len(opened), network)
            facts.append(_facts(path.name, network))
        number, network = opened[str(path)]
        name = (entry.class_name or entry.label) if network.config.c_dim else entry.class_name
        network.class_vector(name)  # refused now and not after an hour
        entries.append(SetSource(entry, network, number, name))
    _refuse_same_pictures(recipe, entries)
    return SetSources(tuple(entries), tuple(facts), _size(recipe, entries))


def _facts(name: str, network: Network) -> dict[str, Any]:
    return {
        "file": name,
        "sha256": network.sha256,
        "resolution": network.config.resolution,
        "card": network.card,
    }


def _size(recipe: SetRecipe, entries: Sequence[SetSource]) -> int:
    sizes = {source.network.config.resolution for source in entries}
    if recipe.size is not None:
        return recipe.size
    if len(sizes) > 1:
        told = " and ".join(f"{size}" for size in sorted(sizes))
        raise UsageError(f"The networks make pictures of {told} px: give one --size for all.")
    return sizes.pop()


def _refuse_same_pictures(recipe: SetRecipe, entries: Sequence[SetSource]) -> None:
    """No picture may be in the set twice, least of all under two labels."""
    met = recipe.overlap([source.same_pictures for source in entries])
    if met is not None:
        first, last, end = met
        raise StudioError(
            f"“{first.label}” and “{last.label}” would hold the same pictures: the same network, "
            f"class and seeds. Give one a first seed of {end:,} or more, or another network."
        )
