"""COCO JSON: ``images``, ``annotations`` with ``bbox`` [x, y, width, height], ``categories``.

COCO does not say in which frame its numbers are. Tools that turn pictures by EXIF also state the
turned size, and `ListedImage.frame_in` judges by that. A box that is no square becomes the square
of its long side about the centre.
"""

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

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
from studio.errors import StudioError

# The whole file is parsed at once: these two bound its memory to about 700 MB, whatever it holds.
MAX_BYTES = 64 * 1024 * 1024
MAX_VALUES = 6_000_000

Entry = dict[str, Any]
Key = int | str


def read(path: Path) -> BoxList:
    """Read a COCO file. Entries that cannot be used are named in `problems`; the rest is kept.

    Raises StudioError when the file is not COCO JSON.
    """
    document = load(path)
    problems = Problems(path.name)
    categories = _categories(document, problems)
    boxes = _boxes(document, categories, problems)
    images = _images(document, boxes, problems)
    return BoxList(tuple(images), tuple(problems), tuple(dict.fromkeys(categories.values())))


def load(path: Path) -> Entry:
    """The document, checked to have COCO's three lists. Raises StudioError when it has not."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StudioError(f"{path.name} is larger than {MAX_BYTES >> 20} MB: split the file.")
        content = path.read_bytes()
        if sum(content.count(mark) for mark in b"[{,") > MAX_VALUES:
            raise StudioError(f"{path.name} has more than {MAX_VALUES:,} values: split the file.")
        document = json.loads(content)
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise StudioError(f"{path.name} is not JSON: {shown(str(error))}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        raise StudioError(
            f"{path.name} is not a COCO file: it has no list of “images”. Detection results alone "
            "do not name their images; export the annotations too."
        )
    for name in ("annotations", "categories"):
        if not isinstance(document.setdefault(name, []), list):
            raise StudioError(f"{path.name} is not a COCO file: “{name}” is not a list.")
    return document


def _categories(document: Entry, problems: Problems) -> dict[Key, str]:
    names: dict[Key, str] = {}
    for index, entry in enumerate(document["categories"]):
        key, name = _key(entry, "id"), _text(entry, "name")
        if key is None or name is None:
            problems.append(_bad(index, "Category", "has no id or no name"))
            continue
        label, why = read_label(name)
        if why is not None:
            sentence = f"Category {index} is left out for its label. {why}"
            problems.append(RowProblem(index, RowReason.BAD_LABEL, sentence))
        else:
            names[key] = label
    return names


def _boxes(
    document: Entry, categories: dict[Key, str], problems: Problems
) -> dict[Key, list[ListedBox]]:
    boxes: dict[Key, list[ListedBox]] = defaultdict(list)
    known = {_key(entry, "id") for entry in document["images"]}
    for index, entry in enumerate(document["annotations"]):
        image = _key(entry, "image_id")
        numbers = _numbers(entry.get("bbox")) if isinstance(entry, dict) else None
        category = _key(entry, "category_id")
        if image is None or image not in known:
            what = f"names image {shown(repr(image))}, which the file does not list"
            problems.append(_bad(index, "Annotation", what, RowReason.NO_IMAGE))
        elif numbers is None:
            what = "has no bbox of four finite numbers"
            problems.append(_bad(index, "Annotation", what, RowReason.BAD_BOX))
        elif entry.get("iscrowd") == 1:
            what = "marks a crowd, not one lesion, and is left out"
            problems.append(_bad(index, "Annotation", what, RowReason.CROWD))
        elif category is not None and category not in categories:
            what = f"has category {shown(repr(category))}, which the file does not name"
            problems.append(_bad(index, "Annotation", what, RowReason.BAD_LABEL))
        else:
            label = categories.get(category) if category is not None else None
            boxes[image].append(_box(index, entry, numbers, label))
    return boxes


def _box(
    index: int, entry: Entry, numbers: tuple[float, float, float, float], label: str | None
) -> ListedBox:
    x, y, width, height = numbers
    kept = ("id", "bbox", "category_id", "score")
    as_read = {name: entry[name] for name in kept if name in entry}
    return ListedBox(index, x, y, x + width, y + height, label, _score(entry), as_read)


def _images(
    document: Entry, boxes: dict[Key, list[ListedBox]], problems: Problems
) -> list[ListedImage]:
    images: list[ListedImage] = []
    seen: set[Key] = set()
    for index, entry in enumerate(document["images"]):
        key, name = _key(entry, "id"), _text(entry, "file_name")
        file = relative_file(name) if name is not None else None
        if key is None or file is None:
            what = f"has no id or no usable file_name: {shown(repr(name))}"
            problems.append(_bad(index, "Image", what, RowReason.BAD_NAME))
        elif key in seen:
            what = f"has the id {shown(repr(key))} of an earlier one"
            problems.append(_bad(index, "Image", what, RowReason.DUPLICATE))
        else:
            seen.add(key)
            images.append(_image(index, entry, file, tuple(boxes.get(key, ()))))
    return images


def _image(index: int, entry: Entry, file: str, boxes: tuple[ListedBox, ...]) -> ListedImage:
    kept = ("id", "file_name", "width", "height", "coco_url", "flickr_url")
    return ListedImage(
        line=index,
        file=file,
        boxes=boxes,
        width=_size(entry, "width"),
        height=_size(entry, "height"),
        url=_text(entry, "coco_url") or _text(entry, "flickr_url"),
        as_read={name: entry[name] for name in kept if name in entry},
    )


def _bad(index: int, kind: str, what: str, reason: RowReason = RowReason.BAD_ROW) -> RowProblem:
    return RowProblem(index, reason, f"{kind} {index} {what}.")


def _key(entry: object, name: str) -> Key | None:
    value = entry.get(name) if isinstance(entry, dict) else None
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return None


def _text(entry: object, name: str) -> str | None:
    value = entry.get(name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) and value else None


def _size(entry: Entry, name: str) -> int | None:
    value = entry.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _score(entry: Entry) -> float | None:
    value = entry.get("score")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        return None
    return float(value)


def _numbers(value: object) -> tuple[float, float, float, float] | None:
    """Four finite numbers of a size that a picture can have, else None."""
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
        return None
    if not all(abs(v) < 1e7 and math.isfinite(v) for v in value):
        return None
    x, y, width, height = (float(v) for v in value)
    return x, y, width, height
