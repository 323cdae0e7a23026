from pathlib import Path

import pytest

from studio.datasets.formats import modelderm
from studio.datasets.formats.frame_and_unit import SizedImage, StoredSize, decide_geometry
from studio.datasets.formats.records import RowReason
from studio.imaging import Square

HEAD = "file,index,x0,y0,x1,y1,malignancy,prediction\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "result.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_boxes_are_in_the_turned_frame(tmp_path: Path) -> None:
    read = modelderm.read(
        write(tmp_path, HEAD + "a.jpg,0,10,20,110,120,0.25,-\na.jpg,1,0,0,50,50,,Nevus\n")
    )
    (image,) = read.images
    first, second = image.boxes
    assert image.frame == "exif"
    assert (first.score, second.score) == (0.25, None)
    assert first.label is None
    assert second.as_read["prediction"] == "Nevus"
    stored = StoredSize(300, 400, 6)
    found = decide_geometry([SizedImage(image, stored)]).square(image, first, stored)
    assert found == Square(70, 340, 100)


def test_bad_rows_are_named(tmp_path: Path) -> None:
    rows = [
        "a.jpg,0,1,2,3,x,0,-",
        "../,0,1,2,30,30,0,-",
        "a.jpg,0,1,2",
        "a\0.jpg,0,1,2,30,30,0,-",
        "a.jpg,0,1,2,inf,30,0,-",
        '"a.jpg,0,1,2,30,30,0,-',
        "b.jpg,0,1,2,30,31,0,-",
        "b.jpg,1,1,31,30,2,0,-",
    ]
    read = modelderm.read(write(tmp_path, HEAD + "\n".join(rows)))
    assert [image.file for image in read.images] == ["b.jpg"]
    assert [(problem.line, problem.reason) for problem in read.problems] == [
        (2, RowReason.BAD_NUMBER),
        (3, RowReason.BAD_NAME),
        (4, RowReason.BAD_ROW),
        (5, RowReason.NUL_BYTE),
        (6, RowReason.BAD_NUMBER),
        (7, RowReason.BAD_ROW),
        (9, RowReason.BAD_BOX),
    ]


@pytest.mark.data
def test_the_published_boxes(shared_data: Path) -> None:
    read = modelderm.read(shared_data / "widefield/modelderm_boxes.csv")
    assert len(read.images) == 6
    assert sum(len(image.boxes) for image in read.images) == 53
    assert not read.problems
