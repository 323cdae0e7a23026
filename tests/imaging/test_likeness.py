"""Candidates in eight positions, and the closer look that tells copies from other images."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from studio.imaging.candidates import find_candidates
from studio.imaging.dihedral import DIHEDRAL_TRANSFORMS, UPRIGHT, DihedralTransform
from studio.imaging.likeness import (
    CLOSE_SIDE,
    POSSIBLE,
    SAME,
    ImageAlignment,
    align_images,
    align_thumbnails,
    thumbnail,
)

Mole = Callable[..., Image.Image]
Turn = Image.Transpose
OF_PIL = {
    DihedralTransform(False, False, True): Turn.FLIP_LEFT_RIGHT,
    DihedralTransform(False, True, False): Turn.FLIP_TOP_BOTTOM,
    DihedralTransform(False, True, True): Turn.ROTATE_180,
    DihedralTransform(True, False, False): Turn.TRANSPOSE,
    DihedralTransform(True, True, True): Turn.TRANSVERSE,
    DihedralTransform(True, True, False): Turn.ROTATE_90,
    DihedralTransform(True, False, True): Turn.ROTATE_270,
}


@pytest.mark.parametrize("position", OF_PIL)
def test_positions_are_those_of_pil(position: DihedralTransform) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    turned = np.asarray(Image.fromarray(pixels).transpose(OF_PIL[position]))
    assert np.array_equal(position.apply(pixels), turned)
    mirrors = (Turn.FLIP_LEFT_RIGHT, Turn.FLIP_TOP_BOTTOM, Turn.TRANSPOSE, Turn.TRANSVERSE)
    assert position.mirrored == (OF_PIL[position] in mirrors)


def test_there_are_eight_positions() -> None:
    assert len(set(DIHEDRAL_TRANSFORMS)) == 8
    assert DIHEDRAL_TRANSFORMS[0] == UPRIGHT
    assert not UPRIGHT.mirrored
    assert not UPRIGHT.turned


def thumbnails(*images: Image.Image) -> np.ndarray:
    return np.stack([thumbnail(np.asarray(image)) for image in images])


def test_the_candidate_tells_position_and_window(mole: Mole) -> None:
    rows = thumbnails(*(mole(seed) for seed in range(5)))
    for position in DIHEDRAL_TRANSFORMS:
        turned = Image.fromarray(position.apply(np.asarray(mole(3))))
        best = find_candidates(rows, thumbnails(turned))[0]
        assert (best.row, best.negative) == (3, False)
        # What was done to the copy is undone: turning left by turning right.
        assert np.array_equal(best.position.apply(position.apply(rows[3])), rows[3])
        assert best.start == pytest.approx(np.eye(2, 3))
    window = mole(3).crop((26, 26, 230, 230))  # a tenth of each side
    best = find_candidates(rows, thumbnails(window))[0]
    assert best.row == 3
    assert best.start[0, 0] == pytest.approx(1 / 0.8)
    (negative,) = find_candidates(rows[3:4], np.asarray(255 - rows[3:4], np.uint8))
    assert negative.negative


def test_blocks_of_rows_and_queries_change_nothing(
    mole: Mole, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.imaging import candidates

    rows = thumbnails(*(mole(seed, shape=seed) for seed in range(9)))
    whole = find_candidates(rows, rows, 3)
    monkeypatch.setattr(candidates, "_QUERIES", 2)
    monkeypatch.setattr(candidates, "_ROWS", 4)
    parts = find_candidates(rows, rows, 3)
    assert [(c.query, c.row, c.position) for c in parts] == [
        (c.query, c.row, c.position) for c in whole
    ]
    assert [c.similarity for c in parts] == pytest.approx([c.similarity for c in whole], abs=1e-5)
    first = {c.query: c.row for c in reversed(whole)}
    assert first == {number: number for number in range(9)}
    assert all(a.query < b.query or a.similarity >= b.similarity for a, b in pairwise(whole))


def test_nothing_is_found_in_nothing(mole: Mole) -> None:
    none = np.empty((0, 64, 64), np.uint8)
    assert find_candidates(none, thumbnails(mole(0))) == []
    assert find_candidates(thumbnails(mole(0)), none) == []
    flat = np.full((1, 64, 64), 128, np.uint8)
    assert find_candidates(flat, thumbnails(mole(0))) == []


def look(first: Image.Image, second: Image.Image) -> float:
    start = np.eye(2, 3, dtype=np.float32)
    small = [thumbnail(np.asarray(one)) for one in (first, second)]
    rough = align_thumbnails(small[0], small[1], start)
    if rough is None:
        return -1.0
    close = [thumbnail(np.asarray(one), CLOSE_SIDE) for one in (first, second)]
    return align_images(close[0], close[1], rough).score


def test_a_copy_agrees_and_another_mole_does_not(mole: Mole) -> None:
    trimmed = mole(0).crop((8, 4, 250, 254)).resize((256, 256))
    assert look(mole(0), mole(0)) == pytest.approx(1)
    assert look(mole(0), trimmed) > SAME
    assert all(look(mole(0), mole(seed)) < POSSIBLE for seed in range(1, 5))
    assert POSSIBLE < SAME


def test_the_map_of_a_trimmed_copy_is_the_trim(mole: Mole) -> None:
    """14 of 256 px off each side: the copy is larger by 256/228, about the same centre."""
    trimmed = mole(0).crop((14, 14, 242, 242))
    small = [thumbnail(np.asarray(one)) for one in (mole(0), trimmed)]
    found = align_thumbnails(small[0], small[1], np.eye(2, 3, dtype=np.float32))
    assert found is not None
    assert found.matrix[0, 0] == pytest.approx(256 / 228, abs=0.01)
    centre = found.matrix @ [31.5, 31.5, 1]
    assert centre == pytest.approx([31.5, 31.5], abs=0.2)
    large = ImageAlignment(1, found.matrix).scaled(2).matrix
    assert large @ [63.5, 63.5, 1] == pytest.approx(2 * centre + 0.5, abs=0.01)


def test_images_without_detail_agree_with_nothing() -> None:
    flat = np.full((64, 64), 128, np.uint8)
    assert align_thumbnails(flat, flat, np.eye(2, 3, dtype=np.float32)) is None


def blob_on_plain_skin(centre: tuple[float, float], radius: float, seed: int) -> Image.Image:
    """A round mole whose outline is all the detail that it has."""
    y, x = np.mgrid[:128, :128]
    inside = 1 / (1 + np.exp((np.hypot(x - centre[0], y - centre[1]) - radius) / 1.5))
    noise = np.random.default_rng(seed).normal(0, 2.5, (128, 128))
    shade = 190 + 8 * np.sin(x / 40 + seed) - 90 * inside + noise
    colours = np.stack([shade, shade * 0.8, shade * 0.7], -1)
    return Image.fromarray(colours.clip(0, 255).astype("u1"))


def test_two_round_moles_on_plain_skin_are_not_the_same_picture() -> None:
    """Laid on one another their outlines agree; nothing else does."""
    first = blob_on_plain_skin((64, 64), 31, 1)
    for seed, (centre, radius) in enumerate([((63, 66), 29), ((64, 64), 31), ((66, 63), 32)], 2):
        assert look(first, blob_on_plain_skin(centre, radius, seed)) < POSSIBLE
    assert look(first, first.crop((3, 3, 125, 125)).resize((128, 128))) > SAME
