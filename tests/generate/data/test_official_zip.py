"""The official data set, byte for byte where that matters."""

import json
import struct
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.errors import StudioError, UsageError
from studio.files import is_part
from studio.generate.data.decoding import ReadingStoppedError
from studio.generate.data.official_zip import ZipReport, member_name, write_zip
from studio.generate.data.read import list_source, read_pictures
from studio.generate.data.target_format import TargetFormat


def write(source: Path, dest: Path, resolution: int = 16, **options: object) -> ZipReport:
    classes = bool(options.pop("classes", True))
    channels = int(str(options.pop("channels", 3)))
    listing = list_source(source, classes)
    return write_zip(
        listing, dest, TargetFormat(resolution, channels=channels), workers=1, **options
    )


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "set.zip"


def test_the_structure_is_the_official_one(moles: Path, dest: Path) -> None:
    write(moles, dest)
    names = [f"00000/img{number:08d}.png" for number in range(5)]
    with ZipFile(dest) as archive:
        assert archive.namelist() == [*names, "dataset.json"]
        assert {member.compress_type for member in archive.infolist()} == {ZIP_STORED}
        assert json.loads(archive.read("dataset.json")) == {
            "labels": [[name, label] for name, label in zip(names, [0, 0, 1, 1, 1], strict=True)],
            "names": ["melanoma", "nevus"],
        }
        for name in names:
            with Image.open(archive.open(name)) as picture:
                assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (16, 16))
    head = dest.read_bytes()[:53]
    assert struct.unpack("<4sHHH", head[:10]) == (b"PK\x03\x04", 20, 0, 0)  # stored
    assert head[30:53] == b"00000/img00000000.png\x89P"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (999, "00000/img00000999.png"),
        (1000, "00001/img00001000.png"),
        (12_345_678, "12345/img12345678.png"),
    ],
)
def test_a_thousand_pictures_go_to_a_folder(place: int, name: str) -> None:
    assert member_name(place) == name


def test_a_zip_reads_back_as_what_it_was_made_from(moles: Path, dest: Path, read) -> None:
    report = write(moles, dest)
    source, back = read(moles), read(dest)
    assert np.array_equal(source.pixels, back.pixels)
    assert source.names == back.names
    assert np.array_equal(source.classes, back.classes)
    assert back.notes == ()
    assert report.counts == back.counts == {"melanoma": 2, "nevus": 3}
    assert report.bytes == dest.stat().st_size


def test_without_classes_labels_are_null(moles: Path, dest: Path, read) -> None:
    write(moles, dest, classes=False)
    with ZipFile(dest) as archive:
        assert archive.read("dataset.json") == b'{"labels": null}'
    assert read(dest).classes is None


def test_gray_is_written_as_gray(moles: Path, dest: Path, read) -> None:
    write(moles, dest, channels=1)
    with ZipFile(dest) as archive, Image.open(archive.open("00000/img00000000.png")) as picture:
        assert picture.mode == "L"
    assert np.array_equal(read(dest, channels=1).pixels, read(moles, channels=1).pixels)


def test_the_same_pictures_make_the_same_bytes(moles: Path, dest: Path) -> None:
    write(moles, dest)
    write(moles, dest.with_name("again.zip"))
    assert dest.read_bytes() == dest.with_name("again.zip").read_bytes()


def test_fewer_pictures_are_taken_evenly(moles: Path, dest: Path) -> None:
    assert write(moles, dest, max_images=2).counts == {"melanoma": 1, "nevus": 1}
    assert write(moles, dest.with_name("b.zip"), max_images=100).pictures == 5
    with pytest.raises(UsageError, match="at least 1"):
        write(moles, dest.with_name("c.zip"), max_images=0)


def test_what_is_left_out_is_reported(moles: Path, dest: Path, paint) -> None:
    paint("moles/melanoma/0wide.png", size=(32, 16))
    report = write(moles, dest)
    assert [one.file for one in report.left_out] == ["melanoma/0wide.png"]
    assert report.pictures == 5
    with ZipFile(dest) as archive:
        assert len(archive.namelist()) == 6


def test_nothing_is_overwritten(moles: Path, dest: Path) -> None:
    dest.write_bytes(b"mine")
    with pytest.raises(UsageError, match="there already"):
        write(moles, dest)
    assert dest.read_bytes() == b"mine"


def test_a_stop_or_an_error_leaves_nothing(moles: Path, dest: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    with pytest.raises(ReadingStoppedError):
        write(moles, dest, stop=lambda: True)
    (tmp_path / "none").mkdir()
    with pytest.raises(StudioError, match="no picture"):
        write(tmp_path / "none", dest)
    assert set(tmp_path.iterdir()) - before == {tmp_path / "none"}
    (tmp_path / "file").touch()
    with pytest.raises(StudioError, match="cannot be written"):
        write(moles, tmp_path / "file/set.zip")


_KILLED = """
import os, signal, sys
from pathlib import Path
from studio.generate.data.target_format import TargetFormat
from studio.generate.data.official_zip import write_zip
from studio.generate.data.read import list_source
def die(done, total):
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)
form = TargetFormat(16)
write_zip(list_source(Path(sys.argv[1])), Path(sys.argv[2]), form, on_progress=die, workers=1)
"""


def parts_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if is_part(path.name)]


def test_a_kill_leaves_no_zip_and_the_next_run_writes_it(
    moles: Path, dest: Path, run_killed
) -> None:
    run_killed(_KILLED, moles, dest)
    assert not dest.exists()
    assert len(parts_in(dest.parent)) == 1
    assert write(moles, dest).pictures == 5
    assert parts_in(dest.parent) == []


def test_a_zip_in_the_making_is_only_its_own_processs(moles: Path, dest: Path) -> None:
    others = [dest.with_name("set.zip.part"), dest.with_name("set.zip.part-1")]
    for other in others:
        other.write_bytes(b"another's")
    assert write(moles, dest).pictures == 5
    assert all(other.read_bytes() == b"another's" for other in others)


@settings(max_examples=4)
@given(data=st.data())
def test_any_set_comes_back(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    names = data.draw(
        st.lists(st.text("abcäß 19-", min_size=1, max_size=6), min_size=1, max_size=4)
    )
    side = data.draw(st.sampled_from([4, 8, 32]))
    for number, name in enumerate(names):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
        path = folder / f"set/c{name}/{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    write(folder / "set", folder / "set.zip", side)
    source = read_pictures(folder / "set", side, workers=1)
    back = read_pictures(folder / "set.zip", side, workers=1)
    assert np.array_equal(source.pixels, back.pixels)
    assert source.names == back.names
    assert np.array_equal(source.classes, back.classes)
