from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.datasets.formats import can, coco, records
from studio.datasets.formats.records import relative_file, shown
from studio.errors import StudioError


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.jpg", "a.jpg"),
        ("./x//a.jpg", "x/a.jpg"),
        (r"x\a.jpg", "x/a.jpg"),
        (r"C:\photos\a.jpg", "a.jpg"),
        ("/home/ana/a.jpg", "a.jpg"),
        ("../a.jpg", "a.jpg"),
        (r"x\..\..\a.jpg", "a.jpg"),
        ("x/../y/a.jpg", "y/a.jpg"),
        ("x/..", None),
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


def test_a_file_of_another_kind_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_PROBLEMS", 10)
    path = tmp_path / "prose.txt"
    path.write_text("no row at all\n" * 10)
    assert len(can.read(path).problems) == 10
    path.write_text("no row at all\n" * 11)
    with pytest.raises(StudioError, match="another kind of file"):
        can.read(path)


def test_a_json_file_of_too_many_values_is_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coco, "MAX_VALUES", 10)
    path = tmp_path / "x.json"
    path.write_text('{"images": [1, 2, 3]}')
    assert len(coco.read(path).problems) == 3
    path.write_text('{"images": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}')
    with pytest.raises(StudioError, match="more than 10 values"):
        coco.read(path)
