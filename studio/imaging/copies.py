"""Copies of images that are in memory or at hand: the search and the close look in one."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from studio.imaging.candidates import CopyCandidate, find_candidates
from studio.imaging.likeness import (
    CLOSE_SIDE,
    SAME,
    SIDE,
    Grey,
    ImageAlignment,
    align_images,
    align_thumbnails,
    thumbnail,
)

Pixels = npt.NDArray[np.uint8]
Images = Sequence[Pixels] | Pixels
"""Images [H, W, 3], one after another."""

_WORTH_IT = 0.85  # similarity from which a pair that does not fit at once is looked at longer


def look_closely(
    first: Grey,
    second: Grey,
    candidate: CopyCandidate,
    close_ups: Callable[[], tuple[Grey | None, Grey | None]],
) -> ImageAlignment | None:
    """How far two images agree in the position of a candidate; None for different pictures.

    `first` and `second` are thumbnails [64, 64]; `close_ups` gives both images at [128, 128] and is
    called only where the thumbnails agree, since that costs decoding. None of either is None.
    """
    thorough = candidate.similarity >= _WORTH_IT
    rough = align_thumbnails(first, placed(second, candidate), candidate.start, thorough=thorough)
    if rough is None:
        return None
    near, far = close_ups()
    if near is None or far is None:
        return None
    return align_images(near, placed(far, candidate), rough)


def placed(grey: Grey, candidate: CopyCandidate) -> Grey:
    """The second image of a candidate in the position and shades of the first."""
    turned = candidate.position.apply(grey)
    return np.asarray(255 - turned if candidate.negative else turned, np.uint8)


def which_are_copies(known: Images, asked: Images) -> npt.NDArray[np.bool_]:
    """Which of the images `asked` [M] show the same picture as one of `known`; each [H, W, 3].

    Images below 64 pixels have no detail to be told apart by, and are not copies here.
    """
    found = np.zeros(len(asked), np.bool_)
    if not len(known) or not len(asked) or min(*known[0].shape[:2], *asked[0].shape[:2]) < SIDE:
        return found
    rows = np.stack([thumbnail(one) for one in known])
    queries = np.stack([thumbnail(one) for one in asked])
    for one in find_candidates(rows, queries):
        if found[one.query]:
            continue
        pair = (known[one.row], asked[one.query])
        look = look_closely(
            rows[one.row],
            queries[one.query],
            one,
            partial(_close_ups, *pair),
        )
        found[one.query] = look is not None and look.score >= SAME
    return found


def copy_of(one: Pixels, known: Sequence[Pixels]) -> int | None:
    """The first of `known` of which an image is a copy, as `which_are_copies`; None of none."""
    for number, other in enumerate(known):
        if other.shape == one.shape and np.array_equal(other, one):
            return number
    large = [number for number, other in enumerate(known) if min(other.shape[:2]) >= SIDE]
    if not large or min(one.shape[:2]) < SIDE:
        return None
    rows = np.stack([thumbnail(known[number]) for number in large])
    query = thumbnail(one)
    for candidate in find_candidates(rows, query[None]):
        other = known[large[candidate.row]]
        look = look_closely(
            rows[candidate.row],
            query,
            candidate,
            partial(_close_ups, other, one),
        )
        if look is not None and look.score >= SAME:
            return large[candidate.row]
    return None


def _close_ups(first: Pixels, second: Pixels) -> tuple[Grey, Grey]:
    return thumbnail(first, CLOSE_SIDE), thumbnail(second, CLOSE_SIDE)
