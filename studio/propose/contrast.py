"""The contrast map: one number a pixel that is high where a lesion may be."""

import cv2
import numpy as np
from numpy.typing import NDArray

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


def contrast_map(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(100 - L) + 1.6 a + 0.5 b in CIELAB after a median: float32 [H, W] of uint8 [H, W, 3].

    There is no skin mask: a hard one loses pale and dark skin, and the closed ring of
    `blobs` does without.
    """
    smooth = cv2.medianBlur(np.ascontiguousarray(rgb), MEDIAN)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lightness, a, b = cv2.split(lab)
    return np.asarray(100 - lightness + REDNESS * a + YELLOWNESS * b, dtype=np.float32)
