"""Zips of photographs and of data sets: read safely, and nothing of them is left lying about."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import archives
from studio.errors import StudioError
from studio.project import Project
from studio.workflows import import_source
from studio.workflows.importing import NewLabels, unknown_class_folders

Photo = Callable[..., Path]


@pytest.fixture
def pack(tmp_path: Path, photo: Photo) -> Callable[..., Path]:
    """A zip of photographs (by the number of their seed) and of bytes, by name."""

    def make(members: dict[str, int | bytes], name: str = "set.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member, content in members.items():
                if isinstance(content, int):
                    content = photo(tmp_path / "made" / f"{content}.png", content).read_bytes()
                info = zipfile.ZipInfo("x")
                info.filename = member  # with backslashes, as old tools write them
                archive.writestr(info, content)
        return tmp_path / name

    return make


def labels(project: Project) -> dict[str, str | None]:
    names: dict[int | None, str] = {label.id: label.name for label in project.labels()}
    images = project.images.by_ids(project.images.ids())
    return {image.file: names.get(image.label_id) for image in images}


def left_over(project: Project) -> list[Path]:
    return [path for path in project.path.iterdir() if path.name.endswith(".part")]


def test_class_folders_in_a_zip(project: Project, pack: Callable[..., Path]) -> None:
    members: dict[str, int | bytes] = {
        "top/nevus/a.png": 1,
        "top\\melanoma\\b.png": 2,
        "__MACOSX/top/nevus/._a.png": b"\0\5\x16\7",
        "top/nevus/.DS_Store": b"x",
        "top/README.md": b"read me",
    }
    path = pack(members)
    report = import_source(project, path)
    assert (report.added, report.failed) == (2, [])
    assert labels(project) == {"a.png": "nevus", "b.png": "melanoma"}
    assert [one.file for one in report.skipped] == ["top/README.md"]
    sources = project.sources.of_list(str(path))
    assert sorted(source.path or "" for source in sources) == [
        str(path / "top/melanoma/b.png"),
        str(path / "top/nevus/a.png"),
    ]
    again = import_source(project, path)
    assert (again.added, again.already) == (0, 2)
    assert len(project.sources.of_list(str(path))) == 2
    assert left_over(project) == []


def test_unknown_class_folders_of_a_zip_are_asked_about(
    project: Project, pack: Callable[..., Path]
) -> None:
    path = pack({"lentigo/a.png": 1, "nevus/b.png": 2, "lentigo/c.png": 3})
    assert unknown_class_folders(project, path) == {"lentigo": 2}
    import_source(project, path, new_labels=NewLabels(add=True))
    assert labels(project) == {"a.png": "lentigo", "b.png": "nevus", "c.png": "lentigo"}


def test_a_data_set_in_a_zip(project: Project, pack: Callable[..., Path]) -> None:
    members: dict[str, int | bytes] = {
        "set/images/a.png": 1,
        "set/labels/a.txt": b"0 0.5 0.5 0.25 0.25\n",
        "set/data.yaml": b"names: [nevus]\n",
    }
    path = pack(members)
    assert unknown_class_folders(project, path) == {}
    report = import_source(project, path)
    assert [one.kind for one in report.lists] == ["yolo"]
    assert (report.added, report.boxes) == (1, 1)
    assert import_source(project, path).rows == 0


def test_hostile_members_are_named(
    tmp_path: Path, project: Project, pack: Callable[..., Path]
) -> None:
    members: dict[str, int | bytes] = {
        "../out.png": 1,
        "/abs.png": 2,
        "C:\\win.png": 3,
        "nevus/a.png": 4,
        "nevus/b.png": b"<html>",
    }
    path = pack(members)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("nevus/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("nevus/a.png", b"other")
    before = {one for one in tmp_path.rglob("*") if project.path not in one.parents}
    report = import_source(project, path)
    assert report.added == 1
    assert len(report.failed) == 6
    assert {one for one in tmp_path.rglob("*") if project.path not in one.parents} == before
    assert left_over(project) == []


def test_bombs_and_broken_zips_are_refused(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nevus/a.bmp", bytes(5_000_000))
    with monkeypatch.context() as patch:
        patch.setattr(archives, "_ROOMY", 0)
        with pytest.raises(StudioError, match="far more than pictures would"):
            import_source(project, path)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("nevus/a.png", b"\x89PNG" + bytes(1000))
    raw = bytearray(content.getvalue())
    raw[60] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(raw)
    report = import_source(project, tmp_path / "bad.zip")
    assert "damaged in the zip" in report.failed[0].sentence
    assert left_over(project) == []


def test_a_stopped_import_of_a_zip_leaves_nothing(
    project: Project, pack: Callable[..., Path]
) -> None:
    path = pack({f"nevus/{n}.png": n for n in range(3)})
    report = import_source(project, path, stop=lambda: True)
    assert (report.stopped, report.added) == (True, 0)
    assert left_over(project) == []


def test_names_that_are_too_long_are_named_and_the_rest_comes_in(
    project: Project, pack: Callable[..., Path]
) -> None:
    members: dict[str, int | bytes] = {
        f"nevus/{'x' * 300}.png": 1,
        f"{'y' * 256}/b.png": 2,
        "nevus/a.png": 3,
        "nevus/a.png/c.png": 4,
        "nevus /d.png": 5,
    }
    report = import_source(project, pack(members))
    assert (report.added, labels(project)) == (2, {"a.png": "nevus", "d.png": "nevus"})
    told = [one.sentence for one in report.failed]
    assert ["too long for a file" in one for one in told] == [True, True, False]
    assert "in the zip twice" in told[2]
    assert left_over(project) == []


def test_members_whose_names_come_to_the_same(
    project: Project, pack: Callable[..., Path], tmp_path: Path
) -> None:
    """Two pictures in a folder with and without a space at its end are two, one twice is one."""
    path = pack({"nevus /a.png": 1, "nevus/a.png": 2, "nevus./a.png": 1, "nevus. /a.png": 3})
    report = import_source(project, path)
    assert report.added == 3
    assert labels(project) == dict.fromkeys(["a.png", "a (2).png", "a (3).png"], "nevus")
    assert [one.sentence for one in report.failed] == [
        "nevus/a.png is in the zip twice; the first is taken."
    ]
    again = import_source(project, path)
    assert (again.added, again.already) == (0, 3)
    assert left_over(project) == []
    many = import_source(project, pack({f"nevus{' ' * n}/b.png": 40 + n for n in range(22)}))
    assert many.added == 20
    assert ["more than 20 of its name" in one.sentence for one in many.failed] == [True] * 2


@pytest.mark.parametrize("name", ["...zip", "..zip", ". .zip", ".zip"])
def test_a_zip_whose_name_is_dots(project: Project, pack: Callable[..., Path], name: str) -> None:
    path = pack({"nevus/a.png": 1}, name)
    report = import_source(project, path)
    assert (report.added, report.failed, labels(project)) == (1, [], {"a.png": "nevus"})
    assert project.sources.of_list(str(path))[0].path == str(path / "nevus/a.png")
    assert left_over(project) == []


def test_a_picture_that_ends_like_a_zip_is_a_picture(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    path = photo(tmp_path / "a.jpg", 1)
    path.write_bytes(path.read_bytes() + (tmp_path / "empty.zip").read_bytes())
    report = import_source(project, path)
    assert (report.added, report.failed) == (1, [])
