"""Lists as long as a project come in one piece, so that a busy window cannot slow them."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, insert

from studio.datasets.selection import freeze
from studio.imaging import Square
from studio.project import BoxState, NewBox, Project, schema
from studio.project.examinations import not_examined_by
from studio.review import Filter, box_queue, count_review, image_queue
from studio.workflows import stacks

IMAGES = 300


@pytest.fixture
def large(project: Project) -> Project:
    """Three hundred images with two boxes each."""
    common = {"suffix": ".jpg", "bytes": 1, "width": 9, "height": 9, "created": ""}
    rows = [
        {**common, "sha256": f"{n:064x}", "file": f"{n}.jpg", "phash": f"{n:016x}"}
        for n in range(IMAGES)
    ]
    with project.begin() as connection:
        connection.execute(insert(schema.image), rows)
    project.boxes.add(
        [
            NewBox(
                image_id,
                Square(5, 5, 4),
                1 + image_id % 2,
                "blob",
                "0",
                score=None if image_id % 7 == 0 else (image_id * 37 % 100) / 100,
                state=BoxState.ACCEPTED if image_id % 3 else BoxState.UNDECIDED,
            )
            for image_id in project.images.ids()
            for _ in range(2)
        ]
    )
    return project


def fetched(project: Project, work: Callable[[], Any]) -> int:
    """How many rows SQLite handed over meanwhile."""
    count = 0

    def counted(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal count
        count += 1
        return row

    def watch(connection: sqlite3.Connection, record: object) -> None:
        connection.row_factory = counted

    project.engine.dispose()
    event.listen(project.engine, "connect", watch)
    work()
    event.remove(project.engine, "connect", watch)
    project.engine.dispose()
    return count


READS: dict[str, Callable[[Project], Any]] = {
    "images": lambda p: p.images.ids(),
    "images to examine": lambda p: not_examined_by(p, "blob", "0"),
    "missing originals": lambda p: p.images.missing_originals(),
    "boxes": lambda p: p.boxes.ids(),
    "images in order": lambda p: image_queue(p),
    "undecided images": lambda p: image_queue(p, Filter(frozenset({BoxState.UNDECIDED}))),
    "images by score": lambda p: image_queue(p, Filter(order="score")),
    "images by chance": lambda p: image_queue(p, Filter(order="random", text="jpg")),
    "images that need a box": lambda p: image_queue(p, Filter(needs_box=True)),
    "boxes in order": lambda p: box_queue(p),
    "boxes by score": lambda p: box_queue(p, Filter(order="score")),
    "counts": lambda p: count_review(p),
    "status": lambda p: p.status(),
    "a snapshot": lambda p: freeze(p),
    "stacks": lambda p: stacks._load(p),
}


@pytest.mark.parametrize("name", READS)
def test_no_list_comes_row_by_row(large: Project, name: str) -> None:
    assert READS[name](large) is not None
    assert fetched(large, lambda: READS[name](large)) < 40


def test_what_is_fetched_is_counted(large: Project) -> None:
    assert fetched(large, lambda: large.boxes.by_ids(large.boxes.ids())) > IMAGES
