"""Lists into a project: rows become boxes, wait, or are named; nothing goes in twice."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image

from studio.errors import StudioError
from studio.imaging import Square, to_raw
from studio.project import BoxState, NewSource, Project, SourceStatus
from studio.project.sources import SourceStore
from studio.review import Reviewer
from studio.workflows import export_project, import_source, propose_project
from studio.workflows.importing import source
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.waiting import place_waiting

Photo = Callable[..., Path]

CAN = """## a list
00 nevus 0.5 0.5 0.3 0.4 http://a.example/one.jpg
01 melanoma 0.25 0.5 0.3 0.4 http://a.example/one.jpg
02 nevus 0.5 0.5 0 0 http://a.example/two two.jpg
03 melanoma 0.5 0.5 0.3 0.4 http://b.example/gone.jpg
04 mystery 0.5 0.5 0.3 0.4 http://b.example/gone.jpg
"""


@pytest.fixture
def can_list(tmp_path: Path, photo: Photo) -> Path:
    photo(tmp_path / "images/one.jpg", 1)
    photo(tmp_path / "images/two two.jpg", 2)
    path = tmp_path / "list.csv"
    path.write_text(CAN, encoding="utf-8")
    return path


def rows(project: Project) -> list[tuple[str, str | None]]:
    return [(s.status.value, s.label) for s in project.sources.of_list("list.csv")]


def test_can_rows_become_images_with_boxes_or_wait(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    report = import_source(project, can_list, images=tmp_path / "images")
    assert (report.added, report.boxes, report.rows) == (2, 2, 5)
    assert (report.waiting, report.waiting_rows) == (1, 2)
    assert report.labels_added == ["mystery"]
    summary = report.lists[0]
    assert (summary.rows, summary.urls, summary.needs_box, summary.conflicts) == (5, 3, 1, 2)
    assert rows(project) == [
        ("image", "nevus"),
        ("image", "melanoma"),
        ("image", "nevus"),
        ("waiting", "melanoma"),
        ("waiting", "mystery"),
    ]
    one = next(s.image_id for s in project.sources.of_list("list.csv"))
    assert one is not None
    boxes = project.boxes.of_image(one)
    assert [box.square.side for box in boxes] == pytest.approx([48, 48], abs=0.1)
    assert {box.state for box in boxes} == {BoxState.UNDECIDED}
    assert project.status()["needs_box"] == 1


def test_can_twice_adds_nothing_and_found_pictures_fill_waiting_rows(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    waiting = import_source(project, can_list)
    assert (waiting.added, waiting.waiting, waiting.rows) == (0, 3, 5)
    status = project.status()
    again = import_source(project, can_list)
    assert (again.rows, again.rows_already, project.status()) == (0, 5, status)
    found = import_source(project, can_list, images=tmp_path / "images")
    assert (found.added, found.boxes, found.rows) == (2, 2, 0)
    status = project.status()
    assert status["waiting_rows"] == 2
    import_source(project, can_list, images=tmp_path / "images")
    assert project.status() == status


def test_a_list_comes_out_as_it_went_in(tmp_path: Path, project: Project, can_list: Path) -> None:
    import_source(project, can_list, images=tmp_path / "images")
    export_project(project, tmp_path / "out", "can", states="all")
    assert (tmp_path / "out/can.csv").read_bytes() == can_list.read_bytes()


def test_an_import_that_breaks_off_loses_no_comment(
    tmp_path: Path, project: Project, can_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_list.write_text(CAN + "05 nevus 0.5 0.5 nowhere\n## the end\n", encoding="utf-8")
    keep, calls = SourceStore.add_many, []

    def break_off(store: SourceStore, rows: Sequence[NewSource]) -> None:
        calls.append(rows)
        if len(calls) == 2:
            raise KeyboardInterrupt
        keep(store, rows)

    with monkeypatch.context() as patch:
        patch.setattr(SourceStore, "add_many", break_off)
        with pytest.raises(KeyboardInterrupt):
            import_source(project, can_list)
    assert len(project.sources.of_list("list.csv")) == 1  # the row that cannot be used
    import_source(project, can_list)
    export_project(project, tmp_path / "out", "can", states="all")
    assert (tmp_path / "out/can.csv").read_bytes() == can_list.read_bytes()


def test_comments_of_a_list_that_never_came_in_are_not_given_to_another(
    tmp_path: Path, project: Project, can_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SourceStore, "add_many", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            import_source(project, can_list)
    can_list.write_text(CAN.replace("## a list", "## another"), encoding="utf-8")
    import_source(project, can_list)
    export_project(project, tmp_path / "out", "can", states="all")
    assert (tmp_path / "out/can.csv").read_bytes() == can_list.read_bytes()


def test_can2000(tmp_path: Path, project: Project, shared_data: Path) -> None:
    path = shared_data / "can" / "CAN2000.csv"
    report = import_source(project, path)
    summary = report.lists[0]
    assert (summary.rows, summary.urls, summary.needs_box, summary.conflicts) == (2006, 1858, 76, 8)
    assert (report.waiting, report.waiting_rows, report.failed) == (1858, 2006, [])
    export_project(project, tmp_path / "out", "can", states="all")
    assert (tmp_path / "out/can.csv").read_bytes() == path.read_bytes()


def test_a_second_list_uses_the_pictures_of_the_first(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    import_source(project, can_list, images=tmp_path / "images")
    other = tmp_path / "other.csv"
    other.write_text("7 nevus 0.7 0.5 0.15 0.2 http://a.example/one.jpg\n", encoding="utf-8")
    report = import_source(project, other)
    assert (report.boxes, report.waiting, project.images.count()) == (1, 0, 2)


def test_two_lists_of_one_name_stay_apart_and_a_corrected_one_does_not(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    import_source(project, can_list)
    corrected = tmp_path / "b" / "list.csv"
    corrected.parent.mkdir()
    corrected.write_text(CAN.replace("gone", "found", 1), encoding="utf-8")
    assert import_source(project, corrected).rows == 1
    foreign = tmp_path / "c" / "list.csv"
    foreign.parent.mkdir()
    foreign.write_text(CAN.replace("example", "other"), encoding="utf-8")
    assert import_source(project, foreign).lists[0].name == "list.csv (2)"


def test_one_lesion_under_two_labels_is_for_review(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "images/a.jpg", 1)
    path = tmp_path / "list.csv"
    path.write_text(
        "1 nevus 0.5 0.5 0.3 0.4 http://x/a.jpg\n2 melanoma 0.51 0.5 0.3 0.4 http://x/a.jpg\n",
        encoding="utf-8",
    )
    import_source(project, path)
    assert {status for status, _ in rows(project)} == {SourceStatus.WAITING.value}
    import_source(project, path, images=tmp_path / "images")
    assert {status for status, _ in rows(project)} == {SourceStatus.NEEDS_REVIEW.value}


def test_hostile_rows_are_named(tmp_path: Path, project: Project) -> None:
    path = tmp_path / "list.csv"
    long = "http://x/" + "n" * 20_000 + ".jpg"
    path.write_bytes(
        b"1 ../../x 0.5 0.5 0.3 0.4 http://x/a.jpg\n"
        b"2 nevus 0.5 0.5 0.3 0.4 http://x/\0.jpg\n"
        b"3 nevus nan 0.5 0.3 0.4 http://x/b.jpg\n"
        b"4 nevus 0.5 0.5 0.3 0.4 " + long.encode() + b"\n"
        b"5 nevus 0.5 0.5 0.3 0.4 http://x/\xff.jpg\n"
    )
    report = import_source(project, path, "can")
    assert {failure.row: failure.reason for failure in report.failed} == {
        1: "bad_label",
        2: "nul_byte",
        3: "bad_number",
        4: "bad_name",
    }
    assert report.waiting_rows == 1
    assert sum(project.status()["failed"].values()) == 4
    assert [label.name for label in project.labels()] == ["nevus", "melanoma"]
    again = import_source(project, path, "can")
    assert len(again.failed) == 4
    assert sum(project.status()["failed"].values()) == 4


def test_imported_boxes_come_before_proposals(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    import_source(project, tmp_path / "images")
    propose_project(project)
    import_source(project, can_list, images=tmp_path / "images")
    image_id = next(s.image_id for s in project.sources.of_list("list.csv"))
    assert image_id is not None
    boxes = project.boxes.of_image(image_id)
    assert [box.origin for box in boxes[:2]] == ["can", "can"]
    assert len(boxes) > 2
    assert {box.origin for box in boxes[2:]} == {"blob"}
    assert [box.position for box in boxes] == list(range(len(boxes)))


def coco(path: Path, file: str, size: tuple[int, int], **image: object) -> Path:
    document = {
        "images": [{"id": 1, "file_name": file, "width": size[0], "height": size[1], **image}],
        "categories": [{"id": 3, "name": "wart"}],
        "annotations": [{"id": 9, "image_id": 1, "category_id": 3, "bbox": [20, 30, 40, 40]}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_coco(tmp_path: Path, project: Project, photo: Photo) -> None:
    photo(tmp_path / "images/a.jpg", 1)
    path = coco(tmp_path / "boxes.json", "images/a.jpg", (160, 120))
    report = import_source(project, path)
    assert (report.added, report.boxes, report.labels_added) == (1, 1, ["wart"])
    (box,) = project.boxes.of_image(1)
    assert box.square == Square(40, 50, 40)
    assert import_source(project, path).rows_already == 1
    assert len(project.boxes.of_image(1)) == 1


def test_coco_of_a_turned_picture_is_turned_back(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "a.jpg", 1, exif=exif)
    import_source(project, coco(tmp_path / "boxes.json", "a.jpg", (120, 160)))
    (box,) = project.boxes.of_image(1)
    assert box.square == to_raw(Square(40, 50, 40), 160, 120, 6)


def test_coco_of_another_picture_is_a_failed_row(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "a.jpg", 1)
    report = import_source(project, coco(tmp_path / "boxes.json", "a.jpg", (999, 999)))
    assert report.reasons() == {"bad_box": 1}
    assert project.boxes.of_image(1) == []


def test_absent_pictures_wait_with_a_url_and_fail_without(tmp_path: Path, project: Project) -> None:
    with_url = coco(tmp_path / "a.json", "a.jpg", (9, 9), coco_url="http://x/a.jpg")
    assert import_source(project, with_url).waiting == 1
    report = import_source(project, coco(tmp_path / "b.json", "b.jpg", (9, 9)))
    assert report.reasons() == {"missing": 1}
    assert "b.jpg" in report.failed[0].sentence


def test_modelderm(tmp_path: Path, project: Project, photo: Photo) -> None:
    photo(tmp_path / "a.jpg", 1)
    path = tmp_path / "result.csv"
    path.write_text(
        "file,index,x0,y0,x1,y1,malignancy,prediction\n"
        "a.jpg,0,10,20,50,60,0.75,Melanoma\n"
        "a.jpg,1,60,20,100,60,,-\n"
        "../../etc/passwd,0,1,1,2,2,0.5,-\n",
        encoding="utf-8",
    )
    report = import_source(project, path)
    assert (report.added, report.boxes) == (1, 2)
    assert [(failure.row, failure.reason) for failure in report.failed] == [(4, "missing")]
    boxes = project.boxes.of_image(1)
    assert [(box.square, box.score, box.label_id) for box in boxes] == [
        (Square(30, 40, 40), 0.75, None),
        (Square(80, 40, 40), None, None),
    ]


def test_a_list_of_urls_is_told_apart(tmp_path: Path, project: Project) -> None:
    (tmp_path / "urls.txt").write_text("http://x/a.jpg\nhttp://x/b.jpg\n", encoding="utf-8")
    with pytest.raises(StudioError, match="list of URLs"):
        import_source(project, tmp_path / "urls.txt")


def test_a_stopped_list_goes_on(tmp_path: Path, project: Project, photo: Photo) -> None:
    for number in range(5):
        photo(tmp_path / f"images/p{number}.jpg", number)
    path = tmp_path / "list.csv"
    path.write_text(
        "".join(f"{n} nevus 0.5 0.5 0.3 0.4 http://x/p{n}.jpg\n" for n in range(5)),
        encoding="utf-8",
    )
    told: list[int] = []
    report = import_source(
        project,
        path,
        images=tmp_path / "images",
        on_progress=lambda done, total, name: told.append(done),
        stop=lambda: len(told) > 1,
    )
    assert report.stopped
    assert report.boxes < 5
    import_source(project, path, images=tmp_path / "images")
    assert project.status()["boxes"]["total"] == 5
    assert project.status()["waiting"] == 0


def test_listed_boxes_go_before_those_that_were_there(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    import_source(project, tmp_path / "images/one.jpg")
    propose_project(project, keep=2)
    Reviewer(project, "Ana").create(1, Square(40, 40, 20), 1)
    before = [box.origin for box in project.boxes.of_image(1)]
    assert before[-1] == "hand"
    import_source(project, can_list, images=tmp_path / "images")
    boxes = project.boxes.of_image(1)
    assert [box.origin for box in boxes] == ["can", "can", *before]
    assert [box.position for box in boxes] == list(range(len(boxes)))


def test_an_image_that_arrives_later_places_all_rows_that_waited(
    tmp_path: Path, project: Project, can_list: Path
) -> None:
    """Of three lists that wait for one URL, the last brings its image."""
    import_source(project, can_list)
    first = tmp_path / "first.json"
    url = "http://a.example/one.jpg"
    image = {"id": 1, "file_name": "x/one.jpg", "width": 160, "height": 120, "coco_url": url}
    outline = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[10, 20, 50, 20, 50, 60]]}
    document = {"images": [image], "annotations": [outline]}
    document["categories"] = [{"id": 1, "name": "nevus"}]
    first.write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "empty").mkdir()
    waiting = import_source(project, first, images=tmp_path / "empty")
    assert (waiting.waiting_rows, waiting.boxes) == (1, 0)
    last = tmp_path / "last.csv"
    last.write_text(f"7 nevus 0.7 0.5 0.15 0.2 {url}\n", encoding="utf-8")
    report = import_source(project, last, images=tmp_path / "images")
    assert (report.added, report.boxes, report.failed) == (1, 4, [])
    assert sum("had waited" in note for note in report.notes) == 2
    assert rows(project)[:2] == [("image", "nevus"), ("image", "melanoma")]
    (source,) = project.sources.of_list("first.json")
    assert source.status is SourceStatus.IMAGE
    assert source.image_id is not None
    found = {(b.origin, b.square) for b in project.boxes.of_image(source.image_id)}
    assert ("coco", Square(30, 40, 40)) in found
    assert len(found) == 4
    again = import_source(project, first, images=tmp_path / "empty")
    assert (again.boxes, again.rows, again.rows_already) == (0, 0, 1)


def test_the_frame_that_was_given_for_a_list_holds_for_images_that_come_later(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "in/one.jpg", 1, exif=exif)
    url = "http://a.example/one.jpg"
    for name in ("early.csv", "late.csv"):
        row = f"0 nevus 0.25 0.5 0.3 0.225 {url}\n"
        (tmp_path / name).write_text(row, encoding="utf-8")
    import_source(project, tmp_path / "early.csv", frame="exif")
    import_source(project, tmp_path / "late.csv", images=tmp_path / "in", frame="exif")
    (source,) = project.sources.of_list("early.csv")
    assert source.image_id is not None
    # Upright the picture is 120 × 160: centre (30, 80), turned back by 90° to (80, 120 - 30).
    (square,) = {box.square for box in project.boxes.of_image(source.image_id)}
    assert (square.cx, square.cy, square.side) == pytest.approx((80, 90, 36))


@pytest.mark.parametrize("asked", [0, 1])
def test_a_stop_while_waiting_rows_are_placed_is_told(
    tmp_path: Path,
    project: Project,
    photo: Photo,
    monkeypatch: pytest.MonkeyPatch,
    asked: int,
) -> None:
    """Asked once more or not before it says so: what waits still waits, and the next import goes
    on, with all that is to be told of it."""
    photo(tmp_path / "in/one.jpg", 1)
    url = "http://a.example/one.jpg"
    images = [{"id": 1, "file_name": "x/one.jpg", "width": 160, "height": 120, "coco_url": url}]
    coco = {"images": images, "categories": [{"id": 1, "name": "nevus"}]}
    part = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0.25, 0.25, 0.375, 0.5]}
    (tmp_path / "first.json").write_text(json.dumps({**coco, "annotations": [part]}), "utf-8")
    (tmp_path / "empty").mkdir()
    import_source(project, tmp_path / "first.json", images=tmp_path / "empty")
    (tmp_path / "last.csv").write_text(f"7 nevus 0.7 0.5 0.15 0.2 {url}\n", "utf-8")
    calls: list[int] = []

    def place(job: ImportJob) -> None:
        calls.append(0)
        place_waiting(job)

    def stop() -> bool:
        if calls:
            calls.append(1)
        return sum(calls) > asked

    with monkeypatch.context() as patch:
        patch.setattr(source, "place_waiting", place)
        report = import_source(project, tmp_path / "last.csv", images=tmp_path / "in", stop=stop)
    assert (report.stopped, report.boxes) == (True, 1)
    assert not any("had waited" in note for note in report.notes)
    assert [one.status for one in project.sources.of_list("first.json")] == [SourceStatus.WAITING]
    report = import_source(project, tmp_path / "last.csv", images=tmp_path / "in")
    assert (report.stopped, report.boxes) == (False, 1)
    assert [one.status for one in project.sources.of_list("first.json")] == [SourceStatus.IMAGE]
    # By hand: 0.25 to 0.625 of 160, 0.25 to 0.75 of 120 are 60 × 60 from (40, 30).
    squares = {b.origin: b.square for b in project.boxes.of_image(project.images.ids()[0])}
    assert squares["coco"] == Square(70, 60, 60)
    assert any("are read as fractions" in note for note in report.notes)
