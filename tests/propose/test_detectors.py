"""The contract that every detector keeps; a new one is tried as soon as it has its name."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio.errors import UsageError
from studio.imaging import ImageError
from studio.propose import DETECTORS, Detector, Proposal, detector_by_name, propose_file

Pixels = NDArray[np.uint8]


@pytest.fixture(params=sorted(DETECTORS))
def detector(request: pytest.FixtureRequest) -> Detector:
    return detector_by_name(request.param)


def skin(width: int, height: int) -> Pixels:
    """Skin with seven spots of several sizes, some at the edge."""
    rng = np.random.default_rng(3)
    rgb = np.clip(np.array((214, 170, 148)) + rng.normal(0, 4, (height, width, 1)), 0, 255)
    rgb = rgb.astype(np.uint8)
    short = min(width, height)
    for x, y, radius in (
        (0.2, 0.2, 0.03),
        (0.5, 0.5, 0.08),
        (0.8, 0.3, 0.02),
        (0.99, 0.99, 0.05),
        (0.01, 0.6, 0.04),
        (0.6, 0.85, 0.015),
        (0.35, 0.8, 0.03),
    ):
        at = (round(x * (width - 1)), round(y * (height - 1)))
        cv2.circle(rgb, at, max(1, round(radius * short)), (110, 70, 55), -1, cv2.LINE_AA)
    return rgb


def check(proposals: list[Proposal], width: int, height: int, keep: int) -> None:
    assert len(proposals) <= keep
    scores = [one.score for one in proposals]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for one in proposals:
        square = one.square
        assert square.side > 0
        assert min(square.x0, square.y0) >= -1e-6
        assert square.x1 <= width + 1e-6
        assert square.y1 <= height + 1e-6


def test_it_has_the_name_it_is_known_by(detector: Detector) -> None:
    assert detector_by_name(detector.name).name == detector.name
    assert 0 < len(detector.name) <= 40
    assert " " not in detector.name
    assert 0 < len(detector.version) <= 20


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1500, 1100), (900, 130)])
def test_squares_lie_inside_best_first(detector: Detector, size: tuple[int, int]) -> None:
    found = detector.propose(skin(*size))
    assert found
    check(found, *size, keep=10)


def test_the_same_pixels_give_the_same_and_stay_as_they_are(detector: Detector) -> None:
    rgb = skin(640, 480)
    before = rgb.copy()
    first = detector.propose(rgb)
    assert np.array_equal(rgb, before)
    assert detector.propose(rgb) == first
    assert detector_by_name(detector.name).propose(rgb) == first
    rgb.flags.writeable = False
    assert detector.propose(rgb) == first
    assert detector.propose(np.asfortranarray(rgb)) == first


def test_fewer_are_the_best_of_more(detector: Detector) -> None:
    rgb = skin(640, 480)
    many = detector.propose(rgb, 20)
    assert detector.propose(rgb, 2) == many[:2]
    assert len(detector.propose(rgb, 1)) == 1


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_an_even_picture_holds_nothing_that_lies_outside(detector: Detector, colour: int) -> None:
    check(detector.propose(np.full((300, 400, 3), colour, np.uint8)), 400, 300, keep=10)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (7, 7), (2000, 1)])
def test_a_tiny_picture_is_no_error(detector: Detector, size: tuple[int, int]) -> None:
    width, height = size
    rgb = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    check(detector.propose(rgb), width, height, keep=10)


def test_noise_is_no_error(detector: Detector) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (400, 300, 3), dtype=np.uint8)
    check(detector.propose(rgb), 300, 400, keep=10)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((9, 9, 3), np.float32),
        np.zeros((0, 9, 3), np.uint8),
    ],
)
def test_another_shape_or_type_is_refused(detector: Detector, wrong: Pixels) -> None:
    with pytest.raises(ValueError, match="uint8"):
        detector.propose(wrong)


def test_a_reduced_picture_gives_squares_of_the_full_one(detector: Detector) -> None:
    full = skin(1600, 1200)
    half = np.asarray(cv2.resize(full, (800, 600), interpolation=cv2.INTER_AREA), np.uint8)
    found = detector.propose(half, full_size=(1600, 1200))
    check(found, 1600, 1200, keep=10)
    assert max(one.square.x1 for one in found) > 900  # not in the frame of the half


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_a_file_is_read_in_its_raw_frame(
    detector: Detector, tmp_path: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(skin(640, 480)).save(tmp_path / "a.png", exif=exif)
    found = propose_file(tmp_path / "a.png", 5, detector)
    assert found == detector.propose(skin(640, 480), 5)


def test_a_file_that_is_no_picture_is_a_sentence(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(ImageError):
        propose_file(tmp_path / "a.png", 5, detector)


def test_an_unknown_name_is_a_sentence_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'yolo': use one of blob"):
        detector_by_name("yolo")
