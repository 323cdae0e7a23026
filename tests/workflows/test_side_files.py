"""Class folders among which a few annotations lie: the labels are those of the folders."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.cli.__main__ import main
from studio.project import Project
from studio.workflows.importing import (
    NewLabels,
    import_source,
    unknown_class_folders,
    unknown_folders,
)

Photo = Callable[..., Path]

BOX = {"label": "lesion", "shape_type": "rectangle", "points": [[10, 20], [50, 50]]}
LABELME = {"version": "5", "flags": {}, "shapes": [BOX], "imagePath": "a.jpg"}
COCO = {
    "images": [{"id": 1, "file_name": "nevus/a.jpg", "width": 160, "height": 120}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 40, 30]}],
    "categories": [{"id": 1, "name": "lesion"}],
}
VOC = (
    "<annotation><filename>a.jpg</filename><object><name>lesion</name><bndbox><xmin>11</xmin>"
    "<ymin>21</ymin><xmax>50</xmax><ymax>50</ymax></bndbox></object></annotation>"
)
YOLO = "0 0.1875 0.291667 0.25 0.25\n"
SIDE_FILES = {
    "labelme": {"nevus/a.json": json.dumps(LABELME)},
    "coco": {"boxes.json": json.dumps(COCO)},
    "voc": {"nevus/a.xml": VOC},
    "yolo": {"nevus/a.txt": YOLO, "classes.txt": "lesion\n"},
}


@pytest.fixture(params=list(SIDE_FILES))
def folder(request: pytest.FixtureRequest, tmp_path: Path, photo: Photo) -> Path:
    """Six images in class folders, one of them with a box of 40 × 30 from (10, 20)."""
    for seed, name in enumerate(("nevus/a", "nevus/b", "melanoma/c", "wart/d", "wart/e", "f")):
        photo(tmp_path / f"in/{name}.jpg", seed)
    for name, text in SIDE_FILES[request.param].items():
        (tmp_path / "in" / name).write_text(text, encoding="utf-8")
    return tmp_path / "in"


def labels(project: Project) -> dict[str, str | None]:
    names: dict[int | None, str] = {label.id: label.name for label in project.labels()}
    images = project.images.by_ids(project.images.ids())
    return {image.file[0]: names.get(image.label_id) for image in images}


def boxes(project: Project) -> dict[str, list[tuple[str | None, float, float]]]:
    names: dict[int | None, str] = {label.id: label.name for label in project.labels()}
    found = {}
    for image in project.images.by_ids(project.images.ids()):
        found[image.file[0]] = [
            (names.get(one.label_id), round(one.square.cx, 3), round(one.square.side, 3))
            for one in project.boxes.of_image(image.id)
        ]
    return {name: listed for name, listed in found.items() if listed}


ALL = {"a": "nevus", "b": "nevus", "c": "melanoma", "d": "wart", "e": "wart", "f": None}
KNOWN = {**ALL, "d": None, "e": None}


def test_a_project_with_labels_takes_those_it_knows(project: Project, folder: Path) -> None:
    assert unknown_class_folders(project, folder) == {"wart": 2}
    report = import_source(project, folder)
    assert labels(project) == KNOWN
    assert report.unknown_folders == {"wart": 2}
    assert boxes(project) == {"a": [("lesion", 30, 40)]}
    assert (report.added, report.failed) == (6, [])
    assert "name 1 of its 6 images" in report.notes[0]
    mapping = NewLabels(mapping={"wart": "verruca"})
    again = import_source(project, folder, new_labels=mapping)
    assert labels(project) == {**ALL, "d": "verruca", "e": "verruca"}
    assert (again.added, again.boxes, again.rows, again.failed) == (0, 0, 0, [])


def test_an_empty_project_takes_all_of_them_when_asked_to(tmp_path: Path, folder: Path) -> None:
    """The lists name a label of their own, so that the folders are not the only ones that do."""
    with Project.create(tmp_path / "fresh", []) as project:
        assert unknown_class_folders(project, folder) == {"melanoma": 1, "nevus": 1, "wart": 2}
        import_source(project, folder, new_labels=NewLabels(add=True))
        assert labels(project) == ALL
        assert boxes(project) == {"a": [("lesion", 30, 40)]}


def test_in_a_zip(tmp_path: Path, project: Project, folder: Path) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder))
    assert unknown_class_folders(project, path) == {"wart": 2}
    report = import_source(project, path, new_labels=NewLabels(add=True))
    assert labels(project) == ALL
    assert (report.notes[0].split()[0], report.failed) == ("in.zip", [])


def test_on_the_command_line(
    tmp_path: Path, project: Project, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project.path
    project.close()
    assert main(["import", str(path), str(folder), "--add-labels"]) == 0
    assert "name 1 of its 6 images" in capsys.readouterr().out
    with Project.open(path) as opened:
        assert labels(opened) == ALL


def test_the_parts_of_a_data_set_are_no_classes(
    tmp_path: Path, photo: Photo, project: Project
) -> None:
    """Images without a file of rows, in the folders that YOLO parts its images into."""
    for seed, name in enumerate(("train/a", "val/b", "batch/c", "train/nevus/d")):
        photo(tmp_path / f"in/images/{name}.jpg", seed)
    photo(tmp_path / "in/runs/e.jpg", 5)
    (tmp_path / "in/labels/train").mkdir(parents=True)
    for number in range(3):
        photo(tmp_path / f"in/images/train/x{number}.jpg", 10 + number)
        (tmp_path / f"in/labels/train/x{number}.txt").write_text(YOLO, encoding="utf-8")
    (tmp_path / "in/data.yaml").write_text("names: [lesion]\n", encoding="utf-8")
    assert unknown_class_folders(project, tmp_path / "in") == {"runs": 1}
    report = import_source(project, tmp_path / "in")
    assert report.unknown_folders == {"runs": 1}
    assert labels(project) == {**dict.fromkeys("abcex"), "d": "nevus"}


def test_of_a_data_set_that_is_mostly_annotated_folders_are_asked_about(
    tmp_path: Path, photo: Photo
) -> None:
    for seed, name in enumerate(("p1/a", "p1/b", "p2/c", "p2/d")):
        photo(tmp_path / f"in/{name}.jpg", seed)
        if name != "p2/d":
            (tmp_path / f"in/{name}.txt").write_text(YOLO, encoding="utf-8")
    (tmp_path / "in/classes.txt").write_text("lesion\n", encoding="utf-8")
    with Project.create(tmp_path / "fresh", []) as project:
        assert unknown_class_folders(project, tmp_path / "in") == {"p2": 1}
        report = import_source(project, tmp_path / "in")
        assert (report.labels_added, report.unknown_folders) == (["lesion"], {"p2": 1})


@pytest.mark.parametrize("name", ["boxes.json", "b.json"])
def test_the_folders_of_patients_are_no_labels_beside_those_of_a_list(
    tmp_path: Path, photo: Photo, name: str
) -> None:
    """Also where the list is called as some images are."""
    photo(tmp_path / "in/images/a.jpg", 1)
    for number in range(4):
        photo(tmp_path / f"in/patient{number}/b.jpg", 2 + number)
    images = [{"id": 1, "file_name": "images/a.jpg", "width": 160, "height": 120}]
    (tmp_path / "in" / name).write_text(json.dumps({**COCO, "images": images}))
    patients = {f"patient{number}": 1 for number in range(4)}
    with Project.create(tmp_path / "fresh", []) as project:
        assert unknown_class_folders(project, tmp_path / "in") == patients
        report = import_source(project, tmp_path / "in")
        assert (report.added, report.boxes) == (5, 1)
        assert (report.labels_added, report.unknown_folders) == (["lesion"], patients)


def test_pictures_in_folders_for_masks_are_counted_and_named(
    project: Project, tmp_path: Path, photo: Photo
) -> None:
    for seed, name in enumerate(("nevus/a", "seg/b", "annotations/c", "annotations/d", "e")):
        photo(tmp_path / f"in/{name}.jpg", seed)
    (tmp_path / "in/boxes.json").write_text(json.dumps(COCO), encoding="utf-8")
    report = import_source(project, tmp_path / "in")
    assert set(labels(project)) == {"a", "e"}
    assert report.notes[:2] == [
        "in is read as COCO JSON: its annotations name 1 of its 5 images.",
        (
            "3 of them are left out as masks for the folder they lie in (annotations, seg): import "
            "it by itself if it holds photographs."
        ),
    ]
    assert import_source(project, tmp_path / "in/annotations").added == 2


def test_lists_that_name_no_label_leave_that_to_the_folders(tmp_path: Path, photo: Photo) -> None:
    photo(tmp_path / "in/nevus/a.jpg", 1)
    photo(tmp_path / "in/melanoma/b.jpg", 2)
    photo(tmp_path / "in/melanoma/c.jpg", 3)
    (tmp_path / "in/nevus/a.txt").write_text(YOLO, encoding="utf-8")
    with Project.create(tmp_path / "fresh", []) as project:
        import_source(project, tmp_path / "in")
        assert labels(project) == {"a": None, "b": "melanoma", "c": "melanoma"}


def test_a_look_at_class_folders_can_be_stopped(
    project: Project, tmp_path: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo(tmp_path / "in/images/a.jpg", 1)
    for number in range(3):
        (tmp_path / f"in/list{number}.json").write_text(json.dumps(COCO), encoding="utf-8")
    read: list[str] = []
    monkeypatch.setattr(unknown_folders, "_image_names", lambda text: read.append(text) or set())
    unknown_class_folders(project, tmp_path / "in", lambda: len(read) == 1)
    assert len(read) == 1


def test_one_picture_in_two_class_folders_is_given_neither_label(
    project: Project, folder: Path
) -> None:
    shutil.copy(folder / "nevus/a.jpg", folder / "melanoma/a2.jpg")
    report = import_source(project, folder)
    assert labels(project)["a"] is None
    assert [one.reason for one in report.failed] == ["label_conflict"] * 2
    again = import_source(project, folder)
    assert labels(project)["a"] is None
    assert (again.added, again.boxes) == (0, 0)
