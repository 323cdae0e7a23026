"""The classifier's curve along a path, and what each group of layers owns of it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from studio.generate.latent.probability import final_curve, group_shares, refined_curve


def steep(ts: list[float]) -> np.ndarray:
    return 1 / (1 + np.exp(-60 * (np.asarray(ts) - 0.37)))


def test_the_curve_is_refined_where_it_crosses() -> None:
    curves = list(refined_curve(steep))
    assert len(curves[0].ts) == 9
    assert len(curves[-1].ts) < 80
    assert list(curves[-1].ts) == sorted(curves[-1].ts)
    assert curves[-1].crossings == [pytest.approx(0.37, abs=1e-5)]
    assert abs(curves[0].crossings[0] - 0.37) > abs(curves[-1].crossings[0] - 0.37)


@given(st.lists(st.floats(0.02, 0.98), min_size=1, max_size=5, unique=True))
def test_every_crossing_that_the_grid_can_tell_apart_is_found(places: list[float]) -> None:
    """A curve with known roots: a product of (t − root), which changes its sign at each."""
    roots = sorted(places)
    if any(b - a < 1 / 16 for a, b in pairwise(roots)):
        return

    def score(ts: Sequence[float]) -> np.ndarray:
        t = np.asarray(ts)
        return expit(1e4 * np.prod([t - root for root in roots], axis=0))

    assert final_curve(score).crossings == pytest.approx(roots, abs=2.5e-4)


def test_a_flat_curve_is_not_refined() -> None:
    assert len(final_curve(lambda t: np.full(len(t), 0.2)).ts) == 33


def test_noise_does_not_ask_for_ever() -> None:
    rng = np.random.default_rng(0)
    curve = final_curve(lambda t: rng.uniform(size=len(t)))
    assert len(curve.ts) <= 257


def test_shares_add_up_and_go_to_who_owns_them() -> None:
    def probability(at: dict[str, float]) -> float:
        return 0.1 + 0.5 * at["shape"] + 0.1 * at["colour"] + 0.2 * at["shape"] * at["pattern"]

    shares = group_shares(probability)
    assert sum(shares.values()) == pytest.approx(0.8)
    assert shares["colour"] == pytest.approx(0.1)
    assert shares["shape"] == pytest.approx(0.6)
    assert shares["pattern"] == pytest.approx(0.1)
