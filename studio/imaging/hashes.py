"""Identity of bytes and likeness of pictures."""

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

NEAR = 4
"""Bits of 64 in which the hashes of near-duplicates differ at most. Re-encoded and resized copies
of a photograph differ in 0 to 4, other photographs of the same lesion in 10 and more."""

_SIDE = 32
_KEPT = 8


def phash(rgb: npt.NDArray[np.uint8]) -> str:
    """Perceptual hash of a picture [H, W, 3]: 64 bits as 16 hexadecimal digits.

    The lowest 8 x 8 coefficients of the cosine transform (DCT-II) of the 32 x 32 grey picture, each
    compared with their median; the first, which is the brightness, counts with the others but never
    decides (Zauner 2010). Near-duplicates differ in a few bits, see `hamming`.
    """
    grey = Image.fromarray(rgb).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    basis = _cosines()
    lowest = (basis @ np.asarray(grey, dtype=np.float64) @ basis.T).ravel()
    bits = lowest > np.median(lowest[1:])
    return np.packbits(bits).tobytes().hex()


def hamming(a: str, b: str) -> int:
    """Number of bits, 0..64, in which two perceptual hashes differ."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


@cache
def _cosines() -> npt.NDArray[np.float64]:
    frequency = np.arange(_KEPT)[:, None]
    place = np.arange(_SIDE)[None, :] + 0.5
    return np.cos(np.pi / _SIDE * frequency * place)
