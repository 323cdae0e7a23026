"""Flat folders, class folders, and what is found in real ones."""

from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.generate.data.listing import ImageListing, list_folder


def names(listing: ImageListing) -> list[tuple[str, str | None]]:
    return [(entry.name, entry.label) for entry in listing.entries]


def test_a_flat_folder_has_no_classes(paint, tmp_path: Path) -> None:
    paint("flat/b.png")
    paint("flat/a.png")
    listing = list_folder(tmp_path / "flat")
    assert names(listing) == [("a.png", None), ("b.png", None)]
    assert listing.classes is None
    assert listing.source == "flat"


def test_class_folders_are_sorted_and_may_be_nested(moles: Path, paint) -> None:
    paint("moles/nevus/deep/er/9.png")
    listing = list_folder(moles)
    assert listing.classes == ("melanoma", "nevus")
    assert names(listing) == [
        ("melanoma/1.png", "melanoma"),
        ("melanoma/3.png", "melanoma"),
        ("nevus/0.png", "nevus"),
        ("nevus/2.png", "nevus"),
        ("nevus/4.png", "nevus"),
        ("nevus/deep/er/9.png", "nevus"),
    ]


def test_class_folders_without_classes_are_one_set(moles: Path, paint) -> None:
    paint("moles/loose.png")
    listing = list_folder(moles, classes=False)
    assert listing.classes is None
    assert len(listing.entries) == 6
    assert listing.left_out == []


def test_loose_pictures_beside_class_folders_are_named(moles: Path, paint) -> None:
    paint("moles/loose.png")
    (moles / "manifest.json").write_text("{}", encoding="utf-8")
    listing = list_folder(moles)
    assert [(one.file, one.sentence) for one in listing.left_out] == [
        ("loose.png", "loose.png lies in no class folder and is left out.")
    ]


def test_a_few_pictures_below_many_are_not_the_set(paint, tmp_path: Path) -> None:
    for number in range(3):
        paint(f"flat/{number}.png", number)
    paint("flat/old/0.png")
    for number in range(5):
        (tmp_path / f"flat/old/{number}.xml").touch()
    listing = list_folder(tmp_path / "flat")
    assert listing.classes is None
    assert len(listing.entries) == 3
    assert listing.left_out[0].file == "old/0.png"
    assert len(listing.left_out) == 6


def test_what_systems_leave_in_folders_is_passed_over(moles: Path) -> None:
    for name in (".DS_Store", "nevus/._0.png", "nevus/Thumbs.db", "__MACOSX/nevus/0.png"):
        (moles / name).parent.mkdir(parents=True, exist_ok=True)
        (moles / name).write_bytes(b"x")
    listing = list_folder(moles)
    assert len(listing.entries) == 5
    assert listing.left_out == []


def test_links_that_lead_round_are_named_and_end(moles: Path) -> None:
    (moles / "round").symlink_to(moles)
    (moles / "up").symlink_to(moles.parent)
    (moles / "nevus/again").symlink_to(moles)
    (moles / "nevus/self.png").symlink_to("self.png")
    listing = list_folder(moles)
    assert len(listing.entries) == 5
    assert sorted(one.file for one in listing.left_out) == [
        "nevus/again",
        "nevus/self.png",
        "round",
        "up",
    ]


def test_a_class_may_be_a_link_to_a_folder_elsewhere(moles: Path, paint) -> None:
    paint("elsewhere/1.png")
    (moles / "other").symlink_to(moles.parent / "elsewhere")
    assert ("other/1.png", "other") in names(list_folder(moles))


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="cannot be read"):
        list_folder(tmp_path / "none")


def test_links_inside_a_class_are_followed_once(moles: Path, paint) -> None:
    paint("elsewhere/1.png")
    (moles / "nevus/more").symlink_to(moles.parent / "elsewhere")
    (moles / "nevus/same").symlink_to(moles / "melanoma")
    listing = list_folder(moles)
    assert ("nevus/more/1.png", "nevus") in names(listing)
    assert [one.file for one in listing.left_out] == ["nevus/same"]
    assert ["nevus/more is a link" in note for note in listing.notes] == [True]
