"""KID by its definition, by what it estimates, and by how often its interval is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.generate.metrics.kid import drawn, kid


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    def k(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / x.shape[1] + 1) ** 3)

    n, m = len(x), len(y)
    xx = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return xx + yy - 2 * sum(k(a, b) for a in x for b in y) / (n * m)


@given(st.integers(4, 9), st.integers(4, 9), st.integers(1, 6), st.integers(0, 2**31))
def test_it_is_the_unbiased_estimate_and_its_error_the_jackknifes(n, m, dims, seed) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, 1, (n, dims)), rng.normal(0.5, 1, (m, dims))
    found = kid(x, y)
    assert found.value == pytest.approx(by_definition(x, y), rel=1e-9, abs=1e-9)
    variance = 0.0
    for side, size in ((0, n), (1, m)):
        left = []
        for i in range(size):
            without = [np.delete(s, i, axis=0) if at == side else s for at, s in enumerate((x, y))]
            left.append(by_definition(*without))
        variance += (size - 1) / size * float(np.square(np.array(left) - np.mean(left)).sum())
    assert found.standard_error == pytest.approx(variance**0.5, rel=1e-6, abs=1e-9)


def test_the_mean_over_published_subsets_approaches_it() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (120, 8)), rng.normal(0.3, 1, (90, 8))
    subsets = [
        kid(x[rng.permutation(120)[:40]], y[rng.permutation(90)[:40]]).value for _ in range(400)
    ]
    error = np.std(subsets) / 20
    assert kid(x, y).value == pytest.approx(np.mean(subsets), abs=3 * error)


def gaussians(rng: np.random.Generator, n: int, shift: float) -> np.ndarray:
    """Features as networks give them: few directions carry most of the variance."""
    return rng.normal(size=(n, 64)) * np.geomspace(2, 0.05, 64) + 1 + shift


@pytest.mark.parametrize("shift", [0.0, 0.4])
@pytest.mark.parametrize(("n", "m"), [(150, 60), (60, 60)])
def test_the_interval_holds_the_true_value(shift: float, n: int, m: int) -> None:
    rng = np.random.default_rng(5)
    truth = 0.0
    if shift:  # unbiased, so that the mean of many is as good as a formula
        truth = float(
            np.mean([kid(gaussians(rng, n, 0), gaussians(rng, m, shift)).value for _ in range(400)])
        )
    found = [kid(gaussians(rng, n, 0), gaussians(rng, m, shift)) for _ in range(200)]
    held = sum(one.low <= truth <= one.high for one in found)
    assert held >= 184  # 95 % of 200 is 190; below 184 only once in 200 runs
    if not shift:
        assert abs(np.mean([one.value for one in found])) < np.std([o.value for o in found]) / 4
    else:
        assert min(one.value for one in found) > 0


def test_a_shift_is_seen() -> None:
    rng = np.random.default_rng(1)
    assert kid(gaussians(rng, 200, 0), gaussians(rng, 200, 0.6)).low > 0


def test_large_sets_are_drawn_from() -> None:
    rows = np.arange(50.0)[:, None]
    found = drawn(rows, 10, 3)
    assert len(found) == 10
    assert np.array_equal(found, drawn(rows, 10, 3))
    assert (np.diff(found[:, 0]) > 0).all()
    assert kid(rows, rows, most=20).n_real == 20
    assert drawn(rows, 50, 3) is rows


def test_too_few_or_foreign_features_are_refused() -> None:
    with pytest.raises(StudioError, match="KID needs 4 real"):
        kid(np.zeros((3, 2)), np.zeros((9, 2)))
    with pytest.raises(StudioError, match="one space"):
        kid(np.zeros((9, 2)), np.zeros((9, 3)))
