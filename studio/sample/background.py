"""What lies behind and over the skin: walls, tables, drapes and clothing, in linear RGB."""

from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from studio.sample.noise import Field, Shape, cloud

KINDS = ("wall", "drape", "wood", "cloth")
WALLS = ((0.42, 0.44, 0.45), (0.16, 0.18, 0.20), (0.62, 0.61, 0.58), (0.03, 0.03, 0.035))
DRAPES = ((0.05, 0.20, 0.26), (0.08, 0.24, 0.15), (0.10, 0.17, 0.34))
CLOTHES = ((0.04, 0.06, 0.13), (0.55, 0.56, 0.58), (0.25, 0.05, 0.07), (0.30, 0.33, 0.36))
WOODS = ((0.34, 0.20, 0.10), (0.48, 0.34, 0.20))


def background(
    rng: np.random.Generator, shape: Shape, kind: str, pixels_per_mm: float
) -> NDArray[np.float32]:
    """Linear RGB [H, W, 3], 0..1, of one of `KINDS`."""
    palette = {"wall": WALLS, "drape": DRAPES, "wood": WOODS, "cloth": CLOTHES}[kind]
    colour = np.asarray(palette[int(rng.integers(len(palette)))], np.float32)
    shade = {"wall": _wall, "drape": _woven, "wood": _wood, "cloth": _woven}[kind]
    brightness = np.clip(shade(rng, shape, pixels_per_mm), 0.15, 1.8)
    return np.asarray(brightness[..., None] * colour, np.float32)


def _wall(rng: np.random.Generator, shape: Shape, pixels_per_mm: float) -> Field:
    return 1 + np.float32(0.10) * cloud(rng, shape, 90 * pixels_per_mm, 1)


def _wood(rng: np.random.Generator, shape: Shape, pixels_per_mm: float) -> Field:
    height, width = shape
    squeezed = cloud(rng, (height, max(8, width // 14)), 5 * pixels_per_mm, 4)
    columns = np.linspace(0, squeezed.shape[1] - 1, width).astype(np.intp)
    return np.asarray(1 + 0.16 * squeezed[:, columns], np.float32)


def _woven(rng: np.random.Generator, shape: Shape, pixels_per_mm: float) -> Field:
    """Threads of a weave, and the soft folds that cloth falls into."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    thread = max(0.9 * pixels_per_mm, 3.0)
    weave = np.sin(2 * np.pi * columns / thread) * np.sin(2 * np.pi * rows / thread)
    angle = float(rng.uniform(0, pi))
    across = columns * cos(angle) + rows * sin(angle)
    wave = float(rng.uniform(25, 45)) * pixels_per_mm
    bent = across / wave + 0.22 * cloud(rng, shape, 70 * pixels_per_mm, 2)
    folds = np.sin(2 * np.pi * bent)
    return np.asarray(1 + 0.05 * weave + 0.20 * folds + 0.05 * cloud(rng, shape, 3, 1), np.float32)
