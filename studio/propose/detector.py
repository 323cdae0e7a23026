"""The blob detector, version 0: no weights, works on the first day.

A lesion is a blob that is darker or redder than the skin all around it. The steps are a
contrast maps, blobs in scale space, and a context square for each blob; one file each.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.imaging import Square, decode, probe

DETECTOR = "blob"
VERSION = "0"

WORKING_SIDE = 1024
"""Long side in pixels at which blobs are sought: the smallest lesions seen in wide-field
photographs (0.9 % of the short side) still span seven pixels there."""

HALF_RESPONSE = 12.0
"""Response (units of CIELAB lightness) that scores 0.5: about a plain nevus on fair skin."""


@dataclass(frozen=True)
class Proposal:
    """A crop box to look at: `square` in pixels of the picture, `score` in 0..1."""

    square: Square
    score: float


def propose(
    rgb: NDArray[np.uint8], keep: int = 10, *, full_size: tuple[int, int] | None = None
) -> list[Proposal]:
    """The `keep` most lesion-like squares of a picture, best first.

    `rgb` is uint8 [H, W, 3]. Squares are in the frame of `rgb`, or, where `rgb` is a reduced
    decode, in the frame of the full picture whose (width, height) is `full_size`. They lie
    inside the picture. A picture without any blob (uniform, or a few pixels wide) has none.
    The score is the ring response r as r / (r + HALF_RESPONSE): it orders proposals within and
    between pictures and is not a probability. Raises ValueError for another shape or type.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        raise ValueError(f"expected a uint8 picture [H, W, 3], got {rgb.dtype} {rgb.shape}")
    # Late, since cv2 would be a third of the time until the window is up.
    from studio.propose.blobs import distinct, find_blobs
    from studio.propose.contrast import contrast_maps, reduce
    from studio.propose.squares import context_side, context_square

    working = reduce(rgb, WORKING_SIDE)
    width, height = full_size or (rgb.shape[1], rgb.shape[0])
    blobs = [
        blob.scaled(width / working.shape[1], height / working.shape[0])
        for blob in find_blobs(contrast_maps(working))
    ]
    chosen = distinct(blobs, keep, side=lambda blob: context_side(blob, width, height))
    return [
        Proposal(
            square=context_square(blob, width, height),
            score=blob.response / (blob.response + HALF_RESPONSE),
        )
        for blob in chosen
    ]


def propose_file(path: Path, keep: int = 10) -> list[Proposal]:
    """Proposals for a file, in its raw (un-rotated) frame, through a reduced decode.

    Raises `studio.imaging.ImageError` when the file cannot be read.
    """
    info = probe(path)
    rgb = decode(path, frame="raw", max_side=WORKING_SIDE)
    return propose(rgb, keep, full_size=(info.width, info.height))
