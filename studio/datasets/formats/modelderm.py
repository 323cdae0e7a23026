"""Boxes that the ModelDerm API wrote: ``file,index,x0,y0,x1,y1,malignancy,prediction``.

Pixels in the *exif* frame, since its tool reads pictures with OpenCV, which turns them by EXIF.
`malignancy` (0..1) becomes the score of the box; the prediction is kept beside it as read and is
no label, since it is undecided.
"""

import math
from pathlib import Path

from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    Problems,
    RowProblem,
    RowReason,
    relative_file,
    shown,
)
from studio.datasets.formats.shapes import Corners
from studio.datasets.formats.table import read_table
from studio.dialects import parse_number

CORNERS = ("x0", "y0", "x1", "y1")


def read(path: Path) -> BoxList:
    """Read a ModelDerm result list; boxes of a file stay in the order of their rows.

    Rows that cannot be used are named in `problems`. Raises StudioError when the file itself
    cannot be read.
    """
    problems = Problems(path.name)
    boxes: dict[str, list[ListedBox]] = {}
    names: dict[str, str] = {}
    table = read_table(path, ("file", *CORNERS), problems)
    for line, row in table.rows:
        file = relative_file(row["file"])
        box = _box(line, row, table.delimiter)
        if file is None:
            what = f"Line {line} names a file that cannot be used: {shown(row['file'])}."
            problems.append(RowProblem(line, RowReason.BAD_NAME, what))
        elif box is None:
            told = shown(", ".join(row[name] for name in CORNERS))
            what = f"Line {line} has a box that is not four numbers: {told}."
            problems.append(RowProblem(line, RowReason.BAD_NUMBER, what))
        elif (problem := inverted(box.line, box.corners)) is not None:
            problems.append(problem)
        else:
            boxes.setdefault(row["file"], []).append(box)
            names[row["file"]] = file
    images = tuple(
        ListedImage(listed[0].line, names[written], tuple(listed), frame="exif", written=written)
        for written, listed in boxes.items()
    )
    return BoxList(images, tuple(sorted(problems, key=lambda problem: problem.line)))


def _box(line: int, row: dict[str, str], delimiter: str) -> ListedBox | None:
    corners, score = read_numbers(row, delimiter, "malignancy")
    return None if corners is None else ListedBox(line, *corners, None, score, dict(row))


def read_numbers(
    row: dict[str, str], delimiter: str, score: str
) -> tuple[Corners | None, float | None]:
    """The corners of a row, None where they are not four numbers, and its `score` from 0 to 1."""
    x0, y0, x1, y1 = (_number(row[name], delimiter) for name in CORNERS)
    told = _number(row.get(score, ""), delimiter)
    told = told if told is not None and 0 <= told <= 1 else None
    if x0 is None or y0 is None or x1 is None or y1 is None:
        return None, told
    return (x0, y0, x1, y1), told


def inverted(line: int, corners: Corners) -> RowProblem | None:
    """The problem of a row whose second corner lies before its first. Equal corners are none: such
    a box is still to be drawn."""
    x0, y0, x1, y1 = corners
    if x1 >= x0 and y1 >= y0:
        return None
    what = (
        f"Line {line} has a box that ends before it begins, from ({x0:g}, {y0:g}) to "
        f"({x1:g}, {y1:g}): write its upper left corner first."
    )
    return RowProblem(line, RowReason.BAD_BOX, what)


def _number(text: str, delimiter: str) -> float | None:
    try:
        value = parse_number(text, delimiter)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e7 else None
