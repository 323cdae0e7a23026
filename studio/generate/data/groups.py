"""Groups in `dataset.json`: pictures that a split must not part, such as crops of one photograph.

The official format has none, and its reader passes over them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from studio.generate.data.labels import FILE, MOST_VALUES
from studio.generate.data.listing import ImageListing, name_key
from studio.opening import parse_json

KEY = "groups"


def numbered(groups: Sequence[str]) -> list[int]:
    """The groups counted from 0, in the order of their first pictures."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(group, len(numbers)) for group in groups]


def parse_groups(data: bytes) -> tuple[dict[str, int], str]:
    """Read `{"groups": [[file, number], …]}` and what to say of it; nothing that the bytes hold
    raises. A document without any gives ({}, "")."""
    if f'"{KEY}"'.encode() not in data:
        return {}, ""
    try:
        document = parse_json(data, MOST_VALUES)
    except ValueError:
        return {}, ""  # of which the labels speak
    given = document.get(KEY) if isinstance(document, dict) else None
    if given is None:
        return {}, ""
    if not isinstance(given, list):
        return {}, f"“{KEY}” in {FILE} is not a list, so every picture stands alone."
    groups: dict[str, int] = {}
    odd = 0
    for pair in given:
        if not _is_pair(pair) or groups.setdefault(name_key(pair[0]), pair[1]) != pair[1]:
            odd += 1
    said = f"Entries of “{KEY}” in {FILE} that are not one [file, number] each: {odd:,}."
    return groups, said if odd else ""


def apply_groups(listing: ImageListing, data: bytes) -> None:
    """Put the entries of `listing` into the groups of its `dataset.json`; others stand alone."""
    groups, said = parse_groups(data)
    if said:
        listing.notes.append(said)
    listing.entries = [
        replace(entry, group=f"group {groups[key]}")
        if (key := name_key(entry.name)) in groups
        else entry
        for entry in listing.entries
    ]


def _is_pair(pair: Any) -> bool:
    if not isinstance(pair, list) or len(pair) != 2:
        return False
    file, number = pair
    return (
        isinstance(file, str)
        and isinstance(number, int)
        and not isinstance(number, bool)
        and number >= 0
    )
