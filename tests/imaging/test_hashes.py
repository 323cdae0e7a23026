"""Hashes and quality: what they must tell apart and what they must not."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio.imaging import clahe, grey_world, hamming, phash, sharpness
from studio.opening import sha256_file


def scene(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 255, (9, 12, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(noise).resize((600, 450), Image.Resampling.BICUBIC))


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"skin" * 100_000)
    assert sha256_file(path) == hashlib.sha256(b"skin" * 100_000).hexdigest()


def test_near_duplicates_are_near_and_others_far() -> None:
    for seed in range(12):
        picture = scene(seed)
        code = phash(picture)
        assert len(code) == 16
        smaller = np.asarray(Image.fromarray(picture).resize((200, 150)))
        brighter = np.clip(picture.astype(int) + 20, 0, 255).astype(np.uint8)
        assert hamming(code, phash(smaller)) <= 6
        assert hamming(code, phash(brighter)) <= 10
        assert hamming(code, phash(scene(seed + 100))) >= 16


def test_hamming_counts_bits() -> None:
    assert hamming("0000000000000000", "ffffffffffffffff") == 64
    assert hamming("00000000000000f0", "0000000000000010") == 3


def test_half_of_the_bits_are_set() -> None:
    assert 31 <= hamming(phash(scene(3)), "0" * 16) <= 33


def test_blur_lowers_sharpness() -> None:
    picture = scene(1)
    grainy = np.clip(
        picture + np.random.default_rng(0).normal(0, 12, picture.shape), 0, 255
    ).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(grainy).filter(ImageFilter.GaussianBlur(3)))
    assert sharpness(grainy) > 5 * sharpness(blurred)
    assert sharpness(np.full((40, 40, 3), 99, np.uint8)) == 0
    assert sharpness(np.zeros((2, 2, 3), np.uint8)) == 0


@pytest.mark.parametrize("side", [961, 2400])
def test_sharpness_is_judged_at_one_scale(side: int) -> None:
    picture = Image.fromarray(scene(2)).resize((960, 720), Image.Resampling.BICUBIC)
    enlarged = picture.resize((side, round(side * 0.75)), Image.Resampling.BICUBIC)
    same = sharpness(np.asarray(picture))
    assert sharpness(np.asarray(enlarged)) == pytest.approx(same, rel=0.25)


def test_display_aids_keep_the_shape() -> None:
    dull = (scene(4) // 4 + 90).astype(np.uint8)
    assert clahe(dull).shape == dull.shape
    assert clahe(dull).std() > 1.2 * dull.std()
    tinted = (scene(4) * np.array([1.0, 0.6, 0.3])).astype(np.uint8)
    means = grey_world(tinted).reshape(-1, 3).mean(axis=0)
    assert np.ptp(means) < 0.15 * means.mean()
    assert grey_world(np.zeros((3, 3, 3), np.uint8)).max() == 0
