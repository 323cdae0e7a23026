"""COCO JSON: ``images``, ``annotations`` with ``bbox`` [x, y, width, height], ``categories``.

COCO does not say in which frame its numbers are, nor do all tools write pixels: `frame_and_unit`
decides both for a whole list. A box that is not a square becomes the square of its long side about
the centre; where a tool wrote only the outline of a lesion (polygons, or a mask in runs), its box
is the one around it. What a square does not hold is kept beside it (`ListedBox.beyond`).

Ids are compared as numbers where they are numbers: tools write 7, 7.0 and "7" for one image.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.datasets.formats import shapes
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
from studio.dialects import decode_text
from studio.errors import StudioError
from studio.opening import parse_json, read_bytes

# The whole file is parsed at once: these two bound its memory to about 700 MB, whatever it holds.
MAX_BYTES = 64 * 1024 * 1024
MAX_VALUES = 6_000_000

Entry = dict[str, Any]
Id = int | float | str
_ID_CHARACTERS = 40  # a longer text is not a number that anybody counts by


def read(path: Path) -> BoxList:
    """Read a COCO file. Entries that cannot be used are named in `problems`; the rest is kept.

    Raises StudioError when the file is not COCO JSON.
    """
    document = load(path)
    problems = Problems(path.name)
    categories = _Categories(document["categories"], problems)
    boxes = _boxes(document, categories, problems)
    images = _images(document, boxes, problems)
    return BoxList(tuple(images), tuple(problems), categories.labels)


def load(path: Path) -> Entry:
    """The document, checked to have COCO's three lists. Raises StudioError when it has not."""
    content = read_bytes(path, MAX_BYTES)
    try:
        document = parse_json(decode_text(content), MAX_VALUES)
    except ValueError as error:
        raise StudioError(f"{path.name} is not JSON: {shown(str(error), 200)}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise StudioError(
            f"{path.name} is not a COCO file: it has no list of “images”. Detection results alone "
            "do not name their images; export the annotations too."
        )
    for name in ("annotations", "categories"):
        if not isinstance(document.setdefault(name, []), list):
            raise StudioError(f"{path.name} is not a COCO file: “{name}” is not a list.")
    return document


class _Ids:
    """Ids of a document's entries, found again whether they are written as numbers or as text."""

    def __init__(self, ids: Iterable[Id]) -> None:
        self._exact = {_exact(one): one for one in ids}
        self._numbers: dict[int | float, list[Id]] = defaultdict(list)
        for one in self._exact.values():
            if (number := _number(one)) is not None:
                self._numbers[number].append(one)

    def find(self, wanted: Id) -> Id | None:
        """The id that is meant: the one written so, else the only one equal as a number."""
        if _exact(wanted) in self._exact:
            return self._exact[_exact(wanted)]
        number = _number(wanted)
        found = self._numbers.get(number, []) if number is not None else []
        return found[0] if len(found) == 1 else None


class _Categories:
    """The labels of a document by category id."""

    def __init__(self, entries: list[Any], problems: Problems) -> None:
        names: dict[Id, set[str]] = defaultdict(set)
        for index, entry in enumerate(entries):
            key, name = _id(entry, "id"), _text(entry, "name")
            if key is None or name is None:
                problems.append(_bad(index, "Category", "has no id or no name"))
                continue
            label, why = read_label(name)
            if why is not None:
                sentence = f"Category {index} is left out for its label. {why}"
                problems.append(RowProblem(index, RowReason.BAD_LABEL, sentence))
                continue
            if names[key] and label not in names[key]:
                what = (
                    f"has the id {shown(repr(key))} of another one, so that its boxes have no label"
                )
                problems.append(_bad(index, "Category", what, RowReason.DUPLICATE))
            names[key].add(label)
        self.labels = tuple(dict.fromkeys(label for found in names.values() for label in found))
        self._names = names
        self._ids = _Ids(names)

    def label(self, category: Id) -> str | None:
        """The label of a category; None where there is none, or more than one."""
        key = self._ids.find(category)
        labels = self._names.get(key, set()) if key is not None else set()
        return next(iter(labels)) if len(labels) == 1 else None


