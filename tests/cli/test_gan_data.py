"""`can-studio gan dataset`: figures on stdout, what stayed out on stderr, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from studio.cli.__main__ import main

Photo = Callable[..., Path]


@pytest.fixture
def moles(tmp_path: Path, photo: Photo) -> Path:
    for number in range(4):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"moles/{name}/{number}.png", number, (64, 64))
    return tmp_path / "moles"


def test_a_data_set_is_written_with_its_classes(
    moles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set.zip"
    assert main(["gan", "dataset", str(moles), str(out), "--resolution", "32"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("4 pictures in ")
    assert "  melanoma: 2\n  nevus: 2\n" in said.out
    with ZipFile(out) as archive:
        assert len(archive.namelist()) == 5


def test_options_reach_the_zip_and_json_tells_all(
    moles: Path, photo: Photo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo(moles / "nevus/wide.png", 9, (64, 48))
    (moles / "nevus/bad.png").write_bytes(b"x")
    words = ["gan", "dataset", str(moles), str(tmp_path / "set.zip"), "--resolution=16", "--json"]
    assert main([*words, "--transform=center-crop", "--no-classes"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["pictures"] == 5
    assert document["classes"] == {}
    assert [one["file"] for one in document["left_out"]] == ["nevus/bad.png"]
    words[3] = str(tmp_path / "two.zip")
    assert main([*words, "--max-images=2", "--transform=center-crop-wide"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"] == 2


def test_what_is_left_out_is_told_on_stderr(
    moles: Path, photo: Photo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(25):
        photo(moles / f"nevus/wide{number:02d}.png", number, (64, 48))
    words = ["gan", "dataset", str(moles), str(tmp_path / "set.zip"), "--resolution", "16"]
    assert main(words) == 1
    said = capsys.readouterr()
    assert "nevus/wide00.png: wide00.png is 64 x 48 pixels and not square" in said.err
    assert "And 5 more" in said.err
    assert "25 files left out." in said.out


def test_a_data_set_is_called_zip(
    moles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set.tar"
    assert main(["gan", "dataset", str(moles), str(out), "--resolution", "32"]) == 2
    assert "call it set.zip" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("resolution", "word"), [("100", "power of two"), ("x", "resolution"), ("8192", "2048")]
)
def test_a_wrong_resolution_is_refused(
    moles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], resolution: str, word: str
) -> None:
    out = tmp_path / "set.zip"
    assert main(["gan", "dataset", str(moles), str(out), "--resolution", resolution]) == 2
    assert word in capsys.readouterr().err
    assert not out.exists()
