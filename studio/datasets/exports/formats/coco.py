"""COCO: ``annotations.json`` with pictures in ``images/``, named relative to the JSON."""

import json
from typing import Any

from studio.datasets.exports.writing import (
    Export,
    ExportFormat,
    WrittenFile,
    copy_upright,
    short_names,
    upright_size,
    upright_square,
)
from studio.datasets.selection import Picture
from studio.project import Box

NOTICE = "Research use, not a diagnosis."


def _write(export: Export) -> None:
    export.drop_unlabelled()
    folder = export.folder / "images"
    folder.mkdir()
    names = short_names([picture.image for picture in export.pictures])
    files: dict[int, str] = {}

    def copy(picture: Picture) -> list[WrittenFile]:
        image = picture.image
        name = copy_upright(picture, folder, names[image.id])
        files[image.id] = f"images/{name}"
        return [WrittenFile.of(export.folder, folder / name, image.sha256)]

    copied = export.each_picture(copy)
    categories = {name: index for index, name in enumerate(export.class_names, start=1)}
    document = {
        "info": {"description": "CAN Studio export", "notice": NOTICE},
        "licenses": [],
        "images": [_image(picture, files[picture.image.id]) for picture in copied],
        "annotations": [
            _annotation(picture, box, categories[export.label_of(box) or ""])
            for picture in copied
            for box in picture.boxes
        ],
        "categories": [{"id": index, "name": name} for name, index in categories.items()],
    }
    path = export.folder / "annotations.json"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    export.record(path)
    export.notes["frame"] = "exif: pixels of the pictures as written, which are upright"


def _image(picture: Picture, file: str) -> dict[str, Any]:
    image = picture.image
    width, height = upright_size(image)
    return {
        "id": image.id,
        "file_name": file,
        "width": width,
        "height": height,
        "original": image.file,
        "sha256": image.sha256,
        "synthetic": image.synthetic,
    }


def _annotation(picture: Picture, box: Box, category: int) -> dict[str, Any]:
    square = upright_square(picture.image, box.square)
    return {
        "id": box.id,
        "image_id": box.image_id,
        "category_id": category,
        "bbox": [square.x0, square.y0, square.side, square.side],
        "area": square.side**2,
        "iscrowd": 0,
        "segmentation": [],
        "state": box.state.value,
        "origin": box.origin,
        "score": box.score,
    }


FORMAT = ExportFormat("COCO JSON", _write, order=1)