def _boxes(
    document: Entry, categories: _Categories, problems: Problems
) -> dict[Id, list[ListedBox]]:
    boxes: dict[Id, list[ListedBox]] = defaultdict(list)
    listed = [one for entry in document["images"] if (one := _id(entry, "id")) is not None]
    known = _Ids(listed)
    shared = _shared_ids(document["images"])
    for index, entry in enumerate(document["annotations"]):
        named = _id(entry, "image_id")
        image = known.find(named) if named is not None else None
        numbers = _bbox(entry) if isinstance(entry, dict) else None
        category = _id(entry, "category_id")
        label = categories.label(category) if category is not None else None
        if image is None:
            what = f"names image {shown(repr(named))}, which the file does not list"
            problems.append(_bad(index, "Annotation", what, RowReason.NO_IMAGE))
        elif image in shared:
            what = f"names image {shown(repr(named))}, an id that several images have"
            problems.append(_bad(index, "Annotation", what, RowReason.AMBIGUOUS))
        elif numbers is None:
            what = "has no bbox of four finite numbers and no outline"
            problems.append(_bad(index, "Annotation", what, RowReason.BAD_BOX))
        elif entry.get("iscrowd") == 1 and not _is_one_piece(entry):
            what = "marks a crowd, not one lesion, and is left out"
            problems.append(_bad(index, "Annotation", what, RowReason.CROWD))
        elif label is None and (category is not None or _has_category(entry)):
            told = shown(repr(entry.get("category_id")))
            what = f"has category {told}, which the file does not name, or names twice"
            problems.append(_bad(index, "Annotation", what, RowReason.BAD_LABEL))
        else:
            boxes[image].append(_box(index, entry, numbers, label))
    return boxes


def _is_one_piece(entry: Entry) -> bool:
    """Whether what a tool marks as a crowd is one lesion after all: COCO keeps masks for crowds, so
    some tools mark everything that was painted as one."""
    mask = entry.get("segmentation")
    return isinstance(mask, dict) and shapes.is_one_piece(mask.get("counts"), mask.get("size"))


def _has_category(entry: Entry) -> bool:
    return entry.get("category_id") is not None


def _shared_ids(entries: list[Any]) -> set[Id]:
    """Ids under which the document lists different files."""
    files: dict[Id, set[str | None]] = defaultdict(set)
    for entry in entries:
        if (key := _id(entry, "id")) is not None:
            files[key].add(_text(entry, "file_name"))
    return {key for key, names in files.items() if len(names) > 1}


def _box(
    index: int, entry: Entry, numbers: tuple[float, float, float, float], label: str | None
) -> ListedBox:
    x, y, width, height = numbers
    kept = ("id", "bbox", "category_id", "score")
    as_read = {name: entry[name] for name in kept if name in entry}
    corners = (x, y, x + width, y + height)
    score = read_score(entry.get("score"))
    return ListedBox(index, *corners, label, score, as_read, *_shape(entry))


def _images(
    document: Entry, boxes: dict[Id, list[ListedBox]], problems: Problems
) -> list[ListedImage]:
    images: list[ListedImage] = []
    seen: set[Id] = set()
    shared = _shared_ids(document["images"])
    for index, entry in enumerate(document["images"]):
        key, name = _id(entry, "id"), _text(entry, "file_name")
        file = relative_file(name) if name is not None else None
        if key is None or name is None or file is None:
            what = f"has no id or no usable file_name: {shown(repr(name))}"
            problems.append(_bad(index, "Image", what, RowReason.BAD_NAME))
        elif key in shared:
            # Its boxes are named: which image they belong to cannot be told. The pictures go in.
            images.append(_image(index, entry, name, file, ()))
        elif key in seen:
            what = f"has the id {shown(repr(key))} and the file of an earlier one"
            problems.append(_bad(index, "Image", what, RowReason.DUPLICATE))
        else:
            seen.add(key)
            images.append(_image(index, entry, name, file, tuple(boxes.get(key, ()))))
    return images


