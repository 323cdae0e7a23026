"""Which photographs the sample project has: a plan that covers types, scenes and troubles."""

from dataclasses import dataclass

import numpy as np

from studio.sample.body_shape import SCENES
from studio.sample.lesion import MELANOMA, NEVUS
from studio.sample.photograph import PhotographSpec

SIZES = ((1200, 900), (1280, 960), (1600, 1200), (1200, 1600), (1440, 1080), (960, 1280))
LARGE = (2400, 1800)
LARGE_EVERY = 20
DUPLICATE_EVERY = 13
FIRST_DUPLICATE = 8
"""Photographs 9, 22, 35, … are others, resized and compressed anew: near-duplicates. Thirteen and
six types share no factor, so that no type loses more places to them than another."""

BLURRED = 4
ROTATED = 7
"""Indices of the blurred photograph and of the one turned by its EXIF only. With the first
duplicate they lie among the first ten, so that a small sample has one of each."""

BLUR = 6.0
"""Sigma in pixels of a photograph out of focus."""


@dataclass(frozen=True)
class PlannedPhotograph:
    """One file of the sample: `seed` and `spec` to render, and what is done to the picture."""

    file: str
    seed: tuple[int, int]
    spec: PhotographSpec
    orientation: int
    blurred: bool
    near_duplicate_of: str | None
    quality: int


def plan(n: int, seed: int) -> list[PlannedPhotograph]:
    """`n` photographs: types 1 to 6 in turn, half of them with melanomas."""
    planned: list[PlannedPhotograph] = []
    for index in range(n):
        if index % DUPLICATE_EVERY == FIRST_DUPLICATE:
            planned.append(_again(planned[index - 5], _file(index)))
        else:
            planned.append(_fresh(index, seed))
    return planned


def _file(index: int) -> str:
    return f"photo-{index + 1:03d}.jpg"


def _fresh(index: int, seed: int) -> PlannedPhotograph:
    rng = np.random.default_rng((seed, index, 1))
    large = index % LARGE_EVERY == LARGE_EVERY - 5
    width, height = LARGE if large else SIZES[int(rng.integers(len(SIZES)))]
    blurred = index == BLURRED
    return PlannedPhotograph(
        file=_file(index),
        seed=(seed, index),
        spec=PhotographSpec(
            width=width,
            height=height,
            fitzpatrick=index % 6 + 1,
            scene=SCENES[int(rng.integers(len(SCENES)))],
            field_mm=float(rng.uniform(95, 210)),
            labels=_labels(rng, with_melanoma=index // 6 % 2 == index % 2),
            blur=BLUR if blurred else float(rng.uniform(0.45, 0.9)),
        ),
        orientation=6 if index == ROTATED else 1,
        blurred=blurred,
        near_duplicate_of=None,
        quality=int(rng.integers(86, 95)),
    )


def _again(original: PlannedPhotograph, file: str) -> PlannedPhotograph:
    return PlannedPhotograph(
        file=file,
        seed=original.seed,
        spec=original.spec,
        orientation=1,
        blurred=original.blurred,
        near_duplicate_of=original.file,
        quality=68,
    )


def _labels(rng: np.random.Generator, with_melanoma: bool) -> tuple[str, ...]:
    count = int(rng.choice([1, 2, 3, 4], p=[0.3, 0.35, 0.2, 0.15]))
    if not with_melanoma:
        return (NEVUS,) * count
    second = MELANOMA if rng.random() < 0.4 else NEVUS
    return (MELANOMA, second, NEVUS, NEVUS)[:count]
