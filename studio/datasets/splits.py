"""Split by group, never by row: what shares a photograph, a stack or a patient stays together."""

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from studio.errors import UsageError
from studio.wording import counted

T = TypeVar("T")

_PASSES = 10  # a second pass mends what the first could not foresee; more hardly matter
_GAIN = 1e-12  # below this, a gain is the rounding of the sums


@dataclass(frozen=True, slots=True)
class Split(Generic[T]):
    """Items in the order given: `held_out` for validation, `rest` for training."""

    rest: tuple[T, ...]
    held_out: tuple[T, ...]


def grouped_split(
    items: Sequence[T],
    groups: Sequence[Hashable],
    fraction: float,
    seed: int = 0,
    stratify: Sequence[Hashable] | None = None,
) -> Split[T]:
    """Hold out about `fraction` (0..1) of the items, whole groups at a time, the same by `seed`.

    Groups are visited in random order and moved across as long as that brings the counts of the
    classes of `stratify` nearer to `fraction`, each relative to the size of its class. A class with
    at least two groups has one on each side, so that a curve can be drawn: always with two classes,
    and with more of them as far as groups that mix classes allow. `groups` and `stratify` run
    parallel to `items`. Raises UsageError when they do not or `fraction` is out of range.
    """
    classes = list(stratify) if stratify is not None else [None] * len(items)
    if not len(items) == len(groups) == len(classes):
        raise UsageError("A split needs one group and one class for every item.")
    if not 0 <= fraction <= 1:
        raise UsageError(f"A split holds out a fraction between 0 and 1, not {fraction}.")
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    counts = {group: Counter(classes[i] for i in indices) for group, indices in members.items()}
    held = _held_out(counts, Counter(classes), fraction, random.Random(seed))
    if 0 < fraction < 1:
        _spread_classes(counts, held)
    return Split(
        tuple(item for item, group in zip(items, groups, strict=True) if group not in held),
        tuple(item for item, group in zip(items, groups, strict=True) if group in held),
    )


def _held_out(
    counts: dict[Hashable, "Counter[Hashable]"],
    totals: "Counter[Hashable]",
    fraction: float,
    rng: random.Random,
) -> set[Hashable]:
    """Start with nothing held out; move groups across while that brings the counts nearer."""
    wanted = {name: fraction * total for name, total in totals.items()}
    held: set[Hashable] = set()
    order = list(counts)
    rng.shuffle(order)
    for _ in range(_PASSES):
        moved = False
        for group in order:
            sign = -1 if group in held else 1
            change = sum(
                (abs(wanted[name] - sign * count) - abs(wanted[name])) / totals[name]
                for name, count in counts[group].items()
            )
            if change < -_GAIN:
                moved = True
                held.symmetric_difference_update({group})
                for name, count in counts[group].items():
                    wanted[name] -= sign * count
        if not moved:
            break
    return held


def _spread_classes(counts: dict[Hashable, "Counter[Hashable]"], held: set[Hashable]) -> None:
    """Move the smallest group that gives a class its second side and takes it from no other.

    Such a group exists while either of two classes stands on one side: all groups of this class are
    there, so that at most one of them is the last of the other class. With more classes there may
    be none (a with b, b with c, a with c); then the class stays on one side, rather than another.
    """
    having: dict[Hashable, list[Hashable]] = defaultdict(list)
    for group, classes in counts.items():
        for name in classes:
            having[name].append(group)
    sides = {name: sum(group in held for group in groups) for name, groups in having.items()}

    def one_sided(name: Hashable, change: int = 0) -> bool:
        return len(having[name]) > 1 and sides[name] + change in (0, len(having[name]))

    def lost(group: Hashable) -> int:
        """Classes that moving `group` leaves on one side, less those that it frees."""
        change = -1 if group in held else 1
        return sum(one_sided(name, change) - one_sided(name) for name in counts[group])

    lonely = [name for name in having if one_sided(name)]
    for name in lonely:
        if not one_sided(name):
            continue
        best = min(having[name], key=lambda group: (lost(group), counts[group].total()))
        if lost(best) < 0:
            for other in counts[best]:
                sides[other] += -1 if best in held else 1
            held.symmetric_difference_update({best})


def grouped_folds(
    groups: Sequence[Hashable],
    folds: int,
    seed: int = 0,
    stratify: Sequence[Hashable] | None = None,
) -> list[int]:
    """The fold, 0 to `folds` - 1, of each item: whole groups, the same by `seed`.

    Groups that hold the most of the rarest classes are given out first, each to the fold that has
    the least of their classes by then (each class relative to its size), so that the folds have
    about as many items of each class of `stratify`. `groups` and `stratify` run parallel. Raises
    UsageError when they do not, for fewer than two folds, and where a class has fewer groups than
    there are folds, naming it: a fold without it could not be judged on it.
    """
    classes = list(stratify) if stratify is not None else [None] * len(groups)
    if len(groups) != len(classes):
        raise UsageError("Folds need one group and one class for every item.")
    if folds < 2:
        raise UsageError(f"Cross-validation needs two folds or more, not {folds}.")
    counts: dict[Hashable, Counter[Hashable]] = defaultdict(Counter)
    for group, name in zip(groups, classes, strict=True):
        counts[group][name] += 1
    totals = Counter(classes)
    for name in sorted(totals, key=str):
        own = sum(name in of_group for of_group in counts.values())
        if own < folds:
            raise UsageError(
                f"{f'The class {name} has' if stratify is not None else 'There are'} "
                f"{counted(own, 'group')} (of a patient, lesion or photograph), too few for "
                f"{folds} folds: take fewer folds, or add images."
            )
    order = list(counts)
    random.Random(seed).shuffle(order)
    weight = {
        group: sum(count / totals[name] for name, count in of_group.items())
        for group, of_group in counts.items()
    }
    order.sort(key=lambda group: -weight[group])
    filled: list[Counter[Hashable]] = [Counter() for _ in range(folds)]
    fold_of: dict[Hashable, int] = {}
    for group in order:
        best = min(range(folds), key=lambda fold: _fill(filled[fold], counts[group], totals))
        filled[best].update(counts[group])
        fold_of[group] = best
    return [fold_of[group] for group in groups]


def _fill(
    filled: "Counter[Hashable]", group: "Counter[Hashable]", totals: "Counter[Hashable]"
) -> tuple[float, int]:
    """How full a fold is of the classes of a group, each relative to its size; then in items."""
    own = sum(filled[name] * count / totals[name] for name, count in group.items())
    return own, filled.total()
