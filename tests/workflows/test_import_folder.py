"""Folders and files into a project: the rest goes in, what stays out is named."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import StudioError, UsageError
from studio.project import Project, SourceStatus
from studio.workflows import import_source

Photo = Callable[..., Path]


def labels_of(project: Project) -> dict[str, str | None]:
    names = {label.id: label.name for label in project.labels()}
    images = project.images.by_ids(project.images.ids())
    return {image.file: names.get(image.label_id or 0) for image in images}


def test_class_folders_become_labels(tmp_path: Path, project: Project, photo: Photo) -> None:
    photo(tmp_path / "in/nevus/a.jpg", 1)
    photo(tmp_path / "in/Melanoma/patient-3/b.jpg", 2)
    photo(tmp_path / "in/2024-03/c.jpg", 3)
    photo(tmp_path / "in/d.jpg", 4)
    report = import_source(project, tmp_path / "in")
    assert labels_of(project) == {
        "a.jpg": "nevus",
        "b.jpg": "melanoma",
        "c.jpg": None,
        "d.jpg": None,
    }
    assert report.unknown_folders == {"2024-03": 1}
    assert (report.added, report.failed, report.labels_added) == (4, [], [])


def test_a_class_folder_itself_counts(tmp_path: Path, project: Project, photo: Photo) -> None:
    photo(tmp_path / "nevus/a.jpg", 1)
    import_source(project, tmp_path / "nevus")
    assert labels_of(project) == {"a.jpg": "nevus"}


def test_a_project_without_labels_takes_those_of_the_folders(tmp_path: Path, photo: Photo) -> None:
    photo(tmp_path / "in/nevus/a.jpg", 1)
    photo(tmp_path / "in/malignantmelanoma/b.jpg", 2)
    photo(tmp_path / "in/bad\tname/c.jpg", 3)
    with Project.create(tmp_path / "project", []) as project:
        report = import_source(project, tmp_path / "in")
        assert report.labels_added == ["malignantmelanoma", "nevus"]
        assert [label.name for label in project.labels() if label.positive] == ["malignantmelanoma"]
        assert [failure.reason for failure in report.failed] == ["bad_label"]
        assert labels_of(project)["c.jpg"] is None


def test_twice_adds_nothing_and_originals_stay(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    path = photo(tmp_path / "in/nevus/a.jpg", 1)
    (tmp_path / "in/empty.jpg").touch()
    before = path.read_bytes()
    first = import_source(project, tmp_path / "in")
    status = project.status()
    second = import_source(project, tmp_path / "in")
    assert (first.added, first.already) == (1, 0)
    assert (second.added, second.already) == (0, 1)
    assert project.status() == status
    assert path.read_bytes() == before
    image = project.images.by_id(project.images.ids()[0])
    assert project.images.path(image).read_bytes() == before


def test_bad_files_are_named_and_the_rest_goes_in(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    folder = tmp_path / "in"
    good = photo(folder / "good.jpg", 1)
    (folder / "cut.jpg").write_bytes(good.read_bytes()[:-200])
    (folder / "page.jpg").write_text("<!DOCTYPE html><html>gone</html>", encoding="utf-8")
    (folder / "zero.png").touch()
    (folder / "nul.csv").write_bytes(b"a,b\n1,\0\n")
    (folder / "notes.txt").write_text("my notes", encoding="utf-8")
    (folder / "disguised").write_bytes(photo(tmp_path / "x.png", 2).read_bytes())
    report = import_source(project, folder)
    assert {failure.file: failure.reason for failure in report.failed} == {
        "cut.jpg": "truncated",
        "page.jpg": "not_image",
        "zero.png": "empty",
        "nul.csv": "not_image",
    }
    assert [skipped.file for skipped in report.skipped] == ["notes.txt"]
    assert report.added == 2
    assert project.status()["failed"] == {"truncated": 1, "not_image": 2, "empty": 1}
    assert all(failure.file in failure.sentence for failure in report.failed)


def test_a_mended_file_is_no_failure_any_more(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    path = tmp_path / "in/a.jpg"
    path.parent.mkdir()
    path.write_bytes(b"not yet")
    assert import_source(project, tmp_path / "in").reasons() == {"not_image": 1}
    photo(path, 1)
    assert import_source(project, tmp_path / "in").added == 1
    assert project.status()["failed"] == {}
    assert [source.status for source in project.sources.of_image(1)] == [SourceStatus.IMAGE]


def test_one_picture_in_two_classes_is_given_neither_label(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    first = photo(tmp_path / "in/melanoma/a.jpg", 1)
    for name in ("nevus/a.jpg", "nevus/b.jpg", "melanoma/z.jpg"):
        copy = tmp_path / "in" / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(first.read_bytes())
    for _ in range(2):
        report = import_source(project, tmp_path / "in")
        assert {failure.reason for failure in report.failed} == {"label_conflict"}
        assert {failure.file for failure in report.failed} == {
            "melanoma/a.jpg",
            "melanoma/z.jpg",
            "nevus/a.jpg",
            "nevus/b.jpg",
        }
        assert report.needs_review == 4
        assert labels_of(project) == {"a.jpg": None}
        sources = project.sources.of_image(1)
        assert [source.status for source in sources] == [SourceStatus.NEEDS_REVIEW] * 4


def test_a_label_that_was_there_is_kept(tmp_path: Path, project: Project, photo: Photo) -> None:
    first = photo(tmp_path / "old/melanoma/a.jpg", 1)
    import_source(project, tmp_path / "old")
    copy = tmp_path / "in/nevus/a.jpg"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(first.read_bytes())
    report = import_source(project, tmp_path / "in")
    assert report.reasons() == {"label_conflict": 1}
    assert labels_of(project) == {"a.jpg": "melanoma"}
    statuses = {source.label: source.status for source in project.sources.of_image(1)}
    assert statuses == {"melanoma": SourceStatus.IMAGE, "nevus": SourceStatus.NEEDS_REVIEW}


def test_a_label_is_added_to_a_picture_without_one(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    path = photo(tmp_path / "in/a.jpg", 1)
    import_source(project, tmp_path / "in")
    copy = tmp_path / "sorted/nevus/a.jpg"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path.read_bytes())
    assert import_source(project, tmp_path / "sorted").already == 1
    assert labels_of(project) == {"a.jpg": "nevus"}


def test_dropped_files(tmp_path: Path, project: Project, photo: Photo) -> None:
    good = photo(tmp_path / "a.jpg", 1)
    bad = tmp_path / "b.jpg"
    bad.write_text("no", encoding="utf-8")
    report = import_source(project, [good, bad])
    assert (report.added, report.reasons()) == (1, {"not_image": 1})


def test_progress_and_stop(tmp_path: Path, project: Project, photo: Photo) -> None:
    for number in range(6):
        photo(tmp_path / f"in/{number}.jpg", number)
    told: list[tuple[int, int, str]] = []
    report = import_source(
        project,
        tmp_path / "in",
        on_progress=lambda *one: told.append(one),
        stop=lambda: len(told) > 1,
    )
    assert report.stopped
    assert 0 < report.added < 6
    assert told[0][:2] == (1, 6)
    rest = import_source(project, tmp_path / "in")
    assert rest.added + report.added == 6
    assert not rest.stopped


def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path, project: Project) -> None:
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe.jpg")
    (tmp_path / "in/broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    report = import_source(project, tmp_path / "in")
    assert {failure.file for failure in report.failed} == {"pipe.jpg", "broken.jpg"}


def test_requests_that_cannot_be_understood(tmp_path: Path, project: Project) -> None:
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    for source, kind in [
        (tmp_path / "nowhere", "auto"),
        (tmp_path, "can"),
        (tmp_path / "a.csv", "folder"),
        (tmp_path, "zip"),
    ]:
        with pytest.raises(UsageError):
            import_source(project, source, kind)
    with pytest.raises(UsageError, match="not a folder"):
        import_source(project, tmp_path / "a.csv", "can", tmp_path / "nowhere")
    with (
        Project.open(project.path, "read") as reading,
        pytest.raises(StudioError, match="reading only"),
    ):
        import_source(reading, tmp_path)


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, project: Project, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo(tmp_path / "in/nevus/a.jpg", 1)
    photo(tmp_path / "in/melanoma/ward/b.jpg", 2)
    ward = tmp_path / "in/melanoma/ward"
    listed = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == ward:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = import_source(project, tmp_path / "in")
    assert report.added == 1
    (failure,) = report.failed
    assert (failure.file, failure.reason) == ("melanoma/ward", "unreadable")
    assert "Permission denied" in failure.sentence


def test_linked_class_folders_are_read_and_named(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "store/moles/a.jpg", 1)
    photo(tmp_path / "in/melanoma/b.jpg", 2)
    (tmp_path / "in/nevus").symlink_to(tmp_path / "store/moles")
    (tmp_path / "in/melanoma/round").symlink_to("..")
    (tmp_path / "in/again").symlink_to("melanoma")
    report = import_source(project, tmp_path / "in")
    assert labels_of(project) == {"a.jpg": "nevus", "b.jpg": "melanoma"}
    assert report.failed == []
    assert {one.file: one.reason for one in report.skipped} == {
        "again": "link",
        "melanoma/round": "link",
    }
    assert [note for note in report.notes if "nevus is a link to" in note]


def test_a_picture_of_a_pixel_stays_out(tmp_path: Path, project: Project) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (1, 1)).save(tmp_path / "in/tracker.png")
    Image.new("RGB", (300, 4)).save(tmp_path / "in/line.png")
    report = import_source(project, tmp_path / "in")
    assert report.reasons() == {"too_small": 2}
    assert "1 × 1 pixels" in report.failed[1].sentence


def test_what_systems_leave_behind_is_no_picture(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "in/nevus/a.jpg", 1)
    photo(tmp_path / "in/__MACOSX/nevus/b.jpg", 2)
    for name in ("nevus/._a.jpg", "nevus/Thumbs.db", ".DS_Store", "desktop.ini"):
        (tmp_path / "in" / name).write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    report = import_source(project, tmp_path / "in")
    assert (report.added, report.failed, report.skipped) == (1, [], [])


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path, project: Project) -> None:
    (tmp_path / "nothing").mkdir()
    (failure,) = import_source(project, tmp_path / "nothing").failed
    assert (failure.reason, failure.row) == ("empty", None)
    assert failure.sentence == "nothing is empty: there was nothing to import."
