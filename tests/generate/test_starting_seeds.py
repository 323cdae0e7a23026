"""Which two seeds a network shows first."""

from types import SimpleNamespace

import torch
from torch import Tensor

from studio.generate.latent.starting_seeds import CANDIDATES, LOOK, differing_seeds

HALF = CANDIDATES // 2


class Painter:
    """Stands in for a network: the picture of a seed is known beforehand."""

    def __init__(self, resolution: int = 64, architecture: str = "skip", c_dim: int = 0) -> None:
        self.config = SimpleNamespace(resolution=resolution, architecture=architecture, c_dim=c_dim)
        self.spots = torch.zeros(CANDIDATES)  # how strong the one spot of a picture is
        self.skin = torch.zeros(CANDIDATES)  # the colour of all of it
        self.sizes: list[int | None] = []

    def latent(self, seed: int) -> Tensor:
        return torch.tensor([[float(seed)]])

    def class_vector(self, name: str | None) -> Tensor | None:
        return None if name is None else torch.tensor([[1.0 if name == "nevus" else -1.0]])

    def mapping(self, z: Tensor, c: Tensor | None) -> Tensor:
        return torch.stack([z, z if c is None else c.expand_as(z)], dim=2).expand(1, 3, 2)

    def synthesis(self, ws: Tensor, noise_mode: str, upto: int | None) -> Tensor:
        self.sizes.append(upto)
        seed, side = int(ws[0, 0, 0]), upto or self.config.resolution
        picture = self.skin[seed] * torch.ones(1, 3, side, side)
        picture[:, :, :8, :8] += self.spots[seed]
        return picture


def test_the_two_pictures_that_differ_most_are_chosen() -> None:
    network = Painter()
    network.spots[5], network.spots[17] = -1.0, 1.0
    assert set(differing_seeds(network, None, None)) == {5, 17}  # type: ignore[arg-type]
    assert set(network.sizes) == {LOOK}


def test_the_colour_of_the_skin_alone_is_no_difference() -> None:
    network = Painter()
    network.skin[3], network.skin[4] = -1.0, 1.0
    network.spots[5], network.spots[17] = -0.2, 0.2
    assert set(differing_seeds(network, None, None)) == {5, 17}  # type: ignore[arg-type]


def test_each_end_is_of_its_own_class_and_its_own_seeds() -> None:
    network = Painter(c_dim=2)
    network.spots[2], network.spots[HALF + 3] = 1.0, -1.0
    network.spots[HALF + 4] = -0.5
    assert differing_seeds(network, "nevus", "melanoma") == (2, HALF + 3)  # type: ignore[arg-type]


def test_a_small_network_is_seen_whole_and_a_slow_one_by_its_latents() -> None:
    small = Painter(resolution=32)
    differing_seeds(small, None, None)  # type: ignore[arg-type]
    assert set(small.sizes) == {None}
    slow = Painter(resolution=512, architecture="resnet")
    assert set(differing_seeds(slow, None, None)) == {0, CANDIDATES - 1}  # type: ignore[arg-type]
    assert slow.sizes == []
