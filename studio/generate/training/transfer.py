"""Beginning from a network file: its weights by name, its classes in the order of the pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.errors import StudioError
from studio.generate.files.network_file import NetworkFile

_NOT_LEARNT = ("resample_filter", "noise_const", "w_avg")
_EMBEDDING = "mapping.embed.weight"  # [width, c_dim] in G and D: a column for each class


def class_order(
    file: NetworkFile, names: Sequence[str], path: Path
) -> tuple[list[int] | None, str]:
    """Where each class of the pictures is among those of the network, and what to say of it.

    Names are sorted where pictures are read, and one that is spelt otherwise sorts elsewhere: a
    network must be told the same classes, not the same numbers. None: there is nothing to order.

    Raises:
        StudioError: the network knows other classes.
    """
    count = file.config.c_dim
    if not names or not count:
        return None, ""
    known = _known(file.card, count)
    if not known:
        taken = ", ".join(names)
        return None, f"{path.name} does not name its classes: they are taken for {taken}, in order."
    if sorted(known) != sorted(names):
        raise StudioError(
            f"{path.name} knows the classes {', '.join(known)} and the pictures have "
            f"{', '.join(names)}: name the classes of the pictures as the network does, or begin "
            "from another file."
        )
    return [known.index(name) for name in names], ""


def _known(card: dict[str, Any], count: int) -> list[str]:
    """The names of the classes; none where the card has not one of its own for each."""
    given = card.get("classes")
    names = [str(name) for name in given] if isinstance(given, list) else []
    return names if len(set(names)) == len(names) == count else []


@torch.no_grad()
def copy_weights(
    tensors: dict[str, Tensor], network: nn.Module, path: Path, order: list[int] | None = None
) -> None:
    """Copy by name, classes in `order`; frozen weights are buffers here and parameters there, or
    the other way.

    Nothing is copied where there are no `tensors`; StudioError where they are another network's, or
    lack what is learnt: the rest of it would stay random without a word.
    """
    state = network.state_dict()
    missing = [name for name in state if name not in tensors and not name.endswith(_NOT_LEARNT)]
    if tensors and missing:
        raise StudioError(f"{path.name} does not fit: it has no {missing[0]}.")
    for name, mine in state.items():
        if name not in tensors:
            continue
        theirs = tensors[name]
        if theirs.shape != mine.shape:
            raise StudioError(
                f"{path.name} does not fit: {name} is {list(theirs.shape)} there and "
                f"{list(mine.shape)} here."
            )
        mine.copy_(theirs if order is None or name != _EMBEDDING else theirs[:, order])
