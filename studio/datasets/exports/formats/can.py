"""CAN list: rows that were not changed come out byte for byte, in the order of their lists.

A changed box gets new numbers, a changed label replaces the old one in its row, and a row without
area gets the numbers of the box that was drawn for it. Boxes that came with no list follow as new
rows. With every state asked for, the rows still waiting for their image are included too; proposals
that are undecided are not, since a row says that there is a lesion.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from studio.datasets.can_list_texts import recall_texts
from studio.datasets.exports.writing import Export, ExportFormat
from studio.datasets.formats import can
from studio.datasets.formats.can import CanRow, CanText
from studio.imaging import Square
from studio.project import KEPT, Box, ImageRow
from studio.project.schema import source as source_table

_SAME = 1e-6  # pixels; a box that was moved back to where it was is unchanged


@dataclass(frozen=True, slots=True)
class _SelectedBox:
    """A selected box with its image and label."""

    image: ImageRow
    box: Box
    label: str


@dataclass(frozen=True, slots=True)
class _Source:
    """A row of an imported CAN list and what it led to."""

    row: CanRow
    image_id: int | None
    box_id: int | None


def _write(export: Export) -> None:
    export.drop_unlabelled()
    lists = _lists(export)
    free = _by_id(export)
    linked = {source.box_id for sources in lists.values() for source in sources}
    _drop_proposals(export, free, linked)
    lines: list[CanRow | CanText] = []
    last_number = -1
    for list_name, sources in lists.items():
        export.check_stop()
        _fill_empty(sources, free, linked)
        rows = [_output(export, source, free) for source in sources]
        texts = recall_texts(export.project, list_name)
        lines += _merged(export, [row for row in rows if row is not None], texts)
        numbers = [int(s.row.number) for s in sources if s.row.number.isdecimal()]
        last_number = max([last_number, *numbers])
    lines += _new_rows(export, list(free.values()), last_number + 1)
    path = export.folder / "can.csv"
    can.write(path, _line_ends(lines))
    export.record(path)
    export.on_progress(len(export.pictures), len(export.pictures))
    export.notes["frame"] = "raw: fractions of the stored picture before EXIF rotation"


def _by_id(export: Export) -> dict[int, _SelectedBox]:
    return {
        box.id: _SelectedBox(picture.image, box, export.label_of(box) or "")
        for picture in export.pictures
        for box in picture.boxes
    }


def _lists(export: Export) -> dict[str, list["_Source"]]:
    """The rows of each CAN list, lists in the order of their import, rows in that of the file."""
    columns = source_table.c
    statement = (
        select(columns.list_name, columns.line, columns.as_read, columns.image_id, columns.box_id)
        .where(columns.origin == "can")
        .order_by(columns.id)
    )
    lists: dict[str, dict[int, _Source]] = defaultdict(dict)
    with export.project.connect() as connection:
        for name, line, as_read, image_id, box_id in connection.execute(statement):
            row = _row(line, as_read)
            if row is not None:
                lists[name].setdefault(line, _Source(row, image_id, box_id))
    return {name: [rows[line] for line in sorted(rows)] for name, rows in lists.items()}


def _row(line: int | None, as_read: Any) -> CanRow | None:
    """None for a line that failed as a row; `recall_texts` has it."""
    if line is None or not isinstance(as_read, dict):
        return None
    try:
        return can.row_from(line, as_read)
    except (KeyError, ValueError):
        return None


def _drop_proposals(export: Export, free: dict[int, _SelectedBox], linked: set[int | None]) -> None:
    """Of the boxes of no list, keep those found good, or those whose state was asked for."""
    if export.query.states is None:
        undecided = [i for i in free.keys() - linked if free[i].box.state not in KEPT]
        for box_id in undecided:
            del free[box_id]
        export.left_out.proposals = len(undecided)


def _fill_empty(
    sources: list[_Source], free: dict[int, _SelectedBox], linked: set[int | None]
) -> None:
    """Give rows without area the boxes drawn on their image under their label, in order."""
    drawn: dict[tuple[int, str], list[int]] = defaultdict(list)
    for box_id in sorted(free.keys() - linked):
        drawn[free[box_id].image.id, free[box_id].label].append(box_id)
    for index, source in enumerate(sources):
        if source.row.zero_area and source.image_id is not None and source.box_id is None:
            fitting = drawn[source.image_id, source.row.label]
            if fitting:
                sources[index] = _Source(source.row, source.image_id, fitting.pop(0))


def _output(
    export: Export, source: _Source, free: dict[int, _SelectedBox]
) -> CanRow | CanText | None:
    """The line of a row, or None when the query leaves it out. Takes its box out of `free`."""
    row = source.row
    if source.box_id is None:
        return _without_box(export, source)
    selected = free.pop(source.box_id, None)
    if selected is None:
        return None
    if " " in selected.label:
        export.skip(
            selected.image, selected.box, "has a label with a space, which a row cannot hold"
        )
        return None
    export.boxes += 1
    size = (selected.image.width, selected.image.height)
    listed, now = row.square(*size), selected.box.square
    label = None if selected.label == row.label else selected.label
    square = None if listed is not None and _same(listed, now) else now
    if label is None and square is None:
        return row
    return can.changed(row, label, square, size)


def _without_box(export: Export, source: _Source) -> CanRow | None:
    """A row without a box has no state: it comes with every state, and is counted otherwise."""
    labels = export.query.labels
    if labels is not None and source.row.label not in labels:
        return None
    if export.query.states is None:
        return source.row
    if source.image_id is None:
        export.left_out.waiting_rows += 1
    else:
        export.left_out.needs_box_rows += 1
    return None


def _same(listed: Square, now: Square) -> bool:
    differences = (listed.cx - now.cx, listed.cy - now.cy, listed.side - now.side)
    return max(map(abs, differences)) < _SAME


def _merged(
    export: Export, rows: Sequence[CanRow | CanText], texts: Sequence[CanText]
) -> list[CanRow | CanText]:
    """Rows with the comments and blank lines between them; unusable rows only with everything."""
    kept = [text for text in texts if text.is_comment or export.query.everything]
    return sorted([*rows, *kept], key=lambda line: line.line)


def _new_rows(export: Export, boxes: list[_SelectedBox], number: int) -> list[CanText]:
    """Rows for boxes of no list, named by URL where the image has one, else by its file."""
    urls = _urls(export)
    rows: list[CanText] = []
    for selected in boxes:
        image, box = selected.image, selected.box
        name = urls.get(image.id, image.file)
        if " " in selected.label or not name.isprintable():
            export.skip(image, box, "has a label or a name that cannot stand in a row")
            continue
        size = (image.width, image.height)
        raw = can.format_row(f"{number:05d}", selected.label, box.square, size, name)
        rows.append(CanText(number, raw, "\n"))
        number += 1
        export.boxes += 1
    return rows


def _urls(export: Export) -> dict[int, str]:
    """Image id to the URL it was first listed under."""
    columns = source_table.c
    statement = (
        select(columns.image_id, columns.url_listed)
        .where(columns.image_id.is_not(None), columns.url_listed.is_not(None))
        .order_by(columns.id.desc())
    )
    with export.project.connect() as connection:
        return {row.image_id: row.url_listed for row in connection.execute(statement)}


def _line_ends(lines: Sequence[CanRow | CanText]) -> Iterator[CanRow | CanText]:
    """Close a last line that had no ending where another list or new rows follow it."""
    for index, line in enumerate(lines):
        last = index == len(lines) - 1
        yield line if line.end or last else CanText(line.line, line.raw, "\n")


FORMAT = ExportFormat("CAN list", _write, order=4, takes_rows=True)
