"""The Inception of published FID values (Heusel et al. 2017), made of timm's by its pooling.

The network that TensorFlow published in 2015 averages without counting the padding, and takes the
maximum in its last block. Everything else is timm's `inception_v3`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as fn
from torch import Tensor, nn

_WITHOUT_PADDING = ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b")
_MAXIMUM = "7c"


class Repooled(nn.Module):
    """An Inception block whose pooled branch sees `pool(x)` instead of timm's average."""

    def __init__(self, block: Any, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.block, self.pool = block, pool

    def forward(self, x: Tensor) -> Tensor:
        branches = self.block._forward(x)  # the pooled one is the last
        branches[-1] = self.block.branch_pool(self.pool(x))
        return torch.cat(branches, dim=1)


def repool(network: Any) -> None:
    """Give timm's network, with its weights in place, the published pooling."""
    average = partial(fn.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
    for name in _WITHOUT_PADDING:
        setattr(network, f"Mixed_{name}", Repooled(getattr(network, f"Mixed_{name}"), average))
    highest = partial(fn.max_pool2d, kernel_size=3, stride=1, padding=1)
    last = getattr(network, f"Mixed_{_MAXIMUM}")
    setattr(network, f"Mixed_{_MAXIMUM}", Repooled(last, highest))
