"""The studio's own table of boxes, ``boxes.csv`` of an export: its columns are `box_table.COLUMNS`.

Each row says in which frame its numbers are, and whose picture they were drawn on by its SHA-256:
an image is known by that, whatever its file is called. States and comments are kept as read, not
taken over: an import decides nothing.
"""

from pathlib import Path

from studio.datasets.formats.modelderm import CORNERS, inverted, read_numbers
from studio.datasets.formats.records import (
    BoxList,
    Frame,
    ListedBox,
    ListedImage,
    Problems,
    RowProblem,
    RowReason,
    read_label,
    relative_file,
    shown,
)
from studio.datasets.formats.table import read_table
from studio.dialects import parse_number

TELLING = frozenset({"file", "sha256", "frame", *CORNERS, "label"})
"""The columns that tell such a table; a ModelDerm list has no frame and no content."""
_FRAMES: dict[str, Frame] = {"raw": "raw", "exif": "exif"}
_HEX = frozenset("0123456789abcdef")


def read(path: Path) -> BoxList:
    """Read a table. Rows that cannot be used are named in `problems`. Raises StudioError when the
    file itself cannot be read."""
    problems = Problems(path.name)
    found: dict[tuple[str, str, str], list[ListedBox]] = {}
    sizes: dict[tuple[str, str, str], tuple[int | None, int | None]] = {}
    table = read_table(path, ("file", *CORNERS), problems)
    for line, row in table.rows:
        corners, score = read_numbers(row, table.delimiter, "score")
        named = row.get("label", "")
        label, why = read_label(named) if named else (None, None)
        sha256 = row.get("sha256", "").lower()
        if relative_file(row["file"]) is None:
            what = f"Line {line} names a file that cannot be used: {shown(row['file'])}."
            problems.append(RowProblem(line, RowReason.BAD_NAME, what))
        elif corners is None:
            told = shown(", ".join(row[name] for name in CORNERS))
            what = f"Line {line} has a box that is not four numbers: {told}."
            problems.append(RowProblem(line, RowReason.BAD_NUMBER, what))
        elif (problem := inverted(line, corners)) is not None:
            problems.append(problem)
        elif why is not None:
            what = f"Line {line} is left out for its label. {why}"
            problems.append(RowProblem(line, RowReason.BAD_LABEL, what))
        elif row.get("frame", "raw") not in _FRAMES:
            what = (
                f"Line {line} has the frame {shown(row['frame'])}, which is neither raw nor exif."
            )
            problems.append(RowProblem(line, RowReason.FRAME, what))
        elif sha256 and (len(sha256) != 64 or not set(sha256) <= _HEX):
            what = f"Line {line} has no SHA-256 of a picture: {shown(sha256)}."
            problems.append(RowProblem(line, RowReason.BAD_ROW, what))
        else:
            key = (row["file"], sha256, row.get("frame", "raw"))
            box = ListedBox(line, *corners, label, score, dict(row))
            found.setdefault(key, []).append(box)
            sizes[key] = _side(row.get("width", "")), _side(row.get("height", ""))
    images = [
        ListedImage(
            listed[0].line,
            relative_file(file) or file,
            tuple(listed),
            _FRAMES[frame],
            "pixels",
            *sizes[file, sha256, frame],
            # Of several pictures of one name, the content says which is meant.
            written=f"{file} ({sha256})" if sha256 else file,
            sha256=sha256 or None,
        )
        for (file, sha256, frame), listed in found.items()
    ]
    labels = tuple(dict.fromkeys(b.label for image in images for b in image.boxes if b.label))
    return BoxList(tuple(images), tuple(sorted(problems, key=lambda one: one.line)), labels)


def _side(text: str) -> int | None:
    try:
        value = parse_number(text, ",")
    except ValueError:
        return None
    return int(value) if value >= 1 else None
