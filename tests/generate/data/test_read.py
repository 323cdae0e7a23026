"""Folders to pictures: what is good is read, what is bad is named, the same is the same."""

import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError, UsageError
from studio.generate.data import read as room
from studio.generate.data.decoding import ReadingStoppedError
from studio.generate.data.read import list_source


def planes(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1)


def test_class_folders_give_pixels_classes_and_names(moles: Path, read) -> None:
    pictures = read(moles)
    assert pictures.pixels.shape == (5, 3, 16, 16)
    assert pictures.pixels.dtype == np.uint8
    for picture, file in zip(pictures.pixels, pictures.files, strict=True):
        assert np.array_equal(picture, planes(moles / file))
    assert pictures.names == ("melanoma", "nevus")
    assert pictures.classes is not None
    assert pictures.classes.tolist() == [0, 0, 1, 1, 1]
    assert pictures.classes.dtype == np.int64
    assert pictures.counts == {"melanoma": 2, "nevus": 3}
    assert (pictures.source, pictures.left_out, pictures.notes) == ("moles", (), ())


def test_without_classes_it_is_one_set(moles: Path, read) -> None:
    pictures = read(moles, classes=False)
    assert pictures.classes is None
    assert pictures.names == ()
    assert pictures.counts == {}
    assert len(pictures) == 5


def test_one_set_of_any_number_of_processes_has_one_hash(moles: Path, read, tmp_path: Path) -> None:
    first = read(moles)
    shutil.copytree(moles, tmp_path / "copy/moles")
    assert read(tmp_path / "copy/moles", workers=3).sha256 == first.sha256
    assert read(moles, cache=tmp_path / "cache").sha256 == first.sha256
    assert read(moles, classes=False).sha256 != first.sha256
    (moles / "nevus/0.png").rename(moles / "nevus/00.png")
    assert read(moles).sha256 != first.sha256


