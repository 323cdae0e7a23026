"""The figures of every snapshot of a training, from the same latents each time.

metrics = SnapshotMetrics(pictures, held_out)
metrics(generator, "cuda")["kid"]
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.data.training_images import TrainingImages
from studio.generate.metrics import notes
from studio.generate.metrics.comparison import compare
from studio.generate.metrics.feature_cache import OnProgress, features_of, rgb
from studio.generate.metrics.features import FeatureSpace, feature_space
from studio.generate.metrics.kid import FEWEST, kid
from studio.generate.metrics.memorisation import CopyCheck
from studio.generate.metrics.references import select_images
from studio.generate.metrics.samples import Samples
from studio.generate.metrics.thumbnails import mirrored_nearest, thumbnails
from studio.generate.networks.generator import Generator
from studio.imaging.copies import which_are_copies


@dataclass(frozen=True, eq=False)
class SnapshotMeasurement:
    """Samples with their features `[M, F]` and thumbnails `[M, T]`, and what to say of them."""

    samples: Samples
    features: NDArray[np.float32]
    thumbnails: NDArray[np.uint8]
    notes: list[str]


class SnapshotMetrics:
    """Measures a generator against `pictures`, and for copies against `held_out`.

    `fakes` pictures are generated each time, from the seeds `seed`, `seed` + 1, …: a sample that
    is listed can be made again with `gan generate`. Classes are in proportion to `pictures`;
    `class_names` are those of the network where they are not those of the pictures. `cache` is a
    folder that keeps the features of real pictures. `learnt_from` is how many pictures the network
    learns from, where `pictures` are a part of them. No random number of torch is drawn.

    Raises:
        StudioError: fewer than four pictures or fakes, or weights that cannot be had.
    """

    def __init__(
        self,
        pictures: TrainingImages,
        held_out: TrainingImages | None = None,
        space: str | FeatureSpace = "lite0",
        fakes: int = 500,
        seed: int = 0,
        *,
        cache: Path | None = None,
        class_names: Sequence[str] | None = None,
        learnt_from: int = 0,
        on_progress: OnProgress = lambda done, total: None,
    ) -> None:
        if min(len(pictures), fakes) < FEWEST:
            raise StudioError(
                f"Metrics need {FEWEST} real pictures and {FEWEST} generated ones; there are "
                f"{len(pictures)} and {fakes}."
            )
        self.pictures, self.fakes, self.seed, self.cache = pictures, fakes, seed, cache
        self.held_out, self.copies = _unseen(held_out, pictures)
        self.resolution = int(pictures.pixels.shape[-1])
        self.class_names = tuple(pictures.names if class_names is None else class_names)
        self.learnt_from = learnt_from
        self.on_progress = on_progress
        self.space = feature_space(space, self.resolution) if isinstance(space, str) else space
        self._real: NDArray[np.float32] | None = None
        self._unseen: NDArray[np.float32] | None = None
        self._about_held_out: list[str] | None = None
        self._checks: tuple[CopyCheck, CopyCheck] | None = None  # in features, in pixels

    def __call__(self, generator: Generator, device: torch.device | str = "cpu") -> dict[str, Any]:
        """The figures as JSON goes; `generator` is on `device`, and afterwards as it was.

        Keys: space, n_real, n_fake, kid, kid_low, kid_high, fd, precision, recall, rests_on (the
        pictures behind each figure, of n_real and n_fake that were looked at), memorisation
        (None without held-out pictures) and notes, the sentences to show with them. `memorisation`
        is in features; its `pixels` says the same of 32 px thumbnails.
        """
        return self.figures(self.looked_at(generator, device))

    def figures(self, looked: SnapshotMeasurement) -> dict[str, Any]:
        """The figures of samples that were looked at already."""
        real = self.real_features()
        fake, said = looked.features, looked.notes
        return {
            "space": self.space.name,
            **compare(real, fake),
            "memorisation": self._memorisation(looked),
            "notes": [
                *self.space.notes,
                *said,
                *notes.of_comparison(len(real), len(fake), self.space.dims),
                *notes.of_part(len(real), self.learnt_from),
                *self._held_out_notes(),
            ],
        }

    def real_features(self) -> NDArray[np.float32]:
        """Features `[N, F]` of the pictures, computed the first time."""
        if self._real is None:
            self._real = features_of(self.pictures, self.space, self.cache, self.on_progress)
        return self._real

    def held_out_features(self) -> NDArray[np.float32]:
        """Features `[H, F]` of the held-out pictures; none without them."""
        if self._unseen is None:
            self._unseen = (
                features_of(self.held_out, self.space, self.cache)
                if self.held_out
                else np.empty((0, self.space.dims), np.float32)
            )
        return self._unseen

    def looked_at(
        self, generator: Generator, device: torch.device | str = "cpu"
    ) -> SnapshotMeasurement:
        """Generate the samples and look at them in the space."""
        samples, said = self.plan(generator)
        self.space.to(device)
        features, small, done = [], [], 0
        for batch in samples.render(generator, device):
            features.append(self.space(batch))
            small.append(thumbnails(batch))
            done += len(batch)
            self.on_progress(done, len(samples))
        return SnapshotMeasurement(samples, np.concatenate(features), np.concatenate(small), said)

    def plan(self, generator: Generator) -> tuple[Samples, list[str]]:
        """What is generated, and a sentence when the classes are not those of the pictures.

        StudioError when the network makes pictures of another size.
        """
        config = generator.config
        if config.resolution != self.resolution:
            raise StudioError(
                f"The network makes pictures of {config.resolution} px; those to compare with "
                f"have {self.resolution} px."
            )
        if config.c_dim == 0:
            return Samples.plan(self.fakes, self.seed), []
        counts = self.pictures.counts
        weights = [counts.get(name, 0) for name in self.class_names]
        if len(weights) == config.c_dim and sum(weights) == len(self.pictures):
            return Samples.plan(self.fakes, self.seed, weights), []
        even = Samples.plan(self.fakes, self.seed, [1] * config.c_dim)
        return even, [notes.of_classes()]

    def _memorisation(self, looked: SnapshotMeasurement) -> dict[str, Any] | None:
        if not self.held_out:
            return None
        if self._checks is None:
            real, unseen = (thumbnails(rgb(one.pixels)) for one in (self.pictures, self.held_out))
            self._checks = (
                CopyCheck(self.real_features(), self.held_out_features()),
                CopyCheck(real, unseen, mirrored_nearest),
            )
        in_features, in_pixels = self._checks
        files, seeds = self.pictures.files, looked.samples.seeds
        told = in_features(looked.features).to_dict(files, seeds)
        told["pixels"] = in_pixels(looked.thumbnails).to_dict(files, seeds)
        for pair in told["pairs"] + told["pixels"]["pairs"]:
            pair["class"] = self._class_of(looked.samples, pair["fake"])
        return told

    def _held_out_notes(self) -> list[str]:
        """The same at every snapshot, since they are of real pictures only."""
        if self._about_held_out is None:
            unseen = self.held_out_features()
            said = notes.of_held_out(len(unseen), self.copies)
            if len(unseen) >= FEWEST:
                said += notes.of_foreign(kid(self.real_features(), unseen))
            self._about_held_out = said
        return self._about_held_out

    def _class_of(self, samples: Samples, sample: int) -> str | int | None:
        if samples.classes is None:
            return None
        index = int(samples.classes[sample])
        return self.class_names[index] if index < len(self.class_names) else index


def _unseen(
    held_out: TrainingImages | None, pictures: TrainingImages
) -> tuple[TrainingImages | None, int]:
    """Held-out pictures without copies of training pictures, and how many those are.

    A copy is the same pixel for pixel, or the same picture mirrored, turned, trimmed or saved anew:
    it has been learnt from, and would make copying look like what chance does.
    """
    if held_out is None:
        return None, 0
    if held_out.pixels.shape[1:] != pictures.pixels.shape[1:]:
        raise StudioError(
            "Held-out pictures must have the size and colours of the training pictures."
        )
    seen = {_digest(one) for one in pictures.pixels}
    kept = np.array([_digest(one) not in seen for one in held_out.pixels], bool)
    left = np.flatnonzero(kept)
    copies = which_are_copies(rgb(pictures.pixels), rgb(held_out.pixels[left]))
    kept[left[copies]] = False
    if kept.all():
        return held_out, 0
    return select_images(held_out, np.flatnonzero(kept)), int((~kept).sum())


def _digest(picture: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(picture.tobytes(), digest_size=16).digest()
