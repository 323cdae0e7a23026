"""What a network is trained on, out of folders, zips and projects."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.datasets.selection import freeze
from studio.errors import StudioError, UsageError
from studio.imaging import Square, crop_for_export, resize
from studio.project import NewBox, Project
from studio.review import Reviewer
from studio.workflows import import_source
from studio.workflows.generate.data import settled, training_source, write_dataset

Photo = Callable[..., Path]


@pytest.fixture
def moles(tmp_path: Path, photo: Photo) -> Path:
    """Class folders of photographs, stored turned."""
    for number in range(4):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"moles/{name}/{number}.jpg", number, quality=95)
    return tmp_path / "moles"


@pytest.fixture
def boxes(project: Project, moles: Path) -> list[int]:
    """Two accepted boxes of one image, one adjusted of another, and one that nobody decided."""
    import_source(project, moles)
    first, second, third, _ = project.images.by_ids(project.images.ids())
    nevus, melanoma = project.label_by_name("nevus"), project.label_by_name("melanoma")
    assert nevus is not None
    assert melanoma is not None
    made = project.boxes.add(
        [
            NewBox(first.id, Square(50, 40, 32), nevus.id, origin="test"),
            NewBox(first.id, Square(80.5, 60.5, 41), melanoma.id, origin="test"),
            NewBox(second.id, Square(60, 60, 64), nevus.id, origin="test"),
            NewBox(third.id, Square(60, 60, 64), nevus.id, origin="test"),
        ]
    )
    reviewer = Reviewer(project, "Ana")
    reviewer.accept(made[0])
    reviewer.accept(made[1])
    reviewer.adjust(made[2], Square(70, 60, 64))
    return made


def test_a_folder_and_a_zip_of_it_are_the_same_pictures(moles: Path, tmp_path: Path) -> None:
    report = write_dataset(moles, tmp_path / "set.zip", 32, transform="center-crop")
    folder = training_source(moles, 32, transform="center-crop")
    zipped = training_source(str(tmp_path / "set.zip"), 32)
    assert np.array_equal(folder.pixels, zipped.pixels)
    assert report.counts == folder.counts == zipped.counts == {"melanoma": 2, "nevus": 2}


def test_a_snapshot_gives_the_crops_of_its_boxes(project: Project, boxes: list[int]) -> None:
    name = freeze(project, name="round: one").name
    pictures = training_source(f"{project.path}:{name}", 32)
    assert pictures.source == f"{project.path.name}/round: one"
    assert pictures.names == ("melanoma", "nevus")
    assert pictures.classes is not None
    assert pictures.classes.tolist() == [1, 0, 1]
    first = project.images.by_id(project.boxes.by_id(boxes[0]).image_id)
    assert pictures.files[0] == f"box {boxes[0]} of {first.file}"
    wanted = crop_for_export(project.images.path(first), Square(50, 40, 32))
    assert np.array_equal(pictures.pixels[0], wanted.transpose(2, 0, 1))
    small = training_source(f"{project.path}:{name}", 16).pixels[0].astype(int)
    assert abs(small - resize(wanted, 16).transpose(2, 0, 1)).mean() < 5


def test_crops_of_one_photograph_and_of_a_stack_are_one_group(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    source, cache = settled(project.path), tmp_path / "cache"
    pictures = training_source(source, 16, cache)
    assert pictures.groups is not None
    assert pictures.groups.tolist() == [0, 0, 1]
    first, second, *_ = project.images.ids()
    project.images.set_stack([first, second], first)
    begun = training_source(source, 16, cache)
    assert begun.sha256 == pictures.sha256  # a run that goes on parts its pictures as it began
    assert begun.groups is not None
    assert begun.groups.tolist() == [0, 0, 1]
    anew = training_source(source, 16)
    assert anew.groups is not None
    assert anew.groups.tolist() == [0, 0, 0]
    assert anew.sha256 != pictures.sha256


def test_a_zip_of_a_project_keeps_its_groups(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    write_dataset(project.path, tmp_path / "set.zip", 16)
    pictures = training_source(tmp_path / "set.zip", 16)
    assert pictures.groups is not None
    assert pictures.groups.tolist() == [0, 0, 1]


def test_pictures_of_a_folder_stand_alone(moles: Path) -> None:
    assert training_source(moles, 16, transform="center-crop").groups is None


def test_a_project_is_frozen_once_and_named_by_settling(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    source = settled(project.path)
    assert source == f"{project.path.absolute()}:snapshot 1"
    assert settled(project.path) == settled(source) == source
    cache = tmp_path / "cache"
    pictures = training_source(project.path, 16, cache)
    Reviewer(project, "Ana").reject(boxes[0])
    assert settled(project.path) == f"{project.path.absolute()}:snapshot 2"
    assert training_source(source, 16, cache).sha256 == pictures.sha256
    assert len(training_source(project.path, 16, cache)) == 2


def test_boxes_without_a_label_are_left_out_where_classes_count(
    project: Project, boxes: list[int]
) -> None:
    name = freeze(project, states="all").name
    plain = project.boxes.add(
        [NewBox(project.images.ids()[3], Square(60, 60, 32), None, origin="test")]
    )
    name = freeze(project, states="all").name
    pictures = training_source(f"{project.path}:{name}", 16)
    assert len(pictures) == 4
    assert f"Box {plain[0]} of" in pictures.left_out[0].sentence
    assert len(training_source(f"{project.path}:{name}", 16, classes=False)) == 5


def test_sources_that_are_none_are_errors_in_words(project: Project, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="has no snapshot 'x'; it has none"):
        training_source(f"{project.path}:x", 16)
    with pytest.raises(UsageError, match="no folder, zip or project"):
        training_source(tmp_path / "nowhere:x", 16)
    with pytest.raises(UsageError, match="no transform 'stretch'"):
        training_source(tmp_path, 16, transform="stretch")
    with pytest.raises(StudioError, match="no accepted or adjusted box"):
        training_source(project.path, 16)
    assert project.snapshots.list() == []


def test_a_zip_in_the_way_freezes_no_project(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    (tmp_path / "set.zip").touch()
    with pytest.raises(UsageError, match="there already"):
        write_dataset(project.path, tmp_path / "set.zip", 16)
    assert project.snapshots.list() == []
