"""Which picture belongs to which row."""

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.workflows.importing import match
from studio.workflows.importing.match import Claim, ImageFolder, match_rows, url_name


@dataclass(frozen=True)
class Row:
    number: str
    url: str


def fill(folder: Path, *names: str) -> ImageFolder:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return ImageFolder(folder)


def names(found: list[Path | None]) -> list[str | None]:
    return [path.name if path else None for path in found]


def test_by_the_name_of_the_url(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "deep/A b.JPG", "c.png")
    rows = [Row("0", "http://x/1/a%20b.jpg?w=3"), Row("1", "http://y/c.jpg"), Row("2", "http://z/")]
    assert names(match_rows(rows, pictures)) == ["A b.JPG", "c.png", None]


def test_a_name_of_several_urls_is_nobodys_but_rows_of_one_url_share(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "a.jpg", "b.jpg")
    rows = [Row("0", "http://x/a.jpg"), Row("1", "http://y/a.jpg")]
    assert names(match_rows(rows, pictures)) == [None, None]
    rows = [Row("0", "http://x/b.jpg"), Row("1", "http://x/b.jpg")]
    assert names(match_rows(rows, pictures)) == ["b.jpg", "b.jpg"]


def test_by_the_number_of_the_row(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "00002.jpg", "00003.jpg", "00004.jpg")
    rows = [Row(str(n), f"http://x/{n}") for n in (2, 4, 9)]
    assert names(match_rows(rows, pictures)) == ["00002.jpg", "00004.jpg", None]


def test_by_position_where_that_explains_more_files(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "00000.jpg", "00001.jpg", "00002.jpg")
    rows = [Row(str(n), "http://x/") for n in (1, 2, 4)]
    assert names(match_rows(rows, pictures)) == ["00000.jpg", "00001.jpg", "00002.jpg"]


def test_by_the_number_at_the_end_of_the_url(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "7001.jpg", "7002.jpg")
    rows = [Row("1", "http://x/7002.jpg"), Row("2", "http://x/7001.jpg")]
    assert names(match_rows(rows, pictures)) == ["7002.jpg", "7001.jpg"]


def test_schemes_are_not_mixed(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "1.jpg", "2.jpg", "3.jpg")
    rows = [Row("1", "http://x/3.jpg"), Row("2", "http://x/a.jpg"), Row("3", "http://x/b.jpg")]
    assert names(match_rows(rows, pictures)) == ["1.jpg", "2.jpg", "3.jpg"]


@pytest.mark.parametrize("url", ["", "http://[", "x" * 20_000, "http://x/\0a\udcff.jpg", "//"])
def test_no_url_breaks_it(tmp_path: Path, url: str) -> None:
    assert isinstance(url_name(url), str)
    assert match_rows([Row("x" * 50, url)], fill(tmp_path, "1.jpg")) == [None]


def claimed(pictures: ImageFolder, *rows: str) -> list[str | None]:
    """The picture of each name, as a path within the folder."""
    claims = pictures.claim(rows)
    return ["/".join(claims[row].path.parts[-2:]) if claims[row].path else None for row in rows]


def test_a_path_means_its_folder(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "in", "a/1.jpg", "b/1.jpg", "b/2.jpg")
    assert claimed(pictures, "b/1.jpg", "2.jpg") == ["b/1.jpg", "b/2.jpg"]
    claim = pictures.claim(["1.jpg"])["1.jpg"]
    assert claim.path is None
    assert "could be any of a/1.jpg, b/1.jpg" in claim.sentence


@pytest.mark.parametrize("rows", [["a/1.jpg", "b/1.jpg"], ["b/1.jpg", "a/1.jpg"], ["a/1.jpg"]])
def test_a_picture_of_another_folder_with_the_same_name_is_not_taken(
    tmp_path: Path, rows: list[str]
) -> None:
    pictures = fill(tmp_path / "in", "b/1.jpg")
    claims = pictures.claim(rows)
    assert claims["a/1.jpg"].path is None
    assert "b/1.jpg" in claims["a/1.jpg"].sentence
    assert all(claims[row].path == tmp_path / "in/b/1.jpg" for row in rows if row != "a/1.jpg")


