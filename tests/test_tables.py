"""CSV: no cell runs in a spreadsheet, and what was written is read back exactly."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.opening import FileRefused
from studio.tables import neutralise, read_table, restore, table_text, writing_table

# OWASP's list of what begins a formula, and what hides it.
DANGEROUS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "'=1",
    "＝1+1",
    "=cmd|'/C'!A0",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutralise(text) == f"'{text}"
    assert restore(f"'{text}") == text


def test_a_cell_behind_a_semicolon_is_a_cell_in_many_countries() -> None:
    assert neutralise("photo;=1+1;b") == "photo;'=1+1;b"


@pytest.mark.parametrize(
    "value", ["-0.5", "+3", "-1e-05", "1", "a=b", "mole-1", "", "'tis", None, -0.5]
)
def test_numbers_and_plain_words_stay_as_they_are(value: object) -> None:
    assert neutralise(value) == value


@given(st.text(st.sampled_from("='+-@;\t\r\n a1.e＝")))
def test_reading_undoes_exactly_what_writing_did(text: str) -> None:
    assert restore(neutralise(text)) == text


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [["=a.jpg", "it's", "-1.5"], ["b\udcff.jpg", 'say "x"', "two\nlines"]]
    with writing_table(path, ["file", "comment", "score"]) as table:
        for row in rows:
            table.row(row)
    assert read_table(path) == [["file", "comment", "score"], *rows]
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        assert next(iter(list(csv.reader(file))[1])) == "'=a.jpg"
    assert table_text(["a"], [["=1"], [2]]) == "a\n'=1\n2\n"


@pytest.mark.parametrize("content", [b'a,"b', b"x" * 200_000, b'a,"b"c\n'])
def test_what_is_not_a_table_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=r"a.csv is not a table: line 1"):
        read_table(path)
