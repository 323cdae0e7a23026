"""Which picture belongs to which row."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.workflows.importing.match import Pictures, match_rows, url_name, walk


@dataclass(frozen=True)
class Row:
    number: str
    url: str


def fill(folder: Path, *names: str) -> Pictures:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Pictures(folder)


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


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, ".git/a.jpg", ".DS_Store", "b/c.jpg")
    assert [found.parts for found in walk(tmp_path)] == [("b", "c.jpg")]


def test_by_path_before_name(tmp_path: Path) -> None:
    pictures = fill(tmp_path, "a/1.jpg", "b/1.jpg", "b/2.jpg")
    assert pictures.by_file("b/1.jpg") == tmp_path / "b/1.jpg"
    assert pictures.by_file("1.jpg") is None
    assert pictures.by_file("elsewhere/2.jpg") == tmp_path / "b/2.jpg"