def _image(
    index: int, entry: Entry, name: str, file: str, boxes: tuple[ListedBox, ...]
) -> ListedImage:
    kept = ("id", "file_name", "width", "height", "coco_url", "flickr_url")
    return ListedImage(
        line=index,
        file=file,
        boxes=boxes,
        width=read_size(entry.get("width")),
        height=read_size(entry.get("height")),
        url=_text(entry, "coco_url") or _text(entry, "flickr_url"),
        as_read={field: entry[field] for field in kept if field in entry},
        written=name,
    )


def _bad(index: int, kind: str, what: str, reason: RowReason = RowReason.BAD_ROW) -> RowProblem:
    return RowProblem(index, reason, f"{kind} {index} {what}.")


def _id(entry: object, name: str) -> Id | None:
    """An id as written, numbers that are whole as integers; None for what cannot be one."""
    value = entry.get(name) if isinstance(entry, dict) else None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return None


def _exact(value: Id) -> tuple[bool, Id]:
    return isinstance(value, str), value


def _number(value: Id) -> int | float | None:
    """What an id counts: "7" and "7.0" are 7; None for a text that is not a number."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > _ID_CHARACTERS or not text.isascii() or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    try:
        return int(text)  # exact where a float of many digits is not
    except ValueError:
        return int(number) if number.is_integer() else number


def _text(entry: object, name: str) -> str | None:
    value = entry.get(name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) and value else None


def _bbox(entry: Entry) -> tuple[float, float, float, float] | None:
    """[x, y, width, height] of an annotation, else of the points of its outline, else None."""
    numbers = _numbers(entry.get("bbox"))
    if numbers is not None and numbers[2] > 0 and numbers[3] > 0:
        return numbers
    return _around(entry.get("segmentation")) or numbers


def _around(segmentation: object) -> tuple[float, float, float, float] | None:
    """[x, y, width, height] around the polygons `[[x, y, x, y, …], …]` or the mask
    `{"counts": …, "size": [height, width]}`; None for anything else."""
    if isinstance(segmentation, dict):
        found = shapes.coco_mask(segmentation.get("counts"), segmentation.get("size"))
    elif isinstance(segmentation, list) and segmentation:
        polygons = segmentation if isinstance(segmentation[0], list) else [segmentation]
        outlines = [shapes.pairs(one) for one in polygons]
        points = [point for outline in outlines for point in outline or ()]
        if not all(outline and len(outline) > 2 for outline in outlines):
            return None
        found = shapes.around(points)
    else:
        return None
    if found is None:
        return None
    x0, y0, x1, y1 = found
    return (x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None


def _shape(entry: Entry) -> tuple[str, dict[str, Any]]:
    """What an annotation has beyond its rectangle: the name of its shape, and what a row keeps."""
    beyond: dict[str, Any] = {}
    segmentation = entry.get("segmentation")
    if segmentation:
        beyond |= shapes.kept(segmentation=segmentation)
    if entry.get("keypoints"):
        beyond |= shapes.kept(keypoints=entry["keypoints"])
    if entry.get("attributes"):
        beyond |= shapes.kept(attributes=entry["attributes"])
    if isinstance(segmentation, dict):
        return "mask", beyond
    if segmentation:
        return "polygon", beyond
    return "points" if entry.get("keypoints") else "rectangle", beyond


def _numbers(value: object) -> tuple[float, float, float, float] | None:
    """Four finite numbers of a size that a picture can have, else None."""
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(map(shapes.is_coordinate, value)):
        return None
    x, y, width, height = (float(v) for v in value)
    return x, y, width, height
