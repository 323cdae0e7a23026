"""Random fields that skin, cloth and lesions are made of. All float32 [H, W], by generator."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Shape = tuple[int, int]

TILE = 512
"""Largest side in pixels of the periodic tile that `furrows` repeats."""

COARSE = 12.0
"""Cell in pixels from which a cloud is made at a quarter of the size: nothing of it is lost."""


def cloud(rng: np.random.Generator, shape: Shape, cell: float, octaves: int = 3) -> Field:
    """Smooth noise of zero mean and about unit deviation, whose largest forms span `cell` pixels.

    Value noise (Perlin's fractal sum): each octave halves the cell and the amplitude.
    """
    height, width = shape
    if cell / 2 ** (octaves - 1) >= COARSE:
        small = cloud(rng, (-(-height // 4), -(-width // 4)), cell / 4, octaves)
        return np.asarray(cv2.resize(small, (width, height)), np.float32)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step = max(cell / 2**octave, 1.0)
        grid_shape = (int(height / step) + 3, int(width / step) + 3)
        grid = rng.standard_normal(grid_shape, dtype=np.float32)
        field = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += field * np.float32(0.5**octave)
    return total


def grain(rng: np.random.Generator, shape: Shape) -> Field:
    """White noise of unit deviation, one value a pixel."""
    return rng.standard_normal(shape, dtype=np.float32)


def furrows(rng: np.random.Generator, shape: Shape, spacing: float, direction: float) -> Field:
    """Two crossing families of wavy lines, 0 on the plateaus to 1 in the furrows, as on skin.

    `spacing` is in pixels, `direction` in radians. Lines are the zero crossings of noise that a
    filter leaves with one wavelength and one direction; the tile is bent on a slow cloud so
    that its repetition does not show.
    """
    side = TILE if max(shape) > TILE // 2 else TILE // 2
    lines = [_lines(rng, side, spacing, direction + turn) for turn in (-0.62, 0.62)]
    tile = np.maximum(lines[0], 0.8 * lines[1])
    height, width = shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = 4 * spacing
    columns += bend * cloud(rng, shape, 40 * spacing, 2)
    rows += bend * cloud(rng, shape, 40 * spacing, 2)
    wrapped = cv2.remap(tile, columns % side, rows % side, cv2.INTER_LINEAR, None, cv2.BORDER_WRAP)
    return np.asarray(wrapped, dtype=np.float32)


def _lines(rng: np.random.Generator, side: int, spacing: float, direction: float) -> Field:
    frequency_y = np.fft.fftfreq(side)[:, None]
    frequency_x = np.fft.rfftfreq(side)[None, :]
    along = frequency_x * np.cos(direction) + frequency_y * np.sin(direction)
    across = -frequency_x * np.sin(direction) + frequency_y * np.cos(direction)
    pitch = 0.5 / spacing  # zero crossings come twice a wavelength
    lobe = np.exp(
        -(((np.abs(across) - pitch) / (0.35 * pitch)) ** 2) - (along / (0.4 * pitch)) ** 2
    )
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) * lobe
    field = np.fft.irfft2(spectrum, (side, side))
    field /= field.std()
    return np.exp(-((field / 0.35) ** 2)).astype(np.float32)


def softened(field: Field, sigma: float) -> Field:
    """The field, [H, W] or [H, W, C], under a Gaussian of `sigma` pixels; wide ones at less cost.

    Above six pixels the blur is done at half or quarter size, where it cannot be told apart.
    """
    shrink = 4 if sigma > 12 else 2 if sigma > 6 else 1
    height, width = field.shape[:2]
    small = cv2.resize(
        field, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(small, (width, height)), np.float32)


def shifted(field: Field, down: int, right: int) -> Field:
    """The field moved by whole pixels, as a shadow falls; its edge values fill what is left."""
    height, width = field.shape[:2]
    filled = cv2.copyMakeBorder(field, down, 0, right, 0, cv2.BORDER_REPLICATE)
    return np.asarray(filled[:height, :width], np.float32)


def smoothstep(low: float, high: float, field: Field) -> Field:
    """0 below `low`, 1 above `high`, a smooth cubic between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)
