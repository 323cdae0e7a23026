"""Classes of a project: renamed, moved, removed, made positive, each recorded."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.errors import StudioError
from studio.project import Action, NewImage, Project


def names(project: Project) -> list[str]:
    return [label.name for label in project.labels()]


def recorded(project: Project) -> list[tuple[object, object]]:
    events = project.events.since(0)
    return [(event.before, event.after) for event in events if event.action is Action.LABEL]


def test_a_renamed_label_keeps_what_has_it(project: Project) -> None:
    before = project.label_by_name("melanocyticnevus")
    after = project.rename_label("melanocyticnevus", "nevus", "Ana")
    assert before is not None
    assert (after.id, after.position) == (before.id, before.position)
    assert names(project) == ["nevus", "malignantmelanoma"]
    assert recorded(project) == [({"name": "melanocyticnevus"}, {"name": "nevus"})]
    assert project.rename_label("nevus", "nevus") == after
    assert len(recorded(project)) == 1


@pytest.mark.parametrize("new", ["malignantmelanoma", "MalignantMelanoma", "../x", "", "con"])
def test_a_name_that_cannot_be_is_refused(project: Project, new: str) -> None:
    with pytest.raises(StudioError):
        project.rename_label("melanocyticnevus", new)
    assert names(project) == ["melanocyticnevus", "malignantmelanoma"]


def test_only_the_case_may_change(project: Project) -> None:
    assert project.rename_label("melanocyticnevus", "MelanocyticNevus").name == "MelanocyticNevus"


def test_an_unknown_label_is_named_with_those_there_are(project: Project) -> None:
    with pytest.raises(StudioError, match="no label 'wart'; its labels: melanocyticnevus, mal"):
        project.rename_label("wart", "x")


def test_labels_are_put_in_order(project: Project) -> None:
    project.add_label("keratosis")
    moved = project.move_label("keratosis", 1)
    assert [label.name for label in moved] == ["keratosis", "melanocyticnevus", "malignantmelanoma"]
    assert [label.position for label in moved] == [1, 2, 3]
    assert names(project) == [label.name for label in moved]
    for place in (0, 4):
        with pytest.raises(StudioError, match="3 labels"):
            project.move_label("keratosis", place)


def test_a_label_in_use_stays(project: Project, make_image: Callable[..., NewImage]) -> None:
    project.add_label("keratosis")
    project.remove_label("keratosis")
    assert names(project) == ["melanocyticnevus", "malignantmelanoma"]
    label = project.label_by_name("melanocyticnevus")
    assert label is not None
    project.images.add_many([replace(make_image(b"mole"), label_id=label.id)])
    with pytest.raises(StudioError, match="in use"):
        project.remove_label("melanocyticnevus")


def test_one_label_is_positive(project: Project) -> None:
    project.set_positive_label("melanocyticnevus", "Ana")
    by_name = {label.name: label for label in project.labels()}
    assert by_name["melanocyticnevus"].positive
    assert by_name["melanocyticnevus"].never_in_bulk
    assert not by_name["malignantmelanoma"].positive
    project.set_positive_label(None)
    assert not any(label.positive for label in project.labels())
    assert recorded(project) == [
        ({"positive": "malignantmelanoma"}, {"positive": "melanocyticnevus"}),
        ({"positive": "melanocyticnevus"}, {"positive": None}),
    ]
