"""Conditions on what a table says of images: what they mean, and that nothing is ever run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.datasets.image_table import fitting
from studio.datasets.where import parse_condition
from studio.errors import UsageError

ROW = {"framing": "Close-up", "age": "40,5", "sex": "", "skin_tone": "III-IV"}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("framing == 'close-up'", True),
        ('framing != "close-up"', False),
        ("age >= 40 and age < 41", True),
        ("age > 40.5 or framing == 'far'", False),
        ("age == -1", False),
        ("not (age < 18)", True),
        ("skin_tone in ['I-II', 'III-IV']", True),
        ("skin_tone not in ('I-II',)", True),
        ("sex == ''", True),
        ("sex == 'male'", False),
        ("sex > 3", False),
        ("sex != 3", False),
        ("sex != 'male'", False),
        ("sex not in ['male']", False),
        ("not sex == 'male'", False),
        ("sex in ['', 'male']", True),
        ("sex != ''", False),
        ("framing != ''", True),
        ("sex == 'male' or age > 40", True),
        ("sex == 'male' and age > 40", False),
        ("not (sex == 'male' and age > 41)", True),
        ("not (sex == 'male' or age > 41)", False),
        ("framing > 3", False),
        ("not framing > 3", False),
        ("framing != 3", True),
    ],
)
def test_what_a_condition_means(text: str, fits: bool) -> None:
    assert parse_condition(text)(ROW) is fits


@pytest.mark.parametrize(
    "text",
    [
        "", "age", "age >", "40 < age", "18 < age < 60", "__import__('os').system('x')", "age == b",
        "age == (lambda: 1)()", "framing == f'{age}'", "age is 3", "framing in 'close'", "a" * 1001,
        "age == [x for x in y]", "age == True", "a.b == 1", "age == 1; age == 2", "age = 3", "\0",
        "(" * 300, f"age > {'9' * 400}",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_condition(text)


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_a_sentence(text: str) -> None:
    try:
        condition = parse_condition(text)
    except UsageError:
        return
    assert condition(dict.fromkeys(condition.columns, "")) in (True, False)


def test_images_fit_by_their_table(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("path,Skin Tone\na/1.jpg,II\na/2.jpg,V\n", "utf-8")
    files = [tmp_path / "a" / f"{number}.jpg" for number in (1, 2, 3)]
    assert fitting(tmp_path, files, parse_condition("skin_tone == 'ii'")) == [True, False, False]
    with pytest.raises(UsageError, match=r"has no column framing; it has path, skin_tone"):
        fitting(tmp_path, files, parse_condition("framing == 'x'"))
    with pytest.raises(UsageError, match=r"has no table groups.csv"):
        fitting(tmp_path / "a", files, parse_condition("framing == 'x'"))
