"""Contrast maps: numbers that are high where a lesion may be."""

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

REDNESS = 1.6
YELLOWNESS = 0.5
"""Weights of CIELAB a and b beside darkness: haemangiomas and pink melanomas differ from skin
in a alone; b separates brown pigment from shadow, which is darker but not browner."""

MEDIAN = 5
"""Aperture in pixels of the median that takes out hairs and specular glints."""


def reduce(rgb: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """The picture area-averaged to `long_side` pixels on its long side; never enlarged."""
    height, width = rgb.shape[:2]
    factor = long_side / max(height, width)
    if factor >= 1:
        return rgb
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def contrast_maps(rgb: NDArray[np.uint8]) -> tuple[Map, Map]:
    """Pigment and darkness of a uint8 [H, W, 3] picture: two float32 [H, W], after a median.

    Pigment is (100 - L) + 1.6 a + 0.5 b in CIELAB, which nearly all lesions raise. A black or
    blue one on red or brown skin does not, because it is as much less red as it is darker;
    darkness, 100 - L alone, finds that one. There is no skin mask: a hard one loses pale and
    dark skin, and the closed ring of `blobs` does without.
    """
    smooth = cv2.medianBlur(np.ascontiguousarray(rgb), MEDIAN)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lightness, a, b = (np.asarray(channel, np.float32) for channel in cv2.split(lab))
    darkness = 100 - lightness
    return darkness + REDNESS * a + YELLOWNESS * b, darkness
