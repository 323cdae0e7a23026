"""labelme: a JSON file for each image, with ``shapes`` in pixels of the upright image.

The box of a shape is the rectangle around its points; of a circle, around its disc. A point or a
line is not a box: its image comes in, and the box is still to be drawn.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.datasets.formats import shapes
from studio.datasets.formats.data_folder import DataFolder, OnFile, not_told
from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    Problems,
    RowProblem,
    RowReason,
    read_label,
    read_size,
    shown,
)
from studio.dialects import decode_text
from studio.errors import StudioError
from studio.folders import Walked
from studio.opening import parse_json, read_bytes

_SHAPES = {
    "polygon": "polygon",
    "rectangle": "rectangle",
    "oriented_rectangle": "rotated",
    "rotation": "rotated",
    "circle": "ellipse",
    "mask": "mask",
    "line": "line",
    "linestrip": "line",
    "point": "points",
    "points": "points",
}


def read(path: Path, images: Path | None = None, on_file: OnFile = not_told) -> BoxList:
    """Read a folder of files, or one. What cannot be used is named in `problems`."""
    folder = DataFolder(path, images, on_file)
    problems = Problems(path.name)
    listed = []
    for file in folder.annotations(".json"):
        place = "/".join(file.parts)
        try:
            document = parse_json(decode_text(read_bytes(file.path)))
        except (StudioError, ValueError) as error:
            sentence = (
                str(error)
                if isinstance(error, StudioError)
                else (f"{shown(place)} is not JSON: {shown(str(error), 200)}.")
            )
            problems.append(RowProblem(0, RowReason.BAD_ROW, sentence, place))
            continue
        if isinstance(document, dict) and isinstance(document.get("shapes"), list):
            image = _image(folder, file, document, problems)
            if image is not None:
                listed.append(image)
    labels = tuple(dict.fromkeys(b.label for image in listed for b in image.boxes if b.label))
    return BoxList(tuple(listed), tuple(problems), labels)


def _image(
    folder: DataFolder, file: Walked, document: dict[str, Any], problems: Problems
) -> ListedImage | None:
    place = "/".join(file.parts)
    written = document.get("imagePath")
    picture = folder.picture_of(file, written if isinstance(written, str) and written else None)
    if picture is None:
        sentence = f"{shown(place)} belongs to no image that can be told."
        problems.append(RowProblem(0, RowReason.NO_IMAGE, sentence, place))
        return None
    width, height = (read_size(document.get(name)) for name in ("imageWidth", "imageHeight"))
    as_read = {"imagePath": written, "imageWidth": width, "imageHeight": height}
    if document.get("flags"):
        as_read |= shapes.kept(flags=document["flags"])
    boxes = tuple(_boxes(document["shapes"], place, problems))
    return ListedImage(
        0, picture, boxes, None, "pixels", width, height, None, as_read, picture, "exif"
    )


def _boxes(entries: list[Any], place: str, problems: Problems) -> Iterator[ListedBox]:
    for index, entry in enumerate(entries):
        said = entry.get("label") if isinstance(entry, dict) else None
        label, why = read_label(said) if isinstance(said, str) and said.strip() else (None, None)
        if why is not None:
            what = f"Shape {index} of {shown(place)} is left out for its label. {why}"
            problems.append(RowProblem(index, RowReason.BAD_LABEL, what, place))
            continue
        box = _box(index, entry, label) if isinstance(entry, dict) else None
        if box is None:
            what = f"Shape {index} of {shown(place)} has no points that can be read."
            problems.append(RowProblem(index, RowReason.BAD_BOX, what, place))
        else:
            yield box


def _box(index: int, entry: dict[str, Any], label: str | None) -> ListedBox | None:
    said = entry.get("shape_type")
    kind = _SHAPES.get(said, "polygon") if isinstance(said, str) else "polygon"
    points = shapes.pairs(entry.get("points"))
    if points is None:
        return None
    x0, y0, x1, y1 = corners = shapes.around(points)
    if kind == "ellipse" and len(points) == 2:
        (cx, cy), edge = points
        radius = math.dist((cx, cy), edge)
        corners = (cx - radius, cy - radius, cx + radius, cy + radius)
    elif kind == "mask":  # its points are the first and the last pixel
        corners = (x0, y0, x1 + 1, y1 + 1)
    elif kind in ("line", "points"):
        corners = (x0, y0, x0, y0)
    as_read: dict[str, Any] = {"label": label, "shape_type": said, "corners": list(corners)}
    told = {name: entry.get(name) for name in ("group_id", "description")}
    as_read |= {name: value for name, value in told.items() if value not in (None, "")}
    beyond = {} if kind == "rectangle" else shapes.kept(points=points)
    if kind == "mask":
        beyond = shapes.kept(mask=entry.get("mask"))
    if entry.get("flags"):
        beyond = beyond | shapes.kept(flags=entry["flags"])
    return ListedBox(index, *corners, label, None, as_read, kind, beyond)
