"""The training pictures of a network as the neighbourhood that a set keeps away from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.builder.filters import Pictures, SetStoppedError
from studio.generate.builder.recipe import MemorisationFilter
from studio.generate.data.read import read_pictures
from studio.generate.data.target_format import Transform
from studio.generate.metrics.features import FeatureSpace, feature_space
from studio.generate.metrics.memorisation import Neighbours
from studio.generate.metrics.neighbours import distance_blocks, nearest, radii

LARGEST = 256  # px at which training pictures are read: more than the space looks at
_DIGITS = 6  # of the limit: the sums of another run may differ in their last bits

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class TrainingNeighbourhood:
    """Distances in a feature space to the pictures of a training folder.

    A mirror image counts as the picture itself, since most trainings mirror; held-out pictures are
    looked at both ways, too, so that the limit stays theirs.
    """

    space: FeatureSpace
    features: NDArray[np.float64]  # [N, F]
    files: tuple[str, ...]
    limit: float
    facts: dict[str, Any]

    @classmethod
    def read(
        cls,
        wish: MemorisationFilter,
        size: int,
        cache: Path,
        device: torch.device | str = "cpu",
        on_progress: OnProgress = lambda done, total, message: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> "TrainingNeighbourhood":
        """Look at the training and the held-out pictures; `cache` keeps them decoded meanwhile.

        Raises StudioError when there are too few of them for the quantile.
        """
        space = feature_space(wish.space, size).to(device)
        look = _Look(space, size, cache, on_progress, stop)
        features, files, training = look(wish.data)
        if wish.held_out is None:
            mirrored, held = look(wish.data, mirrored=True)[0], None
            alone = _among_themselves(features, mirrored)
        else:
            others, _, held = look(wish.held_out)
            mirrored = look(wish.held_out, mirrored=True)[0]
            alone = _either(others, mirrored, features)[0]
        limit = _limit(alone, wish, features)
        facts = {
            "space": space.name,
            "notes": list(space.notes),
            "training": training,
            "held_out": held or "each training picture in its turn",
            "quantile": wish.quantile,
            "limit": limit,
        }
        return cls(space, features, files, limit, facts)

    def nearest(self, pictures: Pictures) -> tuple[NDArray[np.float64], list[str]]:
        """Distances `[N]` of `[N, R, R, 3]` to training pictures, and the names of those."""
        plain, mirrored = (self.space(one).astype(np.float64) for one in both_ways(pictures))
        distances, where = _either(plain, mirrored, self.features)
        return distances, [self.files[i] for i in where]


@dataclass(frozen=True, eq=False)
class _Look:
    """Reads a folder of real pictures and looks at them in the space."""

    space: FeatureSpace
    size: int
    cache: Path
    on_progress: OnProgress
    stop: Callable[[], bool]

    def __call__(
        self, folder: str, *, mirrored: bool = False
    ) -> tuple[NDArray[np.float64], tuple[str, ...], dict[str, Any]]:
        """Features `[N, F]`, the names of the pictures, and what the manifest says of them."""
        name = Path(folder).name
        found = read_pictures(
            Path(folder),
            _power_of_two(min(self.size, LARGEST)),
            classes=False,
            transform=Transform.CENTER_CROP,
            cache=self.cache,
            on_progress=self._teller(f"reading {name}"),
        )
        pictures = both_ways(found.pixels.transpose(0, 2, 3, 1))[mirrored]
        features = self.space(pictures, self._teller(f"looking at {name}"))
        facts = {"name": found.source, "n": len(found), "sha256": found.sha256}
        return features.astype(np.float64), found.files, facts

    def _teller(self, what: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            self.on_progress(done, total, what)
            if self.stop():
                raise SetStoppedError("Stopped while the training pictures were looked at.")

        return tell


def both_ways(pictures: Pictures) -> tuple[Pictures, Pictures]:
    """`[N, R, R, 3]` as they are, and mirrored left to right."""
    return pictures, pictures[:, :, ::-1]


def _either(
    plain: NDArray[np.float64], mirrored: NDArray[np.float64], training: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance `[N]` of each picture or its mirror image to training, and to which row."""
    distances, where = nearest(plain, training)
    flipped, of_flipped = nearest(mirrored, training)
    return np.minimum(distances, flipped), np.where(flipped < distances, of_flipped, where)


def _among_themselves(
    features: NDArray[np.float64], mirrored: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The distance `[N]` of each training picture, or its mirror image, to the nearest other."""
    if len(features) < 2:
        return np.empty(0)
    flipped = np.empty(len(features))
    for rows, block in distance_blocks(mirrored, features):
        # How symmetric a picture is says nothing of its neighbours.
        block[np.arange(len(block)), np.arange(rows.start, rows.stop)] = np.inf
        flipped[rows] = block.min(axis=1)
    return np.minimum(radii(features, 1), flipped)


def _power_of_two(size: int) -> int:
    """The largest one that is not above `size`."""
    return 1 << (size.bit_length() - 1)


def _limit(
    alone: NDArray[np.float64], wish: MemorisationFilter, training: NDArray[np.float64]
) -> float:
    where = np.zeros(0, np.int64)
    found = Neighbours(np.empty(0), alone, where, len(training)).nearer(wish.quantile).distance
    if found is None:
        needed = int(np.ceil(1 / wish.quantile)) - 1
        of = "training pictures" if wish.held_out is None else "held-out pictures"
        folder = Path(wish.held_out or wish.data).absolute().name
        raise StudioError(
            f"At least {needed:,} {of} are needed to judge copies; {len(alone):,} "
            f"{'was' if len(alone) == 1 else 'were'} found in {folder}."
        )
    if found == 0:
        raise StudioError(
            f"At least {wish.quantile:.2g} of the held-out pictures are among the training "
            "pictures themselves, or twice there, perhaps mirrored: give pictures that were not "
            "trained on."
        )
    return float(f"{found:.{_DIGITS}g}")
