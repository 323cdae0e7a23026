"""Which classes there are, in which order, and which one is positive: always written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.classify.config import DataSplit, TrainData
from studio.errors import StudioError, UsageError

FAR_APART = 4.0
"""How many times as many pictures the largest class has as the smallest, from which it is said.

Four to one leaves a fifth of two classes to the smaller: the usual border of a mild imbalance.
"""
FEW = 500
"""Fewer training pictures than this are called few."""
MALIGNANT = ("malignantmelanoma", "melanoma", "malignant")


@dataclass(frozen=True)
class ClassMap:
    """Class names in output order (alphabetical) and the name of the positive one.

    ``stated`` says whether somebody chose the positive class or it is malignant by its name; else
    it was picked by rule (the alphabetically last) and must be announced.
    """

    names: tuple[str, ...]
    positive: str
    stated: bool = True

    @property
    def positive_index(self) -> int:
        """Output number of the positive class."""
        return self.names.index(self.positive)

    def index(self, label: str) -> int:
        """Output number of a class."""
        return self.names.index(label)


def class_map(data: TrainData, positive: str | None) -> ClassMap:
    """The classes of the training splits.

    The positive class is the given one; else ``malignantmelanoma``, ``melanoma`` or ``malignant``,
    whichever comes first in that order; else the alphabetically last, with ``stated`` false.

    Raises:
        UsageError: ``positive`` is no class of the training data.
        StudioError: fewer than two classes, or a split that lacks one or has one too many.
    """
    names = trained_classes(data)
    if len(names) < 2:
        found = f"only '{names[0]}'" if names else "no picture at all"
        raise StudioError(
            f"Training needs at least two classes; {_joined(data.train)} has {found}."
        )
    for split in data.train:
        if missing := sorted(set(names) - set(split.counts())):
            raise StudioError(
                f"The training folder {split.name} has no picture of class '{missing[0]}', which "
                "another training folder has: add it or leave that class out."
            )
    for split in [*([data.val] if data.val else []), *data.test]:
        check_known(split, names)
    return ClassMap(names, *_positive(names, positive))


def trained_classes(data: TrainData) -> tuple[str, ...]:
    """The classes of the training splits, in alphabetical order."""
    return tuple(sorted({item.label for split in data.train for item in split.items}))


def check_known(split: DataSplit, names: Iterable[str]) -> None:
    """Raise a StudioError naming the split and the class that the training data lack."""
    known = tuple(names)
    if extra := sorted(set(split.counts()) - set(known)):
        raise StudioError(
            f"{split.name} has a class '{extra[0]}' that the training data lack "
            f"(classes: {', '.join(known)}): remove or rename that folder."
        )


def missing_classes(split: DataSplit, names: Iterable[str]) -> list[str]:
    """Classes without a single picture in the split: their AUC will be undefined."""
    return sorted(set(names) - set(split.counts()))


def imbalance(counts: Mapping[str, int]) -> str:
    """A sentence where the classes of a training set are far apart in number, else ""."""
    known = {name: count for name, count in counts.items() if count}
    if len(known) < 2:
        return ""
    most, least = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    ratio = known[most] / known[least]
    if ratio < FAR_APART:
        return ""
    return (
        f"The classes are far apart in number: {most} has {known[most]:,} training pictures, "
        f"{least} {known[least]:,}, {ratio:,.1f} times fewer. A network leans to the larger class, "
        "so read the AUC and the rates at a threshold rather than the accuracy, and add pictures "
        f"of {least} where you can."
    )


def small_set_advice(images: int, recipe: str) -> str:
    """A sentence where a recipe for many pictures is about to be used on few, else ""."""
    if images >= FEW or recipe != "studio":
        return ""
    return (
        f"{images:,} training pictures are few: --recipe small suits them better, and can-studio "
        "cross-validate tells more of them than one held-out part does."
    )


def _positive(names: tuple[str, ...], wish: str | None) -> tuple[str, bool]:
    if wish is not None:
        if wish not in names:
            raise UsageError(
                f"The positive class '{wish}' is none of the classes {', '.join(names)}."
            )
        return wish, True
    by_name = [name for name in MALIGNANT if name in names]
    return (by_name[0], True) if by_name else (names[-1], False)


def _joined(splits: list[DataSplit]) -> str:
    return ", ".join(split.name for split in splits) or "the training data"
