"""CSV: every column of ``can-studio boxes``, without pictures."""

import csv

from studio.datasets.box_table import COLUMNS, box_records
from studio.datasets.exports.writing import Export


def write(export: Export) -> None:
    names = {label.id: label.name for label in export.labels}
    path = export.folder / "boxes.csv"
    # File names may hold bytes that are no Unicode; they go back out as they came.
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for count, picture in enumerate(export.pictures, start=1):
            export.check_stop()
            writer.writerows(box_records([picture], names))
            export.boxes += len(picture.boxes)
            export.on_progress(count, len(export.pictures))
    export.record(path)
    export.notes["frame"] = "raw: pixels of the stored picture before EXIF rotation"
