"""Text and tables as other programs save them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.dialects import (
    column_names,
    decode_text,
    delimiter_of,
    encoding_of,
    parse_number,
    separator_line,
    table_rows,
    text_lines,
)

TEXT = "file;Größe\r\nnävus.jpg;0,5 µm\r\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"],
)
def test_encodings(encoding: str) -> None:
    assert decode_text(TEXT.encode(encoding)) == TEXT


def test_a_text_that_was_cut_inside_a_character_is_still_utf8() -> None:
    assert decode_text("aé".encode()[:-1], cut=True) == "a"
    assert decode_text("aé".encode()[:-1]) == "aÃ"


@given(st.binary())
def test_any_bytes_are_text(content: bytes) -> None:
    assert isinstance(decode_text(content), str)
    assert isinstance(encoding_of(content), str)


# A text in UTF-16 that begins with NUL has the mark of UTF-32.
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_unicode_with_a_mark_comes_back(text: str) -> None:
    plain = text.removeprefix("\ufeff")
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert decode_text(plain.encode(encoding)) == plain


@pytest.mark.parametrize("mark", list(",;\t|"))
def test_the_delimiter_is_that_of_the_header(mark: str) -> None:
    header = mark.join(["file", '"x0"', " x1 "]) + "\r\n"
    assert delimiter_of(header) == mark
    assert delimiter_of(f'"a,b,c"{mark}file{mark}x0', ("file", "x0")) == mark
    assert column_names(header, mark) == ["file", "x0", "x1"]


@pytest.mark.parametrize(("line", "mark"), [("sep=;\r\n", ";"), ('"sep=|"', "|"), ("a;b", None)])
def test_excels_first_line(line: str, mark: str | None) -> None:
    assert separator_line(line) == mark


@pytest.mark.parametrize(
    ("text", "delimiter", "value"),
    [
        ("160.5", ",", 160.5),
        ("160,5", ";", 160.5),
        ("160,5", ",", 160.5),
        ("0,500", ",", 0.5),
        ("1,234", ";", 1.234),
        ("1,234", ",", 1234.0),
        ("1.234,5", ";", 1234.5),
        ("1,234.5", ",", 1234.5),
        ("1\N{NO-BREAK SPACE}234,5", ";", 1234.5),
        ("1'234.5", ",", 1234.5),
        (" -3,5e2 ", "\t", -350.0),
    ],
)
def test_numbers(text: str, delimiter: str, value: float) -> None:
    assert parse_number(text, delimiter) == value


@pytest.mark.parametrize("text", ["", "x", "1_000", "1,2,3;", "--1", "12 px"])
def test_what_is_not_a_number(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_decimal_comma_loses_nothing(value: float) -> None:
    assert parse_number(repr(value).replace(".", ","), ";") == value


def rows(text: str, width: int = 3, delimiter: str = ";") -> list[tuple[int, list[str] | str]]:
    return list(table_rows(text_lines(text), 0, delimiter, width))


def test_a_quoted_cell_may_hold_line_breaks() -> None:
    text = 'a;"two\r\nlines; ""quoted""";c\r\n\r\nd;e;f\r\n'
    assert rows(text) == [(0, ["a", 'two\r\nlines; "quoted"', "c"]), (3, ["d", "e", "f"])]


def test_an_open_quote_hides_no_other_row() -> None:
    found = rows('a;"b;c\nd;e;f\ng;"h;i\nj;k;l\n')
    assert [line for line, cells in found if isinstance(cells, list)] == [1, 3]
    assert [line for line, cells in found if isinstance(cells, str)] == [0, 2]


def test_lines_end_where_files_end_them() -> None:
    assert text_lines("a\u2028b\x0c\rc\r\nd") == ["a\u2028b\x0c\r", "c\r\n", "d"]
