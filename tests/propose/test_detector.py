"""The blob detector on pictures whose lesions are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.imaging import Square
from studio.propose import BlobDetector, propose_file
from studio.propose.squares import side_for_diameter

SKIN = (214, 170, 148)
BROWN = (120, 78, 60)
RED = (176, 96, 92)
BLACK = (38, 34, 34)
RED_SKIN = (170, 92, 78)


def picture(width: int, height: int, skin: tuple[int, int, int] = SKIN) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 4, (height, width, 1))
    return np.clip(np.array(skin) + noise, 0, 255).astype(np.uint8)


def disc(
    rgb: NDArray[np.uint8], x: int, y: int, diameter: int, colour: tuple[int, int, int]
) -> None:
    cv2.circle(rgb, (x, y), diameter // 2, colour, -1, cv2.LINE_AA)


def test_finds_lesions_of_two_sizes_and_colours_before_anything_else() -> None:
    rgb = picture(1600, 1200)
    disc(rgb, 400, 300, 40, BROWN)
    disc(rgb, 1100, 800, 160, RED)
    found = [proposal.square for proposal in BlobDetector().propose(rgb)[:2]]
    for truth in (Square(400, 300, 128), Square(1100, 800, 320)):
        assert max(square.iou(truth) for square in found) > 0.6


def test_a_black_lesion_on_red_skin_is_found_although_it_is_less_red() -> None:
    rgb = picture(1200, 900, RED_SKIN)
    disc(rgb, 600, 450, 60, BLACK)
    assert BlobDetector().propose(rgb)[0].square.iou(Square(600, 450, 128)) > 0.6


def test_a_dark_core_does_not_hide_the_lesion_around_it() -> None:
    rgb = picture(1600, 1200)
    disc(rgb, 800, 600, 150, (140, 96, 76))
    disc(rgb, 815, 590, 40, (70, 50, 46))
    first = BlobDetector().propose(rgb)[0].square
    assert first.iou(Square(800, 600, 300)) > 0.6


def test_edges_creases_and_hairs_come_after_a_lesion() -> None:
    rgb = picture(1600, 1200)
    rgb[:, 1200:] = (70, 80, 96)
    cv2.line(rgb, (0, 200), (1200, 320), (150, 96, 84), 5, cv2.LINE_AA)
    for start in range(100, 1000, 90):
        cv2.line(rgb, (start, 700), (start + 60, 900), (40, 30, 26), 3, cv2.LINE_AA)
    disc(rgb, 500, 520, 36, BROWN)
    assert BlobDetector().propose(rgb)[0].square.contains(500, 520)


def test_scores_fall_and_lie_in_0_to_1() -> None:
    rgb = picture(1000, 800)
    for index, tint in enumerate((20, 60, 100)):
        disc(rgb, 200 + 300 * index, 400, 40, (SKIN[0] - tint, SKIN[1] - tint, SKIN[2] - tint))
    proposals = BlobDetector().propose(rgb)
    scores = [proposal.score for proposal in proposals]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert [round(p.square.cx, -2) for p in proposals[:3]] == [800, 500, 200]


def test_a_close_up_gets_a_square_of_0_8_of_the_short_side() -> None:
    rgb = picture(800, 600)
    disc(rgb, 400, 300, 330, BROWN)
    first = BlobDetector().propose(rgb)[0].square
    assert first.side == pytest.approx(0.8 * 600)
    assert first.iou(Square(400, 300, 480)) > 0.8


def test_a_lesion_at_the_border_keeps_its_side() -> None:
    rgb = picture(1200, 900)
    disc(rgb, 30, 450, 40, BROWN)
    first = BlobDetector().propose(rgb)[0].square
    assert first.side == 128
    assert first.x0 == 0


def test_keep_limits_the_number() -> None:
    rgb = picture(1200, 900)
    for x in range(100, 1200, 200):
        disc(rgb, x, 450, 30, BROWN)
    assert len(BlobDetector().propose(rgb, keep=3)) == 3
    assert BlobDetector().propose(rgb, keep=0) == []


def test_no_proposal_is_centred_in_another() -> None:
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (600, 800, 3), np.uint8)
    smooth = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 4), np.uint8)
    squares = [proposal.square for proposal in BlobDetector().propose(smooth, 20)]
    assert len(squares) > 5
    for one in squares:
        near_border = one.x0 == 0 or one.y0 == 0 or one.x1 == 800 or one.y1 == 600
        others = [other for other in squares if other is not one]
        # At a border the square was moved, and with it what is called its centre.
        assert near_border or not any(
            np.hypot(one.cx - other.cx, one.cy - other.cy) < 0.45 * one.side
            for other in others
            if other.x0 > 0 and other.y0 > 0 and other.x1 < 800 and other.y1 < 600
        )


def test_a_reduced_picture_gives_squares_of_the_full_one() -> None:
    rgb = picture(3200, 2400)
    disc(rgb, 1000, 700, 90, BROWN)
    small = np.asarray(cv2.resize(rgb, (800, 600), interpolation=cv2.INTER_AREA), np.uint8)
    full = BlobDetector().propose(rgb)[0].square
    reduced = BlobDetector().propose(small, full_size=(3200, 2400))[0].square
    assert reduced.iou(full) > 0.8
    assert reduced.side == pytest.approx(max(128, 0.085 * 2400), rel=0.2)


def test_a_file_is_read_in_its_raw_frame(tmp_path: Path) -> None:
    from PIL import Image

    rgb = picture(1600, 1200)
    disc(rgb, 300, 900, 50, BROWN)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb).save(tmp_path / "turned.jpg", exif=exif, quality=92)
    assert propose_file(tmp_path / "turned.jpg")[0].square.contains(300, 900)


def test_a_picture_of_one_colour_has_no_proposal() -> None:
    assert BlobDetector().propose(np.full((480, 640, 3), 127, np.uint8)) == []


@pytest.mark.parametrize("shape", [(100, 100), (10, 10, 4), (0, 5, 3)])
def test_what_is_no_rgb_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8 picture"):
        BlobDetector().propose(np.zeros(shape, np.uint8))


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 260),
    height=st.integers(1, 260),
    stretch=st.sampled_from([(1, 1), (12, 1), (1, 12)]),
    gray=st.booleans(),
    seed=st.integers(0, 9),
)
def test_any_picture_gives_squares_inside_it(
    width: int, height: int, stretch: tuple[int, int], gray: bool, seed: int
) -> None:
    width, height = width * stretch[0], height * stretch[1]
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    rgb = np.asarray(cv2.resize(coarse, (width, height)), np.uint8)
    if gray:
        rgb = np.repeat(rgb[..., :1], 3, axis=2)
    for proposal in BlobDetector().propose(rgb):
        square = proposal.square
        assert 0 <= proposal.score <= 1
        assert -1e-6 <= square.x0 < square.x1 <= width + 1e-6
        assert -1e-6 <= square.y0 < square.y1 <= height + 1e-6


@given(width=st.integers(1, 5000), height=st.integers(1, 5000), share=st.floats(0.001, 1))
def test_the_side_of_a_square_follows_the_rule(width: int, height: int, share: float) -> None:
    short = min(width, height)
    diameter = share * short
    side = side_for_diameter(diameter, width, height)
    if diameter > 0.45 * short:
        assert side == 0.8 * short
    else:
        assert side == max(2 * diameter, 0.085 * short, 128)
