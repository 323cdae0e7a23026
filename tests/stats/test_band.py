"""The band: around the curve, as wide as theory says, and holding what it says it holds."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from studio.errors import StudioError
from studio.stats import roc_band, roc_curve, wilson
from studio.stats.binormal import fit_binormal

INNER = slice(1, -1)


def binormal(
    rng: np.random.Generator, m: int, n: int, auc: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    flags = np.arange(m + n) < m
    return rng.normal(size=m + n) + norm.ppf(auc) * math.sqrt(2) * flags, flags


def test_the_band_holds_the_curve_and_rises() -> None:
    for m, n, seed in ((8, 17, 0), (17, 8, 1), (60, 200, 2), (2, 2, 3)):
        scores, flags = binormal(np.random.default_rng(seed), m, n)
        roc = roc_curve(scores, flags)
        for simultaneous in (False, True):
            band = roc_band(scores, flags, simultaneous=simultaneous)
            # At each rate the curve as it is drawn, from the foot of a step to its top.
            right = np.searchsorted(roc.fpr, band.fpr + 1e-12, side="right") - 1
            left = np.searchsorted(roc.fpr, band.fpr - 1e-12, side="left")
            assert np.all(roc.tpr[right][INNER] <= band.high[INNER] + 1e-9)
            assert np.all(band.low[INNER] <= np.interp(band.fpr, roc.fpr, roc.tpr)[INNER] + 1e-9)
            assert np.all(band.low[INNER] <= roc.tpr[left][INNER] + 1e-9)
            for edge in (band.low, band.mean, band.high):
                assert np.all(np.diff(edge) >= -1e-12)
                assert edge.min() >= 0
                assert edge.max() <= 1
            assert band.low[0] == 0
            assert band.low[-1] == band.high[-1] == 1


def test_it_never_has_width_zero() -> None:
    """Where the curve is at 1 the lower bound is about Wilson's of all positives."""
    flags = np.arange(250) < 50
    band = roc_band(flags + np.linspace(0, 0.5, 250), flags)
    assert band.estimable
    assert np.all(band.high[INNER] == 1)
    assert 0.9 < band.low[50] < 0.97
    assert band.low[50] == pytest.approx(wilson(50, 50).low, abs=0.04)


@pytest.mark.parametrize(("m", "n", "auc"), [(8, 17, 0.85), (20, 50, 0.7), (50, 200, 0.97)])
def test_it_covers_at_each_point(m: int, n: int, auc: float) -> None:
    """tests/bench/bench_roc_band.py has the whole table, with models that are not binormal."""
    rng = np.random.default_rng(11)
    grid = np.linspace(0, 1, 101)[INNER]
    truth = norm.cdf(norm.ppf(auc) * math.sqrt(2) + norm.ppf(grid))
    inside, whole = np.zeros(99), 0
    for _ in range(200):
        scores, flags = binormal(rng, m, n, auc)
        band = roc_band(scores, flags)
        inside += (band.low[INNER] <= truth) & (truth <= band.high[INNER])
        band = roc_band(scores, flags, simultaneous=True)
        whole += bool(np.all((band.low[INNER] <= truth) & (truth <= band.high[INNER])))
    assert 0.93 < inside.mean() / 200 < 0.985
    assert inside.min() / 200 > 0.88
    assert whole / 200 > 0.9


def test_the_width_is_that_of_a_proportion() -> None:
    """With negatives known exactly, the band at a threshold is a binomial one."""
    flags = np.concatenate([np.ones(100, bool), np.zeros(20_000, bool)])
    generator = np.random.default_rng(3)
    scores = np.concatenate([generator.normal(1, 1, 100), generator.normal(0, 1, 20_000)])
    band = roc_band(scores, flags)
    p = band.mean[30]
    width = 2 * 1.96 * math.sqrt(p * (1 - p) / 100)
    assert band.high[30] - band.low[30] == pytest.approx(width, rel=0.25)


def test_groups_and_levels_widen_it() -> None:
    rng = np.random.default_rng(2)
    flags = np.repeat(np.arange(40) < 15, 5)
    scores = np.repeat(rng.normal(size=40), 5) + 0.2 * rng.normal(size=200) + 1.3 * flags

    def width(**how: object) -> float:
        band = roc_band(scores, flags, **how)  # type: ignore[arg-type]
        return float((band.high - band.low).mean())

    groups = np.repeat(range(40), 5).tolist()
    assert width(groups=groups) > 1.6 * width()
    assert width(level=0.99) > width() > width(level=0.5)
    assert width(simultaneous=True) > 1.3 * width()
    assert roc_band(scores, flags, groups).groups == 40


def test_the_fit_finds_the_curve_that_was_drawn_from() -> None:
    rng = np.random.default_rng(6)
    ups, downs = rng.normal(1.5, 1 / 0.7, 4000), np.sort(rng.normal(0, 1, 4000))[::-1]
    above = (ups[None, :] > downs[:, None]).sum(axis=1).astype(float)
    fit = fit_binormal(above, 4000)
    assert (fit.a, fit.b) == pytest.approx((1.5 * 0.7, 0.7), abs=0.06)
    numeric = (fit.at(np.array([0.301])) - fit.at(np.array([0.299]))) / 0.002
    assert fit.slope(np.array([0.3])) == pytest.approx(numeric, rel=1e-4)


@pytest.mark.parametrize("flags", [[1, 1, 1], [0, 0, 1], []])
def test_too_few_of_a_class(flags: list[int]) -> None:
    band = roc_band(range(len(flags)), flags)
    assert not band.estimable
    assert np.isnan(band.low).all()


def test_constant_scores_have_a_band() -> None:
    band = roc_band([0.5] * 40, [0, 1] * 20)
    assert band.low[50] < 0.5 < band.high[50]


def test_a_level_must_be_one() -> None:
    with pytest.raises(StudioError, match="between 0 and 1"):
        roc_band([1, 2], [0, 1], level=95)
