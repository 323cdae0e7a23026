"""Pictures in small, for a check of copies by their pixels."""

import numpy as np
from numpy.typing import NDArray

from studio.generate.metrics.neighbours import Features, nearest
from studio.generate.network import Pictures

SIDE = 32  # what is alike at this size is alike to the eye


def thumbnails(pictures: Pictures) -> NDArray[np.uint8]:
    """`[N, R, R, 3]` to rows `[N, S·S·3]` of averages, S at most 32 pixels."""
    n, side = len(pictures), pictures.shape[1]
    small = min(SIDE, side)
    found = np.empty((n, small, small, 3), np.uint8)
    for i, one in enumerate(pictures):
        blocks = one.reshape(small, side // small, small, side // small, 3)
        found[i] = np.rint(blocks.mean(axis=(1, 3)))
    return found.reshape(n, small * small * 3)


def mirrored_nearest(a: Features, b: Features) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Root mean square difference (0 … 1) of each thumbnail in `a` to the nearest in `b`.

    A mirror image counts as the picture itself, since training may mirror.
    """
    side = round((a.shape[1] / 3) ** 0.5)
    flipped = a.reshape(len(a), side, side, 3)[:, :, ::-1].reshape(a.shape)
    plain, of_plain = nearest(a, b)
    mirror, of_mirror = nearest(flipped, b)
    distances = np.minimum(plain, mirror) / (255 * a.shape[1] ** 0.5)
    return distances, np.where(mirror < plain, of_mirror, of_plain)
