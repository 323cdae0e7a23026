"""Precision and recall where they are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.generate.metrics import neighbours
from studio.generate.metrics.neighbours import distance_blocks, nearest, radii
from studio.generate.metrics.precision_recall import precision_recall


@given(st.integers(4, 40), st.integers(1, 8), st.integers(0, 2**31))
def test_a_set_reaches_itself(n: int, dims: int, seed: int) -> None:
    a = np.random.default_rng(seed).normal(size=(n, dims)).astype(np.float32)
    found = precision_recall(a, a)
    assert (found.precision, found.recall, found.n) == (1, 1, n)


def test_pictures_that_are_all_the_same_reach_themselves_too() -> None:
    a = np.full((9, 1280), 0.123456789, np.float32)
    assert precision_recall(a, a).precision == 1


def test_sets_far_apart_do_not_reach_each_other() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(50, 5))
    found = precision_recall(a, a + 100)
    assert (found.precision, found.recall) == (0, 0)


def test_one_mode_of_two_is_precise_and_recalls_half() -> None:
    rng = np.random.default_rng(0)
    real = rng.normal(size=(400, 2))
    real[200:] += 50
    fake = rng.normal(size=(400, 2))
    found = precision_recall(real, fake)
    assert found.precision > 0.9
    assert 0.4 < found.recall < 0.55


def test_equally_many_are_taken_of_each() -> None:
    rng = np.random.default_rng(0)
    assert precision_recall(rng.normal(size=(90, 2)), rng.normal(size=(30, 2))).n == 30
    with pytest.raises(StudioError, match="more than 3"):
        precision_recall(np.zeros((3, 2)), np.zeros((30, 2)))


def test_blocks_do_not_change_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(23, 4)), rng.normal(size=(17, 4))
    table = np.linalg.norm(a[:, None] - b[None], axis=-1)
    monkeypatch.setattr(neighbours, "_BLOCK_NUMBERS", 40)
    monkeypatch.setattr(neighbours, "_BLOCK_ROWS", 5)
    found = np.concatenate([block for _, block in distance_blocks(a, b)])
    assert np.allclose(found, table)
    distances, where = nearest(a, b)
    assert np.array_equal(where, table.argmin(axis=1))
    assert np.allclose(distances, table.min(axis=1))
    among = np.linalg.norm(a[:, None] - a[None], axis=-1)
    assert np.allclose(radii(a, 3), np.sort(among, axis=1)[:, 3])
