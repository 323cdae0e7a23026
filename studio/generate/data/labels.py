"""`dataset.json` of an official data set: the class of each picture, read with suspicion."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from studio.generate.data.listing import ImageListing, name_key
from studio.imaging import shown_name
from studio.opening import parse_json, read_bytes

FILE = "dataset.json"
MOST_BYTES = 256 << 20
MOST_CLASSES = 10_000
MOST_VALUES = 20_000_000  # three a picture, of the largest data sets
_NAME_CHARACTERS = 120


@dataclass
class Labels:
    """Class of each file, an index into `names`; `bad` says of other files what is wrong.

    `classes` None: the set has none. `problem` is a sentence about the document as a whole.
    """

    classes: dict[str, int] | None = None
    names: tuple[str, ...] = ()
    bad: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def parse_labels(data: bytes) -> Labels:
    """Read `{"labels": [[file, class], …] | null}`; nothing that the bytes hold raises.

    A class is a whole number from 0, also written as a float or as one-hot numbers. `names`, which
    the studio adds, names the classes; they are called by their numbers without it.
    """
    try:
        document = parse_json(data, MOST_VALUES)
    except ValueError:
        return Labels(problem=f"{FILE} is no JSON, so the pictures have no classes.")
    if not isinstance(document, dict) or "labels" not in document:
        return Labels(problem=f"{FILE} has no “labels”, so the pictures have no classes.")
    given = document["labels"]
    if isinstance(given, dict):
        given = list(given.items())
    if given is None or given == []:
        return Labels()
    if not isinstance(given, list):
        return Labels(problem=f"“labels” in {FILE} is not a list, so the pictures have no classes.")
    labels = _each(given)
    if labels.classes:
        _name(labels, document.get("names"))
    return labels


def _each(given: list[Any]) -> Labels:
    classes: dict[str, int] = {}
    labels = Labels(classes)
    odd = 0
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            odd += 1
            continue
        file, value = name_key(pair[0]), pair[1]
        label = _class(value)
        if label is None:
            labels.bad[file] = f"{FILE} gives {shown_name(file)} a class that is no number from 0."
        elif classes.setdefault(file, label) != label:
            labels.bad[file] = f"{FILE} gives {shown_name(file)} two classes."
    if odd:
        labels.problem = f"Entries of {FILE} that are not [file, class], passed over: {odd:,}."
    for file in labels.bad:
        classes.pop(file, None)
    return labels


def _class(value: Any) -> int | None:
    if isinstance(value, list):
        return _hot(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < MOST_CLASSES or value != int(value):
        return None
    return int(value)


def _hot(values: list[Any]) -> int | None:
    """The place of the only 1 among zeros."""
    if not values or len(values) > MOST_CLASSES:
        return None
    if any(
        isinstance(v, bool) or v not in (0, 1) for v in values if not isinstance(v, list | dict)
    ):
        return None
    return values.index(1) if values.count(1) == 1 and values.count(0) == len(values) - 1 else None


def _name(labels: Labels, names: Any) -> None:
    count = max(labels.classes.values(), default=-1) + 1 if labels.classes else 0
    labels.names = tuple(map(str, range(count)))
    if names is None:
        return
    good = isinstance(names, list) and count <= len(names) <= MOST_CLASSES
    if good and all(map(_is_name, names)) and len(set(names)) == len(names):
        labels.names = tuple(names)
        return
    labels.problem = (
        f"{labels.problem} “names” in {FILE} does not name each class once, so they are called by "
        "their numbers."
    ).strip()


def _is_name(name: Any) -> bool:
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_CHARACTERS:
        return False
    return name.isprintable() and bool(name.strip())


def apply_labels(listing: ImageListing, data: bytes) -> None:
    """Give the entries of `listing` the classes of its `dataset.json`.

    Pictures without a good class are left out of a set that has classes.
    """
    labels = parse_labels(data)
    if labels.problem:
        listing.notes.append(labels.problem)
    if labels.classes is None:
        return
    kept = []
    for entry in listing.entries:
        key = name_key(entry.name)
        if key in labels.bad:
            listing.leave_out(entry.name, labels.bad[key])
        elif key not in labels.classes:
            listing.leave_out(entry.name, f"{FILE} gives {shown_name(entry.name)} no class.")
        else:
            kept.append(replace(entry, label=labels.names[labels.classes[key]]))
    _tell_missing(listing, labels)
    listing.entries = kept
    listing.classes = labels.names


def read_bounded(path: Path) -> bytes:
    """The bytes of a `dataset.json`; FileRefused when it is far larger than one would be."""
    return read_bytes(path, MOST_BYTES)


def _tell_missing(listing: ImageListing, labels: Labels) -> None:
    names = [entry.name for entry in listing.entries] + [one.file for one in listing.left_out]
    known = set(map(name_key, names))
    missing = [file for file in (*(labels.classes or ()), *labels.bad) if file not in known]
    if missing:
        listing.notes.append(
            f"Files that {FILE} names and that are not there: {len(missing):,}, such as "
            f"{shown_name(min(missing))}."
        )
