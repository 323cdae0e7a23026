"""CVAT for images 1.1: one XML file, an ``image`` for each image with its shapes in pixels.

A turned box or an ellipse becomes the rectangle around it, a polygon and a mask likewise. Points
and lines are not boxes: their image comes in, and the box is still to be drawn. Tracks of a video
have no images and are counted.
"""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from studio.datasets.formats import shapes
from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    Problems,
    RowProblem,
    RowReason,
    read_label,
    relative_file,
    shown,
)
from studio.datasets.formats.xml import read_number, read_pixels, read_xml
from studio.errors import StudioError

ROOT = "annotations"
_SHAPES = {
    "box": "rectangle",
    "polygon": "polygon",
    "mask": "mask",
    "ellipse": "ellipse",
    "polyline": "line",
    "points": "points",
    "skeleton": "points",
    "cuboid": "polygon",
}
_KEPT = ("occluded", "z_order", "group_id", "source", "rotation")


def read(path: Path) -> BoxList:
    """Read a file. What cannot be used is named in `problems`. Raises StudioError when the file is
    not one of CVAT."""
    root = read_xml(path)
    if root.tag != ROOT:
        raise StudioError(f"{path.name} is not a CVAT file: its root is not “{ROOT}”.")
    problems = Problems(path.name)
    for index, track in enumerate(root.findall("track")):
        told = shown(track.get("label") or "")
        what = f"Track {index} ({told}) is of a video, which has no images of its own."
        problems.append(RowProblem(index, RowReason.NO_IMAGE, what))
    listed: list[ListedImage] = []
    number = 0
    for index, element in enumerate(root.findall("image")):
        name = element.get("name") or ""
        file = relative_file(name)
        boxes = []
        for shape in element:
            if shape.tag not in _SHAPES:
                continue
            found = _box(number, shape)
            number += 1
            if isinstance(found, ListedBox):
                boxes.append(found)
            else:
                reason, what = found
                sentence = f"Shape {number - 1}, of {shown(name)}, {what}"
                problems.append(RowProblem(number - 1, reason, sentence))
        if file is None:
            what = f"Image {index} has no usable name: {shown(repr(name))}."
            problems.append(RowProblem(index, RowReason.BAD_NAME, what))
            continue
        width, height = (read_pixels(element.get(side)) for side in ("width", "height"))
        as_read = {"id": element.get("id"), "name": name, "width": width, "height": height}
        tags = [tag.get("label") for tag in element.findall("tag")]
        if tags:
            as_read |= shapes.kept(tags=tags)
        listed.append(
            ListedImage(
                index, file, tuple(boxes), None, "pixels", width, height, None, as_read, name,
                "exif",
            )
        )  # fmt: skip
    labels = tuple(dict.fromkeys(b.label for image in listed for b in image.boxes if b.label))
    return BoxList(tuple(listed), tuple(problems), labels)


def _box(index: int, shape: Element) -> ListedBox | tuple[RowReason, str]:
    kind = _SHAPES[shape.tag]
    said = shape.get("label") or ""
    label, why = read_label(said) if said.strip() else (None, None)
    if why is not None:
        return RowReason.BAD_LABEL, f"is left out for its label. {why}"
    corners, beyond = _corners(shape)
    if corners is None:
        return RowReason.BAD_BOX, f"is a {shape.tag} whose numbers cannot be read."
    if kind == "rectangle" and beyond:
        kind = "rotated"
    as_read: dict[str, Any] = {"shape": shape.tag, "label": label, "corners": list(corners)}
    as_read |= {name: value for name in _KEPT if (value := shape.get(name)) is not None}
    attributes = {one.get("name") or "": one.text or "" for one in shape.findall("attribute")}
    if attributes:
        as_read |= shapes.kept(attributes=attributes)
    return ListedBox(index, *corners, label, None, as_read, kind, beyond)


def _corners(shape: Element) -> tuple[shapes.Corners | None, dict[str, Any]]:
    """The rectangle around a shape, and what it leaves out."""
    points: list[shapes.Point] | None
    match shape.tag:
        case "box":
            numbers = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
            degrees = read_number(shape.get("rotation") or "0")
            if numbers is None or degrees is None:
                return None, {}
            x0, y0, x1, y1 = numbers
            if not degrees:
                return (x0, y0, x1, y1), {}
            found = shapes.turned((x0, y0, x1, y1), degrees, ((x0 + x1) / 2, (y0 + y1) / 2))
            return shapes.around(found), shapes.kept(box=numbers, rotation=degrees)
        case "ellipse":
            numbers = _numbers(shape, "cx", "cy", "rx", "ry")
            degrees = read_number(shape.get("rotation") or "0")
            if numbers is None or degrees is None or min(numbers[2:]) <= 0:
                return None, {}
            cx, cy, rx, ry = numbers
            return shapes.ellipse(cx, cy, rx, ry, degrees), shapes.kept(
                ellipse=numbers, rotation=degrees
            )
        case "mask":
            numbers = _numbers(shape, "left", "top", "width", "height")
            if numbers is None or min(numbers[2:]) <= 0:
                return None, {}
            left, top, width, height = map(int, numbers)
            rle = shape.get("rle") or ""
            beyond = shapes.kept(rle=rle, left=left, top=top, width=width)
            return shapes.cvat_mask(rle, left, top, width, height), beyond
        case "cuboid":
            names = [f"{axis}{corner}1" for corner in ("tl", "bl", "tr", "br") for axis in "xy"]
            names += [name[:-1] + "2" for name in names]
            points = shapes.pairs(_numbers(shape, *names))
        case "skeleton":
            texts = [one.get("points") or "" for one in shape.findall("points")]
            points = _points(";".join(texts))
        case _:
            points = _points(shape.get("points") or "")
    if points is None:
        return None, {}
    corners = shapes.around(points)
    if _SHAPES[shape.tag] in ("line", "points"):
        corners = (*corners[:2], *corners[:2])  # no box: it is still to be drawn
    return corners, shapes.kept(points=points)


def _points(text: str) -> list[shapes.Point] | None:
    """The points of ``x,y;x,y``."""
    pairs = [pair.split(",") for pair in text.split(";") if pair.strip()]
    values = [read_number(part) for pair in pairs for part in pair]
    return None if None in values else shapes.pairs(values)


def _numbers(shape: Element, *names: str) -> list[float] | None:
    values = [read_number(shape.get(name)) for name in names]
    whole = [value for value in values if value is not None]
    return whole if len(whole) == len(values) else None
