"""Perceptual hashes that differ in few bits, among very many."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.imaging.hashes import NEAR

_BANDS = NEAR + 1


def near_pairs(hashes: NDArray[np.uint64], fresh: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index pairs [M, 2] (i < j) within `NEAR` bits of which at least one is `fresh`.

    Pigeonhole: hashes that differ in at most NEAR bits agree wholly in one of NEAR + 1 bands, so
    only those that share a band are compared; 132,673 hashes take seconds and not minutes.
    """
    found = [_band_pairs(hashes, fresh, band) for band in _bands(hashes)]
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.intp)
    return np.unique(pairs, axis=0)


def near_edges(hashes: NDArray[np.uint64], fresh: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index pairs [M, 2] that join the same groups as `near_pairs`, with equals only chained.

    A thousand pictures of one hash, such as a host's "not available" saved anew each time, have
    half a million pairs.
    """
    values, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    new = np.zeros(len(values), np.bool_)
    new[place[fresh]] = True
    pairs = near_pairs(values, new)
    joined = new.copy()
    joined[pairs.ravel()] = True
    followers = np.flatnonzero(joined[place] & (first[place] != np.arange(len(hashes))))
    chains = np.stack([first[place[followers]], followers], axis=1)
    return np.asarray(np.concatenate([first[pairs], chains]), np.intp)


def _bands(hashes: NDArray[np.uint64]) -> Iterable[NDArray[np.uint64]]:
    edges = np.linspace(0, 64, _BANDS + 1).astype(int)
    for low, high in pairwise(edges):
        mask = np.uint64((1 << int(high - low)) - 1)
        yield (hashes >> np.uint64(low)) & mask


def _band_pairs(
    hashes: NDArray[np.uint64], fresh: NDArray[np.bool_], band: NDArray[np.uint64]
) -> NDArray[np.intp]:
    order = np.argsort(band, kind="stable")
    edges = np.flatnonzero(np.diff(band[order])) + 1
    found = []
    for bucket in np.split(order, edges):
        if len(bucket) > 1 and fresh[bucket].any():
            found += list(_bucket_pairs(hashes, fresh, bucket))
    return np.concatenate(found) if found else np.empty((0, 2), np.intp)


def _bucket_pairs(
    hashes: NDArray[np.uint64], fresh: NDArray[np.bool_], bucket: NDArray[np.intp]
) -> Iterable[NDArray[np.intp]]:
    """Pairs within one bucket, in slices that keep the comparison matrix small."""
    news = bucket[fresh[bucket]]
    step = max(1, 4_000_000 // len(bucket))
    for begin in range(0, len(news), step):
        part = news[begin : begin + step]
        near = np.bitwise_count(hashes[part][:, None] ^ hashes[bucket][None, :]) <= NEAR
        rows, columns = np.nonzero(near)
        pairs = np.stack([part[rows], bucket[columns]], axis=1)
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        pairs.sort(axis=1)
        yield pairs
