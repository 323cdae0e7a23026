import pytest

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import BoxState, ImageRow, NewBox, Project
from studio.review import Reviewer


@pytest.fixture
def box_ids(project: Project, images: list[ImageRow]) -> list[int]:
    return project.boxes.add(
        [NewBox(image.id, Square(99, 99, 50), label) for image in images for label in (1, None)]
    )


def test_a_snapshot_keeps_what_boxes_were(
    project: Project, images: list[ImageRow], box_ids: list[int]
) -> None:
    reviewer = Reviewer(project, "Ana")
    reviewer.accept(box_ids[0])
    event_id = project.events.last_id()
    query = {"states": ["accepted"], "note": "점"}
    snapshot = project.snapshots.create("export 1", query, [box_ids[1], box_ids[0], box_ids[0]])
    reviewer.adjust(box_ids[0], Square(50, 50, 20), 2)
    assert (snapshot.event_id, snapshot.query) == (event_id, query)
    assert project.snapshots.by_name("export 1") == snapshot
    first, second = project.snapshots.boxes(snapshot)
    assert (first.box_id, first.state) == (box_ids[0], BoxState.ACCEPTED)
    assert (first.square, first.label) == (Square(99, 99, 50), "melanocyticnevus")
    assert first.image_sha256 == images[0].sha256
    assert (second.box_id, second.label) == (box_ids[1], None)


def test_names_are_used_once(project: Project, box_ids: list[int]) -> None:
    assert project.snapshots.unused_name("export") == "export 1"
    project.snapshots.create("export 1", {}, box_ids)
    assert project.snapshots.unused_name("export") == "export 2"
    with pytest.raises(StudioError, match="is a snapshot 'export 1' already"):
        project.snapshots.create("export 1", {}, [])
    with pytest.raises(StudioError, match="needs a name"):
        project.snapshots.create(" ", {}, [])
    assert [snapshot.name for snapshot in project.snapshots.list()] == ["export 1"]
    assert project.snapshots.by_name("none") is None


def test_a_box_that_is_not_there_makes_no_snapshot(project: Project, box_ids: list[int]) -> None:
    with pytest.raises(StudioError, match="1 boxes of snapshot 's' are not in this project"):
        project.snapshots.create("s", {}, [*box_ids, 999])
    assert project.snapshots.list() == []
