"""Photographs that the tests make."""

import numpy as np
import pytest


@pytest.fixture
def photo() -> np.ndarray:
    """A smooth asymmetric picture [96, 144, 3] that no orientation maps onto itself."""
    y, x = np.mgrid[0:96, 0:144]
    red = 255 * x / 143
    green = 255 * y / 95
    blue = 127 + 100 * np.sin(x / 9) * np.cos(y / 14)
    return np.stack([red, green, blue], axis=-1).round().astype(np.uint8)
