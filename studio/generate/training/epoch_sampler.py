"""In which order pictures are shown: a pure function of the seed and of how many were shown."""

import numpy as np
from numpy.typing import NDArray


class EpochSampler:
    """Epoch after epoch in a new random order; with `mirror` each picture also comes flipped.

    Nothing is remembered but a cache, so a run that goes on needs only its count of pictures.
    """

    def __init__(self, pictures: int, mirror: bool, seed: int) -> None:
        self.pictures, self.seed = pictures, seed
        self.length = pictures * (2 if mirror else 1)
        self._epochs: dict[int, NDArray[np.int64]] = {}

    def batch(self, shown: int, n: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Indices `[n]` and flips `[n]` of what follows after `shown` pictures."""
        places = range(shown, shown + n)
        entries = np.array([self._epoch(p // self.length)[p % self.length] for p in places])
        return entries % self.pictures, entries >= self.pictures

    def _epoch(self, number: int) -> NDArray[np.int64]:
        if number not in self._epochs:
            kept = {k: e for k, e in self._epochs.items() if k == number - 1}
            random = np.random.default_rng((self.seed, number))
            self._epochs = {**kept, number: random.permutation(self.length)}
        return self._epochs[number]
