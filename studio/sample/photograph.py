"""One photograph: a scene of skin, what grows on it, what lies around it, and light."""

from dataclasses import dataclass
from math import cos, hypot, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.sample.background import KINDS, background
from studio.sample.decoys import crease, freckles, papules, scratch
from studio.sample.hair import hairs
from studio.sample.lesion import DIAMETER_MM, MAKERS, MELANOMA, NEVUS, Lesion, LesionSpec, paint
from studio.sample.light import a_camera, lit, photographed
from studio.sample.noise import Field, Shape, cloud, shifted, smoothstep, softened
from studio.sample.skin import Skin, plain_skin

SCENES = ("torso", "limb", "edge", "sleeve")

FRECKLES_PER_CM2 = {1: 0.6, 2: 0.4, 3: 0.2, 4: 0.12, 5: 0.08, 6: 0.05}
"""Most freckles on a square centimetre of skin, by Fitzpatrick type."""

PAPULES_PER_CM2 = 0.02
CREASES_PER_CM2 = 0.003
SCRATCHES_PER_CM2 = 0.0008
"""By area, so that a crop of one lesion has them as seldom as a part of a photograph has."""


@dataclass(frozen=True)
class PhotographSpec:
    """What to render. Sizes in pixels; `field_mm` is what the short side spans on the skin."""

    width: int = 1600
    height: int = 1200
    fitzpatrick: int = 3
    scene: str = "torso"
    field_mm: float = 150.0
    labels: tuple[str, ...] = (NEVUS, MELANOMA)
    blur: float = 0.6

    @property
    def pixels_per_mm(self) -> float:
        """Scale of the photograph."""
        return min(self.width, self.height) / self.field_mm


def render(
    seed: int | tuple[int, ...], spec: PhotographSpec
) -> tuple[NDArray[np.uint8], list[Lesion]]:
    """The photograph, uint8 [H, W, 3], and its lesions; the same for the same seed and spec."""
    rng = np.random.default_rng(seed)
    form = _form(rng, spec)
    skin = bare_skin(rng, spec)
    lesions = [paint(rng, skin, lesion) for lesion in _placed(rng, spec, form.inside)]
    camera = a_camera(rng, spec.fitzpatrick, spec.blur)
    scene = lit(rng, with_hair(rng, skin, spec), skin.height, form.shade, camera)
    scene = _surrounded(rng, scene, form, spec)
    return photographed(rng, scene, camera), lesions


@dataclass(frozen=True)
class _Form:
    """The large form of the body part: 1 where skin shows, its shade, and what covers it."""

    skin: Field
    shade: Field
    covers: bool

    @property
    def inside(self) -> Field:
        """Distance in pixels from the nearest edge of visible skin or of the picture."""
        shown = (self.skin > 0.5).astype(np.uint8)
        framed = cv2.copyMakeBorder(shown, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)
        return np.asarray(distance[1:-1, 1:-1], np.float32)


def _form(rng: np.random.Generator, spec: PhotographSpec) -> _Form:
    shape = (spec.height, spec.width)
    y = np.linspace(-0.5, 0.5, spec.height, dtype=np.float32)[:, None] * spec.height
    x = np.linspace(-0.5, 0.5, spec.width, dtype=np.float32)[None, :] * spec.width
    short = min(shape)
    angle = float(rng.uniform(0, 2 * pi))
    if spec.scene == "limb":
        angle = float(rng.normal(0, 0.25)) + (pi / 2 if spec.height > spec.width else 0)
    along = x * cos(angle) + y * sin(angle)
    across = (y * cos(angle) - x * sin(angle)) / short
    across += 0.9 * float(rng.uniform(-0.25, 0.25)) * (along / max(shape)) ** 2
    across += 0.012 * cloud(rng, shape, 0.5 * short, 2)
    across += float(rng.uniform(-0.06, 0.06))
    if spec.scene == "limb":
        half = float(rng.uniform(0.30, 0.40)) * (
            1 + float(rng.uniform(-0.2, 0.2)) * along / max(shape)
        )
        u = across / half
        shade = 0.42 + 0.58 * np.sqrt(np.clip(1 - u * u, 0, 1))
        return _Form(_edge((1 - np.abs(u)) * half * short), shade.astype(np.float32), False)
    curved = 1 - 0.22 * float(rng.uniform(0.4, 1)) * across**2 * 2
    gentle = (curved + 0.03 * cloud(rng, shape, 0.6 * short, 1)).astype(np.float32)
    if spec.scene == "torso":
        return _Form(np.ones(shape, np.float32), gentle, False)
    depth = (0.30 - across) * short
    if spec.scene == "edge":
        turn = np.sqrt(np.clip(depth / (0.35 * short), 0, 1))
        return _Form(_edge(depth), (gentle * (0.45 + 0.55 * turn)).astype(np.float32), False)
    near = 1 - 0.35 * np.exp(-np.clip(depth, 0, None) / (0.02 * short))
    return _Form(_edge(depth), (gentle * near).astype(np.float32), True)


