"""CSV: every column of ``can-studio boxes``, without pictures.

Texts that a spreadsheet would run have an apostrophe in front (`studio.tables`), which ``decide``
takes away again. ``can-studio boxes --json`` has every text as it is.
"""

from studio.datasets.box_table import COLUMNS, box_records
from studio.datasets.exports.writing import Export, ExportFormat
from studio.tables import writing_table


def _write(export: Export) -> None:
    names = {label.id: label.name for label in export.labels}
    path = export.folder / "boxes.csv"
    with writing_table(path, COLUMNS) as table:
        for count, picture in enumerate(export.pictures, start=1):
            export.check_stop()
            for record in box_records([picture], names):
                table.row(record[name] for name in COLUMNS)
            export.boxes += len(picture.boxes)
            export.on_progress(count, len(export.pictures))
    export.record(path)
    export.notes["frame"] = "raw: pixels of the stored picture before EXIF rotation"
    export.notes["formulas"] = "texts that begin with = + - @ have an apostrophe in front"


FORMAT = ExportFormat("CSV table", _write, order=5)
