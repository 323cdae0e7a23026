"""Rows of a list into a project: which it has already, where their pictures are, their boxes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from studio.datasets.formats.frame_and_unit import FRAMES, UNITS, FrameWish, UnitWish
from studio.imaging import Square
from studio.project import Action, NewBox, NewSource, Project, Source, schema
from studio.project.records import plain
from studio.review import HAND

NOT_COMPARED = ("read_as", "beyond")
"""Of a row as read: how its numbers are to be taken, and what a square does not hold of it."""
_SAME = 0.01  # pixels


class ListedSquare(NamedTuple):
    """A box of a list, in the raw frame of its image."""

    image_id: int
    square: Square
    label_id: int | None
    score: float | None


@dataclass(frozen=True, slots=True)
class RowRecord:
    """What became of a row: as it is to be recorded, and what the project knew of it before."""

    source: NewSource
    before: Source | None


def record_rows(project: Project, records: Sequence[RowRecord]) -> None:
    """Put rows on record, each once: new ones are added, known ones get their new state."""
    project.sources.add_many([one.source for one in records if one.before is None])
    known = [(one.before.id, one.source) for one in records if one.before is not None]
    if not known:
        return
    table = schema.source
    with project.begin() as connection:
        for id_, source in known:
            connection.execute(
                update(table)
                .where(table.c.id == id_)
                .values(
                    status=source.status.value,
                    reason=source.reason,
                    detail=None if source.detail is None else plain(source.detail),
                    image_id=source.image_id,
                    box_id=source.box_id,
                )
            )


class KnownRows:
    """The rows of a list that the project has, found by line and by what was read there."""

    def __init__(self, project: Project, list_name: str) -> None:
        sources = project.sources.of_list(list_name)
        self._rows = {(one.line or 0, _key(one.as_read)): one for one in sources}

    def get(self, line: int, as_read: Any) -> Source | None:
        """The row with this line and content."""
        return self._rows.get((line, _key(as_read)))

    def __len__(self) -> int:
        return len(self._rows)

    def count(self, rows: Iterable[tuple[int, str]]) -> int:
        """How many rows (line, content) are known."""
        return len(self._rows.keys() & set(rows))

    def lines(self) -> dict[int, str]:
        """Line → content."""
        return dict(self._rows.keys())


def _key(as_read: Any) -> str:
    """What makes a row the same one: not what was kept beside what the list says."""
    if isinstance(as_read, dict):
        as_read = {key: value for key, value in as_read.items() if key not in NOT_COMPARED}
    return json.dumps(as_read, sort_keys=True)


def list_name(
    project: Project, name: str, contents: Iterable[tuple[int, Any]], by_line: bool = True
) -> str:
    """The name under which a list's rows stand: its file name, with a number when that name is
    another list's.

    Two lists are the same when at least half of the lines that both have are equal, so that a list
    with a corrected row is the same one. Of a folder, whose files each have lines of their own
    (not `by_line`), half of the rows of the smaller must be rows of the other.
    """
    rows = [(line, _key(as_read)) for line, as_read in contents]
    wanted = dict(rows)
    candidate, number = name, 1
    while True:
        known = KnownRows(project, candidate)
        there = known.lines()
        common = there.keys() & wanted.keys()
        same = 2 * sum(there[n] == wanted[n] for n in common) >= max(len(common), 1)
        if not by_line:
            same = 2 * known.count(rows) >= max(1, min(len(rows), len(known)))
        if not there or same:
            return candidate
        number += 1
        candidate = f"{name} ({number})"


def remember_wish(project: Project, list_name: str, frame: FrameWish, unit: UnitWish) -> None:
    """Keep the frame and unit that the user gave for a list, for images of it that come later."""
    said = None if (frame, unit) == ("auto", "auto") else {"frame": frame, "unit": unit}
    if said is not None or project.get_setting(_wish_key(list_name)) is not None:
        project.set_setting(_wish_key(list_name), said)


def recall_wish(project: Project, list_name: str) -> tuple[FrameWish, UnitWish]:
    """What `remember_wish` kept."""
    said = project.get_setting(_wish_key(list_name)) or {}
    frame = next((one for one in FRAMES if one == said.get("frame")), FRAMES[0])
    unit = next((one for one in UNITS if one == said.get("unit")), UNITS[0])
    return frame, unit


def _wish_key(list_name: str) -> str:
    return f"list_geometry/{plain(list_name)}"


def images_by_url(project: Project) -> dict[str, int]:
    """The images of the project by the URL that they were fetched from or matched with."""
    source = schema.source.c
    query = select(source.url, source.image_id).where(
        source.image_id.is_not(None), source.url.is_not(None)
    )
    with project.connect() as connection:
        return {str(url): int(image) for url, image in connection.execute(query)}


def add_boxes(project: Project, origin: str, listed: Sequence[ListedSquare]) -> list[int]:
    """Add boxes in front of what a detector proposed; return the box id of each.

    A box that its image has from the same origin under the same label is not added twice.
    """
    placed = {one.image_id: _there(project, one.image_id, origin) for one in listed}
    boxes: list[NewBox] = []
    slots: list[int] = []
    for one in listed:
        there = placed[one.image_id]
        slot = next((s for box, s in there if _same(box, one)), None)
        if slot is None:
            # Ids count from 1, so a box that has none yet stands as its index below 0.
            slot = -len(boxes) - 1
            boxes.append(NewBox(one.image_id, one.square, one.label_id, origin, score=one.score))
            there.append((one, slot))
        slots.append(slot)
    made = _insert(project, boxes)
    return [slot if slot > 0 else made[-slot - 1] for slot in slots]


def _there(project: Project, image_id: int, origin: str) -> list[tuple[ListedSquare, int]]:
    return [
        (ListedSquare(image_id, box.square, box.label_id, box.score), box.id)
        for box in project.boxes.of_image(image_id)
        if box.origin == origin
    ]


def _same(one: ListedSquare, other: ListedSquare) -> bool:
    a, b = one.square, other.square
    moved = max(abs(a.cx - b.cx), abs(a.cy - b.cy), abs(a.side - b.side))
    return one.label_id == other.label_id and moved < _SAME


def _insert(project: Project, boxes: Sequence[NewBox]) -> list[int]:
    """Add boxes whose positions come before those that a detector or a person added."""
    if not boxes:
        return []
    counts = Counter(box.image_id for box in boxes)
    with project.begin() as connection:
        ranks = _make_room(connection, counts)
        placed = []
        for box in boxes:
            placed.append(replace(box, position=ranks[box.image_id]))
            ranks[box.image_id] += 1
        return project.boxes.insert(connection, placed, Action.IMPORT)


def _make_room(connection: Connection, counts: Mapping[int, int]) -> dict[int, int]:
    """Move what comes after the listed boxes back by the number of new ones; the first free
    position of each image."""
    box = schema.box
    first = dict.fromkeys(counts, 0)
    for image_id, count in counts.items():
        there = box.c.image_id == image_id
        listed = there & box.c.version.is_(None) & (box.c.origin != HAND)
        last = connection.scalar(select(func.max(box.c.position)).where(listed))
        first[image_id] = 0 if last is None else last + 1
        later = there & (box.c.position >= first[image_id])
        connection.execute(update(box).where(later).values(position=box.c.position + count))
    return first