def test_pictures_are_upright_rgb_or_gray(paint, read, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = paint("flat/a.png", exif=exif)
    assert np.array_equal(read(tmp_path / "flat").pixels[0], np.rot90(planes(turned), -1, (1, 2)))
    Image.open(turned).convert("L").save(tmp_path / "flat/b.png")
    assert (read(tmp_path / "flat").pixels[1] == read(tmp_path / "flat").pixels[1, :1]).all()
    assert read(tmp_path / "flat", channels=1).pixels.shape == (2, 1, 16, 16)


def test_bad_pictures_are_named_and_left_out(moles: Path, paint, read) -> None:
    paint("moles/nevus/wide.png", size=(32, 16))
    cut = paint("moles/nevus/cut.jpg", size=(64, 64))
    cut.write_bytes(cut.read_bytes()[:-200])
    (moles / "nevus/page.png").write_text("<html>", encoding="utf-8")
    (moles / "nevus/empty.png").touch()
    pictures = read(moles)
    assert len(pictures) == 5
    told = {one.file: one.sentence for one in pictures.left_out}
    assert list(told) == ["nevus/cut.jpg", "nevus/empty.png", "nevus/page.png", "nevus/wide.png"]
    assert "cut off" in told["nevus/cut.jpg"]
    assert "empty" in told["nevus/empty.png"]
    assert "web page" in told["nevus/page.png"]
    assert "32 x 16 pixels and not square" in told["nevus/wide.png"]
    assert pictures.classes is not None
    assert len(pictures.classes) == len(pictures.files) == 5
    assert len(read(moles, transform="center-crop")) == 6


def test_hostile_bytes_are_never_decoded_here(
    moles: Path, read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(*_: object, **__: object) -> None:
        raise AssertionError("decoded in this process")

    monkeypatch.setattr(Image, "open", here)
    monkeypatch.setattr(Image.Image, "load", here)
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    (moles / "nevus/bomb.png").write_bytes(bomb)
    pictures = read(moles)
    assert len(pictures) == 5
    assert [one.file for one in pictures.left_out] == ["nevus/bomb.png"]


def test_a_class_without_a_usable_picture_is_left_away(moles: Path, read) -> None:
    (moles / "lentigo").mkdir()
    (moles / "lentigo/0.png").write_bytes(b"x")
    pictures = read(moles)
    assert pictures.names == ("melanoma", "nevus")
    assert pictures.notes == ("The class lentigo has no usable picture and is left away.",)
    assert pictures.counts == {"melanoma": 2, "nevus": 3}


def test_a_set_with_nothing_usable_is_an_error_that_says_why(tmp_path: Path, read) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(StudioError, match="none has no picture that can be trained on"):
        read(tmp_path / "none")
    (tmp_path / "none/a.png").touch()
    for cache in (None, tmp_path / "cache"):
        with pytest.raises(StudioError, match=r"1 left out: a\.png is empty"):
            read(tmp_path / "none", cache=cache)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_source_that_is_none_is_an_error(tmp_path: Path, read) -> None:
    with pytest.raises(UsageError, match="no folder or zip"):
        read(tmp_path / "nowhere")
    (tmp_path / "words.zip").write_text("words", encoding="utf-8")
    with pytest.raises(UsageError, match=r"words\.zip is neither"):
        read(tmp_path / "words.zip")


def test_an_unpacked_official_set_is_read_by_its_labels(paint, read, tmp_path: Path) -> None:
    for number in range(3):
        paint(f"set/00000/img{number:08d}.png", number)
    labels = [[f"00000/img{number:08d}.png", number % 2] for number in range(3)]
    (tmp_path / "set/dataset.json").write_text(json.dumps({"labels": labels}), encoding="utf-8")
    pictures = read(tmp_path / "set")
    assert pictures.names == ("0", "1")
    assert pictures.classes is not None
    assert pictures.classes.tolist() == [0, 1, 0]
    (tmp_path / "set/dataset.json").write_text('{"labels": null}', encoding="utf-8")
    pictures = read(tmp_path / "set")
    assert (pictures.classes, len(pictures), pictures.left_out) == (None, 3, ())


def test_enlarging_is_told(moles: Path, read) -> None:
    assert read(moles, 32).notes == ("Enlarged to 32 px, which adds no detail: 5 of 5 pictures.",)
    assert read(moles, 8).notes == ()


def test_progress_is_told_and_a_stop_leaves_nothing(moles: Path, read, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    read(moles, on_progress=lambda *seen: told.append(seen))
    assert told == [(number, 5) for number in range(1, 6)]
    told.clear()
    with pytest.raises(ReadingStoppedError):
        read(
            moles,
            cache=tmp_path / "cache",
            on_progress=lambda *seen: told.append(seen),
            stop=lambda: len(told) == 2,
        )
    assert len(told) == 2
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_does_not_fit_into_memory_asks_for_a_folder(
    moles: Path, read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_IN_MEMORY", 1000)
    with pytest.raises(StudioError, match=r"5 pictures of 16 px need .* give a folder"):
        read(moles)
    assert isinstance(read(moles, cache=tmp_path / "cache").pixels, np.memmap)


@pytest.mark.data
def test_the_reference_pictures_are_read(shared_data: Path, read) -> None:
    pictures = read(shared_data / "gan2000", 64, workers=2)
    assert pictures.pixels.shape == (100, 3, 64, 64)
    assert pictures.left_out == ()


def test_a_zip_that_was_unpacked_into_a_folder_of_its_name(tmp_path: Path, paint) -> None:
    for number, name in enumerate(("moles/moles/nevus/1.png", "moles/moles/melanoma/2.png")):
        paint(name, number)
    assert list_source(tmp_path / "moles").classes == ("melanoma", "nevus")


def test_a_document_a_folder_down_counts(tmp_path: Path, paint) -> None:
    paint("out/crops/00000/a.png", 1)
    labels = '{"labels": [["00000/a.png", 1]]}'
    (tmp_path / "out/crops/dataset.json").write_text(labels, encoding="utf-8")
    listing = list_source(tmp_path / "out")
    assert [(entry.name, entry.label) for entry in listing.entries] == [("00000/a.png", "1")]


def test_one_class_of_patients_stays_one_class(tmp_path: Path, paint) -> None:
    paint("set/nevus/patient-1/1.png", 1)
    paint("set/nevus/patient-2/2.png", 2)
    assert list_source(tmp_path / "set").classes == ("nevus",)
