"""Lesions: nevi, small, even and round; melanomas, larger, asymmetric, of several colours."""

from dataclasses import dataclass
from math import cos, sin, sqrt

import numpy as np

from studio.imaging import Square, fit_square
from studio.sample.noise import Field, Shape, cloud, smoothstep
from studio.sample.skin import Skin

NEVUS = "melanocyticnevus"
MELANOMA = "malignantmelanoma"

DIAMETER_MM = {NEVUS: (3.0, 7.0), MELANOMA: (6.0, 15.0)}
"""Range of diameters by class, in millimetres."""

DOUBTFUL = 0.25
"""Share of each class that looks much like the other, so that nobody reads all of them right."""


@dataclass(frozen=True)
class LesionSpec:
    """What to paint. `x`, `y` (the centre) and `diameter` are in pixels, `angle` in radians.

    `elongation`, `irregularity` and `softness` (of the border, in radii) run from 0 to 1;
    `pigment` is optical density, 0.7 for a pale nevus to 3 for a black one; `relief` is the
    height of a dome, in units of 0.35 radii; `colours` are laid in order, "brown" first.
    """

    label: str
    x: float
    y: float
    diameter: float
    elongation: float
    angle: float
    irregularity: float
    softness: float
    pigment: float
    colours: tuple[str, ...]
    relief: float


@dataclass(frozen=True)
class Lesion:
    """A painted lesion: its context square, its label, its diameter in pixels as painted."""

    square: Square
    label: str
    diameter: float


def nevus(rng: np.random.Generator, x: float, y: float, diameter: float) -> LesionSpec:
    """A nevus: round, one or two browns. A doubtful one is dysplastic: less even."""
    dysplastic = rng.random() < DOUBTFUL
    return LesionSpec(
        label=NEVUS,
        x=x,
        y=y,
        diameter=diameter,
        elongation=float(rng.uniform(0, 0.25)),
        angle=float(rng.uniform(0, np.pi)),
        irregularity=float(rng.uniform(0.35, 0.65) if dysplastic else rng.uniform(0.05, 0.25)),
        softness=float(rng.uniform(0.12, 0.4)),
        pigment=float(rng.uniform(0.7, 2.3)),
        colours=("brown",) if rng.random() < 0.6 else ("brown", "tan" if dysplastic else "core"),
        relief=float(rng.choice([0.0, 0.25, 0.9])),
    )


def melanoma(rng: np.random.Generator, x: float, y: float, diameter: float) -> LesionSpec:
    """A melanoma: irregular, several colours. A doubtful one is early: rounder, two colours."""
    early = rng.random() < DOUBTFUL
    palette = ["black", "tan", "blue", "pink", "white"]
    count = 1 if early else int(rng.integers(2, 5))
    chosen = rng.choice(palette, size=count, replace=False, p=[0.34, 0.2, 0.2, 0.16, 0.1])
    return LesionSpec(
        label=MELANOMA,
        x=x,
        y=y,
        diameter=diameter,
        elongation=float(rng.uniform(0.05, 0.45)),
        angle=float(rng.uniform(0, np.pi)),
        irregularity=float(rng.uniform(0.2, 0.5) if early else rng.uniform(0.6, 1.0)),
        softness=float(rng.uniform(0.12, 0.35)),
        pigment=float(rng.uniform(1.5, 2.8)),
        colours=("brown", *(str(colour) for colour in chosen)),
        relief=float(rng.choice([0.0, 0.4, 1.1])),
    )


MAKERS = {NEVUS: nevus, MELANOMA: melanoma}


def paint(rng: np.random.Generator, skin: Skin, spec: LesionSpec) -> Lesion:
    """Adds the lesion's pigment and relief to the skin, in place, and says where it lies."""
    reach = spec.diameter * 1.1 + 4
    height, width = skin.shape
    left, right = max(0, int(spec.x - reach)), min(width, int(spec.x + reach) + 1)
    top, bottom = max(0, int(spec.y - reach)), min(height, int(spec.y + reach) + 1)
    window = np.s_[top:bottom, left:right]
    depth = _depth(rng, spec, (left, top), (bottom - top, right - left))
    cover = _cover(rng, spec, depth)
    pigment = _Pigment(rng, spec, depth, cover)
    for colour in spec.colours:
        pigment.add(colour)
    skin.melanin[window] += pigment.melanin
    skin.blood[window] += pigment.blood
    skin.deep[window] += pigment.deep
    skin.pallor[window] = np.maximum(skin.pallor[window], pigment.pallor)
    skin.height[window] *= 1 - 0.25 * cover
    skin.height[window] += spec.relief * pigment.bump()
    return _measured(spec, cover, (left, top), (width, height))


def _depth(
    rng: np.random.Generator, spec: LesionSpec, corner: tuple[int, int], shape: Shape
) -> Field:
    """How far inside the outline a pixel lies: 1 at the centre, 0 on the outline, below outside."""
    radius = spec.diameter / 2
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x = (columns + corner[0] + 0.5 - spec.x) / radius
    y = (rows + corner[1] + 0.5 - spec.y) / radius
    rough = spec.irregularity
    # Bending the plane makes notches and lobes that no polar outline can have.
    x += 0.10 * rough * cloud(rng, shape, 1.1 * radius, 4)
    y += 0.10 * rough * cloud(rng, shape, 1.1 * radius, 4)
    cosine, sine = cos(spec.angle), sin(spec.angle)
    stretch = sqrt(1 + spec.elongation)
    u, v = (x * cosine + y * sine) / stretch, (y * cosine - x * sine) * stretch
    theta = np.arctan2(v, u)
    outline = np.ones(shape, np.float32)
    for wave in range(2, 8):
        swing = 0.22 * rough * float(rng.standard_normal()) / wave
        outline += swing * np.cos(wave * theta + float(rng.uniform(0, 2 * np.pi)))
    return np.asarray(1 - np.hypot(u, v) / np.maximum(outline, 0.4), np.float32)


