"""Zips from anywhere: the good rest is kept, and no name becomes a path."""

import json
import stat
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio import archives
from studio.archives import is_archive
from studio.errors import StudioError
from studio.generate.data.archive import list_archive, members_of
from studio.generate.data.listing import ImageListing
from studio.imaging import ImageError


def png(seed: int = 0, side: int = 16) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    coded = BytesIO()
    Image.fromarray(pixels).save(coded, "PNG")
    return coded.getvalue()


def zipped(path: Path, members: dict[str, bytes], how: int = ZIP_STORED) -> Path:
    with ZipFile(path, "w", how) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "set.zip"


def test_an_official_zip_is_listed_in_order_with_classes(target: Path) -> None:
    labels = json.dumps({"labels": [["00000/b.png", 1], ["00000/a.png", 0]]}).encode()
    zipped(target, {"00000/b.png": b"b", "00000/a.png": b"a", "dataset.json": labels})
    listing = list_archive(target)
    assert [(e.name, e.label) for e in listing.entries] == [
        ("00000/a.png", "0"),
        ("00000/b.png", "1"),
    ]
    assert listing.classes == ("0", "1")
    assert list_archive(target, classes=False).classes is None


def test_a_zip_that_was_cut_off_is_told_from_what_is_none(target: Path, read) -> None:
    zipped(target, {"a.png": png(1), "b.png": png(2)})
    target.write_bytes(target.read_bytes()[:-40])
    with pytest.raises(StudioError, match="is a zip that was cut off or damaged: copy it again"):
        read(target)
    target.write_bytes(b"no zip at all")
    with pytest.raises(StudioError, match="is neither a folder of pictures nor a zip"):
        read(target)


def test_a_compressed_zip_is_read_and_its_pixels_are_the_same(target: Path, read) -> None:
    plain = read(zipped(target, {"a.png": png(1), "b.png": png(2)}))
    packed = read(zipped(target, {"a.png": png(1), "b.png": png(2)}, ZIP_DEFLATED))
    assert plain.sha256 == packed.sha256
    assert len(plain) == 2
    assert plain.notes == (
        "set.zip has no dataset.json and no class folders: its pictures have no classes.",
    )


def test_names_that_lead_out_are_left_out_and_nothing_is_written(target: Path, read) -> None:
    bad = ["../out.png", "a/../../out.png", "/abs.png", "C:/drive.png", "..\\back.png"]
    zipped(target, {**{name: png() for name in bad}, "good..png": png()})
    before = set(target.parent.parent.rglob("*"))
    pictures = read(target)
    assert pictures.files == ("good..png",)
    assert [one.file for one in pictures.left_out] == bad
    assert all("leads out of the zip" in one.sentence for one in pictures.left_out)
    assert set(target.parent.parent.rglob("*")) == before


def named(listing: ImageListing) -> list[tuple[str, str | None]]:
    return [(entry.name, entry.label) for entry in listing.entries]


def test_backslashes_part_names_as_slashes_do(target: Path, read) -> None:
    with ZipFile(target, "w") as made:
        for number, name in enumerate(["00000\\a.png", "00001\\b.png"]):
            member = ZipInfo("x")
            member.filename, member.create_system = name, 0
            made.writestr(member, png(number))
        made.writestr("dataset.json", '{"labels": [["00000/a.png", 0], ["00001\\\\b.png", 1]]}')
    assert named(list_archive(target)) == [("00000/a.png", "0"), ("00001/b.png", "1")]
    assert len(read(target)) == 2


def test_a_data_set_may_lie_a_folder_down(target: Path) -> None:
    labels = json.dumps({"labels": [["00000/a.png", 1], ["00000/b.png", 0]]}).encode()
    members = {"set/00000/b.png": b"b", "set/00000/a.png": b"a", "set/dataset.json": labels}
    listing = list_archive(zipped(target, {**members, "readme.png": b"x"}))
    assert named(listing) == [("00000/a.png", "1"), ("00000/b.png", "0")]
    assert [one.file for one in listing.left_out] == ["readme.png"]
    assert listing.notes == []


def test_of_two_documents_the_upper_counts_and_equals_do_not(target: Path) -> None:
    labels = b'{"labels": [["a.png", 0], ["x/b.png", 1]]}'
    both = {"a.png": b"a", "x/b.png": b"b", "dataset.json": labels, "x/dataset.json": b"{"}
    assert list_archive(zipped(target, both)).classes == ("0", "1")
    equal = {"x/a.png": b"a", "y/b.png": b"b", "x/dataset.json": labels, "y/dataset.json": labels}
    assert list_archive(zipped(target, equal)).classes == ("x", "y")


@pytest.mark.parametrize("top", ["", "set/"])
def test_class_folders_count_in_a_zip_as_in_a_folder(target: Path, top: str) -> None:
    names = ["nevus/1.png", "melanoma/deep/2.png", "melanoma/3.png"]
    listing = list_archive(zipped(target, {top + name: b"x" for name in names}))
    assert listing.classes == ("melanoma", "nevus")
    assert named(listing) == [
        ("melanoma/3.png", "melanoma"),
        ("melanoma/deep/2.png", "melanoma"),
        ("nevus/1.png", "nevus"),
    ]
    assert list_archive(target, classes=False).classes is None


def test_the_folders_that_the_official_tool_numbers_are_no_classes(target: Path) -> None:
    names = ["00000/img00000000.png", "00001/img00001000.png"]
    listing = list_archive(zipped(target, dict.fromkeys(names, b"x")))
    assert listing.classes is None
    assert "no class folders" in listing.notes[0]


