"""Skin as optical density: melanin, blood, deep pigment and pallor, and a relief of lines.

Colour is not painted but follows from what absorbs the light: the reflected light is
base * exp(-sum of pigment * absorption) in linear RGB (the model of Tsumura et al., "Image-based
skin color and texture analysis/synthesis by extracting hemoglobin and melanin information in the
skin", SIGGRAPH 2003). So a mole takes its right colour on every type of skin.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.sample.noise import Field, Shape, cloud, furrows

BASE = (0.90, 0.68, 0.50)
MELANIN = (0.66, 0.88, 1.06)
BLOOD = (0.10, 0.62, 0.50)
DEEP = (1.05, 0.78, 0.58)
"""Pigment deep in the dermis: the blue-grey of scattered light, absorbing red most."""
SCAR = (0.78, 0.62, 0.55)
"""Linear RGB of pallor: the white-pink of regression and of scars."""
ABSORPTION = (BASE, MELANIN, BLOOD, DEEP, SCAR)

FITZPATRICK_MELANIN = {1: 0.04, 2: 0.20, 3: 0.45, 4: 0.85, 5: 1.50, 6: 2.40}
"""Melanin by Fitzpatrick type, chosen so that colours follow published swatches of the types."""


@dataclass
class Skin:
    """Pigment and relief of a patch of skin; each field float32 [H, W]."""

    melanin: Field
    blood: Field
    deep: Field
    pallor: Field
    height: Field

    @property
    def shape(self) -> Shape:
        """(height, width) in pixels."""
        return self.melanin.shape[0], self.melanin.shape[1]

    def colour(self) -> NDArray[np.float32]:
        """Reflectance in linear RGB, float32 [H, W, 3], 0..1."""
        channels = [self._channel(*absorption) for absorption in zip(*ABSORPTION, strict=True)]
        return np.asarray(cv2.merge(channels), np.float32)

    def _channel(
        self, base: float, melanin: float, blood: float, deep: float, scar: float
    ) -> Field:
        absorbed = melanin * self.melanin + blood * self.blood + deep * self.deep
        reflected = base * np.exp(-absorbed)
        return np.asarray(reflected + self.pallor * (scar - reflected), np.float32)


def plain_skin(
    rng: np.random.Generator, shape: Shape, fitzpatrick: int, pixels_per_mm: float
) -> Skin:
    """Skin of a Fitzpatrick type (1..6) without any lesion, uneven as skin is."""
    scale = pixels_per_mm
    mottle = 0.5 * cloud(rng, shape, 60 * scale, 2) + 0.5 * cloud(rng, shape, 7 * scale, 3)
    flush = 0.6 * cloud(rng, shape, 35 * scale, 2) + 0.4 * cloud(rng, shape, 4 * scale, 2)
    tone = FITZPATRICK_MELANIN[fitzpatrick] * float(rng.uniform(0.9, 1.12))
    direction = float(rng.uniform(0, np.pi))
    spacing = max(float(rng.uniform(0.7, 1.1)) * scale, 2.5)
    lines = furrows(rng, shape, spacing, direction)
    strength = 0.6 + 0.4 * np.tanh(cloud(rng, shape, 30 * scale, 2))
    redness = float(rng.uniform(0.2, 0.5))
    return Skin(
        melanin=np.asarray(tone * (1 + 0.03 * mottle) + 0.025 * mottle, np.float32),
        blood=np.asarray(redness * (1 + 0.16 * flush + 0.22 * lines * strength), np.float32),
        deep=np.zeros(shape, np.float32),
        pallor=np.zeros(shape, np.float32),
        height=np.asarray(-lines * strength, np.float32),
    )


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
