"""Folder, COCO, YOLO and VOC: the pixels and where the boxes are in them."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from studio.datasets.exports import Options, export
from studio.datasets.formats import coco
from studio.datasets.formats.frame_and_unit import SizedImage, StoredSize, decide_geometry
from studio.imaging import Square, crop, crop_for_export, displayed_size, resize, to_raw

UPRIGHT = Square(60, 24, 17)  # as displayed, in 96 x 64


def eight(kit: Any) -> None:
    """One photograph in all eight orientations, each with the same box as displayed."""
    for orientation in range(1, 9):
        image = kit.photo(f"{orientation}.png", orientation=orientation)
        assert displayed_size(image.width, image.height, image.orientation) == (96, 64)
        kit.box(image, to_raw(UPRIGHT, image.width, image.height, orientation))


def test_all_orientations_give_the_same_crop(kit: Any, tmp_path: Path) -> None:
    eight(kit)
    report = export(kit.project, tmp_path / "out", "folder")
    crops = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "out").glob("*/*.png"))]
    assert len(crops) == report.boxes == 8
    expected = crop(kit.pixels(), UPRIGHT)
    assert expected.shape == (17, 17, 3)
    for pixels in crops:
        np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("size", [None, 40, 8])
def test_the_crop_is_the_one_crop_at_the_size_asked_for(
    kit: Any, tmp_path: Path, size: int | None
) -> None:
    image = kit.photo("a.png", orientation=6)
    square = to_raw(UPRIGHT, image.width, image.height, 6)
    box = kit.box(image, square, label="malignantmelanoma")
    export(kit.project, tmp_path / "out", "folder", size=size)
    path = tmp_path / "out/malignantmelanoma" / f"{image.sha256[:12]}_{box}.png"
    pixels = np.asarray(Image.open(path))
    assert pixels.shape == (size or 17, size or 17, 3)
    original = kit.project.images.path(image)
    np.testing.assert_array_equal(pixels, crop_for_export(original, square, size))
    if size:
        np.testing.assert_array_equal(pixels, resize(crop(kit.pixels(), UPRIGHT), size))


def test_jpeg_crops_when_asked(kit: Any, tmp_path: Path) -> None:
    kit.box(kit.photo("a.png"), UPRIGHT)
    export(kit.project, tmp_path / "out", "folder", options=Options(crop_format="jpeg"))
    (path,) = (tmp_path / "out").glob("*/*.jpg")
    with Image.open(path) as picture:
        assert picture.format == "JPEG"


def test_a_synthetic_crop_says_so(kit: Any, tmp_path: Path) -> None:
    path = kit.save("a.png", kit.pixels())
    from studio.imaging import Limits
    from studio.imaging.verify import examine

    image = kit.project.images.add(examine(path, Limits()), "a.png", path, synthetic=True)
    kit.box(image, UPRIGHT)
    report = export(kit.project, tmp_path / "out", "folder")
    (crop_path,) = (tmp_path / "out").glob("*/*.png")
    assert "synthetic sample" in examine(crop_path, Limits()).info.description
    assert report.manifest["synthetic"]


def read_pictures(folder: Path) -> list[Any]:
    """The pictures as libraries read them that do not apply EXIF, and those that do."""
    pictures = []
    for path in sorted(folder.iterdir()):
        with Image.open(path) as picture:
            assert picture.getexif().get(0x0112, 1) == 1
            pictures.append(np.asarray(picture.convert("RGB")))
    return pictures


def test_coco_is_the_same_for_every_orientation(kit: Any, tmp_path: Path) -> None:
    eight(kit)
    out = tmp_path / "out"
    export(kit.project, out, "coco")
    for pixels in read_pictures(out / "images"):
        np.testing.assert_array_equal(pixels, kit.pixels())
    document = json.loads((out / "annotations.json").read_text("utf-8"))
    assert document["categories"] == [
        {"id": 1, "name": "melanocyticnevus"},
        {"id": 2, "name": "malignantmelanoma"},
    ]
    for image, annotation in zip(document["images"], document["annotations"], strict=True):
        assert (image["width"], image["height"]) == (96, 64)
        assert (out / image["file_name"]).is_file()
        np.testing.assert_allclose(annotation["bbox"], [51.5, 15.5, 17, 17])
        assert annotation["category_id"] == 1
    read = coco.read(out / "annotations.json")
    assert not read.problems
    stored = StoredSize(96, 64, 1)
    geometry = decide_geometry([SizedImage(image, stored) for image in read.images])
    found = [geometry.square(image, image.boxes[0], stored) for image in read.images]
    assert found == [UPRIGHT] * 8


def test_an_upright_original_is_copied_and_not_linked(kit: Any, tmp_path: Path) -> None:
    image = kit.photo("a.png")
    kit.box(image, UPRIGHT)
    export(kit.project, tmp_path / "out", "coco")
    (copy,) = (tmp_path / "out/images").iterdir()
    original = kit.project.images.path(image)
    assert copy.read_bytes() == original.read_bytes()
    assert not copy.samefile(original)


def test_yolo_gives_fractions_and_a_split_by_stack(kit: Any, tmp_path: Path) -> None:
    eight(kit)
    kit.project.images.set_stack([1, 2, 3, 4, 5], best_image_id=1)
    out = tmp_path / "out"
    report = export(kit.project, out, "yolo", options=Options(val_fraction=0.4))
    assert len(read_pictures(out / "images")) == 8
    for path in (out / "labels").iterdir():
        numbers = [float(number) for number in path.read_text().split()]
        np.testing.assert_allclose(numbers, [0, 60 / 96, 24 / 64, 17 / 96, 17 / 64], atol=1e-6)
    parts = [(out / f"{name}.txt").read_text().split() for name in ("train", "val")]
    assert sorted(map(len, parts)) == [3, 5]
    assert all((out / line).is_file() for part in parts for line in part)
    assert report.manifest["split"]["by"] == "stack"
    assert '  1: "malignantmelanoma"' in (out / "data.yaml").read_text()


def test_voc_counts_pixels_from_one(kit: Any, tmp_path: Path) -> None:
    kit.box(kit.photo("a.png", orientation=8), to_raw(Square(8, 16, 16), 64, 96, 8))
    out = tmp_path / "out"
    export(kit.project, out, "voc")
    (path,) = (out / "Annotations").iterdir()
    root = ElementTree.parse(path).getroot()
    assert root.findtext("object/name") == "melanocyticnevus"
    corners = [root.findtext(f"object/bndbox/{n}") for n in ("xmin", "ymin", "xmax", "ymax")]
    assert corners == ["1", "9", "16", "24"]
    assert (out / "JPEGImages" / (root.findtext("filename") or "")).is_file()
    assert (out / "ImageSets/Main/default.txt").read_text() == f"{path.stem}\n"
