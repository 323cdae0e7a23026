"""Body hair: thin, curved, roughly combed one way."""

import cv2
import numpy as np

from studio.sample.noise import Field, Shape

SUBPIXEL_BITS = 4

DARK = np.array([0.030, 0.020, 0.014], np.float32)
FAIR = np.array([0.30, 0.20, 0.11], np.float32)
"""Colours of hair in linear RGB."""


def hairs(rng: np.random.Generator, shape: Shape, count: int, length: float, width: float) -> Field:
    """Opacity 0..1 of `count` hairs of about `length` pixels and `width` pixels (may be < 1)."""
    mask = np.zeros(shape, np.uint8)
    combed = float(rng.uniform(0, 2 * np.pi))
    curl = 0.5 * float(rng.standard_normal())
    for _ in range(count):
        start = rng.uniform((0, 0), (shape[1], shape[0]))
        heading = combed + 0.35 * float(rng.standard_normal())
        bend = curl + 0.35 * float(rng.standard_normal())
        reach = length * float(rng.uniform(0.5, 1.4))
        steps = np.linspace(0, 1, 12)
        angles = heading + bend * steps
        path = start + np.cumsum(
            np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach / steps.size, axis=0
        )
        points = np.round(path * 2**SUBPIXEL_BITS).astype(np.int32)
        opacity = int(255 * min(1.0, width) * float(rng.uniform(0.55, 1.0)))
        thickness = max(1, round(width * float(rng.uniform(0.8, 1.2))))
        cv2.polylines(mask, [points], False, opacity, thickness, cv2.LINE_AA, SUBPIXEL_BITS)
    return (mask / np.float32(255)).astype(np.float32)
