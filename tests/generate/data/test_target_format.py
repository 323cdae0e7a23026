"""Square, one resolution, RGB or gray; nothing stretched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.errors import UsageError
from studio.generate.data.target_format import (
    NEARLY,
    FormatChange,
    TargetFormat,
    Transform,
    convert_image,
)
from studio.imaging import ImageError


def ramp(width: int, height: int) -> np.ndarray:
    """Red tells the column, green the row."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.arange(width)[None] % 256
    picture[..., 1] = np.arange(height)[:, None] % 256
    return picture


def test_a_picture_of_the_right_size_is_only_turned_into_planes() -> None:
    picture = ramp(32, 32)
    array, changes = convert_image(picture, TargetFormat(32), "a")
    assert np.array_equal(array, picture.transpose(2, 0, 1))
    assert changes == set()


def test_scaling_is_pillows_lanczos() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    array, changes = convert_image(picture, TargetFormat(32), "a")
    wanted = Image.fromarray(picture).resize((32, 32), Image.Resampling.LANCZOS)
    assert np.array_equal(array, np.asarray(wanted).transpose(2, 0, 1))
    assert changes == {FormatChange.SCALED}
    assert convert_image(picture, TargetFormat(64), "a")[1] == {
        FormatChange.SCALED,
        FormatChange.ENLARGED,
    }


def test_gray_is_one_plane_of_luma() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[..., 1] = 200
    array, _ = convert_image(picture, TargetFormat(8, channels=1), "a")
    assert array.shape == (1, 8, 8)
    assert set(array.ravel().tolist()) == {round(0.587 * 200)}


def test_what_is_not_square_is_refused_with_its_size_and_what_to_do() -> None:
    with pytest.raises(ImageError, match=r"a\.png is 40 x 32 pixels .* center-crop"):
        convert_image(ramp(40, 32), TargetFormat(32), "a.png")


def test_what_is_nearly_square_is_trimmed_in_the_middle() -> None:
    array, changes = convert_image(ramp(258, 256), TargetFormat(256), "a")
    assert np.array_equal(array, ramp(258, 256)[:, 1:257].transpose(2, 0, 1))
    assert FormatChange.TRIMMED in changes


def test_a_central_crop_is_the_largest_central_square() -> None:
    array, _ = convert_image(ramp(64, 32), TargetFormat(32, Transform.CENTER_CROP), "a")
    assert array[0, 0].tolist() == list(range(16, 48))
    assert array[1, :, 0].tolist() == list(range(32))


def test_a_wide_crop_keeps_proportions_between_black_bars() -> None:
    form = TargetFormat(64, Transform.CENTER_CROP_WIDE)
    array, _ = convert_image(ramp(100, 48) + 1, form, "a")
    assert not array[:, :8].any()
    assert not array[:, -8:].any()
    assert array[0, 8].tolist() == [column + 1 for column in range(18, 82)]
    assert array[1, 8:-8, 0].tolist() == [row + 1 for row in range(48)]
    tall, _ = convert_image(ramp(64, 200), form, "a")
    assert tall[1, 8:-8, 0].tolist() == list(range(76, 124))


sides = st.integers(1, 300)


@given(sides, sides, st.sampled_from([None, *Transform]), st.sampled_from([1, 3]))
def test_every_picture_gets_the_form_or_is_refused_for_its_sides(
    width: int, height: int, transform: Transform | None, channels: int
) -> None:
    form = TargetFormat(16, transform, channels)
    refused = transform is None and abs(width - height) > NEARLY * max(width, height)
    if refused:
        with pytest.raises(ImageError):
            convert_image(ramp(width, height), form, "a")
        return
    array, _ = convert_image(ramp(width, height), form, "a")
    assert array.shape == form.shape
    assert array.dtype == np.uint8
    assert array.flags.c_contiguous


@pytest.mark.parametrize("resolution", [0, -8, 2, 100, 4096])
def test_resolutions_are_powers_of_two(resolution: int) -> None:
    with pytest.raises(UsageError, match="power of two"):
        TargetFormat(resolution)


def test_channels_are_three_or_one() -> None:
    with pytest.raises(UsageError, match="channels"):
        TargetFormat(16, channels=4)
