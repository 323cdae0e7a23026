"""What the figures of a network are read against: real pictures, and real pictures out of focus."""

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.data.training_images import TrainingImages
from studio.generate.metrics.kid import FEWEST

Rows = NDArray[np.int64]
BLUR = 1 / 64  # of the side, as the standard deviation: 1 px at 64 px, plainly soft to the eye


def blurred(pictures: TrainingImages, blur: float = BLUR) -> TrainingImages:
    """The same pictures under a Gaussian blur of `blur` times their side, 1 px at the least."""
    from scipy.ndimage import gaussian_filter

    sigma = max(1.0, blur * pictures.pixels.shape[-1])
    pixels = np.empty_like(pictures.pixels)
    for i, one in enumerate(pictures.pixels):
        soft = gaussian_filter(one.astype(np.float32), (0, sigma, sigma), mode="nearest")
        pixels[i] = np.clip(np.rint(soft), 0, 255)
    return replace(
        pictures,
        pixels=pixels,
        sha256=_derived(pictures, f"blurred {sigma}"),
        source=f"{pictures.source}, blurred",
    )


def select_images(pictures: TrainingImages, rows: Rows) -> TrainingImages:
    """Some of the pictures, by number."""
    return replace(
        pictures,
        pixels=pictures.pixels[rows],
        classes=None if pictures.classes is None else pictures.classes[rows],
        groups=None if pictures.groups is None else pictures.groups[rows],
        files=tuple(pictures.files[i] for i in rows),
        sha256=_derived(pictures, "rows " + ",".join(map(str, rows))),
    )


def halves(pictures: TrainingImages, seed: int = 0) -> tuple[Rows, Rows]:
    """Rows of two halves by chance, the same for the same seed; for real against real.

    StudioError when a half would have fewer than four pictures.
    """
    if len(pictures) < 2 * FEWEST:
        raise StudioError(
            f"{pictures.source} has {len(pictures)} pictures, too few to compare one half of "
            "them with the other."
        )
    order = np.random.RandomState(seed).permutation(len(pictures))
    middle = len(order) // 2
    return np.sort(order[:middle]), np.sort(order[middle:])


def _derived(pictures: TrainingImages, how: str) -> str:
    return hashlib.sha256(f"{pictures.sha256} {how}".encode()).hexdigest()
