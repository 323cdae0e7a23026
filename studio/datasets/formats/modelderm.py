"""Boxes that the ModelDerm API wrote: ``file,index,x0,y0,x1,y1,malignancy,prediction``.

Pixels in the *exif* frame, since its tool reads pictures with OpenCV, which turns them by EXIF.
`malignancy` (0..1) becomes the score of the box; the prediction is kept beside it as read and is
no label, since nobody has decided it.
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
from studio.datasets.formats.table import read_table

CORNERS = ("x0", "y0", "x1", "y1")


def read(path: Path) -> BoxList:
    """Read a ModelDerm result list; boxes of a file stay in the order of their rows.

    Rows that cannot be used are named in `problems`. Raises StudioError when the file itself
    cannot be read.
    """
    problems = Problems(path.name)
    boxes: dict[str, list[ListedBox]] = {}
    for line, row in read_table(path, ("file", *CORNERS), problems):
        file = relative_file(row["file"])
        box = _box(line, row)
        if file is None:
            what = f"Line {line} names a file that cannot be used: {shown(row['file'])}."
            problems.append(RowProblem(line, RowReason.BAD_NAME, what))
        elif box is None:
            told = shown(", ".join(row[name] for name in CORNERS))
            what = f"Line {line} has a box that is not four numbers: {told}."
            problems.append(RowProblem(line, RowReason.BAD_NUMBER, what))
        else:
            boxes.setdefault(file, []).append(box)
    images = tuple(
        ListedImage(listed[0].line, file, tuple(listed), frame="exif")
        for file, listed in boxes.items()
    )
    return BoxList(images, tuple(problems))


def _box(line: int, row: dict[str, str]) -> ListedBox | None:
    corners = [_number(row[name]) for name in CORNERS]
    x0, y0, x1, y1 = corners
    if x0 is None or y0 is None or x1 is None or y1 is None:
        return None
    score = _number(row.get("malignancy", ""))
    if score is not None and not 0 <= score <= 1:
        score = None
    return ListedBox(line, x0, y0, x1, y1, None, score, dict(row))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e7 else None
