"""The group of an image: patient, else lesion, else stack, else itself."""

import pytest

from studio.errors import StudioError
from studio.origins import stack_key
from studio.project import Action, ImageRow, Project
from studio.project.groups import image_groups
from studio.project.metadata import metadata_counts, set_metadata


def names(project: Project) -> list[str]:
    return [group.name for _, group in sorted(image_groups(project).items())]


def test_a_group_is_the_patient_else_the_lesion_else_the_stack_else_the_image(
    project: Project, images: list[ImageRow]
) -> None:
    assert names(project) == [image.sha256 for image in images]
    assert not any(group.names for group in image_groups(project).values())
    ids = [image.id for image in images]
    stack = project.images.set_stack(ids[2:], ids[2])
    assert names(project)[2:] == [f"stack {stack}"] * 2
    key = stack_key([image.sha256 for image in images[2:]])
    assert image_groups(project)[ids[3]].names == {key}
    set_metadata(project, {ids[0]: {"patient": "7", "lesion": "1"}, ids[1]: {"lesion": "1"}})
    # The lesion is the patient's, since its other image has none.
    assert names(project)[:2] == ["patient 7", "patient 7"]
    set_metadata(project, {ids[1]: {"patient": "8"}})
    # Each patient's lesions may be counted from 1: two patients are not joined by it.
    assert names(project)[:2] == ["patient 7", "patient 8"]
    set_metadata(project, {ids[2]: {"patient": "7"}})
    # A copy of a patient's image is of that patient, also where no table says so.
    assert names(project) == ["patient 7", "patient 8", "patient 7", "patient 7"]
    assert image_groups(project)[ids[3]].names == {"patient 7", key}


def test_a_lesion_alone_is_a_group(project: Project, images: list[ImageRow]) -> None:
    set_metadata(project, {image.id: {"lesion": "L2"} for image in images[:2]})
    assert names(project)[:2] == ["lesion L2", "lesion L2"]


def test_a_project_without_images_has_no_groups(project: Project) -> None:
    assert image_groups(project) == {}


def test_metadata_are_kept_with_an_event_for_each_change(
    project: Project, images: list[ImageRow]
) -> None:
    first = images[0].id
    said = {"sex": "female", "age": 45.0, "diagnosis": "nevus"}
    assert set_metadata(project, {first: said, images[1].id: {}}, "Ana") == 1
    assert set_metadata(project, {first: said}, "Ana") == 0
    assert set_metadata(project, {first: {"age": 46.0, "camera": "phone"}}, "Bo") == 1
    image = project.images.by_id(first)
    assert (image.sex, image.age, image.extra) == (
        "female",
        46.0,
        {"diagnosis": "nevus", "camera": "phone"},
    )
    made = project.events.since(0)
    assert [(one.action, one.reviewer, one.image_id) for one in made] == [
        (Action.METADATA, "Ana", first),
        (Action.METADATA, "Bo", first),
    ]
    assert made[1].before == {"age": 45.0, "camera": None}
    assert made[1].after == {"age": 46.0, "camera": "phone"}
    with project.connect() as connection:
        assert metadata_counts(connection) == {"sex": 1, "age": 1, "extra": 1}
    assert project.status()["metadata"] == {"sex": 1, "age": 1, "extra": 1}


def test_a_job_cannot_describe_images(project: Project, images: list[ImageRow]) -> None:
    with Project.open(project.path, "append") as job, pytest.raises(StudioError, match="adding"):
        set_metadata(job, {images[0].id: {"sex": "female"}})


def test_the_last_decision_can_be_undone_after_metadata_were_set(
    project: Project, images: list[ImageRow]
) -> None:
    from studio.imaging import Square
    from studio.project import BoxState, NewBox
    from studio.review import Reviewer

    (box,) = project.boxes.add([NewBox(images[0].id, Square(99, 99, 40), 1)])
    Reviewer(project, "Ana").accept(box)
    set_metadata(project, {images[0].id: {"sex": "female"}}, "Ana")
    Reviewer(project, "Ana").undo()
    assert project.boxes.by_id(box).state is BoxState.UNDECIDED
    assert project.images.by_id(images[0].id).sex == "female"
