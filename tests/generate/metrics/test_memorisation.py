"""Copies are found, and pictures like held-out ones are not called copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.generate.metrics.memorisation import CopyCheck, Neighbours
from studio.generate.metrics.thumbnails import mirrored_nearest, thumbnails


def some(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(size=(n, 6))


def test_copies_are_flagged_with_the_picture_they_copy() -> None:
    rng = np.random.default_rng(0)
    training, held_out, fakes = some(rng, 300), some(rng, 200), some(rng, 100)
    fakes[[7, 31]] = training[[250, 4]]
    fakes[50] = training[11] + 1e-4
    found = Neighbours.of(training, held_out, fakes)
    assert [(pair.sample, pair.training) for pair in found.pairs(3)] == [
        (7, 250),
        (31, 4),
        (50, 11),
    ]
    assert found.pairs(1)[0].distance == 0
    nearer = found.nearer(0.01)
    assert nearer.share is not None
    assert nearer.share.k >= 3
    assert nearer.share.low <= 0.03 <= nearer.share.high
    told = found.to_dict([f"{i}.png" for i in range(300)], range(1000, 1100), most=2)
    assert told["pairs"][1] == {
        "fake": 31,
        "seed": 1031,
        "file": "4.png",
        "training": 4,
        "distance": 0.0,
    }
    assert told["nearer"]["1%"]["count"] == nearer.share.k


def test_new_pictures_are_nearer_as_often_as_the_level_says() -> None:
    counts = {0.01: 0, 0.05: 0}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = Neighbours.of(some(rng, 150), some(rng, 199), some(rng, 100))
        for level in counts:
            nearer = found.nearer(level)
            assert nearer.share is not None
            assert nearer.expected == pytest.approx(level)
            counts[level] += nearer.share.k
    assert counts[0.01] / 6000 == pytest.approx(0.01, abs=0.004)
    assert counts[0.05] / 6000 == pytest.approx(0.05, abs=0.01)


@given(st.integers(0, 120))
def test_too_few_held_out_pictures_give_no_quantile(n: int) -> None:
    held_out = np.sort(np.random.default_rng(n).random(n))
    found = Neighbours(np.array([0.0, 0.5]), held_out, np.zeros(2, int), 10)
    for level, needed in ((0.01, 99), (0.05, 19)):
        nearer = found.nearer(level)
        assert (nearer.share is None) == (n < needed) == (nearer.distance is None)
        assert nearer.expected <= level
        if nearer.share is not None:
            assert nearer.share.k >= 1  # a distance of zero is always a copy


def test_without_training_there_is_nothing_to_copy() -> None:
    with pytest.raises(StudioError, match="Without training"):
        CopyCheck(np.zeros((0, 3)), np.zeros((5, 3)))


def test_thumbnails_find_a_mirrored_copy() -> None:
    rng = np.random.default_rng(0)
    training = rng.integers(0, 256, (20, 64, 64, 3), dtype=np.uint8)
    fakes = rng.integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    fakes[1], fakes[2] = training[5][:, ::-1], training[9]
    distances, where = mirrored_nearest(thumbnails(fakes), thumbnails(training))
    assert list(where[1:]) == [5, 9]
    assert list(distances[1:]) == [0, 0]
    assert distances[0] > 0.1


def test_thumbnails_are_averages() -> None:
    picture = np.zeros((1, 128, 128, 3), np.uint8)
    picture[0, :4, :4, 0] = 200
    small = thumbnails(picture).reshape(32, 32, 3)
    assert small[0, 0, 0] == 200
    assert small.sum() == 200
    assert thumbnails(np.zeros((2, 16, 16, 3), np.uint8)).shape == (2, 16 * 16 * 3)
    white, black = np.full((1, 12), 255, np.uint8), np.zeros((1, 12), np.uint8)
    assert mirrored_nearest(white, black)[0][0] == pytest.approx(1)
