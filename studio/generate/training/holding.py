"""Which pictures are learnt from, and which are kept back to tell copying from learning."""

import numpy as np
from numpy.typing import NDArray

from studio.generate.data.pictures import TrainingPictures
from studio.generate.metrics.references import chosen

MOST_HELD_OUT = 2000
MOST_BYTES = 2 << 30  # of training pictures that metrics keep in memory

Rows = NDArray[np.int64]


def held_out_rows(pictures: TrainingPictures, part: float, seed: int) -> tuple[Rows, Rows]:
    """Rows to learn from and rows held out, both in order; each class gives its part."""
    classes = pictures.classes
    groups = np.zeros(len(pictures), np.int64) if classes is None else classes
    random = np.random.default_rng((seed, 1))
    held: list[int] = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        share = min(int(len(rows) * part), MOST_HELD_OUT)
        held.extend(random.permutation(rows)[:share].tolist())
    away = np.array(sorted(held), np.int64)
    return np.setdiff1d(np.arange(len(pictures)), away), away


def to_measure(pictures: TrainingPictures, rows: Rows, seed: int) -> TrainingPictures:
    """The pictures that metrics compare with: those learnt from, or as many of them as memory
    bears, drawn by chance."""
    bearable = max(MOST_BYTES // pictures.pixels[0].nbytes, 4)
    if len(rows) > bearable:
        rows = np.sort(np.random.default_rng((seed, 2)).permutation(rows)[:bearable])
    return chosen(pictures, rows)
