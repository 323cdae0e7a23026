"""Whether a file holds the network that it describes, before a network of that size is made.

A few bytes of a configuration can ask for gigabytes; the tensors that are there cannot.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from studio.errors import StudioError


def require_fit(tensors: Mapping[str, Tensor], network: type[nn.Module], config: Any) -> None:
    """Raise StudioError unless `tensors` are those of `network(config)`, by name and shape."""
    with torch.device("meta"):  # shapes alone: nothing is allocated
        expected = network(config).state_dict()
    for name, one in expected.items():
        there = tensors.get(name)
        if there is None or there.shape != one.shape:
            found = "is not there" if there is None else f"is {list(there.shape)}"
            raise StudioError(
                f"The tensors do not fit the network that is described: {name} {found}, where "
                f"{list(one.shape)} is described."
            )
    more = sorted(set(tensors) - set(expected))
    if more:
        told = f"{more[0]:.80} belongs to no part of it"
        raise StudioError(f"The tensors do not fit the network that is described: {told}.")
