"""Pixels: the whole picture or a reduced one, as sRGB, stored or upright."""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.imaging.colour import to_srgb
from studio.imaging.errors import ImageError, shown_name
from studio.imaging.formats import READABLE_FORMATS
from studio.imaging.limits import Limits
from studio.imaging.opening import OpenPicture, blame, open_picture
from studio.imaging.orientation import apply_orientation
from studio.imaging.probe import read_exif

Frame = Literal["raw", "exif"]
# Modes whose numbers may be averaged as they are: no palette, no hidden colour under alpha.
_AVERAGED = frozenset({"L", "RGB", "CMYK"})
# Once in a project, a picture is decoded whatever format it was let in with.
_ANY_FORMAT = Limits(formats=READABLE_FORMATS)


def decode(path: Path, *, frame: Frame, max_side: int | None = None) -> npt.NDArray[np.uint8]:
    """The picture at `path` as sRGB uint8 [H, W, 3].

    `frame` "raw" gives the pixels as stored, "exif" as displayed. `max_side` bounds the longer side
    (pixels): JPEGs are decoded at the next larger of 1/1, 1/2, 1/4, 1/8 by libjpeg, then averaged
    down by area; nothing is ever enlarged. Raises ImageError.
    """
    return decode_oriented(path, frame=frame, max_side=max_side)[0]


def decode_oriented(
    path: Path, *, frame: Frame, max_side: int | None = None
) -> tuple[npt.NDArray[np.uint8], int]:
    """`decode` with the EXIF orientation (1..8) of the file beside the pixels."""
    with open_picture(path, _ANY_FORMAT) as opened:
        orientation, _ = read_exif(opened.picture)
        pixels = load_pixels(opened, shown_name(path), max_side)
    if frame == "exif":
        pixels = apply_orientation(pixels, orientation)
    return pixels, orientation


def load_pixels(
    opened: OpenPicture, name: str, max_side: int | None = None
) -> npt.NDArray[np.uint8]:
    """Decode an open picture in its raw frame, reduced to `max_side`; raises ImageError."""
    picture = opened.picture
    target = reduced_size(picture.width, picture.height, max_side)
    try:
        picture.draft("RGB", target)
        picture.load()
        # Averaged first where that is allowed: colours of a small picture cost little memory.
        if (
            picture.size != target
            and picture.mode in _AVERAGED
            and not picture.has_transparency_data
        ):
            picture = picture.resize(target, Image.Resampling.BOX)
        pixels = to_srgb(picture)
        if (pixels.shape[1], pixels.shape[0]) != target:
            small = Image.fromarray(pixels).resize(target, Image.Resampling.BOX)
            pixels = np.array(small, dtype=np.uint8)
    except Exception as error:  # Pillow's decoders raise anything on hostile bytes
        reason, words = blame(error)
        raise ImageError(reason, f"{name}: {words}") from error
    return pixels


def reduced_size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """(width, height) scaled so that the longer is at most `max_side`; never enlarged, never 0."""
    if max_side is None or max(width, height) <= max_side:
        return width, height
    factor = max_side / max(width, height)
    return max(1, round(width * factor)), max(1, round(height * factor))
