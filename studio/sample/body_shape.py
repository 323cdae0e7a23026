"""The large form of a body part: where skin shows, how it curves away from the light."""

from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.sample.noise import Field, Shape, cloud, smoothstep

SCENES = ("torso", "limb", "edge", "sleeve")


@dataclass(frozen=True)
class BodyShape:
    """`skin` is 1 where skin shows and 0 elsewhere, `shade` the light that its curve leaves it;
    `covered` when what lies beyond the skin is over it, as a sleeve, and not behind it."""

    skin: Field
    shade: Field
    covered: bool

    @property
    def inside(self) -> Field:
        """Distance in pixels from the nearest edge of visible skin or of the picture."""
        shown = (self.skin > 0.5).astype(np.uint8)
        framed = cv2.copyMakeBorder(shown, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)
        return np.asarray(distance[1:-1, 1:-1], np.float32)


def body_form(rng: np.random.Generator, shape: Shape, scene: str) -> BodyShape:
    """The form of one of `SCENES`, somewhere, at some angle. Raises ValueError for another."""
    if scene not in SCENES:
        raise ValueError(f"no scene {scene!r}: one of {', '.join(SCENES)}")
    along, across = _axes(rng, shape, scene)
    short = min(shape)
    if scene == "limb":
        return _limb(rng, along, across, short)
    curve = 1 - float(rng.uniform(0.18, 0.44)) * across**2
    gentle = _field(curve + 0.03 * cloud(rng, shape, 0.6 * short, 1))
    depth = (0.30 - across) * short
    if scene == "edge":
        turn = np.sqrt(np.clip(depth / (0.35 * short), 0, 1))
        return BodyShape(_edge(depth), _field(gentle * (0.45 + 0.55 * turn)), covered=False)
    if scene == "sleeve":
        shadow = 0.35 * np.exp(-np.clip(depth, 0, None) / (0.02 * short))
        return BodyShape(_edge(depth), _field(gentle * (1 - shadow)), covered=True)
    return BodyShape(np.ones(shape, np.float32), gentle, covered=False)


def _axes(rng: np.random.Generator, shape: Shape, scene: str) -> tuple[Field, Field]:
    """Coordinates along and across the body part, in long and short sides from its middle."""
    height, width = shape
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * height
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :] * width
    angle = float(rng.uniform(0, 2 * pi))
    if scene == "limb":
        angle = float(rng.normal(0, 0.25)) + (pi / 2 if height > width else 0)
    along = (x * cos(angle) + y * sin(angle)) / max(shape)
    across = (y * cos(angle) - x * sin(angle)) / min(shape)
    across += float(rng.uniform(-0.22, 0.22)) * along**2 + float(rng.uniform(-0.06, 0.06))
    across += 0.012 * cloud(rng, shape, 0.5 * min(shape), 2)
    return _field(along), _field(across)


def _limb(rng: np.random.Generator, along: Field, across: Field, short: int) -> BodyShape:
    """A cylinder that tapers, lit from the front."""
    taper = 1 + float(rng.uniform(-0.2, 0.2)) * along
    half = float(rng.uniform(0.30, 0.40)) * taper
    u = across / half
    shade = 0.42 + 0.58 * np.sqrt(np.clip(1 - u * u, 0, 1))
    return BodyShape(_edge((1 - np.abs(u)) * half * short), _field(shade), covered=False)


def _edge(depth: NDArray[np.floating]) -> Field:
    """1 on the skin, 0 beyond its edge, over three pixels; `depth` is in pixels inwards."""
    return smoothstep(-1.5, 1.5, _field(depth))


def _field(values: NDArray[np.floating]) -> Field:
    return np.asarray(values, np.float32)
