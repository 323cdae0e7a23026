"""Keys of labels: the digits in order, then letters, and those that were chosen."""

import pytest

from studio.errors import StudioError
from studio.project import Project
from studio.review.label_keys import SETTING, choose_key, label_keys
from studio.review.reviewer import Reviewer


def keys(project: Project) -> dict[str, str]:
    found = label_keys(project)
    return {label.name: found[label.id] for label in project.labels()}


def test_digits_come_first_and_letters_after_them(project: Project) -> None:
    for number in range(3, 41):
        project.add_label(f"class {number}")
    found = list(keys(project).values())
    assert "".join(found[:35]) == "123456789abcdefghijklmnopqrstuvwxyz"
    assert found[35:] == [""] * 5


def test_a_chosen_key_is_kept_and_the_others_move_up(project: Project) -> None:
    project.add_label("keratosis")
    choose_key(project, "malignantmelanoma", "M")
    assert keys(project) == {"melanocyticnevus": "1", "malignantmelanoma": "m", "keratosis": "2"}
    choose_key(project, "keratosis", "1")
    assert keys(project)["melanocyticnevus"] == "2"
    project.rename_label("malignantmelanoma", "melanoma")
    assert keys(project)["melanoma"] == "m"
    choose_key(project, "melanoma", None)
    assert keys(project) == {"melanocyticnevus": "2", "melanoma": "3", "keratosis": "1"}


@pytest.mark.parametrize("key", ["0", "ä", "10", "", " ", "+"])
def test_what_is_no_key_is_refused(project: Project, key: str) -> None:
    with pytest.raises(StudioError, match="use 1 to 9 or a to z"):
        choose_key(project, "melanocyticnevus", key)


def test_a_key_is_not_taken_from_another_label(project: Project) -> None:
    choose_key(project, "malignantmelanoma", "m")
    with pytest.raises(StudioError, match="that of 'malignantmelanoma'"):
        choose_key(project, "melanocyticnevus", "m")


@pytest.mark.parametrize("kept", [3, {"1": 5, "x": "q"}, {"1": "a", "2": "a"}, {"1": "ab"}])
def test_damaged_keys_count_as_none(project: Project, kept: object) -> None:
    project.set_setting(SETTING, kept)
    assert len(set(keys(project).values())) == 2


def test_a_change_of_labels_is_no_decision_to_undo(project: Project) -> None:
    project.rename_label("melanocyticnevus", "nevus", "Ana")
    assert Reviewer(project, "Ana").undo() is None
