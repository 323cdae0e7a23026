"""Light and camera: from reflectance and relief to an 8-bit picture."""

from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.sample.noise import Field, cloud, grain

Rgb = NDArray[np.float32]

BRIGHTEST = 2.0
"""Linear light from which a picture is white."""


@dataclass(frozen=True)
class Camera:
    """How the picture is taken: shares of 0..1, the angle in radians, `blur` a sigma in pixels."""

    light_angle: float
    falloff: float
    gloss: float
    exposure: float
    warmth: float
    vignette: float
    noise: float
    blur: float


def a_camera(rng: np.random.Generator, fitzpatrick: int, blur: float = 0.6) -> Camera:
    """A plausible camera; dark skin is exposed longer, as automatic exposure does."""
    return Camera(
        light_angle=float(rng.uniform(0, 2 * pi)),
        falloff=float(rng.uniform(0.05, 0.25)),
        gloss=float(rng.uniform(0.008, 0.045)),
        exposure=float(rng.uniform(0.86, 1.0)) * (1 + 0.07 * max(0, fitzpatrick - 3)),
        warmth=float(rng.uniform(-0.05, 0.07)),
        vignette=float(rng.uniform(0.05, 0.30)),
        noise=float(rng.uniform(0.004, 0.011)),
        blur=blur,
    )


def lit(
    rng: np.random.Generator, reflectance: Rgb, height: Field, shape_shade: Field, camera: Camera
) -> Rgb:
    """Diffuse light and gloss on a relief (in pixels) whose large form shades by `shape_shade`."""
    light_x, light_y = cos(camera.light_angle), sin(camera.light_angle)
    slope = light_x * cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope += light_y * cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    diffuse = np.clip(1 + 0.28 * np.tanh(slope), 0.3, 1.6) * shape_shade
    oily = cloud(rng, _shape(height), max(120.0, 0.25 * min(height.shape)), 2)
    shine = np.clip(0.35 + 1.6 * slope + 0.2 * oily, 0, 2.2)
    gloss = camera.gloss * np.square(np.square(shape_shade) * shine)
    return np.asarray(reflectance * diffuse[..., None] + gloss[..., None], np.float32)


def photographed(rng: np.random.Generator, scene: Rgb, camera: Camera) -> NDArray[np.uint8]:
    """Exposure, colour cast, falloff, vignette, lens blur, sensor noise, sRGB: uint8 [H, W, 3].

    The noise is what a camera leaves: fine in lightness, coarser and weaker in colour.
    """
    height, width = scene.shape[:2]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    side = x * cos(camera.light_angle) + y * sin(camera.light_angle)
    vignette = 1 - camera.vignette * (x * x + y * y) / 2
    gain = camera.exposure * (1 - camera.falloff * side) * vignette
    cast = np.array([1 + camera.warmth, 1, 1 - camera.warmth], np.float32)
    exposed = scene * gain[..., None] * cast
    light = np.asarray(cv2.GaussianBlur(exposed, (0, 0), camera.blur), np.float32)
    fine = cv2.GaussianBlur(grain(rng, (height, width)), (0, 0), 0.7)
    coarse = rng.standard_normal((-(-height // 2), -(-width // 2), 3), np.float32)
    noise = np.asarray(cv2.resize(coarse, (width, height)), np.float32)
    noise += 2 * np.asarray(fine, np.float32)[..., None]
    noise *= np.float32(camera.noise) * np.sqrt(np.clip(light[..., 1:2], 0.01, 1))
    return encode(light + noise)


def encode(linear: Rgb) -> NDArray[np.uint8]:
    """Linear RGB to 8-bit sRGB (IEC 61966-2-1), with a shoulder so that highlights do not clip."""
    table = np.linspace(0, BRIGHTEST, 8192)
    soft = np.where(table > 0.75, 0.75 + 0.25 * np.tanh((table - 0.75) / 0.25), table)
    curve = np.where(soft <= 0.0031308, 12.92 * soft, 1.055 * soft ** (1 / 2.4) - 0.055)
    index = np.clip(linear * (8191 / BRIGHTEST), 0, 8191).astype(np.uint16)
    encoded: NDArray[np.uint8] = np.round(255 * curve).astype(np.uint8)[index]
    return encoded


def _shape(field: Field) -> tuple[int, int]:
    return field.shape[0], field.shape[1]
