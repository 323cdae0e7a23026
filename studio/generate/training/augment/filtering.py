"""Filtering pictures: each of four frequency bands made louder or softer."""

from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np
import torch
import torch.nn.functional as fn
from numpy.typing import NDArray
from torch import Tensor

from studio.generate.training.augment.strengths import Strengths
from studio.generate.training.augment.transform import AugmentTransform
from studio.generate.training.augment.transform_sampler import TransformSampler

SYM2 = np.array([1 - sqrt(3), 3 - sqrt(3), 3 + sqrt(3), 1 + sqrt(3)]) / (4 * sqrt(2))
"""Low-pass taps of the sym2 wavelet, unit norm; the closed form of Daubechies' four taps."""

BANDS = 4
# Power of natural pictures falls as 1 / f²: the lowest band holds ten times the others'.
EXPECTED_POWER = (10 / 13, 1 / 13, 1 / 13, 1 / 13)


@dataclass(frozen=True)
class Equaliser(AugmentTransform):
    """How loud each band of a batch is."""

    taps: Tensor  # [N, K], for rows and columns; symmetric

    def __call__(self, images: Tensor) -> Tensor:
        taps = self.taps.to(images)
        n, reach = len(taps), taps.shape[1] // 2
        # Pictures as channels: each has its own filter.
        wide = _mirrored(images, reach).transpose(0, 1)
        rows = fn.conv2d(wide, taps[:, None, None, :], groups=n)
        return fn.conv2d(rows, taps[:, None, :, None], groups=n).transpose(0, 1)


def _mirrored(images: Tensor, margin: int) -> Tensor:
    """`images` with mirrored margins, mirrored again where they are wider than the picture."""
    while margin > 0:
        step = min(margin, images.shape[2] - 1, images.shape[3] - 1)
        images = fn.pad(images, (step,) * 4, mode="reflect")
        margin -= step
    return images


def draw_equaliser(rng: TransformSampler, strengths: Strengths) -> Equaliser | None:
    """Throw each band's gain; None when no picture changes."""
    if not strengths.imgfilter:
        return None
    power = torch.tensor(EXPECTED_POWER, device=rng.device)
    gains = torch.ones(rng.n, BANDS, device=rng.device)
    for band, often in enumerate(strengths.imgfilter_bands):
        gain = (rng.normal() * strengths.imgfilter_std).exp2()
        gain = rng.happens(gain, 1, strengths.imgfilter * often)
        one = torch.ones_like(gains)
        one[:, band] = gain
        # What one band gains the others lose, so that pictures keep their expected power.
        gains = gains * one / (one.square() @ power).sqrt()[:, None]
    if bool((gains == 1).all()):
        return None
    return Equaliser(gains @ torch.as_tensor(bank(), dtype=gains.dtype, device=gains.device))


@cache
def bank() -> NDArray[np.float64]:
    """`[BANDS, 43]`: filters from the lowest to the highest octave that sum to the identity.

    Each is what analysis and synthesis of a wavelet decomposition do to its band: the low-pass,
    squared and without phase, of every octave above it, then its own octave's high-pass.
    """
    low = np.convolve(SYM2, SYM2[::-1]) / 2
    high = low * (-1) ** np.arange(1, len(low) + 1)
    deepest = BANDS - 1
    length = sum((len(low) - 1) * 2**octave for octave in range(deepest)) + 1
    filters = np.zeros((BANDS, length))
    for band in range(BANDS):
        above = deepest - band
        taps = np.ones(1)
        for octave in range(above):
            taps = np.convolve(taps, _spread(low, octave))
        if band:
            taps = np.convolve(taps, _spread(high, above))
        start = (length - len(taps)) // 2
        filters[band, start : start + len(taps)] = taps
    return filters


def _spread(taps: NDArray[np.float64], octave: int) -> NDArray[np.float64]:
    """The filter for a picture sampled every 2 ** `octave` pixels: zeros between its taps."""
    step = 2**octave
    wide = np.zeros((len(taps) - 1) * step + 1)
    wide[::step] = taps
    return wide
