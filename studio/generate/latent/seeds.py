"""Seeds: the numbers by which StyleGAN pictures are known."""

import re

import numpy as np
import torch
from torch import Tensor

from studio.errors import UsageError

MOST_SEEDS = 1_000_000
_MOST_DIGITS = 100  # of a number: Python refuses to read very long ones


def parse_seeds(text: str) -> list[int]:
    """`"0-3,200"` to `[0, 1, 2, 3, 200]`; UsageError names the part that is wrong."""
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if match is None:
            raise UsageError(f"Seeds are numbers and ranges such as 0-99,200; “{part}” is neither.")
        if max(len(match[1]), len(match[2] or "")) > _MOST_DIGITS:
            raise UsageError(f"The seed {part.strip()[:20]}… is too large.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise UsageError(f"The range {part.strip()} of seeds ends before it begins.")
        if last >= 2**32 or len(seeds) + last - first >= MOST_SEEDS:
            raise UsageError(f"The range {part.strip()} of seeds is too large.")
        seeds.extend(range(first, last + 1))
    return seeds


def latent_of_seed(seed: int, z_dim: int) -> Tensor:
    """z `[1, z_dim]`, float32, equal to that of the official tools for the same seed."""
    return torch.from_numpy(np.random.RandomState(seed).randn(1, z_dim)).float()


def random_latents(n: int, z_dim: int, seed: int) -> Tensor:
    """z `[n, z_dim]` drawn in one go, as the official projector draws its 10,000."""
    return torch.from_numpy(np.random.RandomState(seed).randn(n, z_dim)).float()
