"""The Fréchet distance against its formula and where covariances are singular."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from studio.errors import StudioError
from studio.generate.metrics.frechet import frechet_distance


@given(st.integers(1, 6), st.integers(0, 2**31))
def test_it_equals_the_formula(dims: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(dims, dims))
    a, b = rng.normal(size=(40, dims)), rng.normal(0.5, 2, (30, dims)) @ mix
    sa, sb = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    apart = float(np.square(a.mean(0) - b.mean(0)).sum())
    formula = apart + np.trace(sa + sb - 2 * sqrtm(sa @ sb).real)
    assert frechet_distance(a, b) == pytest.approx(formula, rel=1e-6, abs=1e-6)


def test_large_gaussians_have_the_distance_of_their_parameters() -> None:
    rng = np.random.default_rng(0)
    deviations = np.array([1.0, 2.0, 0.5])
    a = rng.normal(size=(60_000, 3))
    b = rng.normal(size=(60_000, 3)) * deviations + 0.7
    truth = 3 * 0.7**2 + float(np.square(deviations - 1).sum())
    assert frechet_distance(a, b) == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize("n", [5, 40, 200])
def test_singular_covariances_do_no_harm(n: int) -> None:
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, 60)).astype(np.float32)
    a[:, 30:] = a[:, :30]
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-4)
    assert frechet_distance(a, a + 1) == pytest.approx(60, rel=1e-4)
    still = np.ones((n, 60))
    assert frechet_distance(still, still) == 0


def test_few_and_many_rows_take_the_same_way() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(31, 30)), rng.normal(1, 2, (29, 30))
    wide = [np.pad(x, ((0, 0), (0, 9))) for x in (a, b)]  # now fewer rows than dimensions
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(*wide), rel=1e-9)


def test_what_is_no_set_is_refused() -> None:
    with pytest.raises(StudioError, match="two pictures"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))
    with pytest.raises(StudioError, match="one space"):
        frechet_distance(np.zeros((5, 2)), np.zeros((5, 3)))
