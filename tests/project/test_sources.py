from pathlib import Path
from typing import Any

import pytest

from studio.collect import repair_url
from studio.datasets.formats import can
from studio.imaging import Square
from studio.project import Action, ImageRow, NewBox, NewSource, Project, SourceStatus
from studio.review import Reviewer


def listed(line: int, **fields: Any) -> NewSource:
    usual = {"as_read": str(line), "url": f"https://a.example/{line}.jpg", "label": "nevus"}
    return NewSource("can", "list.csv", SourceStatus.WAITING, line=line, **{**usual, **fields})


def test_rows_of_a_list_keep_their_order_and_their_bytes(project: Project) -> None:
    as_read = {"raw": "00001 nevus 0.4 \udce9\0 end", "number": 0.1}
    ids = project.sources.add_many([listed(3), listed(1, as_read=as_read), listed(2)])
    rows = project.sources.of_list("list.csv")
    assert [row.line for row in rows] == [1, 2, 3]
    assert [row.id for row in rows] == [ids[1], ids[2], ids[0]]
    assert rows[0].as_read == as_read
    assert [row.line for row in project.sources.waiting()] == [3, 1, 2]
    assert [row.line for row in project.sources.waiting(limit=1)] == [3]
    assert project.sources.lists() == ["list.csv"]
    assert project.sources.add_many([]) == []


def test_a_row_waits_until_its_image_is_there(project: Project, images: list[ImageRow]) -> None:
    first, second = project.sources.add_many([listed(1), listed(2)])
    (box_id,) = project.boxes.add([NewBox(images[0].id, Square(9, 9, 9))], Action.IMPORT)
    project.sources.link(first, images[0].id, box_id)
    project.sources.fail(second, "truncated", "2.jpg ends too early.")
    (row,) = project.sources.of_image(images[0].id)
    assert (row.status, row.box_id) == (SourceStatus.IMAGE, box_id)
    assert project.sources.waiting() == []
    assert project.sources.failed() == {"truncated": 1}
    assert [row.detail for row in project.sources.failures()] == ["2.jpg ends too early."]
    status = project.status()
    assert (status["waiting"], status["waiting_rows"]) == (0, 0)
    assert status["failed"] == {"truncated": 1}


def test_a_box_is_needed_until_one_is_accepted(project: Project, images: list[ImageRow]) -> None:
    here, _ = project.sources.add_many([listed(1, needs_box=True), listed(2, needs_box=True)])
    assert project.status()["needs_box"] == 2
    project.sources.link(here, images[0].id)
    (box_id,) = project.boxes.add([NewBox(images[0].id, Square(99, 99, 9), 1)])
    assert project.status()["needs_box"] == 2
    reviewer = Reviewer(project, "Ana")
    reviewer.accept(box_id)
    assert project.status()["needs_box"] == 1
    reviewer.reject(box_id)
    assert project.status()["needs_box"] == 2
    assert project.status()["lists"][0]["needs_box"] == 2  # of the list, as it was listed


def test_a_url_under_two_labels_is_a_conflict(project: Project) -> None:
    same = "https://a.example/same.jpg"
    project.sources.add_many(
        [
            listed(1, url=same),
            listed(2, url=same, label="melanoma"),
            listed(3, url="https://a.example/3.jpg"),
            listed(4, url="https://a.example/3.jpg"),
            listed(5, url=None, label="a"),
            listed(6, url=None, label="b"),
            NewSource("folder", "photos", SourceStatus.FAILED, reason="empty", path="x.jpg"),
        ]
    )
    status = project.status()
    assert status["lists"] == [
        {"name": "list.csv", "rows": 6, "urls": 2, "needs_box": 0, "conflicts": 1}
    ]
    assert (status["waiting"], status["waiting_rows"]) == (2, 6)
    assert status["failed"] == {"empty": 1}


@pytest.mark.data
def test_the_figures_of_can2000(project: Project, shared_data: Path) -> None:
    rows = can.read(shared_data / "can" / "CAN2000.csv").rows
    project.sources.add_many(
        [
            NewSource(
                "can",
                "CAN2000.csv",
                SourceStatus.WAITING,
                line=row.line,
                as_read=row.raw,
                url_listed=row.url,
                url=repair_url(row.url),
                label=row.label,
                needs_box=row.zero_area,
            )
            for row in rows
        ]
    )
    status = project.status()
    assert (status["waiting"], status["waiting_rows"], status["needs_box"]) == (1858, 2006, 76)
    assert status["lists"] == [
        {"name": "CAN2000.csv", "rows": 2006, "urls": 1858, "needs_box": 76, "conflicts": 8}
    ]
    assert [row.as_read for row in project.sources.of_list("CAN2000.csv")] == [r.raw for r in rows]
