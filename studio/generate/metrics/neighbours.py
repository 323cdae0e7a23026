"""Distances between sets of features, in blocks that fit in memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32] | NDArray[np.float64] | NDArray[np.uint8]
"""`[N, F]`: one row for each picture."""

_BLOCK_NUMBERS = 1 << 23  # of a table of distances: 64 MB
_BLOCK_ROWS = 8192
# Squared distances come from dot products; of two equal rows they are not zero but rounding.
_ROUNDING = 1e-12


def distance_blocks(a: Features, b: Features) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Rows of `a` and their Euclidean distances to all of `b`, `[rows, len(b)]`, block by block."""
    others = np.asarray(b, np.float64)
    lengths = np.einsum("ij,ij->i", others, others)
    step = max(1, _BLOCK_NUMBERS // max(1, len(others)))
    for start in range(0, len(a), step):
        rows = np.asarray(a[start : start + step], np.float64)
        own = np.einsum("ij,ij->i", rows, rows)[:, None]
        squared = own + lengths - 2 * rows @ others.T
        squared[squared < _ROUNDING * (own + lengths)] = 0
        yield slice(start, start + len(rows)), np.sqrt(squared)


def nearest(a: Features, b: Features) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance `[len(a)]` to the nearest row of `b`, and which row that is."""
    distances = np.full(len(a), np.inf)
    where = np.zeros(len(a), np.int64)
    for start in range(0, len(b), _BLOCK_ROWS):  # 130,000 rows are never all in float64
        for rows, block in distance_blocks(a, b[start : start + _BLOCK_ROWS]):
            found = block.min(axis=1)
            nearer = found < distances[rows]
            where[rows] = np.where(nearer, block.argmin(axis=1) + start, where[rows])
            distances[rows] = np.where(nearer, found, distances[rows])
    return distances, where


def radii(a: Features, k: int) -> NDArray[np.float64]:
    """Distance `[len(a)]` of each row to its k-th nearest other row; `k` below `len(a)`."""
    found = np.empty(len(a))
    for rows, block in distance_blocks(a, a):
        block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = 0
        found[rows] = np.partition(block, k, axis=1)[:, k]  # the row itself is the 0-th
    return found