def _edge(depth: NDArray[np.floating]) -> Field:
    """1 on the skin, 0 beyond its edge, over three pixels; `depth` is in pixels inwards."""
    return smoothstep(-1.5, 1.5, np.asarray(depth, np.float32))


def bare_skin(rng: np.random.Generator, spec: PhotographSpec) -> Skin:
    """Skin before its lesions, with freckles, papules, folds and scratches by chance and type."""
    scale = spec.pixels_per_mm
    skin = plain_skin(rng, (spec.height, spec.width), spec.fitzpatrick, scale)
    square_cm = spec.width * spec.height / (10 * scale) ** 2
    many = FRECKLES_PER_CM2[spec.fitzpatrick] * square_cm
    freckles(rng, skin, int(rng.poisson(many * float(rng.uniform(0, 1)))), scale)
    papules(rng, skin, int(rng.poisson(PAPULES_PER_CM2 * square_cm)), scale)
    for _ in range(min(2, int(rng.poisson(CREASES_PER_CM2 * square_cm)))):
        crease(rng, skin, scale, depth=float(rng.uniform(0.3, 1.0)))
    for _ in range(min(2, int(rng.poisson(SCRATCHES_PER_CM2 * square_cm)))):
        scratch(rng, skin, scale)
    return skin


def _placed(rng: np.random.Generator, spec: PhotographSpec, inside: Field) -> list[LesionSpec]:
    """Lesions on visible skin, apart from one another and from its edges."""
    placed: list[LesionSpec] = []
    for label in spec.labels:
        millimetres = float(rng.uniform(*DIAMETER_MM[label]))
        diameter = max(millimetres * spec.pixels_per_mm, 10.0)
        for _ in range(200):
            x, y = float(rng.uniform(0, spec.width)), float(rng.uniform(0, spec.height))
            reach = 0.85 * diameter + 12
            clear = all(
                hypot(x - p.x, y - p.y) > 1.5 * (diameter + p.diameter) + 60 for p in placed
            )
            if clear and inside[int(y), int(x)] > reach:
                placed.append(MAKERS[label](rng, x, y, diameter))
                break
    return placed


def with_hair(rng: np.random.Generator, skin: Skin, spec: PhotographSpec) -> NDArray[np.float32]:
    """Reflectance of the skin in linear RGB [H, W, 3] with none to many hairs and their shadow."""
    reflectance = skin.colour()
    amount = float(rng.choice([0.0, 0.0, 0.15, 0.4, 1.0]))
    scale = spec.pixels_per_mm
    if amount == 0:
        return reflectance
    area = spec.width * spec.height / scale**2
    count = int(amount * area * 0.05)
    cover = hairs(rng, skin.shape, count, length=7 * scale, width=0.08 * scale)
    dark = np.array([0.030, 0.020, 0.014], np.float32)
    light = np.array([0.30, 0.20, 0.11], np.float32)
    colour = light if spec.fitzpatrick == 1 and rng.random() < 0.5 else dark
    shadow = shifted(softened(cover, 1.0), 2, 1)
    reflectance *= 1 - 0.25 * shadow[..., None]
    return np.asarray(reflectance + 0.85 * cover[..., None] * (colour - reflectance), np.float32)


def _surrounded(
    rng: np.random.Generator, scene: NDArray[np.float32], form: _Form, spec: PhotographSpec
) -> NDArray[np.float32]:
    """Lays the scene before a background out of focus, or under the cloth of a sleeve."""
    if spec.scene == "torso":
        return scene
    shape: Shape = (spec.height, spec.width)
    kind = str(rng.choice(("cloth", "drape"))) if form.covers else str(rng.choice(KINDS))
    behind = background(rng, shape, kind, spec.pixels_per_mm)
    if not form.covers:
        defocus = float(rng.uniform(1.5, 5))
        behind = softened(behind, defocus)
        shadow = softened(form.skin, 0.02 * min(shape))
        behind *= (1 - 0.45 * shifted(shadow, 12, 8))[..., None]
    return np.asarray(behind + form.skin[..., None] * (scene - behind), np.float32)
