"""Label Studio: exports as JSON, JSON-MIN and CSV, with regions in percent of the upright image.

A turned rectangle becomes the rectangle around it, as do a polygon, an ellipse and a brush mask. A
key point is not a box: its image comes in, and the box is still to be drawn. Of a task without an
annotation, what a model predicted is taken, with its score.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.datasets.formats import shapes
from studio.datasets.formats.data_folder import DataFolder, fold
from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    Problems,
    RowProblem,
    RowReason,
    read_label,
    read_score,
    read_size,
    relative_file,
    shown,
)
from studio.datasets.formats.table import read_table
from studio.dialects import decode_text
from studio.errors import StudioError
from studio.opening import parse_json, read_bytes

_UPLOADED = re.compile(r"[0-9a-f]{8}-(.+)")
_PICTURE = re.compile(r"\.(jpe?g|png|webp|bmp|gif|tiff?|heic|avif)($|[?#])", re.IGNORECASE)
_LABELS = "labels"
_NUMBERS = ("x", "y", "width", "height", "rotation", "points", "rle", "radiusX", "radiusY")
Entry = dict[str, Any]


@dataclass
class _Region:
    """A shape of a task: its numbers, the size of the image it was drawn on, and its labels."""

    value: Entry
    width: int | None
    height: int | None
    labels: list[str]
    score: float | None = None
    turned: bool = False
    as_read: Entry = field(default_factory=dict)


@dataclass
class _Task:
    """An image as written, and its regions; `name` for sentences."""

    name: str
    image: str
    regions: list[_Region]
    as_read: Entry


def read(path: Path, images: Path | None = None) -> BoxList:
    """Read an export. What cannot be used is named in `problems`. Raises StudioError when the file
    is not one."""
    problems = Problems(path.name)
    folder = DataFolder(path, images)
    names = {fold(one.parts[-1]) for one in folder.pictures}
    listed = []
    number = 0
    for index, task in enumerate(_tasks(path, problems)):
        if task is None:
            continue
        boxes = []
        size: tuple[int | None, int | None] = (None, None)
        for region in task.regions:
            found = _box(number, region)
            number += 1
            if isinstance(found, ListedBox):
                boxes.append(found)
                size = (region.width, region.height)
            else:
                reason, what = found
                problems.append(RowProblem(number - 1, reason, f"A region of {task.name} {what}"))
        image = _image(index, task, tuple(boxes), size, names)
        if image is None:
            what = f"{task.name} names no image that can be used: {shown(task.image)}."
            problems.append(RowProblem(index, RowReason.BAD_NAME, what))
        else:
            listed.append(image)
    labels = tuple(dict.fromkeys(b.label for image in listed for b in image.boxes if b.label))
    return BoxList(tuple(listed), tuple(problems), labels)


def _tasks(path: Path, problems: Problems) -> Iterator[_Task | None]:
    content = decode_text(read_bytes(path))
    if content.lstrip()[:1] not in ("[", "{"):
        for line, cells in read_table(path, (), problems).rows:
            yield _short_task(f"Line {line}", {name: _cell(text) for name, text in cells.items()})
        return
    try:
        document = parse_json(content)
    except ValueError as error:
        raise StudioError(f"{path.name} is not JSON: {shown(str(error), 200)}.") from error
    for index, entry in enumerate(document if isinstance(document, list) else [document]):
        name = f"Task {index}"
        if not isinstance(entry, dict):
            sentence = f"{name} is not a task of Label Studio."
            problems.append(RowProblem(index, RowReason.BAD_ROW, sentence))
        elif isinstance(entry.get("data"), dict):
            yield _task(name, entry)
        else:
            yield _short_task(name, entry)


def _task(name: str, entry: Entry) -> _Task:
    """A task of the full JSON."""
    results: list[tuple[Entry, float | None]] = []  # of one shape several, which share its id
    done = [a for a in _entries(entry.get("annotations")) if not a.get("was_cancelled")]
    for one in done or _entries(entry.get("predictions")):
        score = None if done else one.get("score")
        results += [(result, read_score(score)) for result in _entries(one.get("result"))]
    keys = [_key(place, result) for place, (result, _) in enumerate(results)]
    labels: dict[int | str, list[str]] = defaultdict(list)
    for key, (result, _) in zip(keys, results, strict=True):
        labels[key] += _labels(_value(result))
    regions, seen = [], set()
    for key, (result, score) in zip(keys, results, strict=True):
        value = _value(result)
        if _kind(value) is None or key in seen:
            continue
        seen.add(key)
        sizes = (read_size(result.get("original_width")), read_size(result.get("original_height")))
        named = list(dict.fromkeys(labels[key]))
        region = _Region(value, *sizes, named, score, bool(result.get("image_rotation")))
        region.as_read = {"region": result.get("id")}
        regions.append(region)
    data = {key: value for key, value in entry["data"].items() if isinstance(value, str)}
    towards = [result.get("to_name") for result, _ in results]
    return _Task(name, _image_value(data, towards), regions, {"id": entry.get("id")})


def _short_task(name: str, entry: Entry) -> _Task | None:
    """A task of JSON-MIN or of a CSV: its columns hold lists of regions, and the image."""
    regions = []
    for value in entry.values():
        for one in _entries(value):
            if _kind(one) is None:
                continue
            sizes = (read_size(one.get("original_width")), read_size(one.get("original_height")))
            turned = bool(one.get("image_rotation"))
            regions.append(_Region(one, *sizes, _labels(one), None, turned))
    texts = {key: value for key, value in entry.items() if isinstance(value, str)}
    image = _image_value(texts, [])
    if not image and not regions:
        return None
    return _Task(name, image, regions, {"id": entry.get("id")})


def _key(place: int, result: Entry) -> int | str:
    """By what the results of one shape are known: their id, or their place where they have none."""
    named = result.get("id")
    return place if named is None or named == "" else str(named)


def _labels(value: Entry) -> list[str]:
    """The labels beside the numbers of a region: ``rectanglelabels`` and its like."""
    named = (one for key, one in value.items() if key.endswith(_LABELS) and isinstance(one, list))
    return [text for listed in named for text in listed if isinstance(text, str)]


def _image_value(data: dict[str, str], towards: list[object]) -> str:
    """The value that names the image: that which the regions point to, else one that looks so."""
    for key in [*(one for one in towards if isinstance(one, str)), "image", "img"]:
        if data.get(key):
            return data[key]
    likely = [value for value in data.values() if _PICTURE.search(value)]
    return likely[0] if likely else ""


def _image(
    index: int,
    task: _Task,
    boxes: tuple[ListedBox, ...],
    size: tuple[int | None, int | None],
    names: set[str],
) -> ListedImage | None:
    written = task.image
    is_url = written.lower().startswith(("http://", "https://"))
    file = relative_file(written)
    if file is None or written.startswith("data:"):
        return None
    # An image that was uploaded has its name after eight digits; in its own folder it has not.
    name = re.split(r"[/\\=]", written)[-1]
    uploaded = _UPLOADED.fullmatch(name)
    if fold(name) not in names and uploaded is not None and fold(uploaded[1]) in names:
        file = written = uploaded[1]
    as_read = {**task.as_read, "image": task.image}
    url = task.image if is_url else None
    return ListedImage(index, file, boxes, None, "percent", *size, url, as_read, written, "exif")


def _box(index: int, region: _Region) -> ListedBox | tuple[RowReason, str]:
    if region.turned:
        return RowReason.FRAME, "was drawn on an image that was turned in Label Studio."
    label, why = read_label(region.labels[0]) if region.labels else (None, None)
    if why is not None:
        return RowReason.BAD_LABEL, f"is left out for its label. {why}"
    kind = _kind(region.value) or "rectangle"
    corners = _corners(kind, region)
    if corners is None:
        return RowReason.BAD_BOX, f"is a {kind} whose numbers cannot be read."
    beyond: Entry = {}
    if kind == "rectangle" and region.value.get("rotation"):
        kind = "rotated"
    if kind != "rectangle":
        told = {name: value for name, value in region.value.items() if name in _NUMBERS}
        beyond = shapes.kept(**told)
    if len(region.labels) > 1:
        beyond = beyond | shapes.kept(labels=region.labels)
    as_read = {**region.as_read, "label": label, "corners": list(corners)}
    return ListedBox(index, *corners, label, region.score, as_read, kind, beyond)


def _kind(value: Entry) -> str | None:
    """The shape that a region's numbers tell; None for choices, texts and relations."""
    if "rle" in value:
        return "mask"
    if "points" in value:
        return "polygon"
    if "radiusX" in value:
        return "ellipse"
    if "x" in value and "y" in value:
        return "rectangle" if "height" in value else "points"
    return None


