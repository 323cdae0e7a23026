"""One photograph: a scene of skin, what grows on it, what lies around it, and light."""

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from studio.sample.background import KINDS, background
from studio.sample.body_shape import BodyShape, body_form
from studio.sample.decoys import crease, freckles, papules, scratch
from studio.sample.lesion import DIAMETER_MM, MAKERS, MELANOMA, NEVUS, Lesion, LesionSpec, paint
from studio.sample.light import a_camera, lit, photographed
from studio.sample.noise import Field, shifted, softened
from studio.sample.skin import DARK, FAIR, Skin, hairs, plain_skin

FRECKLES_PER_CM2 = {1: 0.6, 2: 0.4, 3: 0.2, 4: 0.12, 5: 0.08, 6: 0.05}
"""Most freckles on a square centimetre of skin, by Fitzpatrick type."""

PAPULES_PER_CM2 = 0.02
CREASES_PER_CM2 = 0.003
SCRATCHES_PER_CM2 = 0.0008
"""By area, so that a crop of one lesion has them as seldom as a part of a photograph has."""

HAIRS_PER_MM2 = (0.0, 0.0, 0.008, 0.02, 0.05)
"""Two of five patients have none that show."""


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
    form = body_form(rng, (spec.height, spec.width), spec.scene)
    skin = bare_skin(rng, spec)
    lesions = [paint(rng, skin, lesion) for lesion in _placed(rng, spec, form.inside)]
    camera = a_camera(rng, spec.fitzpatrick, spec.blur)
    scene = lit(rng, with_hair(rng, skin, spec), skin.height, form.shade, camera)
    scene = _surrounded(rng, scene, form, spec)
    return photographed(rng, scene, camera), lesions


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
    scale = spec.pixels_per_mm
    per_mm2 = float(rng.choice(HAIRS_PER_MM2))
    count = int(per_mm2 * spec.width * spec.height / scale**2)
    if count == 0:
        return reflectance
    cover = hairs(rng, skin.shape, count, length=7 * scale, width=0.08 * scale)
    colour = FAIR if spec.fitzpatrick == 1 and rng.random() < 0.5 else DARK
    shadow = shifted(softened(cover, 1.0), 2, 1)
    reflectance *= 1 - 0.25 * shadow[..., None]
    return np.asarray(reflectance + 0.85 * cover[..., None] * (colour - reflectance), np.float32)


def _surrounded(
    rng: np.random.Generator, scene: NDArray[np.float32], form: BodyShape, spec: PhotographSpec
) -> NDArray[np.float32]:
    """Lays the scene before a background out of focus, or under the cloth of a sleeve."""
    if spec.scene == "torso":
        return scene
    shape = (spec.height, spec.width)
    kind = str(rng.choice(("cloth", "drape"))) if form.covered else str(rng.choice(KINDS))
    behind = background(rng, shape, kind, spec.pixels_per_mm)
    if not form.covered:
        defocus = float(rng.uniform(1.5, 5))
        behind = softened(behind, defocus)
        shadow = softened(form.skin, 0.02 * min(shape))
        behind *= (1 - 0.45 * shifted(shadow, 12, 8))[..., None]
    return np.asarray(behind + form.skin[..., None] * (scene - behind), np.float32)
