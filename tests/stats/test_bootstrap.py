"""The band: reproducible, around the curve, and as wide as theory says."""

import math

import numpy as np
import pytest

from studio.errors import StudioError
from studio.stats import bootstrap_band, roc_curve
from studio.stats.bootstrap import _tpr_at


def binormal(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    flags = np.arange(n) % 3 == 0
    return np.random.default_rng(seed).normal(size=n) + 1.2 * flags, flags


def test_the_same_seed_gives_the_same_band() -> None:
    scores, flags = binormal(200)
    one, same, other = (bootstrap_band(scores, flags, 100, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.low, same.low)
    assert not np.array_equal(one.low, other.low)


def test_the_band_holds_the_curve() -> None:
    scores, flags = binormal(300)
    band = bootstrap_band(scores, flags, 400)
    roc = roc_curve(scores, flags)
    curve = _tpr_at(band.fpr, roc.fpr, roc.tpr)
    inner = slice(1, -1)
    assert np.all(band.low[inner] <= curve[inner] + 1e-9)
    assert np.all(curve[inner] <= band.high[inner] + 1e-9)
    assert np.all(np.diff(band.low) >= 0)
    assert np.all(np.diff(band.high) >= 0)
    assert band.low[-1] == band.high[-1] == 1
    assert np.abs(band.mean[inner] - curve[inner]).mean() < 0.03


def test_the_mean_area_is_the_auc() -> None:
    scores, flags = binormal(400)
    band = bootstrap_band(scores, flags, 400, points=2001)
    assert np.trapezoid(band.mean, band.fpr) == pytest.approx(
        roc_curve(scores, flags).auc, abs=0.01
    )


def test_the_width_is_that_of_a_proportion() -> None:
    """With negatives known exactly, the band at a threshold is a binomial one."""
    flags = np.concatenate([np.ones(100, bool), np.zeros(20_000, bool)])
    generator = np.random.default_rng(3)
    scores = np.concatenate([generator.normal(1, 1, 100), generator.normal(0, 1, 20_000)])
    band = bootstrap_band(scores, flags, 400)
    middle = 30
    p = band.mean[middle]
    width = 2 * 1.96 * math.sqrt(p * (1 - p) / 100)
    assert band.high[middle] - band.low[middle] == pytest.approx(width, rel=0.25)


def test_a_step_gives_its_top_and_a_tie_its_line() -> None:
    fpr, tpr = np.array([0, 0, 0.5, 0.5, 1]), np.array([0, 0.4, 0.4, 0.8, 1])
    found = _tpr_at(np.array([0, 0.25, 0.5, 0.75, 1]), fpr, tpr)
    np.testing.assert_allclose(found, [0.4, 0.4, 0.8, 0.9, 1])


@pytest.mark.parametrize("flags", [[1, 1, 1], [0, 0, 1], []])
def test_too_few_of_a_class(flags: list[int]) -> None:
    band = bootstrap_band(range(len(flags)), flags)
    assert not band.estimable
    assert np.isnan(band.low).all()


def test_what_is_no_bootstrap() -> None:
    with pytest.raises(StudioError, match="two resamples"):
        bootstrap_band([1, 2], [0, 1], n=1)
