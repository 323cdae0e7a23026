"""The Fréchet distance between two sets of features, taken as Gaussian."""

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.generate.metrics.neighbours import Features

USUAL = 2048  # images below which covariances of the Inception space are singular
_BLOCK_ROWS = 4096


def frechet_distance(real: Features, fake: Features) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of features `[N, F]` and `[M, F]` (Heusel et al. 2017).

    The trace of the root is the sum of the singular values of R₁R₂ᵀ for any Rᵢ with RᵢᵀRᵢ = Σᵢ,
    which needs no root of a matrix and holds when covariances are singular, as they are with fewer
    pictures than dimensions. Then, and below 2,048 pictures anyhow, the value is biased upwards by
    an amount that depends on the numbers: compare only equal numbers.

    Raises:
        StudioError: fewer than two pictures on a side, or features of different spaces.
    """
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise StudioError("A Fréchet distance compares features of one space.")
    if min(len(real), len(fake)) < 2:
        raise StudioError("A Fréchet distance needs two pictures on each side.")
    mean_a, root_a = _moments(real)
    mean_b, root_b = _moments(fake)
    apart = float(np.square(mean_a - mean_b).sum())
    spread = float(np.square(root_a).sum() + np.square(root_b).sum())
    shared = float(np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum())
    return max(0.0, apart + spread - 2 * shared)


def _moments(features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean `[F]` and a root R `[min(N, F), F]` of the covariance RᵀR (with N − 1)."""
    n, dims = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    if n <= dims:
        return mean, (np.asarray(features, np.float64) - mean) / np.sqrt(n - 1)
    covariance = np.zeros((dims, dims))
    for start in range(0, n, _BLOCK_ROWS):
        rows = np.asarray(features[start : start + _BLOCK_ROWS], np.float64) - mean
        covariance += rows.T @ rows
    values, vectors = np.linalg.eigh(covariance / (n - 1))
    return mean, np.sqrt(np.clip(values, 0, None))[:, None] * vectors.T
