import pytest

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import Action, BoxState, ImageRow, NewBox, Project
from studio.project.examinations import not_examined_by


def new_boxes(image: ImageRow, count: int, **fields: object) -> list[NewBox]:
    return [
        NewBox(image.id, Square(50.5 + n, 60.25, 1 / 3 + n), **fields)  # type: ignore[arg-type]
        for n in range(count)
    ]


def test_boxes_come_back_exactly_and_best_first(project: Project, images: list[ImageRow]) -> None:
    boxes = new_boxes(images[0], 3, origin="blob", version="0", score=0.1 + 0.2, label_id=1)
    ids = project.boxes.add(boxes)
    found = project.boxes.of_image(images[0].id)
    assert [box.id for box in found] == ids
    assert [box.square for box in found] == [box.square for box in boxes]
    assert [box.rank for box in found] == [0, 1, 2]
    assert {(b.state, b.origin, b.version, b.score, b.label_id) for b in found} == {
        (BoxState.UNDECIDED, "blob", "0", 0.1 + 0.2, 1)
    }
    later = project.boxes.add([*new_boxes(images[0], 1), *new_boxes(images[1], 2)])
    added = project.boxes.by_ids(later)
    assert [box.position for box in added] == [3, 0, 1]
    assert [box.rank for box in added] == [0, 0, 1]


def test_each_new_box_has_its_event(project: Project, images: list[ImageRow]) -> None:
    proposed = project.boxes.add(new_boxes(images[0], 2, origin="blob", version="0"))
    imported = project.boxes.add(new_boxes(images[1], 1, origin="can"), Action.IMPORT, "Ana")
    events = project.events.since(0)
    assert [(e.action, e.box_id, e.image_id) for e in events] == [
        (Action.PROPOSE, proposed[0], images[0].id),
        (Action.PROPOSE, proposed[1], images[0].id),
        (Action.IMPORT, imported[0], images[1].id),
    ]
    assert [(e.reviewer, e.detector, e.detector_version) for e in events] == [
        (None, "blob", "0"),
        (None, "blob", "0"),
        ("Ana", None, None),
    ]
    assert events[0].after is not None
    assert events[0].after["cx"] == 50.5


def test_an_image_that_is_not_there_adds_nothing(project: Project, images: list[ImageRow]) -> None:
    wrong = NewBox(999, Square(1, 1, 1))
    with pytest.raises(StudioError, match="no image 999"):
        project.boxes.add([*new_boxes(images[0], 1), wrong])
    assert project.status()["boxes"]["total"] == project.events.count() == 0


def test_a_detector_goes_on_where_it_stopped(project: Project, images: list[ImageRow]) -> None:
    seen = [images[0].id, images[1].id]
    project.boxes.add(new_boxes(images[0], 1), examined=seen, detector=("blob", "0"))
    left = [images[2].id, images[3].id]
    assert list(not_examined_by(project, "blob", "0")) == left
    assert len(not_examined_by(project, "blob", "1")) == 4


def test_boxes_by_id(project: Project, images: list[ImageRow]) -> None:
    first, second = project.boxes.add(new_boxes(images[0], 2))
    assert [box.id for box in project.boxes.by_ids([second, 999, first])] == [second, first]
    for absent in (999, 0, -1, 1 << 80):
        with pytest.raises(StudioError, match="There is no box"):
            project.boxes.by_id(absent)
    assert list(project.boxes.ids()) == [first, second]
    assert list(project.boxes.ids([BoxState.ACCEPTED])) == []
    assert project.boxes.count_by() == {(BoxState.UNDECIDED, None): 2}