@pytest.mark.parametrize(
    "row",
    [
        "x.jpg",
        "images/x.jpg",
        "IMAGES\\X.JPG",
        "deep/images/x.jpg",
        "/home/ana/images/x.jpg",
        "C:\\photos\\x.jpg",
        "..\\..\\label-studio\\media\\upload\\4\\x.jpg",
        "images/./sub/../x.jpg",
        "https://example.org/data/upload/4/x.jpg?token=1",
        "/data/local-files/?d=images/x.jpg",
        "/data/local-files/?d=images%2Fx.jpg",
        "file:///C:/photos/x.jpg",
        "s3://bucket/images/x.jpg",
        "images%2Fx.jpg",
    ],
)
def test_how_tools_write_the_path_of_one_picture(tmp_path: Path, row: str) -> None:
    pictures = fill(tmp_path / "in", "images/x.jpg", "y.jpg")
    assert claimed(pictures, row) == ["images/x.jpg"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["Müller Rücken.jpg", "naevus_é.jpg", "한국_001.jpg"])
def test_unicode_forms_meet(tmp_path: Path, form: str, name: str) -> None:
    other = "NFD" if form == "NFC" else "NFC"
    pictures = fill(tmp_path / "in", "s/" + unicodedata.normalize(form, name))
    row = unicodedata.normalize(other, name)
    assert pictures.claim([row])[row].path is not None


@pytest.mark.parametrize(("row", "file"), [("a b.jpg", "a%20b.jpg"), ("a%20b.jpg", "a b.jpg")])
def test_escapes_meet(tmp_path: Path, row: str, file: str) -> None:
    pictures = fill(tmp_path / "in", file, "c?d.jpg", "100%.jpg")
    assert pictures.claim([row])[row].path == tmp_path / "in" / file
    for name in ("c?d.jpg", "100%.jpg"):
        assert pictures.claim([name])[name].path == tmp_path / "in" / name


@pytest.mark.parametrize(
    ("bytes_", "row"),
    [(b"Gr\xf6\xdfe.jpg", "Größe.jpg"), (b"\xc1\xa1_1.jpg", "점_1.jpg")],
)
def test_names_in_old_encodings_are_found(tmp_path: Path, bytes_: bytes, row: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    try:
        (folder / os.fsdecode(bytes_)).touch()
    except OSError:
        pytest.skip("this disk holds names in UTF-8 only")
    assert ImageFolder(folder).claim([row])[row].path is not None


def test_the_folders_of_another_computer_count_where_they_are_kept(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "in", "clinicB/1.jpg", "clinicB/2.jpg")
    alone = pictures.claim(["/data/clinicA/1.jpg"])
    assert alone["/data/clinicA/1.jpg"].path is not None
    claims = pictures.claim(["/data/clinicA/1.jpg", "/data/clinicB/2.jpg"])
    assert claims["/data/clinicA/1.jpg"].path is None
    assert claims["/data/clinicB/2.jpg"].path is not None


def test_a_file_that_cannot_be_read_is_not_another_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = fill(tmp_path, "a.jpg", "b.jpg")

    def closed(path: Path) -> str:
        if path.name == "a.jpg":
            raise PermissionError(13, "Permission denied")
        return "0" * 64

    monkeypatch.setattr(match, "sha256_file", closed)
    found = pictures.claim_content({"a": ("a.jpg", "1" * 64), "b": ("b.jpg", "1" * 64)})
    assert [one.path for one in found.values()] == [None, None]
    assert "a.jpg in" in found["a"].sentence
    assert "cannot be read" in found["a"].sentence
    assert "its content is another" in found["b"].sentence


def test_a_picture_is_not_given_to_two_names(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "in", "1.jpg")
    claims = pictures.claim(["/a/1.jpg", "/b/1.jpg"])
    assert [claim.path for claim in claims.values()] == [None, None]
    assert all("each of /a/1.jpg, /b/1.jpg" in claim.sentence for claim in claims.values())
    claims = pictures.claim(["1.jpg", "x/1.jpg"])
    assert claims["1.jpg"] == Claim(tmp_path / "in/1.jpg")
    assert claims["x/1.jpg"].path is None
    assert claimed(pictures, "1.jpg", ".\\1.jpg") == ["in/1.jpg", "in/1.jpg"]


def test_of_names_that_differ_in_case_each_is_found(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "in", "a.jpg", "A.jpg")
    if len({path.name for path in (tmp_path / "in").iterdir()}) < 2:
        pytest.skip("this disk holds one of them only")
    claims = pictures.claim(["a.jpg", "A.jpg"])
    assert [claim.path for claim in claims.values()] == [
        tmp_path / "in/a.jpg",
        tmp_path / "in/A.jpg",
    ]


@given(st.text(max_size=30))
def test_no_name_breaks_it(name: str) -> None:
    with TemporaryDirectory() as folder:
        pictures = fill(Path(folder), "a.jpg", "b/c.jpg")
        claim = pictures.claim([name])[name]
    assert claim.path is None or claim.path.is_relative_to(folder)
    assert (claim.path is None) == bool(claim.sentence)
