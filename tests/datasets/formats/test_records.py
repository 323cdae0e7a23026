import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.datasets.formats.records import relative_file, shown


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.jpg", "a.jpg"),
        ("./x//a.jpg", "x/a.jpg"),
        (r"x\a.jpg", "x/a.jpg"),
        (r"C:\photos\a.jpg", "a.jpg"),
        ("/home/ana/a.jpg", "a.jpg"),
        ("../a.jpg", None),
        (r"x\..\..\a.jpg", None),
        ("a\0.jpg", None),
        ("a\n.jpg", None),
        ("x" * 300, None),
        ("", None),
        ("/", None),
    ],
)
def test_file_names_of_lists(name: str, file: str | None) -> None:
    assert relative_file(name) == file


@given(st.text())
def test_a_file_name_stays_below_its_folder(name: str) -> None:
    file = relative_file(name)
    if file is not None:
        assert not file.startswith("/")
        assert ".." not in file.split("/")


@given(st.text())
def test_shown_text_is_printable_and_short(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text, 10)) <= 10 * 8 + 1
