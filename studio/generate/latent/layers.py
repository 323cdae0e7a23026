"""Rows of a W+ latent by what they govern."""

from collections.abc import Collection
from typing import Literal

import torch
from torch import Tensor

Group = Literal["shape", "pattern", "colour"]
GROUPS: tuple[Group, ...] = ("shape", "pattern", "colour")
SHAPE_ROWS, PATTERN_ROWS = 6, 10  # shape is rows 0–5, pattern 6–9, colour the rest


def rows_of(group: Group, num_ws: int) -> range:
    """The rows of a group: 0–5, 6–9 and 10–15 of the 16 rows at 512 px.

    The early rows mean the same pixels at every resolution, so a smaller network has fewer
    colour rows, and at 32 px and below (8 rows) none is left: then the last two are the colours.
    """
    if num_ws <= PATTERN_ROWS:
        colour_from = max(num_ws - 2, 1)
        shape_to = max(colour_from * SHAPE_ROWS // PATTERN_ROWS, 1)
    else:
        shape_to, colour_from = SHAPE_ROWS, PATTERN_ROWS
    bounds = {
        "shape": range(shape_to),
        "pattern": range(shape_to, colour_from),
        "colour": range(colour_from, num_ws),
    }
    return bounds[group]


def mix(ws: Tensor, other: Tensor, rows: Collection[int]) -> Tensor:
    """`ws` `[…, L, W]` with the given rows taken from `other` (style mixing)."""
    chosen = torch.zeros(ws.shape[-2], dtype=torch.bool)
    chosen[list(rows)] = True
    return torch.where(chosen[:, None], other, ws)
