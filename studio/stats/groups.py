"""Which images belong together: several crops of one photograph, several photographs of a patient.

Images of one group resemble each other, so that they say less than as many independent ones. This
module only numbers the groups and sums over them. What is made of them: the variance of an AUC in
`studio.stats.delong`, the intervals of rates in `studio.stats.intervals`, the band of a curve in
`studio.stats.band`.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError

Floats = npt.NDArray[np.float64]
Groups = npt.NDArray[np.intp]


def group_numbers(groups: Sequence[Hashable | None] | None, images: int) -> Groups | None:
    """A number [images] from 0 for each group, in the order of first images.

    An image whose group is None or "" is a group of its own. None where no group is known at all:
    then each image counts as independent, and whoever shows a figure says so. Raises StudioError
    unless `groups` has one entry for each image.
    """
    if groups is None:
        return None
    if len(groups) != images:
        raise StudioError(f"{images} scores but {len(groups)} groups: every image needs one.")
    known: dict[Hashable, int] = {}
    numbers = np.empty(images, np.intp)
    for index, group in enumerate(groups):
        # A tuple is equal to no name, so that an unknown group joins no other.
        key = ("alone", index) if group is None or group == "" else ("group", group)
        numbers[index] = known.setdefault(key, len(known))
    if all(group is None or group == "" for group in groups):
        return None
    return numbers


def group_count(numbers: Groups | None) -> int:
    """How many groups there are; 0 where they are unknown."""
    return 0 if numbers is None or not numbers.size else int(numbers.max()) + 1


def counting(groups: int, images: int) -> str:
    """What an interval counted as independent, in words, to stand beside its method."""
    if not groups:
        return "groups unknown: each image counts as independent"
    if groups == images:
        return "each image is its own group"
    return f"{images:,} images in {groups:,} groups"


def group_sums(values: Floats, numbers: Groups, count: int) -> Floats:
    """The sums [count] of `values` [images] over each group."""
    return np.asarray(np.bincount(numbers, weights=values, minlength=count), dtype=np.float64)
