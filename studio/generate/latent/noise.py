"""The noise maps of a projection, carried along a path like the rows of its latent."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from studio.generate.latent.layers import GROUPS, Group, rows_of
from studio.generate.networks.generator import Synthesis

NoiseMaps = Mapping[str, Tensor]
"""`noise_const` buffers `[R, R]` of a synthesis network by name."""


def own_maps(synthesis: Synthesis) -> dict[str, Tensor]:
    """Copies of the network's own maps."""
    return {
        name: buffer.detach().cpu().clone()
        for name, buffer in synthesis.named_buffers()
        if name.endswith("noise_const")
    }


def drawn_maps(synthesis: Synthesis, seed: int) -> dict[str, Tensor]:
    """Maps drawn from `seed`, layer by layer from the lowest resolution on.

    They are drawn on the CPU, so that a seed gives the same maps on every device; a picture with
    them is the one that `noise_mode="random"` gives on a CPU right after `torch.manual_seed(seed)`.
    """
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(one.shape, generator=generator)
        for name, one in own_maps(synthesis).items()
    }


def row_of(name: str) -> int:
    """The row of W+ that drives the layer of a map: `b4.conv1` is row 0, `b8.conv0` row 1."""
    block, layer, _ = name.split(".")
    level = int(block.removeprefix("b")).bit_length() - 3
    return 2 * level - (layer == "conv0")


def noise_between(a: Tensor, b: Tensor, t: float) -> Tensor:
    """a at 0 and b at 1, exactly; on the way the variance of independent maps stays one.

    Two equal maps are one map, which stays as it is.
    """
    if t in (0, 1):
        return b if t else a
    if a is b or torch.equal(a, b):
        return a
    angle = t * math.pi / 2
    return math.cos(angle) * a + math.sin(angle) * b


def noise_at(
    stops: Sequence[NoiseMaps], legs: Mapping[Group, tuple[int, float]], num_ws: int
) -> dict[str, Tensor]:
    """The maps where each group of rows is on its own leg, at its own position there."""
    of_row = {row: legs[group] for group in GROUPS for row in rows_of(group, num_ws)}
    found = {}
    for name in stops[0]:
        leg, t = of_row[row_of(name)]
        found[name] = noise_between(stops[leg][name], stops[leg + 1][name], t)
    return found


def scaled(maps: NoiseMaps, strength: float) -> NoiseMaps:
    """The maps times a factor; the very maps where it is 1."""
    return maps if strength == 1 else {name: one * strength for name, one in maps.items()}


@contextmanager
def lent(synthesis: Synthesis, maps: NoiseMaps | None) -> Iterator[None]:
    """The network with other noise maps; its own come back at the end."""
    if not maps:
        yield
        return
    buffers = dict(synthesis.named_buffers())
    mine = {name: buffers[name].clone() for name in maps}
    _copy(maps, buffers)
    try:
        yield
    finally:
        _copy(mine, buffers)


@torch.no_grad()
def _copy(maps: NoiseMaps, buffers: dict[str, Tensor]) -> None:
    for name, one in maps.items():
        buffers[name].copy_(one)
