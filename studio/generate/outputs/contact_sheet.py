"""All frames of a morph on one page."""

import math

import numpy as np
from PIL import Image

from studio.generate.network import Pictures

LARGEST_TILE = 256  # pixels
GAP = 8
MOST_PIXELS = 2**26
PAPER = 217  # a neutral grey, so that no frame is judged beside white


class ContactSheet:
    """Frames `[R, R, 3]`, `count` of them, in rows from the left, never enlarged.

    `page` `[H, W, 3]` is filled by `add`. The tiles of very many frames are smaller, so that the
    page is never larger than about 67 million pixels.
    """

    def __init__(self, count: int, resolution: int) -> None:
        self._across = math.ceil(math.sqrt(count * 16 / 9))
        self._added = 0
        fits = int(math.sqrt(MOST_PIXELS / count)) - GAP
        self._side = max(min(resolution, LARGEST_TILE, fits), 1)
        down = math.ceil(count / self._across)
        shape = (down * (self._side + GAP) + GAP, self._across * (self._side + GAP) + GAP, 3)
        self.page = np.full(shape, PAPER, np.uint8)

    def add(self, picture: Pictures) -> None:
        """The next frame."""
        row, column = divmod(self._added, self._across)
        side = self._side
        top, left = GAP + row * (side + GAP), GAP + column * (side + GAP)
        tile = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
        self.page[top : top + side, left : left + side] = np.asarray(tile)
        self._added += 1
