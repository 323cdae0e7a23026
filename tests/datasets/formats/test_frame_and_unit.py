"""In which frame and unit boxes are: decided once for a list, the doubt named."""

from dataclasses import replace

import pytest

from studio.datasets.formats import ListedBox, ListedImage, RowReason
from studio.datasets.formats.frame_and_unit import (
    BoxError,
    FrameWish,
    ListGeometry,
    SizedImage,
    StoredSize,
    decide_geometry,
    frame_told,
)
from studio.imaging import Square

UPRIGHT = Square(150, 120, 80)


def image(
    name: str = "a.jpg", size: tuple[int, int] | None = (640, 480), *boxes: tuple[float, ...]
) -> ListedImage:
    """A listed image with corners of boxes; without any, one around (150, 120)."""
    corners = boxes or ((110.0, 80.0, 190.0, 160.0),)
    width, height = size or (None, None)
    listed = tuple(ListedBox(index, *map(float, box)) for index, box in enumerate(corners))
    return ListedImage(0, name, listed, width=width, height=height)


def squares(*images: SizedImage, frame: FrameWish = "auto") -> list[Square | RowReason | None]:
    geometry = decide_geometry(images, frame)
    return [found(geometry, one.image, one.size) for one in images]


def found(geometry: ListGeometry, of: ListedImage, size: StoredSize) -> Square | RowReason | None:
    try:
        return geometry.square(of, of.boxes[0], size)
    except BoxError as error:
        return error.reason if of.file in str(error) else None


TURNED = SizedImage(image("turned.jpg", (480, 640)), StoredSize(640, 480, 6))
STORED = SizedImage(image("stored.jpg", (640, 480)), StoredSize(640, 480, 6))
HALF = SizedImage(image("half.jpg", (640, 480)), StoredSize(640, 480, 3))
PLAIN = SizedImage(image("plain.jpg", (640, 480)), StoredSize(640, 480, 1))
# By hand: turned by 180°, (150, 120) of 640 × 480 is stored at (490, 360); orientation 6 turns the
# stored picture clockwise, so the displayed (150, 120) is stored at (120, 480 - 150).
HALF_EXIF, TURNED_EXIF = Square(490, 360, 80), Square(120, 330, 80)


def test_one_image_tells_for_the_list() -> None:
    assert squares(TURNED, HALF, PLAIN) == [TURNED_EXIF, HALF_EXIF, UPRIGHT]
    assert squares(STORED, HALF, PLAIN) == [UPRIGHT, UPRIGHT, UPRIGHT]


def test_where_nothing_tells_the_doubt_is_named() -> None:
    assert squares(HALF, PLAIN) == [RowReason.FRAME, UPRIGHT]
    unsized = SizedImage(image("unsized.jpg", None), StoredSize(640, 480, 6))
    assert squares(unsized) == [RowReason.FRAME]


def test_where_images_disagree_only_those_that_tell_are_placed() -> None:
    assert squares(TURNED, STORED, HALF) == [TURNED_EXIF, UPRIGHT, RowReason.FRAME]


def test_the_users_word_counts() -> None:
    assert squares(STORED, HALF, frame="exif") == [TURNED_EXIF, HALF_EXIF]
    assert squares(TURNED, HALF, frame="raw") == [UPRIGHT, UPRIGHT]
    by_format = SizedImage(replace(HALF.image, frame="exif"), HALF.size)
    assert squares(by_format) == [HALF_EXIF]
    assert squares(by_format, frame="raw") == [UPRIGHT]


def test_a_picture_of_another_size_tells_nothing() -> None:
    other = SizedImage(image("other.jpg", (999, 999)), StoredSize(640, 480, 6))
    assert squares(other, HALF) == [RowReason.BAD_BOX, RowReason.FRAME]
    assert frame_told(image("square.jpg", (480, 480)), StoredSize(480, 480, 6)) is None


@pytest.mark.parametrize(("part", "unit"), [(1.0, "fractions"), (100.0, "percent")])
def test_parts_of_the_picture_are_turned_into_pixels(part: float, unit: str) -> None:
    def one(name: str, orientation: int) -> SizedImage:
        width, height = (480, 640) if orientation == 6 else (640, 480)
        box = (110 / width, 80 / height, 190 / width, 160 / height)
        listed = image(name, (width, height), tuple(value * part for value in box))
        return SizedImage(listed, StoredSize(640, 480, orientation))

    images = [one("a.jpg", 1), one("b.jpg", 6), one("c.jpg", 1)]
    geometry = decide_geometry(images)
    assert geometry.unit == unit
    assert unit in " ".join(geometry.notes("x.json", images))
    for each, wanted in zip(images, [UPRIGHT, TURNED_EXIF, UPRIGHT], strict=True):
        square = geometry.square(each.image, each.image.boxes[0], each.size)
        assert square is not None
        assert (square.cx, square.cy, square.side) == pytest.approx(
            (wanted.cx, wanted.cy, wanted.side)
        )


def test_pixels_near_the_corner_are_pixels() -> None:
    size = StoredSize(640, 480, 1)
    assert decide_geometry([SizedImage(image("a", None, (10, 20, 70, 60)), size)]).unit == "pixels"
    small = StoredSize(160, 120, 1)
    assert (
        decide_geometry([SizedImage(image("a", None, (1.5, 2.5, 70, 60)), small)]).unit == "pixels"
    )
    far = [SizedImage(image("a", None, (1.5, 2.5, 70, 60), (300, 200, 340, 240)), size)]
    assert decide_geometry(far).unit == "pixels"


def test_one_box_that_may_be_percent_is_named() -> None:
    doubtful = SizedImage(image("a.jpg", None, (15.6, 20.8, 28.1, 37.5)), StoredSize(640, 480, 1))
    assert decide_geometry([doubtful]).unit is None
    assert squares(doubtful) == [RowReason.UNIT]
    said = decide_geometry([doubtful], unit="percent")
    square = said.square(doubtful.image, doubtful.image.boxes[0], doubtful.size)
    assert square is not None
    assert square.side == pytest.approx(0.167 * 480)


def test_a_fraction_among_pixels_is_named() -> None:
    mixed = SizedImage(
        image("a.jpg", (640, 480), (0.4, 0.4, 0.6, 0.6), (110, 80, 190, 160)),
        StoredSize(640, 480, 1),
    )
    assert squares(mixed) == [RowReason.UNIT]
    geometry = decide_geometry([mixed])
    assert geometry.square(mixed.image, mixed.image.boxes[1], mixed.size) == UPRIGHT


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        ((1421, 900, 1541, 1020), RowReason.OUTSIDE),
        ((-900, -700, -850, -650), RowReason.OUTSIDE),
        ((640, 100, 700, 160), RowReason.OUTSIDE),
        ((600, 100, 700, 200), RowReason.OUTSIDE),  # 40 % of it is inside
        ((580, 100, 680, 200), Square(590, 150, 100)),  # 60 % is: fitted
        ((-5, -3, 55, 57), Square(30, 30, 60)),
        ((10, 10, 10, 50), None),
    ],
)
def test_boxes_at_the_edge(box: tuple[float, ...], wanted: Square | RowReason | None) -> None:
    assert squares(SizedImage(image("a.jpg", (640, 480), box), StoredSize(640, 480, 1))) == [wanted]
