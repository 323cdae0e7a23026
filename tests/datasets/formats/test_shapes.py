"""Rectangles around shapes, against values of the tools that wrote them."""

import math

import pytest

from studio.datasets.formats import shapes


# Written by pycocotools 2.0 (`encode`, `toBbox`).
@pytest.mark.parametrize(
    ("counts", "size", "box"),
    [
        ("98b0", [7, 5], (1, 0, 2, 7)),
        ([9, 8, 18], [7, 5], (1, 0, 2, 7)),
        ("X11:0O0K0O0<0G1N", [9, 11], (4, 3, 7, 5)),
        ("m01<0K0K0>0E060K0M", [9, 11], (3, 2, 8, 7)),
        ("R1172LN41J0601OI020;", [9, 11], (3, 2, 7, 7)),
    ],
)
def test_a_coco_mask(counts: object, size: list[int], box: tuple[int, ...]) -> None:
    x, y, width, height = box
    assert shapes.coco_mask(counts, size) == (x, y, x + width, y + height)


@pytest.mark.parametrize(
    ("counts", "size"),
    [
        ([10, 20], [480, 640]),
        ([-1, 36], [7, 5]),
        ([35], [7, 5]),
        ([0, 35.0], [7, 5]),
        ("98b0", [7]),
        ("98b0", [1 << 20, 1 << 20]),
        ("~~~", [7, 5]),
        ("oooooooooooooooooooooooooooo", [7, 5]),
        (None, [7, 5]),
    ],
)
def test_what_is_not_a_coco_mask(counts: object, size: object) -> None:
    assert shapes.coco_mask(counts, size) is None


def test_pieces_of_a_coco_mask() -> None:
    assert shapes.is_one_piece([9, 8, 18], [7, 5])
    assert not shapes.is_one_piece([0, 1, 33, 1], [7, 5])
    assert not shapes.is_one_piece([35], [7, 5])


# Written by the brush of label-studio-sdk 2.1 (`encode_rle`), of the masks of 9 × 11 above.
BRUSHES = {
    (4, 3, 11, 8): "0000018c391bfe9f008ffe7008ffef8047ff84c023ffc46011ffe17008fff15804fff8dc00",
    (
        3,
        2,
        11,
        9,
    ): "0000018c391bfe63008fff338047ff86c023ffbe011ffdf008fff198047ff18047ff85c023ffc26000",
}


@pytest.mark.parametrize("box", BRUSHES)
def test_a_brush_mask(box: tuple[int, ...]) -> None:
    data = list(bytes.fromhex(BRUSHES[box]))
    assert shapes.studio_mask(data, 11, 9) == box
    assert shapes.studio_mask(data, 12, 9) is None
    assert shapes.studio_mask(data[:20], 11, 9) is None
    assert shapes.studio_mask([*data[:3], 300], 11, 9) is None


def test_a_cvat_mask() -> None:
    # By hand, in a rectangle of 4 × 3 at (10, 20): pixels 5 and 6, in row 1, and 9, in row 2.
    assert shapes.cvat_mask("5, 2, 2, 1, 2", 10, 20, 4, 3) == (11, 21, 13, 23)
    assert shapes.cvat_mask("12", 10, 20, 4, 3) is None
    assert shapes.cvat_mask("5, 2", 10, 20, 4, 3) is None
    assert shapes.cvat_mask("", 10, 20, 4, 3) is None


def test_turned_shapes() -> None:
    corner = shapes.turned((80, 30, 100, 40), 90, (80, 30))
    assert shapes.around(corner) == pytest.approx((70, 30, 80, 50))
    middle = shapes.turned((0, 0, 2, 2), 45, (1, 1))
    half = math.sqrt(2)
    assert shapes.around(middle) == pytest.approx((1 - half, 1 - half, 1 + half, 1 + half))
    assert shapes.ellipse(5, 5, 3, 1, 90) == pytest.approx((4, 2, 6, 8))
    # The widest x of an ellipse turned by φ is √(a² cos² φ + b² sin² φ).
    assert shapes.ellipse(0, 0, 4, 3, 30)[2] == pytest.approx(math.sqrt(16 * 0.75 + 9 * 0.25))


def test_a_row_does_not_keep_a_shape_without_end() -> None:
    assert shapes.kept(polygon=[1, 2]) == {"polygon": [1, 2]}
    assert list(shapes.kept(polygon=list(range(100_000)))) == ["too_long"]
