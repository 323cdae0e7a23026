"""YOLO: a text file for each image, a row ``class x_center y_center width height`` for each box.

Numbers are fractions of the upright image, as the format's own reader sees it. A row of more
numbers is a polygon (``class x y x y …``) or a box with keypoints, as `kpt_shape` or the visibility
in every third of them says; a model writes its confidence behind either, and a tracker the number
of the object (Ultralytics, `Results.save_txt`). Names of classes stand in ``data.yaml``,
``classes.txt`` or ``*.names``.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from studio.datasets.formats import shapes
from studio.datasets.formats.data_folder import DataFolder, OnFile, not_told
from studio.datasets.formats.lines import Line, read_lines
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
from studio.dialects import decode_text
from studio.errors import StudioError
from studio.folders import Walked
from studio.opening import read_bytes

MAX_YAML = 256 * 1024
MAX_DEPTH = 20
MAX_CLASSES = 10_000
MAX_NUMBERS = 20_000  # of one row
_FAR = 2.0  # a fraction beyond this is not a rounding error
_ROUNDED = 0.001
_TRIPLE = 3  # numbers of a keypoint with its visibility
YAML_SUFFIXES = (".yaml", ".yml")
_LISTS = re.compile(
    r"(classes|obj|predefined_classes|labels)\.(txt|names)|.*\.names", re.IGNORECASE
)
_ROW_FOLDERS = ("labels", "obj_train_data", "obj_valid_data", "obj_test_data")


@dataclass(frozen=True, slots=True)
class _Names:
    """The labels by the number of their class; `known` where any file names them."""

    labels: dict[int, str]
    known: bool = False
    points: int = 0  # numbers of a row that are keypoints
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tracks:
    """What the rows of a data set tell of tracked objects, whose first number, 1, is a confidence
    or the lower edge of the image where it stands alone.

    `behind_score` where every row that may end in a confidence and a number ends in a whole one,
    and some in more than 1; `alone` likewise for rows that have one number behind the rest.
    `outlines` where rows are longer than boxes.
    """

    behind_score: bool = False
    alone: bool = False
    outlines: bool = False


class _PlainLoader(yaml.BaseLoader):  # type: ignore[misc]  # without stubs
    """YAML as texts, lists and mappings only, without the aliases that could make it explode.

    Of what `yaml.safe_load` makes this leaves out numbers, dates and truth values too: a class
    called `no` keeps its name.
    """

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.YAMLError("it is nested too deeply")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read(path: Path, images: Path | None = None, on_file: OnFile = not_told) -> BoxList:
    """Read a data set: its folder, or its ``data.yaml``. What cannot be used is in `problems`.

    Raises StudioError when the folder or the file of names cannot be read.
    """
    folder = DataFolder(path if path.is_dir() else path.parent, images, on_file)
    problems = Problems(path.name)
    names = _read_names(folder, path, problems)
    listed: list[ListedImage] = []
    files = list(_row_files(folder))
    tracks = _tracks_of(files, names)
    for file in files:
        rows, bad = _read_rows(file, names, tracks)
        for problem in bad:
            problems.append(problem)
        picture = folder.picture_of(file)
        if picture is None:
            told = shown("/".join(file.parts))
            sentence = f"{told} belongs to no image of the folder, or to several of its name."
            problems.append(RowProblem(0, RowReason.NO_IMAGE, sentence, "/".join(file.parts)))
        else:
            listed.append(
                ListedImage(0, picture, tuple(rows), "exif", "fractions", written=picture)
            )
    notes = [*names.notes]
    if not names.known and any(image.boxes for image in listed):
        notes.append(
            f"No file of {shown(path.name)} names its classes (data.yaml, classes.txt): its boxes "
            "have no label."
        )
    labels = tuple(dict.fromkeys(names.labels.values()))
    return BoxList(tuple(listed), tuple(problems), labels, tuple(notes))


def is_row(text: str) -> bool:
    """Whether a line could be a row: a class, and at least four fractions."""
    cells = text.split()
    if len(cells) < 5 or not cells[0].isdecimal() or len(cells[0]) > 5:
        return False
    numbers = _numbers(cells[1:])
    if numbers is None:
        return False
    if len(numbers) > 5 and numbers[-1] == int(numbers[-1]):
        del numbers[-1]  # of a tracked object
    return all(-_FAR <= number <= _FAR for number in numbers)


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds, all values as texts. Raises StudioError."""
    try:
        found = yaml.load(decode_text(read_bytes(path, MAX_YAML)), _PlainLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        why = getattr(error, "problem", None) or str(error) or "its brackets are nested too deeply"
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" in line {line + 1}"
        raise StudioError(f"{path.name} is not YAML{where}: {shown(why, 200)}.") from error
    if not isinstance(found, dict):
        raise StudioError(f"{path.name} is not a data.yaml: it is not a list of names and values.")
    return {key: value for key, value in found.items() if isinstance(key, str)}


def gives_names(path: Path) -> bool:
    """Whether a YAML file names classes, as the ``data.yaml`` of a data set does."""
    try:
        return bool(_entries(load_yaml(path), path.name))
    except StudioError:
        return False


def _read_names(folder: DataFolder, path: Path, problems: Problems) -> _Names:
    """The names of the classes, from the first file that gives them.

    Any other YAML may lie in a folder. Raises StudioError for one that cannot be read where no
    other file gives the names: it may be the one that should.
    """
    if path.suffix.lower() in YAML_SUFFIXES:
        return _names_of(load_yaml(path), path.name, problems)
    by_depth = sorted(folder.files, key=lambda one: len(one.parts))
    refused: list[StudioError] = []
    found: dict[str, Any] = {}
    file = ""
    for one in by_depth:
        if one.path.suffix.lower() not in YAML_SUFFIXES or file:
            continue
        try:
            found = load_yaml(one.path)
            if "names" in found and _entries(found, one.path.name):
                file = one.path.name
        except StudioError as error:
            refused.append(error)
    for one in by_depth:
        if not file and _LISTS.fullmatch(one.parts[-1]):
            lines = [line.raw.strip("\ufeff \t") for line in read_lines(one.path)]
            found, file = {"names": [line for line in lines if line]}, one.path.name
    if file:
        notes = tuple(f"{error} The classes are those of {shown(file)}." for error in refused)
        return replace(_names_of(found, file, problems), notes=notes)
    if refused:
        raise refused[0]
    return _Names({})


def _entries(found: dict[str, Any], file: str) -> dict[str, Any]:
    """The names of a file by the numbers of their classes. Raises StudioError."""
    names = found.get("names")
    entries: dict[str, Any] = {}
    if isinstance(names, list):
        entries = {str(index): name for index, name in enumerate(names)}
    elif isinstance(names, dict):
        entries = names
    if not entries or len(entries) > MAX_CLASSES:
        raise StudioError(f"{file} does not name the classes: “names” is not a list of them.")
    return entries


def _names_of(found: dict[str, Any], file: str, problems: Problems) -> _Names:
    entries = _entries(found, file)
    labels: dict[int, str] = {}
    for key, name in entries.items():
        if not isinstance(name, str) or not str(key).isdecimal() or len(str(key)) > 5:
            sentence = f"{file}: class {shown(str(key))} has no name that can be read."
            problems.append(RowProblem(0, RowReason.BAD_LABEL, sentence, file))
            continue
        label, why = read_label(name)
        if why is None:
            labels[int(key)] = label
        else:
            sentence = f"{file}: class {key} is left out for its name. {why}"
            problems.append(RowProblem(int(key), RowReason.BAD_LABEL, sentence, file))
    shape = found.get("kpt_shape")
    points = 0
    if isinstance(shape, list) and all(isinstance(n, str) and n.isdecimal() for n in shape[:2]):
        points = math.prod(int(n[:4]) for n in shape[:2])
    return _Names(labels, True, points)


def _row_files(folder: DataFolder) -> Iterator[Walked]:
    """The files of rows: beside or below an image of their name, or in a folder for them."""
    for file in folder.annotations(".txt"):
        name = file.parts[-1]
        if _LISTS.fullmatch(name):
            continue
        in_place = any(part.lower() in _ROW_FOLDERS for part in file.parts[:-1])
        if in_place or folder.picture_of(file) is not None:
            yield file


def _tracks_of(files: Iterable[Walked], names: _Names) -> _Tracks:
    """What all rows together tell of tracks; files and rows that cannot be read tell nothing."""
    ends: dict[int, tuple[bool, bool]] = {}  # by how many numbers stand behind: all whole, some > 1
    outlines = False
    for file in files:
        try:
            for line in _rows_of(file):
                if _is_too_long(line):
                    continue
                cells = line.raw.strip("\ufeff").split()
                known = bool(names.points) and 0 <= len(cells) - 5 - names.points <= 2
                more = len(cells) - 5 - (names.points if known else 0)
                last = _numbers(cells[-1:])
                if more < 1 or last is None:
                    continue
                outlines = outlines or (not known and more > 2)
                whole, above = ends.get(more % 2, (True, False))
                is_whole = last[0] == int(last[0]) and last[0] >= 1
                ends[more % 2] = whole and is_whole, above or (is_whole and last[0] > 1)
        except StudioError:
            continue  # its reader says so
    return _Tracks(all(ends.get(0, (False,))), all(ends.get(1, (False,))), outlines)


def _rows_of(file: Walked) -> list[Line]:
    return [line for line in read_lines(file.path) if line.raw.strip("\ufeff \t")]


def _is_too_long(line: Line) -> bool:
    return line.cut or line.raw.count(" ") > MAX_NUMBERS


def _read_rows(
    file: Walked, names: _Names, tracks: _Tracks
) -> tuple[list[ListedBox], list[RowProblem]]:
    boxes: list[ListedBox] = []
    problems: list[RowProblem] = []
    place = "/".join(file.parts)
    try:
        for line in _rows_of(file):
            found = _read_row(line, names, tracks)
            if isinstance(found, ListedBox):
                boxes.append(found)
            else:
                reason, what = found
                sentence = f"Line {line.number} of {shown(place)} {what}."
                problems.append(RowProblem(line.number, reason, sentence, place))
    except StudioError as error:
        problems.append(RowProblem(0, RowReason.BAD_ROW, str(error), place))
    return boxes, problems


def _read_row(line: Line, names: _Names, tracks: _Tracks) -> ListedBox | tuple[RowReason, str]:
    if _is_too_long(line):
        return RowReason.TOO_LONG, "is longer than a row can be"
    text = line.raw.strip("\ufeff")
    cells = text.split()
    category, numbers = _class_of(cells[0]), _numbers(cells[1:])
    if category is None or numbers is None or len(numbers) < 4:
        return RowReason.BAD_ROW, f"is not “class x_center y_center width height”: {shown(text)}"
    if max(map(abs, numbers[:4])) > _FAR:
        return RowReason.BAD_NUMBER, f"has a box that is not fractions 0..1: {shown(text)}"
    if names.known and category not in names.labels:
        return RowReason.BAD_LABEL, f"has class {category}, which the file of names does not have"
    label = names.labels.get(category)
    as_read: dict[str, Any] = {"class": category, "label": label}
    keypoints = _keypoints(numbers, names.points, tracks)
    if keypoints is None:
        told = _told_behind(numbers, tracks)
        outline = numbers[: len(numbers) - len(told)]
        points = shapes.pairs(outline) or []
        corners = shapes.around(points)
        as_read["corners"] = list(corners)
        shape, beyond = "polygon", shapes.kept(polygon=outline)
    else:
        x, y, width, height = as_read["box"] = numbers[:4]
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        told = numbers[4 + keypoints :]
        shape, beyond = "rectangle", {}
        if keypoints:
            shape, beyond = "points", shapes.kept(points=numbers[4 : 4 + keypoints])
    is_number = len(told) == 1 and tracks.alone
    score = told[0] if told and 0 <= told[0] <= 1 and not is_number else None
    return ListedBox(line.number, *corners, label, score, as_read, shape, beyond)


def _keypoints(numbers: list[float], known: int, tracks: _Tracks) -> int | None:
    """How many numbers behind the box of a row are keypoints; None for the row of a polygon.

    `known` is how many the data set says that there are.
    """
    more = len(numbers) - 4
    if known and known <= more <= known + 2:
        return known
    if more < 2 or (more == 2 and _is_tracked(numbers, tracks)):
        return 0
    count = more - more % _TRIPLE
    visible = numbers[6 : 4 + count : _TRIPLE]
    if len(visible) > 1 and set(visible) <= {0.0, 1.0, 2.0} and _is_inside(numbers):
        return count
    return None


def _is_track(number: float, first: bool) -> bool:
    """Whether a number counts tracked objects: it is whole and lies outside any image. `first` is
    whether 1 is the first object's, and not the lower edge of the image."""
    return number == int(number) and (number > 1 or (first and number == 1))


def _is_tracked(numbers: list[float], tracks: _Tracks) -> bool:
    """Whether six numbers are a box with its confidence and the number of a tracked object, and not
    three points, the last of which would lie below the image or on its edge."""
    confidence, number = numbers[4:]
    first = tracks.behind_score and not tracks.outlines
    return 0 <= confidence <= 1 and _is_track(number, first)


def _is_inside(numbers: list[float]) -> bool:
    """Whether the first four numbers are a box with an area inside the image."""
    x, y, width, height = numbers[:4]
    least, most = min(x - width / 2, y - height / 2), max(x + width / 2, y + height / 2)
    return min(width, height) > 0 and least >= -_ROUNDED and most <= 1 + _ROUNDED


def _told_behind(numbers: list[float], tracks: _Tracks) -> list[float]:
    """What a model wrote behind an outline of at least three points: its confidence, and the number
    of a tracked object."""
    if len(numbers) % 2:
        return numbers[-1:]
    is_tracked = len(numbers) > 6 and _is_track(numbers[-1], tracks.behind_score)
    return numbers[-2:] if is_tracked else []


def _class_of(text: str) -> int | None:
    whole = text.removesuffix(".0")
    return int(whole) if whole.isdecimal() and len(whole) <= 5 else None


def _numbers(cells: list[str]) -> list[float] | None:
    try:
        numbers = [float(cell) for cell in cells if "_" not in cell]
    except ValueError:
        return None
    if len(numbers) != len(cells) or not all(map(shapes.is_coordinate, numbers)):
        return None
    return numbers
