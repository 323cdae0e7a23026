from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.datasets.splits import grouped_folds, grouped_split
from studio.errors import UsageError
from studio.project.groups import join_groups

ITEMS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab")), max_size=60)


@given(ITEMS, st.floats(0, 1), st.integers(0, 5))
def test_no_group_stands_on_both_sides_and_nothing_is_lost(
    items: list[tuple[int, str]], fraction: float, seed: int
) -> None:
    numbered = [(index, *item) for index, item in enumerate(items)]
    groups, classes = [item[0] for item in items], [item[1] for item in items]
    split = grouped_split(numbered, groups, fraction, seed, classes)
    assert sorted(split.rest + split.held_out) == numbered
    assert not {item[1] for item in split.rest} & {item[1] for item in split.held_out}
    assert grouped_split(numbered, groups, fraction, seed, classes) == split


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.5])
def test_every_class_is_held_out_in_proportion(fraction: float) -> None:
    items = list(range(1000))
    classes = ["rare" if item % 20 == 0 else "common" for item in items]
    held = grouped_split(items, [item // 3 for item in items], fraction, 1, classes).held_out
    counts = Counter(classes[item] for item in held)
    assert abs(counts["rare"] - fraction * 50) <= 2
    assert abs(counts["common"] - fraction * 950) <= 6


def test_seeds_differ() -> None:
    items = list(range(100))
    held = {grouped_split(items, items, 0.2, seed).held_out for seed in range(5)}
    assert len(held) == 5
    assert {len(part) for part in held} == {20}


def test_a_rare_class_is_on_both_sides() -> None:
    classes = ["rare"] * 2 + ["common"] * 100
    for seed in range(10):
        split = grouped_split(list(range(102)), list(range(102)), 0.1, seed, classes)
        assert len({0, 1} & set(split.held_out)) == 1


def one_sided(items: list[tuple[int, str]], seed: int) -> int:
    """How many classes of several groups have all of them on one side of a split."""
    groups, classes = [item[0] for item in items], [item[1] for item in items]
    split = grouped_split(items, groups, 0.2, seed, classes)
    several = {name for name in classes if len({g for g, n in items if n == name}) > 1}
    return sum(
        not ({n for _, n in split.rest} >= {name} <= {n for _, n in split.held_out})
        for name in several
    )


@given(ITEMS, st.integers(0, 5))
def test_two_classes_are_on_both_sides_however_groups_mix_them(
    items: list[tuple[int, str]], seed: int
) -> None:
    assert one_sided(items, seed) == 0


def test_no_class_is_stripped_from_a_side_for_another() -> None:
    # Group 2 mixes both: moving it for one class took the other's last group from its side.
    items = [(2, "b"), (0, "b"), (3, "a"), (2, "a"), (3, "a")]
    assert [one_sided(items, seed) for seed in range(10)] == [0] * 10
    triangle = [(0, "a"), (0, "b"), (1, "b"), (1, "c"), (2, "a"), (2, "c")]
    assert [one_sided(triangle, seed) for seed in range(10)] == [1] * 10


def test_the_ends_of_the_range() -> None:
    assert grouped_split([1, 2], [1, 2], 0).held_out == ()
    assert grouped_split([1, 2], [1, 2], 1).rest == ()
    with pytest.raises(UsageError):
        grouped_split([1, 2], [1, 2], 1.5)
    with pytest.raises(UsageError):
        grouped_split([1, 2], [1], 0.5)


def test_groups_are_joined_through_any_key() -> None:
    photos = ["p", "p", "q", "r", "s", None]
    patients = [1, None, 2, 2, None, None]
    assert join_groups(photos, patients) == [0, 0, 1, 1, 2, 3]
    assert join_groups(["a", "b", "c"], [1, 2, 1], [None, 5, 5]) == [0, 0, 0]
    assert join_groups() == []
    with pytest.raises(UsageError):
        join_groups([1], [1, 2])


@given(ITEMS, st.integers(2, 4), st.integers(0, 3))
def test_folds_never_part_a_group_and_hold_every_item_once(
    items: list[tuple[int, str]], folds: int, seed: int
) -> None:
    groups, classes = [item[0] for item in items], [item[1] for item in items]
    of_class = {name: {g for g, own in items if own == name} for name in classes}
    if any(len(own) < folds for own in of_class.values()):
        with pytest.raises(UsageError, match="too few for"):
            grouped_folds(groups, folds, seed, classes)
        return
    found = grouped_folds(groups, folds, seed, classes)
    assert all(len({f for f, g in zip(found, groups, strict=True) if g == one}) == 1
               for one in set(groups))  # fmt: skip
    assert found == grouped_folds(groups, folds, seed, classes)


def test_folds_have_as_many_of_each_class() -> None:
    groups = [number // 3 for number in range(900)]
    classes = ["rare" if group % 20 == 0 else "common" for group in groups]
    found = grouped_folds(groups, 5, 1, classes)
    counts = Counter(zip(found, classes, strict=True))
    assert {counts[fold, "rare"] for fold in range(5)} == {9}
    assert {counts[fold, "common"] for fold in range(5)} == {171}


def test_a_class_with_too_few_groups_for_the_folds_is_named() -> None:
    with pytest.raises(UsageError, match="class rare has 2 groups"):
        grouped_folds([0, 0, 1, 2, 3, 4], 3, 0, ["rare", "rare", "rare", "b", "b", "b"])
    with pytest.raises(UsageError, match="two folds or more"):
        grouped_folds([0, 1], 1)
