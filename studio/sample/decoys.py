"""What a detector may take for a lesion: freckles, papules, creases, scratches."""

from math import cos, pi, sin

import cv2
import numpy as np

from studio.sample.noise import cloud
from studio.sample.skin import Skin


def freckles(rng: np.random.Generator, skin: Skin, count: int, pixels_per_mm: float) -> None:
    """Small flat spots of 0.6 to 2 mm, much fainter than a nevus."""
    for _ in range(count):
        radius = float(rng.uniform(0.3, 1.0)) * pixels_per_mm
        strength = float(rng.uniform(0.12, 0.45))
        _spot(rng, skin, radius, melanin=strength, blood=0.0)


def papules(rng: np.random.Generator, skin: Skin, count: int, pixels_per_mm: float) -> None:
    """Small red spots of 0.8 to 2.4 mm: acne, bites, follicles."""
    for _ in range(count):
        radius = float(rng.uniform(0.4, 1.2)) * pixels_per_mm
        _spot(rng, skin, radius, melanin=0.0, blood=float(rng.uniform(0.2, 0.7)))


def _spot(
    rng: np.random.Generator, skin: Skin, radius: float, melanin: float, blood: float
) -> None:
    height, width = skin.shape
    x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
    reach = int(3 * radius) + 2
    left, right = max(0, int(x) - reach), min(width, int(x) + reach)
    top, bottom = max(0, int(y) - reach), min(height, int(y) + reach)
    if left >= right or top >= bottom:
        return
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
    lean = float(rng.uniform(0.75, 1.3))
    distance = ((columns - x) / radius * lean) ** 2 + ((rows - y) / radius / lean) ** 2
    spot = np.exp(-distance)
    skin.melanin[top:bottom, left:right] += melanin * spot
    skin.blood[top:bottom, left:right] += blood * spot


def crease(rng: np.random.Generator, skin: Skin, pixels_per_mm: float, depth: float) -> None:
    """A fold across the picture: a valley in the relief, darker and redder at its bottom."""
    height, width = skin.shape
    angle = float(rng.uniform(0, pi))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    rows -= height * float(rng.uniform(0.2, 0.8))
    columns -= width * float(rng.uniform(0.2, 0.8))
    across = rows * cos(angle) - columns * sin(angle)
    along = columns * cos(angle) + rows * sin(angle)
    bend = float(rng.uniform(-0.25, 0.25)) / max(height, width)
    across += bend * along**2 + pixels_per_mm * cloud(rng, skin.shape, 40 * pixels_per_mm, 2)
    extent = float(rng.uniform(0.25, 0.6)) * max(height, width)
    present = np.exp(-np.square(np.square(along / extent)))
    sharp = np.exp(-np.abs(across) / (0.5 * pixels_per_mm)) * present
    wide = np.exp(-np.square(across / (3.5 * pixels_per_mm))) * present
    skin.blood += depth * (0.22 * sharp + 0.10 * wide)
    skin.melanin += depth * 0.16 * sharp
    skin.height -= (depth * 1.6 * pixels_per_mm) * (wide + 0.25 * sharp)


def scratch(rng: np.random.Generator, skin: Skin, pixels_per_mm: float) -> None:
    """A thin red line of 10 to 40 mm."""
    mask = np.zeros(skin.shape, np.uint8)
    length = float(rng.uniform(10, 40)) * pixels_per_mm
    start = rng.uniform((0, 0), (skin.shape[1], skin.shape[0]))
    angle = float(rng.uniform(0, 2 * np.pi)) + 0.3 * np.linspace(0, 1, 8)
    steps = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length / 8
    points = np.round(start + np.cumsum(steps, axis=0)).astype(np.int32)
    cv2.polylines(mask, [points], False, 255, max(1, round(0.35 * pixels_per_mm)), cv2.LINE_AA)
    skin.blood += np.float32(float(rng.uniform(0.3, 0.7)) / 255) * mask
