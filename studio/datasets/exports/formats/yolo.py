"""YOLO: ``images/``, ``labels/*.txt`` (class x_center y_center width height), ``data.yaml``.

The split into ``train.txt`` and ``val.txt`` is by group: the images of a patient or a lesion, and
near-duplicates, stay on one side.
"""

import json
from pathlib import Path

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
from studio.datasets.splits import grouped_split
from studio.project import Box, ImageRow
from studio.project.groups import image_groups


def _write(export: Export) -> None:
    export.drop_unlabelled()
    images, labels = export.folder / "images", export.folder / "labels"
    images.mkdir()
    labels.mkdir()
    names = short_names([picture.image for picture in export.pictures])
    classes = {name: index for index, name in enumerate(export.class_names)}
    files: dict[int, str] = {}

    def copy(picture: Picture) -> list[WrittenFile]:
        image = picture.image
        file = copy_upright(picture, images, names[image.id])
        files[image.id] = file
        rows = [_row(image, box, classes[export.label_of(box) or ""]) for box in picture.boxes]
        text = labels / f"{Path(file).stem}.txt"
        text.write_text("".join(rows), encoding="utf-8")
        return [WrittenFile.of(export.folder, path, image.sha256) for path in (images / file, text)]

    copied = export.each_picture(copy)
    _write_split(export, copied, files)
    _write_yaml(export)
    export.notes["frame"] = "exif: fractions of the pictures as written, which are upright"


def _row(image: ImageRow, box: Box, category: int) -> str:
    width, height = upright_size(image)
    square = upright_square(image, box.square)
    numbers = (square.cx / width, square.cy / height, square.side / width, square.side / height)
    return " ".join([str(category), *(f"{number:.6f}" for number in numbers)]) + "\n"


def _write_split(export: Export, copied: list[Picture], files: dict[int, str]) -> None:
    known = image_groups(export.project)
    groups = [known[picture.image.id].name for picture in copied]
    told = any(picture.image.patient or picture.image.lesion for picture in copied)
    classes = [export.label_of(picture.boxes[0]) for picture in copied]
    options = export.options
    split = grouped_split(copied, groups, options.val_fraction, options.seed, classes)
    for name, part in (("train", split.rest), ("val", split.held_out)):
        path = export.folder / f"{name}.txt"
        lines = [f"./images/{files[picture.image.id]}\n" for picture in part]
        path.write_text("".join(lines), encoding="utf-8")
        export.record(path)
    export.notes["split"] = {
        "by": "group" if told else "stack",
        "val_fraction": options.val_fraction,
        "seed": options.seed,
        "train": len(split.rest),
        "val": len(split.held_out),
    }


def _write_yaml(export: Export) -> None:
    # A JSON string is a YAML string; without `path`, the reader takes the folder of this file.
    names = [f"  {index}: {json.dumps(name)}" for index, name in enumerate(export.class_names)]
    lines = ["# Research use, not a diagnosis.", "train: train.txt", "val: val.txt", "names:"]
    path = export.folder / "data.yaml"
    path.write_text("\n".join([*lines, *names, ""]), encoding="utf-8")
    export.record(path)


FORMAT = ExportFormat("YOLO", _write, order=2)
