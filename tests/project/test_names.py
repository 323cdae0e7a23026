import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.project import quoted, safe_label


@pytest.mark.parametrize(
    "name", ["malignantmelanoma", "Nevus 2.1_b-c", "점", "меланома", "नेवस", "a" * 120]
)
def test_a_usual_label_stays_as_it_is(name: str) -> None:
    assert safe_label(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        ".",
        "..",
        ".hidden",
        "../../x",
        "a/b",
        "a\\b",
        "a:b",
        "a\0b",
        "a\nb",
        "a" * 121,
        "점" * 81,  # 243 bytes, more than a file system takes beside a suffix
        "trailing.",
        " leading",
        "CON",
        "nul.txt",
        "\u202eright-to-left",
        "half\ud800",
    ],
)
def test_a_label_that_could_leave_its_folder_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(StudioError) as refusal:
        safe_label(name)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 250


@given(st.text(max_size=150))
def test_what_passes_is_one_plain_folder_name(name: str) -> None:
    try:
        label = safe_label(name)
    except StudioError:
        return
    assert safe_label(label) == label
    assert not set(label) & set('/\\:*?"<>|\0\n\r')
    assert label not in {"", ".", ".."}
    assert len(label.encode()) < 255


@given(st.text(max_size=100))
def test_shown_text_is_one_short_printable_line(text: str) -> None:
    assert quoted(text).isprintable()
    assert len(quoted(text, limit=10).encode("unicode_escape")) <= 200
