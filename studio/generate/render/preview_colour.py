"""Previews in the colours of the full picture.

A skip generator's early picture lacks what the later blocks add, most visibly in its colours. One
affine map of the channels, fitted once a network and tier, takes most of that away.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as fn
from torch import Tensor

FIT_SEEDS = 6


@dataclass(frozen=True, eq=False)
class ColourMap:
    """`[C, C]` and `[C]`: channels out of channels."""

    matrix: Tensor
    offset: Tensor

    def __call__(self, pictures: Tensor) -> Tensor:
        """`[N, C, R, R]` in the preview's colours to the full picture's."""
        mapped = torch.einsum("oc,nchw->nohw", self.matrix, pictures)
        return mapped + self.offset[:, None, None]


def fit(previews: Tensor, pictures: Tensor, ridge: float = 1e-3) -> ColourMap:
    """Least squares from `[N, C, r, r]` to the area-reduced `[N, C, R, R]`, near the identity."""
    small = fn.interpolate(pictures, size=previews.shape[-1], mode="area")
    channels = previews.shape[1]
    x = previews.movedim(1, -1).reshape(-1, channels).double()
    y = small.movedim(1, -1).reshape(-1, channels).double()
    x = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64, device=x.device)], dim=1)
    start = torch.eye(channels + 1, channels, dtype=torch.float64, device=x.device)
    weight = ridge * len(x) * torch.eye(channels + 1, dtype=torch.float64, device=x.device)
    solved = torch.linalg.solve(x.T @ x + weight, x.T @ y + weight @ start)
    return ColourMap(solved[:channels].T.float(), solved[channels].float())
