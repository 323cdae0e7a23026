"""dataset.json from anywhere: what is good is used, what is not is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.generate.data.labels import MOST_CLASSES, Labels, apply_labels, parse_labels
from studio.generate.data.listing import ImageListing, ListingEntry, name_key


def parsed(labels: Any, **more: Any) -> Labels:
    return parse_labels(json.dumps({"labels": labels, **more}).encode())


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, 0), (3, 3), (2.0, 2), ([0, 1, 0], 1), ([1.0, 0.0], 0), ([1], 0)],
)
def test_whole_numbers_floats_and_one_hot_are_classes(value: Any, label: int) -> None:
    assert parsed([["a", value]]).classes == {"a": label}


@pytest.mark.parametrize(
    "value",
    [
        *(None, -1, 0.5, True, "1", {}, [], [0, 0], [1, 1], [0.5, 0.5], [True, False], [[1], 0]),
        *(1e300, float("nan"), float("inf"), MOST_CLASSES, 10**400),
    ],
)
def test_anything_else_leaves_the_picture_without_one(value: Any) -> None:
    labels = parsed([["a", value], ["b", 1]])
    assert labels.classes == {"b": 1}
    assert "no number from 0" in labels.bad["a"]


def test_a_picture_with_two_classes_has_none() -> None:
    labels = parsed([["a", 0], ["a", 1], ["b", 0], ["b", 0]])
    assert labels.classes == {"b": 0}
    assert "two classes" in labels.bad["a"]


@pytest.mark.parametrize("given_", [None, []])
def test_null_means_no_classes(given_: Any) -> None:
    assert parsed(given_) == Labels()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"labels": 3}', b"\xff\xfe", b"[" * 100_000, b"{}"]
)
def test_a_document_that_is_none_says_so(data: bytes) -> None:
    labels = parse_labels(data)
    assert labels.classes is None
    assert "dataset.json" in labels.problem


def test_an_object_of_labels_is_read_too() -> None:
    assert parsed({"a": 1}).classes == {"a": 1}


def test_odd_entries_are_counted() -> None:
    labels = parsed([["a", 0], ["b"], 3, [4, 0], ["c", 0, 1]])
    assert labels.classes == {"a": 0}
    assert labels.problem.endswith("passed over: 4.")


def test_names_are_taken_when_they_name_each_class_once() -> None:
    pairs = [["a", 0], ["b", 2]]
    assert parsed(pairs).names == ("0", "1", "2")
    assert parsed(pairs, names=["x", "y", "z", "more"]).names == ("x", "y", "z", "more")
    for bad in (["x", "y"], ["x", "x", "z"], "xyz", [1, 2, 3], ["x", "", "z"], ["x", "y\n", "z"]):
        labels = parsed(pairs, names=bad)
        assert labels.names == ("0", "1", "2")
        assert "by their numbers" in labels.problem


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
pairs = st.lists(st.tuples(st.sampled_from("abc"), json_values) | json_values, max_size=8)


@given(pairs, json_values)
def test_no_document_raises_and_every_class_has_a_name(labels: Any, names: Any) -> None:
    result = parsed(labels, names=names)
    for file, label in (result.classes or {}).items():
        assert file not in result.bad
        assert result.names[label]
    assert len(set(result.names)) == len(result.names)


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    parse_labels(data)


NAMES = st.text(st.characters(exclude_characters="/\\."), min_size=1).map(name_key)


@given(st.dictionaries(NAMES, st.integers(0, 20), min_size=1))
def test_classes_come_back_as_they_were_written(classes: dict[str, int]) -> None:
    assert parsed([list(pair) for pair in classes.items()]).classes == classes


def test_names_meet_whatever_the_slashes_and_the_unicode_form() -> None:
    found = parsed([["a\\b.png", 1], ["./c//d.png", 0], ["e\u0301.png", 1]]).classes
    assert found == {"a/b.png": 1, "c/d.png": 0, "\xe9.png": 1}


def applied(labels: Any) -> ImageListing:
    listing = ImageListing("set", [ListingEntry(name, Path(name), (0,)) for name in "abc"])
    apply_labels(listing, json.dumps({"labels": labels}).encode())
    return listing


def test_pictures_without_a_class_are_left_out_of_a_set_with_classes() -> None:
    listing = applied([["a", 1], ["b", None], ["gone", 0]])
    assert [(entry.name, entry.label) for entry in listing.entries] == [("a", "1")]
    assert [one.file for one in listing.left_out] == ["b", "c"]
    assert "gives c no class" in listing.left_out[1].sentence
    assert any("not there: 1, such as gone" in note for note in listing.notes)
    assert listing.classes == ("0", "1")


def test_without_labels_all_pictures_stay() -> None:
    listing = applied(None)
    assert len(listing.entries) == 3
    assert listing.classes is None
    assert listing.notes == []
