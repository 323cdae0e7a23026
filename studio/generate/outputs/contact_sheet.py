"""All frames of a morph on one page."""

import math

import numpy as np
from PIL import Image

from studio.generate.network import Pictures

LARGEST_TILE = 256  # pixels
GAP = 8
PAPER = 217  # a neutral grey, so that no frame is judged beside white


def contact_sheet(pictures: Pictures) -> Pictures:
    """Frames `[N, R, R, 3]` in rows from the left, never enlarged: `[H, W, 3]`."""
    side = min(pictures.shape[1], LARGEST_TILE)
    across = math.ceil(math.sqrt(len(pictures) * 16 / 9))
    down = math.ceil(len(pictures) / across)
    shape = (down * (side + GAP) + GAP, across * (side + GAP) + GAP, 3)
    sheet = np.full(shape, PAPER, np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, across)
        top, left = GAP + row * (side + GAP), GAP + column * (side + GAP)
        tile = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
        sheet[top : top + side, left : left + side] = np.asarray(tile)
    return sheet