def _cover(rng: np.random.Generator, spec: LesionSpec, depth: Field) -> Field:
    """Share of full pigment, 0..1: sharp on one side of an irregular lesion, fading on another."""
    radius = spec.diameter / 2
    fade = spec.softness * (
        1 + 0.8 * spec.irregularity * np.tanh(cloud(rng, depth.shape, 1.5 * radius, 1))
    )
    fade = np.maximum(fade, 1.2 / radius)  # never sharper than a pixel
    return smoothstep(-0.5, 0.5, np.asarray(depth / fade, np.float32))


class _Pigment:
    """Collects what the colours of one lesion add to the skin under it."""

    def __init__(
        self, rng: np.random.Generator, spec: LesionSpec, depth: Field, cover: Field
    ) -> None:
        self.rng, self.spec, self.depth, self.cover = rng, spec, depth, cover
        self.radius = spec.diameter / 2
        self.melanin, self.blood, self.deep, self.pallor = np.zeros((4, *depth.shape), np.float32)

    def add(self, colour: str) -> None:
        """Adds one colour of the palette: brown everywhere, the others in zones of their own."""
        strength = self.spec.pigment
        if colour == "brown":
            even = 1 - 0.5 * self.spec.irregularity
            mottle = (
                (1 - even) * self._cloud(0.7, 3)
                + 0.10 * self._cloud(0.18, 2)
                + 0.08 * self._cloud(0.06, 2)
            )
            self.melanin += strength * self.cover * np.clip(1 + 0.55 * mottle, 0.25, 2)
            self.blood += 0.25 * self.cover
        elif colour == "core":
            self.melanin += 0.7 * strength * smoothstep(0.25, 0.85, self.depth)
        elif colour == "tan":
            self.melanin *= 1 - 0.5 * self._zone(0.35)
        elif colour == "black":
            self.melanin += float(self.rng.uniform(1.2, 2.6)) * self._zone(0.4)
        elif colour == "blue":
            zone = self._zone(0.3)
            self.melanin *= 1 - 0.4 * zone
            self.deep += float(self.rng.uniform(0.7, 1.2)) * zone
        elif colour == "pink":
            zone = self._zone(0.25)
            self.melanin *= 1 - 0.6 * zone
            self.blood += float(self.rng.uniform(0.4, 0.9)) * zone
        elif colour == "white":
            zone = self._zone(0.18)
            self.melanin *= 1 - 0.8 * zone
            self.pallor = np.maximum(self.pallor, 0.22 * zone)

    def bump(self) -> Field:
        """Relief of a raised lesion, 0..about 1 at its middle, lumpy where irregular."""
        inward = np.clip(self.depth, 0, 1)
        dome = inward * (2 - inward) * self.cover
        lumps = 1 + 0.25 * self.spec.irregularity * self._cloud(0.5, 2)
        return np.asarray(dome * lumps * self.radius * 0.35, np.float32)

    def _zone(self, share: float) -> Field:
        """An eccentric part of the lesion with a ragged border; about `share` of its area."""
        field = self._cloud(1.5, 4)
        inside = self.depth > 0.1
        if not inside.any():
            return np.zeros_like(self.cover)
        level = float(np.quantile(field[inside], 1 - share))
        return smoothstep(level - 0.7, level + 0.7, field) * self.cover

    def _cloud(self, cell: float, octaves: int) -> Field:
        return cloud(self.rng, self.depth.shape, max(cell * self.radius, 1.5), octaves)


def _measured(
    spec: LesionSpec, cover: Field, corner: tuple[int, int], size: tuple[int, int]
) -> Lesion:
    rows, columns = np.nonzero(cover > 0.5)
    if rows.size == 0:
        return Lesion(
            context_square(spec.x, spec.y, spec.diameter, *size), spec.label, spec.diameter
        )
    wide, high = np.ptp(columns) + 1, np.ptp(rows) + 1
    x = corner[0] + columns.min() + wide / 2
    y = corner[1] + rows.min() + high / 2
    diameter = float(np.sqrt(wide * high))
    return Lesion(context_square(x, y, diameter, *size), spec.label, diameter)


def context_square(x: float, y: float, diameter: float, width: int, height: int) -> Square:
    """The square that a reader wants of a lesion, in a picture of that width and height.

    Side = two diameters, but no less than 8.5 % of the short side and 128 pixels; 0.8 of the
    short side when the lesion spans more than 45 % of it. It is the convention of the published
    boxes, which proposals follow too, so that an overlap of the two means something.
    """
    short = min(width, height)
    side = max(2 * diameter, 0.085 * short, 128)
    if diameter > 0.45 * short:
        side = 0.8 * short
    return fit_square(Square(x, y, side), width, height)
