"""The classifier's curve along a path, and what each group of layers owns of it."""

import numpy as np
import pytest

from studio.generate.latent.probability import group_shares, refined_curve


def steep(positions: list[float]) -> np.ndarray:
    return 1 / (1 + np.exp(-60 * (np.asarray(positions) - 0.37)))


def test_the_curve_is_refined_where_it_crosses() -> None:
    curves = list(refined_curve(steep))
    assert len(curves[0].positions) == 9
    assert len(curves[-1].positions) < 40
    assert list(curves[-1].positions) == sorted(curves[-1].positions)
    assert curves[-1].crossings == [pytest.approx(0.37, abs=0.002)]
    assert abs(curves[0].crossings[0] - 0.37) > abs(curves[-1].crossings[0] - 0.37)


def test_a_flat_curve_is_asked_once() -> None:
    assert len(list(refined_curve(lambda t: np.full(len(t), 0.2)))) == 1


def test_shares_add_up_and_go_to_who_owns_them() -> None:
    def probability(at: dict[str, float]) -> float:
        return 0.1 + 0.5 * at["shape"] + 0.1 * at["colour"] + 0.2 * at["shape"] * at["pattern"]

    shares = group_shares(probability)
    assert sum(shares.values()) == pytest.approx(0.8)
    assert shares["colour"] == pytest.approx(0.1)
    assert shares["shape"] == pytest.approx(0.6)
    assert shares["pattern"] == pytest.approx(0.1)
