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
from studio.generate.builder.recipe import NotMemorised
from studio.generate.data.form import Transform
from studio.generate.data.read import read_pictures
from studio.generate.metrics.features import FeatureSpace, feature_space
from studio.generate.metrics.memorisation import Neighbours
from studio.generate.metrics.neighbours import nearest, radii

LARGEST = 256  # px at which training pictures are read: more than the space looks at
_DIGITS = 6  # of the limit: the sums of another run may differ in their last bits

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class TrainingNeighbourhood:
    """Distances in a feature space to the pictures of a training folder."""

    space: FeatureSpace
    features: NDArray[np.float64]  # [N, F]
    files: tuple[str, ...]
    limit: float
    facts: dict[str, Any]

    @classmethod
    def read(
        cls,
        wish: NotMemorised,
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
            alone, held = _among_themselves(features), None
        else:
            others, _, held = look(wish.held_out)
            alone = nearest(others, features)[0]
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
        distances, where = nearest(self.space(pictures).astype(np.float64), self.features)
        return distances, [self.files[i] for i in where]


@dataclass(frozen=True, eq=False)
class _Look:
    """Reads a folder of real pictures and looks at them in the space."""

    space: FeatureSpace
    size: int
    cache: Path
    on_progress: OnProgress
    stop: Callable[[], bool]

    def __call__(self, folder: str) -> tuple[NDArray[np.float64], tuple[str, ...], dict[str, Any]]:
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
        pictures = found.pixels.transpose(0, 2, 3, 1)
        features = self.space(pictures, self._teller(f"looking at {name}"))
        facts = {"name": found.source, "n": len(found), "sha256": found.sha256}
        return features.astype(np.float64), found.files, facts

    def _teller(self, what: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            self.on_progress(done, total, what)
            if self.stop():
                raise SetStoppedError("Stopped while the training pictures were looked at.")

        return tell


def _among_themselves(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance `[N]` of each training picture to the nearest other one."""
    return radii(features, 1) if len(features) > 1 else np.empty(0)


def _power_of_two(size: int) -> int:
    """The largest one that is not above `size`."""
    return 1 << (size.bit_length() - 1)


def _limit(alone: NDArray[np.float64], wish: NotMemorised, training: NDArray[np.float64]) -> float:
    where = np.zeros(0, np.int64)
    found = Neighbours(np.empty(0), alone, where, len(training)).nearer(wish.quantile).distance
    if found is None:
        needed = int(np.ceil(1 / wish.quantile)) - 1
        raise StudioError(
            f"The nearest {wish.quantile:.2g} of held-out pictures cannot be told from "
            f"{len(alone):,}: give {needed:,} or more, or a larger quantile in the recipe."
        )
    if found == 0:
        raise StudioError(
            f"At least {wish.quantile:.2g} of the held-out pictures are among the training "
            "pictures themselves, or twice there: give pictures that were not trained on."
        )
    return float(f"{found:.{_DIGITS}g}")
