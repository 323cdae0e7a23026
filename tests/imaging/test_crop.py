"""The crop: the same pixels whatever the orientation in which a photograph was stored."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from studio.imaging import (
    Square,
    apply_orientation,
    crop,
    crop_bounds,
    crop_for_export,
    crop_upright,
    decode,
    displayed_size,
    resize,
    to_raw,
)

UNDO = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}


def stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """The raw pixels that `orientation` turns into `upright`."""
    return apply_orientation(upright, UNDO[orientation])


def save(path: Path, raw: np.ndarray, orientation: int, **options: object) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(raw).save(path, exif=exif, **options)
    return path


def raw_square(seen: Square, upright: np.ndarray, orientation: int) -> Square:
    height, width = upright.shape[:2]
    return to_raw(seen, *displayed_size(width, height, orientation), orientation)


# Halves and thirds are where rounding rules differ.
coordinates = st.one_of(
    st.integers(-40, 240).map(lambda k: k / 2),
    st.integers(-60, 360).map(lambda k: k / 3),
    st.floats(-20, 120),
)


@settings(max_examples=300)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    coordinates,
    coordinates,
    st.one_of(st.integers(1, 120).map(lambda k: k / 2), st.floats(0.01, 60)),
)
def test_all_orientations_give_one_crop(
    width: int, height: int, cx: float, cy: float, side: float
) -> None:
    upright = np.arange(width * height * 3, dtype=np.uint32).astype(np.uint8)
    upright = upright.reshape(height, width, 3)
    seen = Square(cx, cy, side)
    wanted = crop(upright, seen)
    assert wanted.shape[0] == wanted.shape[1] >= 1
    for orientation in range(1, 9):
        raw = stored(upright, orientation)
        again = apply_orientation(raw, orientation)
        np.testing.assert_array_equal(again, upright)
        square = raw_square(seen, upright, orientation)
        np.testing.assert_array_equal(crop_upright(again, square, orientation), wanted)


@pytest.mark.parametrize("size", [None, 32])
def test_all_orientations_of_a_png_give_one_crop(
    tmp_path: Path, photo: np.ndarray, size: int | None
) -> None:
    seen = Square(61.5, 40.5, 37)
    crops = []
    for orientation in range(1, 9):
        path = save(tmp_path / f"{orientation}.png", stored(photo, orientation), orientation)
        np.testing.assert_array_equal(decode(path, frame="exif"), photo)
        np.testing.assert_array_equal(decode(path, frame="raw"), stored(photo, orientation))
        crops.append(crop_for_export(path, raw_square(seen, photo, orientation), size))
    for other in crops[1:]:
        np.testing.assert_array_equal(other, crops[0])
    assert crops[0].shape[0] == (size or 37)
    if size is None:
        np.testing.assert_array_equal(crops[0], photo[22:59, 43:80])


def test_all_orientations_of_a_jpeg_give_one_crop(tmp_path: Path, photo: np.ndarray) -> None:
    seen = Square(61.5, 40.5, 37)
    crops = []
    for orientation in range(1, 9):
        raw = stored(photo, orientation)
        path = save(tmp_path / f"{orientation}.jpg", raw, orientation, quality=95, subsampling=0)
        square = raw_square(seen, photo, orientation)
        crops.append(crop_for_export(path, square).astype(int))
        # The same pixels as those that the file really holds.
        upright = np.asarray(ImageOps.exif_transpose(Image.open(path)))
        np.testing.assert_array_equal(crops[-1], crop(upright, seen))
    for other in crops[1:]:
        assert np.abs(other - crops[0]).mean() < 2


@given(st.integers(1, 200), st.integers(1, 200), coordinates, coordinates, st.floats(0.01, 300))
def test_bounds_lie_inside(width: int, height: int, cx: float, cy: float, side: float) -> None:
    x0, y0, whole = crop_bounds(Square(cx, cy, side), width, height)
    assert whole >= 1
    assert 0 <= x0 <= width - whole
    assert 0 <= y0 <= height - whole
    assert abs(whole - min(side, width, height)) <= max(0.5, 1 - side) + 1e-9


def test_a_whole_square_is_cut_exactly() -> None:
    picture = np.arange(100 * 80 * 3, dtype=np.uint32).astype(np.uint8).reshape(80, 100, 3)
    np.testing.assert_array_equal(
        crop(picture, Square.from_corners(10, 20, 40, 50)), picture[20:50, 10:40]
    )


def test_halves_round_up() -> None:
    assert crop_bounds(Square(10, 10, 5), 100, 100) == (8, 8, 5)
    assert crop_bounds(Square(10, 10, 4.5), 100, 100) == (8, 8, 5)


def test_resize_is_antialiased() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 254
    small = resize(stripes, 16)
    assert small.shape == (16, 16, 3)
    assert np.abs(small[:, 2:-2].astype(int) - 127).max() <= 12
    np.testing.assert_array_equal(resize(stripes, 64), stripes)