def test_names_in_utf8_without_a_flag_are_read(target: Path) -> None:
    """As the macOS archiver writes them: the bytes are UTF-8, the flag that says so is not set."""
    name = "na\u0308vus.png"  # decomposed
    labels = json.dumps({"labels": [["n\xe4vus.png", 0]]}).encode()
    zipped(target, {"X" * len(name.encode()): b"x", "dataset.json": labels})
    target.write_bytes(target.read_bytes().replace(b"X" * len(name.encode()), name.encode()))
    assert named(list_archive(target)) == [(name, "0")]


def test_what_systems_put_into_zips_is_passed_over(target: Path) -> None:
    zipped(target, {"a.png": b"a", "__MACOSX/._a.png": b"x", ".DS_Store": b"x", "folder/": b""})
    listing = list_archive(target)
    assert [entry.name for entry in listing.entries] == ["a.png"]
    assert listing.left_out == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_a_name_twice_the_first_is_taken(target: Path, read) -> None:
    with ZipFile(target, "w") as made:
        made.writestr("a.png", png(1))
        made.writestr("a.png", png(2))
    alone = read(zipped(target.with_name("one.zip"), {"a.png": png(1)}))
    pictures = read(target)
    assert pictures.sha256 == alone.sha256
    assert "twice" in pictures.left_out[0].sentence


def test_links_and_encrypted_members_are_left_out(target: Path) -> None:
    with ZipFile(target, "w") as made:
        link = ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("locked.png", png())
        made.getinfo("locked.png").flag_bits |= 1
    sentences = {one.file: one.sentence for one in list_archive(target).left_out}
    assert "is a link" in sentences["link.png"]
    assert "encrypted" in sentences["locked.png"]


def test_a_member_without_a_name_is_left_out(target: Path) -> None:
    zipped(target, {"a.png": png(), "b.png": png()})
    target.write_bytes(target.read_bytes().replace(b"a.png", b"\0.png"))
    listing = list_archive(target)
    assert [entry.name for entry in listing.entries] == ["b.png"]
    assert listing.left_out[0].sentence == "A member has no name."


def test_uncommon_packing_is_left_out(target: Path) -> None:
    zipped(target, {"a.png": png()}, ZIP_LZMA)
    assert "uncommon way" in list_archive(target).left_out[0].sentence


def test_a_member_that_unpacks_to_far_more_is_left_out(target: Path) -> None:
    zipped(target, {"bomb.png": bytes(5_000_000), "a.png": png()}, ZIP_DEFLATED)
    listing = list_archive(target)
    assert [entry.name for entry in listing.entries] == ["a.png"]
    assert "far more bytes" in listing.left_out[0].sentence


def test_a_zip_that_claims_far_too_much_is_not_read(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped(target, {"a.png": bytes(5_000_000)}, ZIP_DEFLATED)
    monkeypatch.setattr(archives, "_ROOMY", 0)
    with pytest.raises(StudioError, match="claims 5,000,000 bytes"):
        list_archive(target)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 0)
    with pytest.raises(StudioError, match="1 members"):
        list_archive(target)


def test_a_damaged_member_is_named_and_the_rest_is_read(target: Path, read) -> None:
    zipped(target, {"a.png": png(1), "b.png": png(2), "c.txt": b"words"})
    data = bytearray(target.read_bytes())
    data[data.index(b"IDAT") + 50] ^= 0xFF
    target.write_bytes(data)
    pictures = read(target)
    assert pictures.files == ("b.png",)
    sentences = [one.sentence for one in pictures.left_out]
    assert sentences[0] == "a.png is damaged in the zip and cannot be unpacked."
    assert sentences[1].startswith("c.txt is not a picture")


def test_a_zip_with_damaged_labels_still_has_its_pictures(target: Path) -> None:
    zipped(target, {"a.png": png(), "dataset.json": b'{"labels": [["a.png", 0]]}'})
    data = bytearray(target.read_bytes())
    data[data.index(b'"labels"') + 2] ^= 1
    target.write_bytes(data)
    listing = list_archive(target)
    assert listing.classes is None
    assert len(listing.entries) == 1
    assert "it is damaged" in listing.notes[0]


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_a_cut_zip_is_an_error_in_words(target: Path, keep: int) -> None:
    zipped(target, {"a.png": png()})
    target.write_bytes(target.read_bytes()[:keep])
    assert not is_archive(target)
    with pytest.raises(StudioError, match=r"set\.zip cannot be read as a zip"):
        list_archive(target)


def test_another_resolution_is_resized_with_a_note(target: Path, read) -> None:
    zipped(target, {"a.png": png(), "dataset.json": b'{"labels": null}'})
    assert read(target).notes == ()
    assert read(target, 8).notes == ("Resized from the zip's size to 8 px: 1 of 1 pictures.",)


@settings(max_examples=150)
@given(data=st.data())
def test_no_bytes_make_more_than_a_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.getbasetemp() / "fuzzed.zip"
    labels = b'{"labels": [["a.png", 0], ["b.png", 1]]}'
    zipped(target, {"a.png": png(1), "b.png": png(2), "dataset.json": labels}, ZIP_DEFLATED)
    changed = bytearray(target.read_bytes())
    places = st.integers(0, len(changed) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=20)):
        changed[-1 - place] = value
    target.write_bytes(changed)
    with suppress(StudioError), members_of(target) as fetch:
        for entry in list_archive(target).entries:
            with suppress(ImageError):
                assert fetch(entry, target.with_name("lent")).stat().st_size <= entry.stamp[0]
