"""Folders and snapshots as training data: splits that part no group, and leakage refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.datasets import fingerprints, same_picture
from studio.datasets.selection import freeze
from studio.errors import StudioError
from studio.project import Project
from studio.results.leakage import SEEN_IN_VALIDATION, training_finding
from studio.review import Reviewer
from studio.workflows import LeakageError, SnapshotSource, import_source, propose_project
from studio.workflows.prepared import remove_cache
from studio.workflows.training_data import prepare_data, read_source

Photo = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    for number in range(20):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"train/{name}/{number}.png", number)
    return tmp_path / "train"


def test_a_fifth_is_held_out_and_both_classes_are_on_both_sides(folder: Path) -> None:
    data = prepare_data([folder], None, []).data
    assert data.val is not None
    assert [split.counts() for split in (data.train[0], data.val)] == [
        {"melanoma": 8, "nevus": 8},
        {"melanoma": 2, "nevus": 2},
    ]
    assert data == prepare_data([folder], None, []).data
    assert data != prepare_data([folder], None, [], seed=1).data


def test_near_duplicates_are_never_parted(folder: Path) -> None:
    for path in sorted(folder.rglob("*.png")):
        Image.open(path).resize((320, 240)).save(path.with_suffix(".jpg"), quality=80)
    for seed in range(5):
        data = prepare_data([folder], None, [], seed=seed).data
        assert data.val is not None
        held = {Path(item.file).stem for item in data.val.items}
        kept = {Path(item.file).stem for item in data.train[0].items}
        assert held
        assert not held & kept


def test_leakage_into_a_test_is_refused_unless_allowed_and_recorded(
    tmp_path: Path, folder: Path, photo: Photo
) -> None:
    photo(tmp_path / "test/nevus/x.png", 100)
    photo(tmp_path / "test/melanoma/y.png", 101)
    clean = prepare_data([folder], None, [tmp_path / "test"])
    assert (clean.leakage["clean"], clean.leakage["allowed"]) == (True, False)
    shutil.copy(folder / "nevus/2.png", tmp_path / "test/nevus/copy.png")
    with pytest.raises(LeakageError, match="1 of 3 test images") as caught:
        prepare_data([folder], None, [tmp_path / "test"])
    assert caught.value.report["same_bytes"] == 1
    allowed = prepare_data([folder], None, [tmp_path / "test"], allow_leakage=True)
    assert (allowed.leakage["clean"], allowed.leakage["allowed"]) == (False, True)


def test_overlap_with_the_validation_set_is_reported(folder: Path) -> None:
    prepared = prepare_data([folder], folder, [])
    assert prepared.leakage["clean"]
    assert prepared.leakage["validation"]["same_path"] == 20
    assert any("its AUC is too good" in sentence for sentence in prepared.problems)


def test_a_test_on_validation_pictures_is_reported(
    tmp_path: Path, folder: Path, photo: Photo
) -> None:
    for number in range(4):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"val/{name}/{number}.png", 100 + number)
    prepared = prepare_data([folder], tmp_path / "val", [tmp_path / "val"])
    assert prepared.leakage["clean"]
    assert prepared.leakage["test_in_validation"]["same_path"] == 4
    assert SEEN_IN_VALIDATION in prepared.problems


def test_what_leaks_is_told_of_each_test_set(tmp_path: Path, folder: Path, photo: Photo) -> None:
    for name, first in (("val", 100), ("clean", 200)):
        for number in range(4):
            label = ("nevus", "melanoma")[number % 2]
            photo(tmp_path / f"{name}/{label}/{number}.png", first + number)
    tests = [folder, tmp_path / "val", tmp_path / "clean"]
    record = prepare_data([folder], tmp_path / "val", tests, allow_leakage=True).leakage
    found = {one.name: training_finding(record, one.name) for one in tests}
    assert {name: one.verdict for name, one in found.items()} == {
        folder.name: "found",
        "val": "found",
        "clean": "clean",
    }
    assert found["val"].sentences == (SEEN_IN_VALIDATION,)
    assert found[folder.name].found.startswith("20 of 20 test images")
    # Runs made before have one verdict for all their tests.
    del record["by_test"]
    assert training_finding(record, "clean").verdict == "found"


def test_two_tests_of_one_name_are_told_apart(tmp_path: Path, folder: Path, photo: Photo) -> None:
    for where in ("a", "b"):
        photo(tmp_path / where / "test/nevus/x.png", 100 + ord(where))
        photo(tmp_path / where / "test/melanoma/y.png", 200 + ord(where))
    data = prepare_data([folder], folder, [tmp_path / "a/test", tmp_path / "b/test"]).data
    assert [split.name for split in data.test] == [
        str(tmp_path / "a/test"),
        str(tmp_path / "b/test"),
    ]


def test_files_that_are_no_pictures_are_named(folder: Path) -> None:
    (folder / "nevus/notes.txt").write_text("x", encoding="utf-8")
    assert any("notes.txt" in sentence for sentence in prepare_data([folder], None, []).problems)


def test_a_snapshot_gives_squares_of_originals(
    tmp_path: Path, project: Project, folder: Path
) -> None:
    import_source(project, folder)
    propose_project(project, keep=1)
    reviewer = Reviewer(project, "Ana")
    boxes = project.boxes.by_ids(project.boxes.ids())
    for box in boxes:
        reviewer.accept(box.id)
    name = freeze(project).name
    data = prepare_data([SnapshotSource(project.path, name)], None, []).data
    items = [item for split in (*data.train, data.val) if split for item in split.items]
    assert len(items) == len(boxes)
    assert {item.square for item in items} == {
        (box.square.cx, box.square.cy, box.square.side) for box in boxes
    }
    assert all(Path(item.file).is_file() for item in items)
    with pytest.raises(StudioError, match="no snapshot"):
        prepare_data([SnapshotSource(project.path, "other")], None, [])


def test_groups_reach_the_pictures_of_a_run(tmp_path: Path) -> None:
    """By a table beside the class folders, and by one that is given with them."""
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / "test" / label).mkdir(parents=True)
        for number in range(3):
            pixels = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "test" / label / f"{label}{number}.png")
    (tmp_path / "test" / "groups.csv").write_text("file,patient\na0.png,P1\nb0.png,P1\n")
    table = tmp_path / "lesions.csv"
    table.write_text("file;lesion\na0;L1\na1;L1\nb1;L2\n")
    source = read_source(tmp_path / "test", [table])
    groups = {Path(item.file).stem: item.group for item in source.split.items}
    assert groups == {
        "a0": "patient P1", "a1": "patient P1", "b0": "patient P1", "b1": "lesion L2",
        "a2": None, "b2": None,
    }  # fmt: skip
    assert len(set(source.groups)) == 4
    assert not source.problems
    assert any("groups.csv does not say" in note for note in source.notes)


def test_the_same_bytes_under_two_classes_are_named(
    tmp_path: Path, folder: Path, photo: Photo
) -> None:
    shutil.copy(folder / "nevus/2.png", folder / "melanoma/copy.png")
    prepared = prepare_data([folder], None, [])
    (conflict,) = prepared.leakage["label_conflicts"]
    assert dict(zip(conflict["labels"], conflict["files"], strict=True)) == {
        "melanoma": str(folder / "melanoma/copy.png"),
        "nevus": str(folder / "nevus/2.png"),
    }
    (sentence,) = [one for one in prepared.problems if "several classes" in one]
    assert "copy.png (melanoma)" in sentence
    assert "2.png (nevus)" in sentence
    (folder / "melanoma/copy.png").unlink()
    shutil.copy(folder / "nevus/2.png", folder / "nevus/copy.png")  # a duplicate, and no conflict
    assert prepare_data([folder], None, []).leakage["label_conflicts"] == []


def test_a_second_check_of_the_same_data_decodes_and_compares_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare_data([folder], folder, [folder], allow_leakage=True)

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(fingerprints, "decode", refuse)
    monkeypatch.setattr(same_picture, "find_candidates", refuse)
    again = prepare_data([folder], folder, [folder], allow_leakage=True)
    assert (again.leakage, again.data) == (first.leakage, first.data)
    remove_cache()
    with pytest.raises(AssertionError, match="made again"):
        prepare_data([folder], folder, [folder], allow_leakage=True)
