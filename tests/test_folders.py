"""Folders of data sets: every file once, links followed, nothing passed over in silence."""

import errno
import os
from pathlib import Path

import pytest

from studio.folders import PassedKind, is_hidden, walk_folder


def make(folder: Path, *files: str) -> Path:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def names(folder: Path) -> list[str]:
    return ["/".join(found.parts) for found in walk_folder(folder).files]


def passed(folder: Path) -> dict[str, PassedKind]:
    return {"/".join(one.parts): one.kind for one in walk_folder(folder).passed}


def test_files_come_before_folders_by_name(tmp_path: Path) -> None:
    make(tmp_path / "in", "b/2", "b/a/1", "b/10", "a", "c/1")
    assert names(tmp_path / "in") == ["a", "b/10", "b/2", "b/a/1", "c/1"]
    assert walk_folder(tmp_path / "in").folders == ["b", "c"]


def test_hidden_files_and_leftovers_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path / "in", ".git/1", "__MACOSX/a/._1.jpg", "a/1.jpg", "a/.1.jpg", "a/Thumbs.db")
    assert names(tmp_path / "in") == ["a/1.jpg"]
    assert passed(tmp_path / "in") == {
        "a/.1.jpg": PassedKind.HIDDEN,
        "a/Thumbs.db": PassedKind.HIDDEN,
    }
    assert [is_hidden(name) for name in (".a", "Desktop.ini", "..", "a.b")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_link_out_of_the_folder_is_followed_and_named(tmp_path: Path) -> None:
    make(tmp_path / "store", "nevus/1.jpg", "nevus/deep/2.jpg")
    make(tmp_path / "in", "melanoma/1.jpg")
    (tmp_path / "in/nevus").symlink_to("../store/nevus")
    (tmp_path / "in/melanoma/more").symlink_to(tmp_path / "store/nevus/deep")
    tree = walk_folder(tmp_path / "in")
    # The link inside comes first by name; what it leads to is not read again through the other.
    assert names(tmp_path / "in") == ["melanoma/1.jpg", "melanoma/more/2.jpg", "nevus/1.jpg"]
    assert tree.folders == ["melanoma", "nevus"]
    assert passed(tmp_path / "in") == {
        "melanoma/more": PassedKind.OUTSIDE,
        "nevus": PassedKind.OUTSIDE,
        "nevus/deep": PassedKind.LINK,
    }
    assert all(one.sentence.count("\n") == 0 for one in tree.passed)


def test_what_lies_inside_is_read_at_its_own_place(tmp_path: Path) -> None:
    make(tmp_path / "in", "nevus/1.jpg", ".store/2.jpg")
    (tmp_path / "in/again").symlink_to("nevus")
    (tmp_path / "in/shown").symlink_to(".store")
    assert names(tmp_path / "in") == ["nevus/1.jpg", "shown/2.jpg"]
    assert passed(tmp_path / "in") == {"again": PassedKind.LINK}


def test_rings_end(tmp_path: Path) -> None:
    make(tmp_path / "in", "a/1")
    (tmp_path / "in/a/up").symlink_to("..")
    (tmp_path / "in/top").symlink_to(tmp_path)
    (tmp_path / "in/self").symlink_to("self")
    make(tmp_path / "other", "1")
    (tmp_path / "other/back").symlink_to(tmp_path / "other")
    (tmp_path / "in/z").symlink_to(tmp_path / "other")
    assert names(tmp_path / "in") == ["self", "a/1", "z/1"]  # opening "self" says what it is
    assert passed(tmp_path / "in") == {
        "a/up": PassedKind.LINK,
        "top": PassedKind.LINK,
        "z": PassedKind.OUTSIDE,
        "z/back": PassedKind.LINK,
    }


def test_a_root_that_is_a_link_is_its_folder(tmp_path: Path) -> None:
    make(tmp_path / "real", "a/1")
    (tmp_path / "in").symlink_to("real")
    assert names(tmp_path / "in") == ["a/1"]
    assert walk_folder(tmp_path / "in").files[0].path == tmp_path / "in/a/1"


def test_a_closed_folder_is_named_and_a_closed_root_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "in", "a/1", "b/1")
    listed = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path) == tmp_path / "in/a":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert names(tmp_path / "in") == ["b/1"]
    assert passed(tmp_path / "in") == {"a": PassedKind.CLOSED}
    with pytest.raises(OSError, match="Permission denied"):
        walk_folder(tmp_path / "in/a")
