"""CSV: every column of ``can-studio boxes``, without pictures.

Spreadsheets run what begins as a formula, and names of files come from anywhere: such a text gets
an apostrophe in front, which they hide. ``can-studio boxes --json`` has every text as it is.
"""

import csv
from typing import Any

from studio.datasets.box_table import COLUMNS, box_records
from studio.datasets.exports.writing import Export

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(export: Export) -> None:
    names = {label.id: label.name for label in export.labels}
    path = export.folder / "boxes.csv"
    # File names may hold bytes that are no Unicode; they go back out as they came.
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for count, picture in enumerate(export.pictures, start=1):
            export.check_stop()
            for record in box_records([picture], names):
                writer.writerow({name: harmless(value) for name, value in record.items()})
            export.boxes += len(picture.boxes)
            export.on_progress(count, len(export.pictures))
    export.record(path)
    export.notes["frame"] = "raw: pixels of the stored picture before EXIF rotation"
    export.notes["formulas"] = "texts that begin with = + - @ have an apostrophe in front"


def harmless(value: Any) -> Any:
    """A cell as it is, or a text that a spreadsheet would run with an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
