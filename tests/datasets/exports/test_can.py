"""A CAN list that comes back: unchanged rows byte for byte, changed ones with new numbers."""

from pathlib import Path
from typing import Any

import pytest

from studio.collect import repair_url
from studio.datasets.can_list_texts import recall_texts, remember_list
from studio.datasets.exports import export
from studio.datasets.formats import can
from studio.imaging import Square
from studio.project import Action, BoxState, ImageRow, NewBox, NewSource, Project, SourceStatus

HEAD = "## a comment\r\n"
ROWS = [
    "00000 melanocyticnevus 0.500 0.5 0.25 0.375 http://a.org/a.png",
    "00002 malignantmelanoma 0.25 0.5 0.125 0.188 http://a.org/a.png",
    "00003 melanocyticnevus 0.1 0.1 0.2 0.0 http://a.org/a.png",
    "00004 melanocyticnevus 0.1 0.1 0.2 0.2 http://a.org/ waiting.png",
    "00005 ../x 0.1 0.1 0.2 0.2 http://a.org/b.png",
]
LIST = (HEAD + "\n".join(ROWS)).encode()


def bring_in(project: Project, path: Path, images: dict[str, ImageRow]) -> dict[int, int]:
    """Import a list as the studio does; returns line to box id."""
    listed = can.read(path)
    remember_list(project, path.name, listed)
    boxes: dict[int, int] = {}
    for row in listed.rows:
        image = images.get(row.url)
        square = row.square(image.width, image.height) if image else None
        label = project.label_by_name(row.label)
        if image and square and label:
            new = NewBox(image.id, square, label.id, "can")
            (boxes[row.line],) = project.boxes.add([new], Action.IMPORT)
        source = NewSource(
            origin="can",
            list_name=path.name,
            status=SourceStatus.IMAGE if image else SourceStatus.WAITING,
            line=row.line,
            as_read=row.as_read,
            url_listed=row.url,
            url=repair_url(row.url),
            needs_box=row.zero_area,
            image_id=image.id if image else None,
            box_id=boxes.get(row.line),
        )
        project.sources.add_many([source])
    return boxes


@pytest.fixture
def listed(kit: Any, tmp_path: Path) -> tuple[Any, ImageRow, dict[int, int]]:
    path = tmp_path / "list.csv"
    path.write_bytes(LIST)
    image = kit.photo("a.png")
    return kit, image, bring_in(kit.project, path, {"http://a.org/a.png": image})


def written(kit: Any, out: Path, **query: Any) -> bytes:
    export(kit.project, out, "can", **query)
    return (out / "can.csv").read_bytes()


