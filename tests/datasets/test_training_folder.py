import errno
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from studio.classify import DataSplit, Item, TrainData
from studio.datasets.exports import export
from studio.datasets.training_folder import read_folder
from studio.errors import StudioError
from studio.imaging import Square

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def make(folder: Path, *files: str) -> Path:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PNG)
    return folder


def test_class_folders_become_items(tmp_path: Path) -> None:
    folder = make(tmp_path / "train", "b/2.jpg", "b/1", "a/deep/er/1.png", "a/z.JPG")
    read = read_folder(folder)
    assert read.classes == ("a", "b")
    assert [(item.path.relative_to(folder).as_posix(), item.label) for item in read.items] == [
        ("a/z.JPG", "a"),
        ("a/deep/er/1.png", "a"),
        ("b/1", "b"),
        ("b/2.jpg", "b"),
    ]
    assert read.counts == {"a": 2, "b": 2}
    assert len({item.group for item in read.items}) == 4
    assert not read.problems


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "train", "a/1.jpg", "a/.hidden.jpg", "loose.jpg", ".git/1.jpg")
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "a/page.jpg").write_text("<html>")
    (folder / "a/nothing.jpg").touch()
    (folder / "a/dead.jpg").symlink_to(tmp_path / "gone.jpg")
    read = read_folder(folder)
    assert read.classes == ("a", "empty")
    assert [item.path.name for item in read.items] == ["1.jpg"]
    assert sorted(problem.path.name for problem in read.problems) == [
        ".hidden.jpg",
        "dead.jpg",
        "empty",
        "loose.jpg",
        "nothing.jpg",
        "page.jpg",
    ]


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "train", "a/1.jpg", "a/shut/2.jpg")
    listed = os.scandir

    def scandir(path: str) -> Any:
        if Path(path) == folder / "a/shut":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    (problem,) = read_folder(folder).problems
    assert (problem.path, "Permission denied" in problem.sentence) == (folder / "a/shut", True)


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="cannot be read"):
        read_folder(tmp_path / "none")
    with pytest.raises(StudioError, match="no class folders"):
        read_folder(make(tmp_path / "flat", "1.jpg"))


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"data.yaml": "names: [a, b]", "labels/train/1.txt": "0 0.5 0.5 0.1 0.1"}, "YOLO"),
        ({"Annotations/1.xml": "<annotation><object/></annotation>"}, "Pascal VOC"),
        (
            {"annotations/i.json": '{"images": [], "annotations": [], "categories": []}'},
            "COCO JSON",
        ),
    ],
)
def test_a_data_set_of_boxes_has_no_classes(
    tmp_path: Path, files: dict[str, str], kind: str
) -> None:
    folder = make(tmp_path / "set", "images/train/1.png")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with pytest.raises(
        StudioError, match=rf"boxes \({kind}\).*import it into a project and export"
    ):
        read_folder(folder)
    (folder / "nevus").mkdir()
    assert "nevus" in read_folder(folder).classes  # class folders, beside which a list lies


def test_an_export_knows_which_crops_belong_together(kit: Any, tmp_path: Path) -> None:
    for seed in range(3):
        image = kit.photo(f"{seed}.png", seed)
        kit.box(image, Square(32, 32, 16))
        kit.box(image, Square(60, 32, 16), label="malignantmelanoma")
    kit.project.images.set_stack([1, 2], best_image_id=1)
    export(kit.project, tmp_path / "out", "folder")
    read = read_folder(tmp_path / "out")
    assert read.classes == ("malignantmelanoma", "melanocyticnevus")
    assert not read.problems
    groups = sorted(item.group for item in read.items)
    assert [groups.count(group) for group in sorted(set(groups))] == [2, 4]


def test_linked_folders_are_followed_at_the_top_and_in_a_class(tmp_path: Path) -> None:
    store = make(tmp_path / "store", "moles/1.png", "more/2.png")
    folder = make(tmp_path / "train", "melanoma/3.png")
    (folder / "nevus").symlink_to(store / "moles")
    (folder / "nevus2").symlink_to("nevus")
    (folder / "melanoma/extra").symlink_to(store / "more")
    (folder / "melanoma/round").symlink_to("..")
    read = read_folder(folder)
    assert read.classes == ("melanoma", "nevus")
    assert [(item.path.name, item.label) for item in read.items] == [
        ("3.png", "melanoma"),
        ("2.png", "melanoma"),
        ("1.png", "nevus"),
    ]
    assert sorted(problem.path.name for problem in read.problems) == ["nevus2", "round"]
    assert len([note for note in read.notes if "outside" in note]) == 2


def test_what_systems_leave_in_folders_is_no_class(tmp_path: Path) -> None:
    folder = make(tmp_path / "train", "a/1.png", "__MACOSX/a/1.png")
    for name in ("a/._1.png", "a/Thumbs.db", "a/.DS_Store"):
        (folder / name).write_bytes(b"\0\5\x16\7")
    read = read_folder(folder)
    assert (read.classes, read.problems) == (("a",), ())


def test_class_names_meet_whatever_their_unicode_form(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        make(tmp_path / form, unicodedata.normalize("NFD" if form == "NFD" else "NFC", "nävus/1"))
        assert read_folder(tmp_path / form).classes == ("nävus",)


def test_names_that_are_not_utf8_are_read_and_kept_in_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    for name in (b"n\xe6vus/n\xe6vus_1.png", b"plain/\xb7\xc7.png"):
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            pytest.skip("this disk holds names in UTF-8 only")
        path.write_bytes(PNG)
    read = read_folder(folder)
    assert read.classes == ("nævus", "plain")
    items = [Item(file=str(item.path), label=item.label) for item in read.items]
    data = TrainData(train=[DataSplit(name="train", items=items)])
    path = data.write(tmp_path)
    kept = TrainData.read(path).train[0].items
    assert [Path(item.file).read_bytes() for item in kept] == [PNG, PNG]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"images": [3], "files": []}', "[" * 100_000])
def test_a_strange_manifest_is_a_problem_and_no_end(tmp_path: Path, text: str) -> None:
    folder = make(tmp_path / "train", "a/1.jpg")
    (folder / "manifest.json").write_text(text)
    read = read_folder(folder)
    assert len(read.items) == 1
    assert [problem.path.name for problem in read.problems] == ["manifest.json"]


@pytest.mark.data
def test_the_nails(shared_data: Path) -> None:
    train, val = (read_folder(shared_data / "nails" / name) for name in ("train", "val"))
    assert train.classes == val.classes == ("naildystrophy", "onychomycosis")
    assert train.counts == {"naildystrophy": 1755, "onychomycosis": 1260}
    assert val.counts == {"naildystrophy": 21, "onychomycosis": 173}
