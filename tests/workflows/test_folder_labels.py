"""Class folders that no label is called after: added, mapped, left, and asked about beforehand."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from studio.cli.__main__ import main
from studio.project import Project, suggested_label
from studio.workflows.importing import NewLabels, import_source, unknown_class_folders

Photo = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    names = ["nevus/a", "keratosis/b", "keratosis/c", "2024/d"]
    names += ["nevus/2025/e", "f"]
    for seed, name in enumerate(names):
        photo(tmp_path / f"in/{name}.jpg", seed)
    (tmp_path / "in/notes").mkdir()
    (tmp_path / "in/notes/read me.txt").write_text("no image")
    return tmp_path / "in"


def labels(project: Project) -> Mapping[str, str | None]:
    names: dict[int | None, str | None] = {label.id: label.name for label in project.labels()}
    images = project.images.by_ids(project.images.ids())
    return {image.file[0]: names.get(image.label_id) for image in images}


def test_what_is_unknown_is_counted_before(project: Project, folder: Path) -> None:
    assert unknown_class_folders(project, folder) == {"2024": 1, "keratosis": 2}
    assert project.images.count() == 0


def test_left_as_they_are_they_are_reported(project: Project, folder: Path) -> None:
    report = import_source(project, folder)
    assert report.unknown_folders == {"2024": 1, "keratosis": 2}
    nevus = "nevus"
    assert labels(project) == {"a": nevus, "b": None, "c": None, "d": None, "e": nevus, "f": None}


def test_added_and_mapped(project: Project, folder: Path) -> None:
    new = NewLabels(add=True, mapping={"2024": None})
    report = import_source(project, folder, new_labels=new)
    assert report.labels_added == ["keratosis"]
    assert report.unknown_folders == {}
    found = labels(project)
    assert [found[name] for name in "abcdef"] == [
        "nevus", "keratosis", "keratosis", None, "nevus", None,
    ]  # fmt: skip


def test_a_later_answer_labels_what_had_none(project: Project, folder: Path) -> None:
    import_source(project, folder)
    mapping = {"keratosis": "melanoma", "2024": "blue nevus"}
    report = import_source(project, folder, new_labels=NewLabels(mapping=mapping))
    assert (report.added, report.labels_added) == (0, ["blue nevus"])
    found = labels(project)
    assert (found["b"], found["d"]) == ("melanoma", "blue nevus")


def test_a_name_that_cannot_be_a_label_is_named_and_the_rest_goes_in(
    project: Project, tmp_path: Path, photo: Photo
) -> None:
    photo(tmp_path / "in/a;b/a.jpg", 1)
    photo(tmp_path / "in/keratosis/b.jpg", 2)
    report = import_source(project, tmp_path / "in", new_labels=NewLabels(add=True))
    assert [failure.reason for failure in report.failed] == ["bad_label"]
    assert labels(project) == {"a": None, "b": "keratosis"}


def test_from_the_command_line(project: Project, folder: Path) -> None:
    path = project.path
    project.close()
    line = ["import", str(path), str(folder), "--add-labels", "--map-label", "2024="]
    assert main(line) == 0
    with Project.open(path) as opened:
        assert labels(opened)["b"] == "keratosis"
        assert labels(opened)["d"] is None


def test_a_first_import_asks_about_names_that_cannot_be_labels(
    tmp_path: Path, photo: Photo
) -> None:
    photo(tmp_path / "in/Spitz naevus, pigmented/a.jpg", 1)
    photo(tmp_path / "in/wart/b.jpg", 2)
    with Project.create(tmp_path / "fresh", []) as project:
        assert unknown_class_folders(project, tmp_path / "in") == {"Spitz naevus, pigmented": 1}
        near = suggested_label("Spitz naevus, pigmented")
        assert near == "Spitz naevus pigmented"
        mapping = {"Spitz naevus, pigmented": near}
        import_source(project, tmp_path / "in", new_labels=NewLabels(mapping=mapping))
        assert labels(project) == {"a": near, "b": "wart"}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("granuloma (recurrent)", "granuloma recurrent"),
        ("../x", "x"),
        ("a/b:c", "a b c"),
        ("???", None),
        (" .", None),
    ],
)
def test_the_nearest_label_of_a_name(name: str, near: str | None) -> None:
    assert suggested_label(name) == near