def test_an_unchanged_list_comes_back_byte_for_byte(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, *_ = listed
    assert written(kit, tmp_path / "out", states="all") == LIST


def test_rows_without_a_box_are_counted_where_they_stay_out(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, image, boxes = listed
    kit.project.events.change(boxes[2], Action.ACCEPT, {"state": "accepted"}, "Ana")
    found = export(kit.project, tmp_path / "1", "can").left_out
    assert (found.boxes, found.waiting_rows, found.needs_box_rows) == ({"undecided": 1}, 1, 1)
    found = export(kit.project, tmp_path / "2", "can", labels=["melanocyticnevus"]).left_out
    assert (found.boxes, found.waiting_rows, found.needs_box_rows) == ({}, 1, 1)
    kit.box(image, Square(48, 32, 32), state=BoxState.UNDECIDED, origin="blob")
    found = export(kit.project, tmp_path / "3", "can", states="all").left_out
    assert (found.boxes, found.waiting_rows, found.proposals) == ({}, 0, 1)


def test_only_selected_rows_come_back_otherwise(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, _, boxes = listed
    kit.project.events.change(boxes[3], Action.ACCEPT, {"state": "accepted"}, "Ana")
    assert written(kit, tmp_path / "1") == f"{HEAD}{ROWS[1]}\n".encode()


def test_changes_show_and_nothing_else_does(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, _, boxes = listed
    change = kit.project.events.change
    melanoma = kit.project.label_by_name("malignantmelanoma").id
    change(boxes[2], Action.RELABEL, {"label_id": melanoma, "state": "accepted"}, "Ana")
    change(boxes[3], Action.ADJUST, {"cx": 48.0, "cy": 32.0, "side": 16.0}, "Ana")
    lines = written(kit, tmp_path / "out", states="all").decode().split("\n")
    assert lines[1] == ROWS[0].replace("melanocyticnevus", "malignantmelanoma")
    assert lines[2] == "00002 malignantmelanoma 0.5 0.5 0.166667 0.25 http://a.org/a.png"
    assert lines[3:] == ROWS[2:]


def test_a_row_without_area_gets_the_box_that_was_drawn(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, image, _ = listed
    kit.box(image, Square(48, 32, 32))
    lines = written(kit, tmp_path / "out", states="all").decode().split("\n")
    assert lines[3] == "00003 melanocyticnevus 0.5 0.5 0.333333 0.5 http://a.org/a.png"
    assert len(lines) == 1 + len(ROWS)


def test_undecided_proposals_do_not_enter_the_list(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, image, _ = listed
    kit.box(image, Square(48, 32, 32), state=BoxState.UNDECIDED, origin="blob")
    assert written(kit, tmp_path / "out", states="all") == LIST


def test_a_box_of_one_list_fills_no_row_of_another(kit: Any, tmp_path: Path) -> None:
    image = kit.photo("a.png")
    for name, content in (("empty.csv", ROWS[2] + "\n"), ("full.csv", ROWS[0] + "\n")):
        path = tmp_path / name
        path.write_text(content)
        boxes = bring_in(kit.project, path, {"http://a.org/a.png": image})
    kit.project.events.change(boxes[1], Action.ACCEPT, {"state": "accepted"}, "Ana")
    expected = f"{ROWS[2]}\n{ROWS[0]}\n"
    assert written(kit, tmp_path / "out", states="all").decode() == expected


def test_boxes_of_no_list_follow_as_new_rows(
    listed: tuple[Any, ImageRow, dict[int, int]], tmp_path: Path
) -> None:
    kit, image, _ = listed
    kit.box(image, Square(48, 32, 32), label="malignantmelanoma")
    kit.box(kit.photo("own name.png", seed=3), Square(48, 32, 32))
    lines = written(kit, tmp_path / "out").decode().splitlines()
    assert lines[1:] == [
        "00005 malignantmelanoma 0.5 0.5 0.333333 0.5 http://a.org/a.png",
        "00006 melanocyticnevus 0.5 0.5 0.333333 0.5 own name.png",
    ]


def test_two_lists_follow_one_another(kit: Any, tmp_path: Path) -> None:
    for name, content in (("b.csv", ROWS[0]), ("a.csv", ROWS[1] + "\n")):
        path = tmp_path / name
        path.write_text(content)
        bring_in(kit.project, path, {})
    assert written(kit, tmp_path / "out", states="all").decode() == f"{ROWS[0]}\n{ROWS[1]}\n"


def test_a_label_with_a_space_cannot_stand_in_a_row(kit: Any, tmp_path: Path) -> None:
    kit.project.add_label("blue nevus")
    box = kit.box(kit.photo("a.png"), Square(48, 32, 32), label="blue nevus")
    report = export(kit.project, tmp_path / "out", "can")
    assert [skipped.box for skipped in report.skipped] == [box]


def test_what_is_kept_of_a_list_is_kept_once(kit: Any, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(LIST)
    for _ in range(2):
        remember_list(kit.project, "list.csv", can.read(path))
    assert recall_texts(kit.project, "list.csv") == list(can.read(path).texts)
    assert recall_texts(kit.project, "other.csv") == []


def test_the_rows_of_accepted_boxes_are_byte_identical(kit: Any, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"1 melanocyticnevus 0.5 0.5 0.1 0.15 http://a.org/caf\xe9.png")
    image = kit.photo("a.png")
    boxes = bring_in(kit.project, path, {"http://a.org/café.png": image})
    kit.project.events.change(boxes[1], Action.ACCEPT, {"state": BoxState.ACCEPTED.value}, "Ana")
    assert written(kit, tmp_path / "out") == path.read_bytes()


@pytest.mark.data
def test_can2000_comes_back(kit: Any, tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "can/CAN2000.csv"
    listed = can.read(path)
    remember_list(kit.project, path.name, listed)
    kit.project.sources.add_many(
        [
            NewSource("can", path.name, SourceStatus.WAITING, line=row.line, as_read=row.as_read)
            for row in listed.rows
        ]
    )
    assert written(kit, tmp_path / "out", states="all") == path.read_bytes()
