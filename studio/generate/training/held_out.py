"""Which pictures are learnt from, and which are kept back to tell copying from learning."""

import numpy as np
from numpy.typing import NDArray

from studio.generate.data.training_images import TrainingImages
from studio.generate.metrics.references import select_images

MOST_HELD_OUT = 2000
MOST_BYTES = 2 << 30  # of training pictures that metrics keep in memory

Rows = NDArray[np.int64]


def held_out_rows(pictures: TrainingImages, part: float, seed: int) -> tuple[Rows, Rows]:
    """Rows to learn from and rows held out, both in order; each class gives its part.

    Pictures of one group are on one side: a class then gives its part as nearly as its groups
    allow, and never more than half of itself where that is more than its part.
    """
    classes = pictures.classes
    kinds = np.zeros(len(pictures), np.int64) if classes is None else classes
    random = np.random.default_rng((seed, 1))
    if pictures.groups is None:
        away = _alone(kinds, part, random)
    else:
        away = _by_groups(kinds, pictures.groups, part, random)
    return np.setdiff1d(np.arange(len(pictures)), away), away


def _share(count: int, part: float) -> int:
    return min(int(count * part), MOST_HELD_OUT)


def _alone(kinds: Rows, part: float, random: np.random.Generator) -> Rows:
    held: list[int] = []
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        held.extend(random.permutation(rows)[: _share(len(rows), part)].tolist())
    return np.array(sorted(held), np.int64)


def _by_groups(kinds: Rows, groups: Rows, part: float, random: np.random.Generator) -> Rows:
    """Rows of groups drawn by chance for each class: those that fit into its share, then the
    smallest that fills it, so that one large stack does not take a class away."""
    kinds, groups = (np.unique(one, return_inverse=True)[1] for one in (kinds, groups))
    counts = np.zeros((groups.max() + 1, kinds.max() + 1), np.int64)  # of each group in each class
    np.add.at(counts, (groups, kinds), 1)
    totals = counts.sum(axis=0)
    shares = np.array([_share(int(total), part) for total in totals])
    held, taken = np.zeros(len(counts), np.bool_), np.zeros_like(totals)
    for kind, share in enumerate(shares):
        order = random.permutation(np.flatnonzero(counts[:, kind]))
        smallest = order[np.argsort(counts[order, kind], kind="stable")]
        for candidates, most in ((order, shares), (smallest, totals // 2)):
            for group in candidates:
                if taken[kind] >= share:
                    break
                if not held[group] and (taken + counts[group] <= np.maximum(most, shares)).all():
                    held[group] = True
                    taken += counts[group]
    return np.flatnonzero(held[groups])


def to_measure(pictures: TrainingImages, rows: Rows, seed: int) -> TrainingImages:
    """The pictures that metrics compare with: those learnt from, or as many of them as memory
    bears, drawn by chance."""
    bearable = max(MOST_BYTES // pictures.pixels[0].nbytes, 4)
    if len(rows) > bearable:
        rows = np.sort(np.random.default_rng((seed, 2)).permutation(rows)[:bearable])
    return select_images(pictures, rows)
