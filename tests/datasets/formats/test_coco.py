import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.datasets.formats import ListedBox, ListedImage, coco
from studio.datasets.formats.frame_and_unit import (
    FrameWish,
    SizedImage,
    StoredSize,
    decide_geometry,
)
from studio.datasets.formats.records import RowReason
from studio.errors import StudioError
from studio.imaging import Square


def placed(
    image: ListedImage, box: ListedBox, *size: int, frame: FrameWish = "auto"
) -> Square | None:
    """Where a list of this one image puts the box."""
    stored = StoredSize(*size)
    return decide_geometry([SizedImage(image, stored)], frame).square(image, box, stored)


def write(folder: Path, document: object) -> Path:
    path = folder / "coco.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def document(**changes: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 400, "height": 300}],
        "annotations": [{"id": 5, "image_id": 1, "category_id": 2, "bbox": [10, 20, 100, 60]}],
        "categories": [{"id": 2, "name": "nevus"}],
        **changes,
    }


def test_a_box_becomes_the_square_of_its_long_side(tmp_path: Path) -> None:
    read = coco.read(write(tmp_path, document()))
    (image,) = read.images
    (box,) = image.boxes
    assert image.file == "a.jpg"
    assert box.label == "nevus"
    assert box.as_read["bbox"] == [10, 20, 100, 60]
    assert placed(image, box, 400, 300, 1) == Square(60, 50, 100)
    assert read.labels == ("nevus",)
    assert not read.problems


def test_numbers_in_the_turned_frame_are_turned_back(tmp_path: Path) -> None:
    (image,) = coco.read(write(tmp_path, document())).images
    (box,) = image.boxes
    # Stored as 300 x 400 and turned by EXIF orientation 6: displayed (60, 50) is stored (50, 340).
    assert placed(image, box, 300, 400, 6) == Square(50, 340, 100)


def test_a_size_that_fits_neither_frame_is_an_error(tmp_path: Path) -> None:
    (image,) = coco.read(write(tmp_path, document())).images
    with pytest.raises(StudioError, match="400 × 300"):
        placed(image, image.boxes[0], 4000, 3000, 1)
    with pytest.raises(StudioError, match="another version"):
        placed(image, image.boxes[0], 300, 400, 1)


@pytest.mark.parametrize(
    ("changes", "reason", "boxes"),
    [
        ({"annotations": [{"image_id": 9, "bbox": [0, 0, 1, 1]}]}, RowReason.NO_IMAGE, 0),
        ({"annotations": [{"image_id": 1, "bbox": [0, 0, 1]}]}, RowReason.BAD_BOX, 0),
        ({"annotations": [{"image_id": 1, "bbox": [0, 0, float("inf"), 1]}]}, RowReason.BAD_BOX, 0),
        (
            {"annotations": [{"image_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 1}]},
            RowReason.CROWD,
            0,
        ),
        ({"categories": [{"id": 2, "name": "../../x"}]}, RowReason.BAD_LABEL, 0),
        ({"categories": []}, RowReason.BAD_LABEL, 0),
        ({"annotations": ["x"]}, RowReason.NO_IMAGE, 0),
        (
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}]},
            RowReason.AMBIGUOUS,
            0,
        ),
        (
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1.0, "file_name": "a.jpg"}]},
            RowReason.DUPLICATE,
            1,
        ),
        (
            {"categories": [{"id": 2, "name": "nevus"}, {"id": 2, "name": "melanoma"}]},
            RowReason.DUPLICATE,
            0,
        ),
        (
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "../"}]},
            RowReason.BAD_NAME,
            1,
        ),
        (
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b" * 20_000}]},
            RowReason.BAD_NAME,
            1,
        ),
    ],
)
def test_entries_that_cannot_be_used_are_named(
    tmp_path: Path, changes: dict[str, Any], reason: RowReason, boxes: int
) -> None:
    read = coco.read(write(tmp_path, document(**changes)))
    assert reason in [problem.reason for problem in read.problems]
    assert sum(len(image.boxes) for image in read.images) == boxes
    assert all(problem.sentence.isprintable() for problem in read.problems)


def test_a_box_without_area_or_label_stays(tmp_path: Path) -> None:
    read = coco.read(
        write(tmp_path, document(annotations=[{"image_id": 1, "bbox": [10, 10, 0, 0]}]))
    )
    (box,) = read.images[0].boxes
    assert box.label is None
    assert placed(read.images[0], box, 400, 300, 1) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"images": 3}', "[" * 100_000, "\0", '{"a":'])
def test_what_is_no_coco_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(StudioError, match=r"x\.json"):
        coco.read(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "image_id", "category_id", "bbox", "file_name", "name"]), inner
        )
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries({n: st.lists(VALUES) for n in ("images", "annotations", "categories")})
)
def test_any_entries_are_read_or_named(content: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read = coco.read(write(Path(folder), content))
    assert len(read.images) <= len(content["images"])
    for image in read.images:
        assert ".." not in image.file.split("/")


@given(
    st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(2, 99), st.integers(2, 99)),
    st.integers(1, 8),
)
def test_squares_lie_inside_the_picture(bbox: tuple[int, int, int, int], orientation: int) -> None:
    content = document(annotations=[{"image_id": 1, "bbox": list(bbox)}])
    with tempfile.TemporaryDirectory() as folder:
        (image,) = coco.read(write(Path(folder), content)).images
    raw = (300, 400) if orientation >= 5 else (400, 300)
    square = placed(image, image.boxes[0], *raw, orientation, frame="exif")
    assert square is not None
    assert min(square.x0, square.y0) >= -1e-9
    assert square.x1 <= raw[0] + 1e-9
    assert square.y1 <= raw[1] + 1e-9
