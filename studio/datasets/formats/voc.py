"""Pascal VOC: an XML file for each image, an ``object`` with a ``bndbox`` for each box.

Pixels of a ``bndbox`` are counted from 1 and inclusive, as VOC has them; in a data set in which any
box begins at 0, they are counted from 0, as outlines always are. Tools draw on the upright image,
unless the size that is stated says otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

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
    shown,
)
from studio.datasets.formats.xml import read_number, read_pixels, read_xml
from studio.errors import StudioError
from studio.folders import Walked

ROOT = "annotation"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_SAID = ("pose", "truncated", "difficult", "occluded")
_MASKS = ("segmentationclass", "segmentationobject", "masks")


class _Object(NamedTuple):
    number: int
    element: Element
    label: str | None


def read(path: Path, images: Path | None = None, on_file: OnFile = not_told) -> BoxList:
    """Read a data set: its folder, or one file. What cannot be used is named in `problems`."""
    folder = DataFolder(path, images, on_file)
    problems = Problems(path.name)
    found: list[ListedImage] = []
    for file in folder.annotations(".xml"):
        try:
            root = read_xml(file.path)
        except StudioError as error:
            problems.append(RowProblem(0, RowReason.BAD_ROW, str(error), "/".join(file.parts)))
            continue
        if root.tag == ROOT:
            image = _image(folder, file, root, problems)
            if image is not None:
                found.append(image)
    aside = frozenset(
        "/".join(one.parts)
        for one in folder.pictures
        if {part.casefold() for part in one.parts[:-1]} & {*_MASKS}
    )
    listed = found if _begin_at_0(found) else [_from_1(image) for image in found]
    labels = tuple(dict.fromkeys(b.label for image in listed for b in image.boxes if b.label))
    return BoxList(tuple(listed), tuple(problems), labels, (), aside)


def _image(
    folder: DataFolder, file: Walked, root: Element, problems: Problems
) -> ListedImage | None:
    place = "/".join(file.parts)
    written = _said(root, "filename") or _said(root, "path")
    picture = folder.picture_of(file, written or None)
    if picture is None:
        sentence = f"{shown(place)} belongs to no image that can be told."
        problems.append(RowProblem(0, RowReason.NO_IMAGE, sentence, place))
        return None
    boxes = list(_boxes(root, place, problems))
    size = root.find("size")
    width, height = (
        None if size is None else read_pixels(size.findtext(name)) for name in ("width", "height")
    )
    as_read = {"filename": written, "width": width, "height": height}
    return ListedImage(
        0, picture, tuple(boxes), None, "pixels", width, height, None, as_read, picture, "exif"
    )


def _boxes(root: Element, place: str, problems: Problems) -> Iterator[ListedBox]:
    for index, element in enumerate(root.iter("object")):
        name = _said(element, "name")
        label, why = read_label(name) if name else (None, None)
        if why is not None:
            what = f"Object {index} of {shown(place)} is left out for its label. {why}"
            problems.append(RowProblem(index, RowReason.BAD_LABEL, what, place))
            continue
        box = _box(_Object(index, element, label))
        if box is None:
            what = f"Object {index} of {shown(place)} has no bndbox of four numbers and no outline."
            problems.append(RowProblem(index, RowReason.BAD_BOX, what, place))
        else:
            yield box


def _box(one: _Object) -> ListedBox | None:
    element = one.element
    as_read: dict[str, Any] = {"label": one.label}
    as_read |= {name: said for name in _SAID if (said := _said(element, name))}
    outline = element.find("polygon")
    turned = element.find("robndbox")
    corners = _numbers(element.find("bndbox"), _CORNERS)
    shape = "rectangle"
    beyond: dict[str, Any] = {}
    if turned is not None:
        shape = "rotated"
        numbers = _numbers(turned, ("cx", "cy", "w", "h", "angle"))
        if numbers is None:
            return None
        cx, cy, width, height, angle = numbers
        beyond = shapes.kept(robndbox=numbers)
        straight = (cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
        degrees = angle * 57.29577951308232  # the tool that writes them has radians
        corners = list(shapes.around(shapes.turned(straight, degrees, (cx, cy))))
    elif outline is not None:
        shape = "polygon"
        points = _points(outline)
        beyond = shapes.kept(polygon=points or [])
        if corners is None and points:
            corners = list(shapes.around(points))
    parts = [_numbers(part.find("bndbox"), _CORNERS) for part in element.findall("part")]
    if parts:
        beyond = beyond | shapes.kept(parts=parts)
    if corners is None:
        return None
    as_read["bndbox" if element.find("bndbox") is not None else "corners"] = corners
    x0, y0, x1, y1 = corners
    return ListedBox(one.number, x0, y0, x1, y1, one.label, None, as_read, shape, beyond)


def _points(outline: Element) -> list[shapes.Point] | None:
    """The points of ``<x1>``, ``<y1>``, …, or of ``<pt>`` with ``<x>`` and ``<y>``."""
    values = [read_number(one.text) for one in outline.iter() if one.tag[:1] in ("x", "y")]
    return None if None in values else shapes.pairs(values)


def _begin_at_0(images: Sequence[ListedImage]) -> bool:
    return any(
        min(box.x0, box.y0) < 0.5 and box.shape == "rectangle"
        for image in images
        for box in image.boxes
    )


def _from_1(image: ListedImage) -> ListedImage:
    boxes = tuple(
        replace(box, x0=box.x0 - 1, y0=box.y0 - 1) if "bndbox" in box.as_read else box
        for box in image.boxes
    )
    return replace(image, boxes=boxes)


def _said(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _numbers(element: Element | None, names: Sequence[str]) -> list[float] | None:
    if element is None:
        return None
    values = [read_number(element.findtext(name)) for name in names]
    whole = [value for value in values if value is not None]
    return whole if len(whole) == len(names) else None
