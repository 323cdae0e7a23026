"""Groups of a data set: written, read with suspicion, kept whole."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.generate.data.document import apply_document
from studio.generate.data.groups import numbered, parse_groups
from studio.generate.data.listing import ImageListing, ListingEntry, list_folder
from studio.generate.data.official_zip import member_name, write_zip
from studio.generate.data.read import read_pictures
from studio.generate.data.target_format import TargetFormat

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5) | st.floats() | st.sampled_from("abc"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=12,
)


def document(groups: Any) -> bytes:
    return json.dumps({"labels": None, "groups": groups}).encode()


def test_groups_are_counted_from_the_first_picture() -> None:
    assert numbered(("stack 9", "image 4", "stack 9")) == [0, 1, 0]
    assert numbered(()) == []


@given(ANYTHING)
def test_what_is_no_group_is_passed_over(groups: Any) -> None:
    found, said = parse_groups(document(groups))
    assert all(type(number) is int and number >= 0 for number in found.values())
    listed = groups if isinstance(groups, list) else []
    assert bool(said) == (groups is not None and (not isinstance(groups, list) or _odd(listed)))


def _odd(pairs: list[Any]) -> bool:
    """Whether some entry is not a pair, or gives a file a second number."""
    known: dict[str, int] = {}
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            return True
        if type(pair[1]) is not int or pair[1] < 0 or known.setdefault(*pair) != pair[1]:
            return True
    return False


@pytest.mark.parametrize("data", [b"", b'"groups"', b'{"groups": [', b'["groups"]', b"[" * 5000])
def test_no_document_has_no_groups(data: bytes) -> None:
    assert parse_groups(data) == ({}, "")


def test_pictures_that_are_not_named_stand_alone() -> None:
    listing = ImageListing("set", [ListingEntry(name, Path(name), (0,)) for name in "abc"])
    apply_document(listing, lambda: document([["a", 0], ["c", 0], ["gone", 1]]), classes=False)
    assert [entry.group for entry in listing.entries] == ["group 0", None, "group 0"]
    assert listing.notes == []


def test_a_document_that_cannot_be_read_leaves_the_pictures() -> None:
    def broken() -> bytes:
        raise OSError("it is damaged")

    listing = ImageListing("set", [])
    apply_document(listing, broken, classes=False)
    apply_document(listing, broken, classes=True)
    assert "so every picture stands alone: it is damaged" in listing.notes[0]
    assert "so the pictures have no classes: it is damaged" in listing.notes[1]


@pytest.mark.parametrize("classes", [True, False])
def test_a_zip_keeps_the_groups_that_it_was_made_of(tmp_path: Path, photo, classes: bool) -> None:
    for number in range(5):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"in/{name}/{number}.png", number, (24, 24))
    listing = list_folder(tmp_path / "in", classes)
    groups = ("stack 1", "image 7", "stack 1", "image 8", "stack 1")
    listing.entries = [
        ListingEntry(one.name, one.path, one.stamp, one.label, group=group)
        for one, group in zip(listing.entries, groups, strict=True)
    ]
    write_zip(listing, tmp_path / "set.zip", TargetFormat(16, None, 3))
    pictures = read_pictures(tmp_path / "set.zip", 16, classes=classes)
    assert pictures.groups is not None
    assert pictures.groups.tolist() == [0, 1, 0, 2, 0]
    assert pictures.files[2] == member_name(2)


def test_a_zip_of_pictures_that_stand_alone_says_nothing(tmp_path: Path, photo) -> None:
    photo(tmp_path / "in/0.png", 0, (24, 24))
    write_zip(list_folder(tmp_path / "in"), tmp_path / "set.zip", TargetFormat(16, None, 3))
    pictures = read_pictures(tmp_path / "set.zip", 16)
    assert pictures.groups is None
    assert np.shape(pictures.pixels) == (1, 3, 16, 16)
