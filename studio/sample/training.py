"""Crops to train on: single lesions in class folders, rendered directly."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.errors import StudioError
from studio.files import building
from studio.pool import OrderedPool
from studio.sample.lesion import DIAMETER_MM, MAKERS, MELANOMA, NEVUS, paint
from studio.sample.light import a_camera, lit, photographed
from studio.sample.photograph import PhotographSpec, bare_skin, with_hair
from studio.sample.write import DESCRIPTION, TAG_DESCRIPTION, WORKERS

RENDERED_SIDE = 160
"""Least side in pixels at which a crop is rendered before it is reduced: below it, skin lines and
hairs would be thinner than a pixel and turn to noise."""

QUALITY = 92


def render_crop(seed: int | tuple[int, ...], label: str, size: int) -> NDArray[np.uint8]:
    """A crop of one lesion of the class `label`, uint8 [size, size, 3], as a reader would cut it:
    the lesion spans about half the side and sits near the middle."""
    rng = np.random.default_rng(seed)
    side = max(size, RENDERED_SIDE)
    millimetres = float(rng.uniform(*DIAMETER_MM[label]))
    spec = PhotographSpec(
        width=side,
        height=side,
        fitzpatrick=int(rng.integers(1, 7)),
        field_mm=2 * millimetres * float(rng.uniform(0.75, 1.3)),
        labels=(label,),
        blur=float(rng.uniform(0.45, 0.8)) * side / RENDERED_SIDE,
    )
    skin = bare_skin(rng, spec)
    x, y = side * rng.normal(0.5, 0.035, 2)
    paint(rng, skin, MAKERS[label](rng, float(x), float(y), millimetres * spec.pixels_per_mm))
    camera = a_camera(rng, spec.fitzpatrick, spec.blur)
    shade = np.ones(skin.shape, np.float32)
    scene = lit(rng, with_hair(rng, skin, spec), skin.height, shade, camera)
    rgb = photographed(rng, scene, camera)
    if side == size:
        return rgb
    return np.asarray(cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def write_training_set(
    folder: Path,
    per_class: int = 200,
    seed: int = 0,
    size: int = 128,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Writes `per_class` JPEG crops of `size` pixels a class into `folder`/<label>/.

    The same bytes for the same arguments; returns the files in order. Use another seed for
    another split. Raises StudioError when the folder holds anything.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StudioError(f"{folder} is not empty: give the crops a new or an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)  # what is empty is replaced
    with building(folder.resolve()) as part:
        written = _write_crops(part, per_class, seed, size, on_progress)
    return [folder / path.relative_to(part) for path in written]


def _write_crops(
    folder: Path,
    per_class: int,
    seed: int,
    size: int,
    on_progress: Callable[[int, int], None] | None,
) -> list[Path]:
    crops = [
        (folder / label / f"{label}-{seed:03d}-{index:05d}.jpg", (seed, position, index), label)
        for position, label in enumerate((NEVUS, MELANOMA))
        for index in range(per_class)
    ]
    for label in (NEVUS, MELANOMA):
        (folder / label).mkdir(parents=True, exist_ok=True)

    def write(crop: tuple[Path, tuple[int, ...], str]) -> Path:
        path, crop_seed, label = crop
        exif = Image.Exif()
        exif[TAG_DESCRIPTION] = DESCRIPTION
        picture = Image.fromarray(render_crop(crop_seed, label, size))
        picture.save(path, "JPEG", quality=QUALITY, exif=exif)
        return path

    written: list[Path] = []
    with OrderedPool(WORKERS) as pool:
        for _, path in pool.map(write, crops):
            written.append(path)
            if on_progress:
                on_progress(len(written), len(crops))
    return written
