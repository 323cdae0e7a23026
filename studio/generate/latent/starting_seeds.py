"""Two seeds whose pictures differ, so that the first path that is seen goes somewhere."""

from collections.abc import Sequence

import torch
from torch import Tensor

from studio.generate.network import Network

CANDIDATES = 24  # seeds; half of them for each end where the ends are of two classes
LOOK = 32  # px of the pictures that are compared


@torch.no_grad()
def differing_seeds(network: Network, first: str | None, last: str | None) -> tuple[int, int]:
    """The seeds of a picture of class `first` and one of class `last` (None without classes) that
    are farthest apart among the first few seeds, and never the same seed.

    Pictures are compared at `LOOK` px without their own mean colour, which is that of the skin.
    Where small pictures would cost as much as full ones, the latents w are compared instead.
    """
    half = CANDIDATES // 2
    if first == last:
        one = other = _looks(network, range(CANDIDATES), first)
        seeds = range(CANDIDATES), range(CANDIDATES)
    else:
        seeds = range(half), range(half, CANDIDATES)
        one, other = _looks(network, seeds[0], first), _looks(network, seeds[1], last)
    apart = torch.cdist(one, other)
    row, column = divmod(int(apart.argmax()), apart.shape[1])
    return seeds[0][row], seeds[1][column]


def _looks(network: Network, seeds: Sequence[int], class_name: str | None) -> Tensor:
    """What is compared of each seed, `[N, F]`."""
    c = network.class_vector(class_name)
    ws = torch.cat([network.mapping(network.latent(seed), c) for seed in seeds])
    config = network.config
    if config.architecture != "skip" and config.resolution > LOOK:
        return ws[:, 0]
    upto = LOOK if config.resolution > LOOK else None
    pictures = torch.cat([network.synthesis(w[None], "const", upto) for w in ws])
    centred = pictures - pictures.mean(dim=(2, 3), keepdim=True)
    return centred.flatten(1).float()