def _corners(kind: str, region: _Region) -> shapes.Corners | None:
    """The rectangle around a region, in percent of width and height."""
    value, width, height = region.value, region.width, region.height
    if kind == "polygon":
        points = shapes.pairs(value.get("points"))
        return None if points is None else shapes.around(points)
    if kind == "mask":
        if width is None or height is None:
            return None
        return _percent(shapes.studio_mask(value.get("rle"), width, height), width, height)
    degrees = value.get("rotation") or 0.0
    names = {
        "rectangle": ("x", "y", "width", "height"),
        "ellipse": ("x", "y", "radiusX", "radiusY"),
        "points": ("x", "y"),
    }[kind]
    numbers = [value.get(name) for name in names]
    if not all(map(shapes.is_coordinate, [*numbers, degrees])):
        return None
    x, y, *rest = (float(number) for number in numbers if number is not None)
    if kind == "points":
        return x, y, x, y  # no box: it is still to be drawn
    across, down = rest
    if not degrees:
        if kind == "ellipse":
            return x - across, y - down, x + across, y + down
        return x, y, x + across, y + down
    if width is None or height is None:
        return None  # percent of width and height turn into one another by the size only
    x, across, y, down = (x * width, across * width, y * height, down * height)
    if kind == "ellipse":
        around = shapes.ellipse(x / 100, y / 100, across / 100, down / 100, degrees)
    else:
        corners = (x / 100, y / 100, (x + across) / 100, (y + down) / 100)
        around = shapes.around(shapes.turned(corners, degrees, corners[:2]))
    return _percent(around, width, height)


def _percent(corners: shapes.Corners | None, width: int, height: int) -> shapes.Corners | None:
    if corners is None:
        return None
    x0, y0, x1, y1 = corners
    return 100 * x0 / width, 100 * y0 / height, 100 * x1 / width, 100 * y1 / height


def _cell(text: str) -> object:
    if not text.startswith(("[", "{")):
        return text
    try:
        return parse_json(text)
    except ValueError:
        return text


def _entries(value: object) -> list[Entry]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _value(result: Entry) -> Entry:
    value = result.get("value")
    return value if isinstance(value, dict) else {}
