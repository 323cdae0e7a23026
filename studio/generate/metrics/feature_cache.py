"""Features of training pictures, computed once and kept beside the run."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.files import replacing
from studio.generate.data.training_images import TrainingImages
from studio.generate.metrics.features import FeatureSpace
from studio.generate.network import Pictures
from studio.opening import is_regular

OnProgress = Callable[[int, int], None]
_CHUNK = 256


def rgb(pixels: NDArray[np.uint8]) -> Pictures:
    """`[N, C, R, R]` to `[N, R, R, 3]`; gray is repeated."""
    pictures = pixels.transpose(0, 2, 3, 1)
    return np.repeat(pictures, 3, axis=-1) if pictures.shape[-1] == 1 else pictures


def features_of(
    pictures: TrainingImages,
    space: FeatureSpace,
    folder: Path | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> NDArray[np.float32]:
    """Features `[N, F]`, from `folder` when the same pictures were there in the same space."""
    path = folder / _file_name(pictures, space) if folder is not None else None
    found = _read(path, (len(pictures), space.dims)) if path is not None else None
    if found is not None:
        return found
    found = np.empty((len(pictures), space.dims), np.float32)
    for start in range(0, len(pictures), _CHUNK):
        rows = slice(start, min(start + _CHUNK, len(pictures)))
        found[rows] = space(rgb(pictures.pixels[rows]))
        on_progress(rows.stop, len(pictures))
    if path is not None:
        _write(path, found)
    return found


def _file_name(pictures: TrainingImages, space: FeatureSpace) -> str:
    # The digest of the weights ends the name of a space, and is lost where a long one is cut.
    digest = hashlib.sha256(space.name.encode()).hexdigest()[:16]
    name = re.sub(r"[^A-Za-z0-9@_-]+", "-", space.name).strip("-")[:40]
    return f"features-{pictures.sha256[:16]}-{name}-{digest}.npy"


def _read(path: Path, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """What is kept, or None when there is nothing, or something else or half of it."""
    if not is_regular(path):
        return None
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = found.shape == shape and found.dtype == np.float32 and bool(np.isfinite(found).all())
    return found if whole else None


def _write(path: Path, features: NDArray[np.float32]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, durable=False) as stream:
        np.save(stream, features)
