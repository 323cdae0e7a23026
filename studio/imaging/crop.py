"""THE crop: from a raw-frame square to upright pixels, the same in window, export and training.

Rounding rule. The square is turned into the displayed frame first and made whole there: its side
S is rounded half up (1 at least), then its left and top edge cx - S/2 and cy - S/2 are rounded half
up and kept inside the picture. Rounding in the raw frame instead would move the crop by a pixel
between two stored rotations of one photograph, since half up is not symmetric. Coordinates are
snapped to 2^-20 pixel before they are rounded: width - (width - x) differs from x by the last bits
of a float, and exact halves are frequent (an odd side around a whole centre).
"""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.imaging.decode import decode_oriented
from studio.imaging.orientation import displayed_size
from studio.imaging.square import Square, fit_square, to_exif

Pixels = npt.NDArray[np.uint8]
_SNAP = 2.0**20


def _round_half_up(value: float) -> int:
    return math.floor(round(value * _SNAP) / _SNAP + 0.5)


def crop_bounds(square: Square, width: int, height: int) -> tuple[int, int, int]:
    """(x0, y0, S) in whole pixels of the crop of `square` from a picture of that size."""
    fitted = fit_square(square, width, height)
    side = min(max(_round_half_up(fitted.side), 1), width, height)
    x0 = min(max(_round_half_up(fitted.cx - side / 2), 0), width - side)
    y0 = min(max(_round_half_up(fitted.cy - side / 2), 0), height - side)
    return x0, y0, side


def crop(image: Pixels, square: Square) -> Pixels:
    """The pixels [S, S, 3] of `square` in the frame of `image` [H, W, 3], fitted and rounded."""
    height, width = image.shape[:2]
    x0, y0, side = crop_bounds(square, width, height)
    return np.ascontiguousarray(image[y0 : y0 + side, x0 : x0 + side])


def resize(crop: Pixels, size: int) -> Pixels:
    """[S, S, 3] to [size, size, 3] by PIL's antialiased bilinear filter, the one of the paper."""
    if crop.shape[:2] == (size, size):
        return np.ascontiguousarray(crop)
    picture = Image.fromarray(crop)
    resized = picture.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=None)
    return np.array(resized, dtype=np.uint8)


def crop_upright(
    upright: Pixels, square_raw: Square, orientation: int, size: int | None = None
) -> Pixels:
    """The crop of a raw-frame square from a full-size picture that is already upright.

    `upright` is [H, W, 3] as `decode(path, frame="exif")` gives it, with the `orientation` that was
    applied. Decode once and call this for each box of a picture.
    """
    height, width = upright.shape[:2]
    raw_width, raw_height = displayed_size(width, height, orientation)
    pixels = crop(upright, to_exif(square_raw, raw_width, raw_height, orientation))
    return pixels if size is None else resize(pixels, size)


def crop_for_export(path: Path, square_raw: Square, size: int | None = None) -> Pixels:
    """The upright crop [S, S, 3] of a raw-frame square of the photograph at `path`.

    `size` None gives the original pixels. Raises ImageError when the file cannot be decoded.
    """
    upright, orientation = decode_oriented(path, frame="exif")
    return crop_upright(upright, square_raw, orientation, size)
