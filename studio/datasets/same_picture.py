"""Pairs of images that show the same picture, among many: candidates first, then a close look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.datasets.fingerprints import CloseUps, Fingerprint
from studio.imaging import DIHEDRAL_TRANSFORMS, UPRIGHT, hamming, phash
from studio.imaging.candidates import CopyCandidate, find_candidates
from studio.imaging.copies import look_closely, placed
from studio.imaging.likeness import CLOSE_SIDE, POSSIBLE, SAME, Grey, ImageAlignment
from studio.imaging.near_hashes import near_edges
from studio.pool import OrderedPool

_Found = tuple[int, int, float, int, tuple[str, ...]]
OnProgress = Callable[[int, int], None]

_TRIMMED = 0.015  # part of the side by which a copy counts as trimmed and not as resized
_FEW = 20_000  # images that are compared with one another in all windows
_AMONG, _AMONG_LEAST = 4, 0.9
_WHOLE = np.eye(2, 3, dtype=np.float32)
_MATCHING = 1  # raised when other pairs are found than before
_BLOCK = 64  # candidates between two reports of progress


@dataclass(frozen=True, slots=True)
class PictureMatch:
    """What a close look at two images found.

    `score` (-1..1) is how far their detail agrees; `distance` is that of their perceptual hashes
    (bits, in the position in which they agree); `changes` is what was done to the one to get the
    other: "mirrored", "turned", "trimmed", "inverted".
    """

    first: Fingerprint
    second: Fingerprint
    score: float
    distance: int
    changes: tuple[str, ...]


def same_pictures(
    first: Sequence[Fingerprint],
    second: Sequence[Fingerprint],
    *,
    close_ups: CloseUps | None = None,
    least: float = POSSIBLE,
    on_progress: OnProgress = lambda done, total: None,
) -> list[PictureMatch]:
    """Pairs across two sets that agree by `least` or more; see `CloseUps` for the cache.

    Of images of one thumbnail within `first` the first stands for all; those of `second` are named
    each. Pairs of an image that cannot be read any more are missing: see `CloseUps.unread`.
    `on_progress` gets images searched for, then pairs looked at; what it raises ends the work.
    """
    close_ups = close_ups or CloseUps()
    known, asked = _by_thumbnail(first), _by_thumbnail(second)
    rows, queries = list(known.values()), list(asked.values())

    def find() -> list[_Found]:
        candidates = find_candidates(_stacked(rows), _stacked(queries), on_progress=on_progress)
        pairs = [(rows[one.row][0], queries[one.query][0], one) for one in candidates]
        looks = _looks(pairs, close_ups, on_progress)
        return [
            (one.row, one.query, look.score, look.distance, look.changes)
            for one, look in zip(candidates, looks, strict=True)
            if look is not None and look.score >= least
        ]

    found = _remembered(close_ups, f"across {least}", (rows, queries), find)
    return [
        PictureMatch(rows[row][0], other, score, distance, tuple(changes))
        for row, query, score, distance, changes in found
        for other in queries[query]
    ]


def same_among(
    images: Sequence[Fingerprint],
    close_ups: CloseUps | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> list[tuple[int, int]]:
    """Pairs of numbers of images within one set that show the same picture.

    Images of one thumbnail are only chained. Up to 20,000 images are compared as in
    `same_pictures`; among more, only those whose perceptual hashes in one of the eight positions
    are near: that takes seconds where all pairs would take hours, and misses trimmed copies.
    `on_progress` as in `same_pictures`.
    """
    close_ups = close_ups or CloseUps()
    numbers = {id(image): number for number, image in enumerate(images)}
    groups = list(_by_thumbnail(images).values())
    pairs = [(numbers[id(group[0])], numbers[id(other)]) for group in groups for other in group[1:]]

    def find() -> list[tuple[int, int]]:
        thumbnails = _stacked(groups)
        if len(groups) <= _FEW:
            found = find_candidates(thumbnails, thumbnails, _AMONG + 1, _AMONG_LEAST, on_progress)
            candidates = [one for one in found if one.row < one.query]
        else:
            candidates = _near_in_a_position(thumbnails)
        close = [(groups[one.row][0], groups[one.query][0], one) for one in candidates]
        looks = _looks(close, close_ups, on_progress)
        return [
            (one.row, one.query)
            for one, look in zip(candidates, looks, strict=True)
            if look is not None and look.score >= SAME
        ]

    same = _remembered(close_ups, "among", (groups,), find)
    return [*pairs, *((numbers[id(groups[i][0])], numbers[id(groups[k][0])]) for i, k in same)]


def _remembered(
    close_ups: CloseUps,
    what: str,
    sets: Sequence[Sequence[Sequence[Fingerprint]]],
    find: Callable[[], list[Any]],
) -> list[Any]:
    """What was found before in these sets of images, whose first of each group stands for it; else
    what `find` finds now, which is kept if all images could be read. The values are JSON's."""
    close_ups.unread.clear()
    if close_ups.cache is None:
        return find()
    names = [[f"{group[0].sha256} {group[0].square}" for group in groups] for groups in sets]
    key = "\n\n".join([f"{_MATCHING} {what}", *("\n".join(own) for own in names)])
    known = close_ups.cache.recall("matches", key)
    if isinstance(known, list):
        return known
    found = find()
    if not close_ups.unread:
        close_ups.cache.remember("matches", key, found)
    return found


def look_closer(
    first: Fingerprint, second: Fingerprint, candidate: CopyCandidate, close_ups: CloseUps
) -> PictureMatch | None:
    """A close look at a pair; None for different pictures, and for files that cannot be read, which
    `close_ups` then names."""
    if first.thumbnail is None or second.thumbnail is None:
        return None
    found = look_closely(
        first.thumbnail,
        second.thumbnail,
        candidate,
        lambda: (close_ups.of(first), close_ups.of(second)),
    )
    if found is None:
        return None
    distance = hamming(_hash(first.thumbnail), _hash(placed(second.thumbnail, candidate)))
    return PictureMatch(first, second, found.score, distance, _changes(candidate, found))


def is_same_upright(first: Fingerprint, second: Fingerprint, close_ups: CloseUps) -> bool:
    """Whether two images are the same picture, neither mirrored nor turned nor trimmed."""
    if first.thumbnail is None or second.thumbnail is None:
        return False
    if np.array_equal(first.thumbnail, second.thumbnail):
        return True
    look = look_closer(
        first, second, CopyCandidate(0, 0, 1.0, UPRIGHT, _WHOLE.copy(), False), close_ups
    )
    return look is not None and look.score >= SAME


def _looks(
    pairs: Sequence[tuple[Fingerprint, Fingerprint, CopyCandidate]],
    close_ups: CloseUps,
    on_progress: OnProgress = lambda done, total: None,
) -> list[PictureMatch | None]:
    """What was found of each pair, in order; OpenCV lets other threads run meanwhile."""
    found: list[PictureMatch | None] = []
    with OrderedPool(name="likeness") as pool:
        for _, match in pool.map(lambda pair: look_closer(*pair, close_ups), pairs):
            found.append(match)
            if len(found) % _BLOCK == 0 or len(found) == len(pairs):
                on_progress(len(found), len(pairs))
    return found


def _by_thumbnail(images: Sequence[Fingerprint]) -> dict[bytes, list[Fingerprint]]:
    groups: dict[bytes, list[Fingerprint]] = {}
    for image in images:
        if image.thumbnail is not None:
            groups.setdefault(image.thumbnail.tobytes(), []).append(image)
    return groups


def _stacked(groups: Sequence[Sequence[Fingerprint]]) -> Grey:
    """The thumbnails [N, 64, 64] of groups of one thumbnail each."""
    thumbnails = [one for group in groups if (one := group[0].thumbnail) is not None]
    return np.stack(thumbnails) if thumbnails else np.empty((0, 64, 64), np.uint8)


def _hash(grey: Grey) -> str:
    return phash(np.repeat(grey[:, :, None], 3, axis=2))


def _changes(candidate: CopyCandidate, found: ImageAlignment) -> tuple[str, ...]:
    position = candidate.position
    corners = np.array([[0.0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
    corners[:, :2] *= CLOSE_SIDE - 1
    moved = np.abs(corners @ found.matrix.T - corners[:, :2]).max() / CLOSE_SIDE
    changes = {
        "mirrored": position.mirrored,
        "turned": position.turned,
        "trimmed": moved > _TRIMMED,
        "inverted": candidate.negative,
    }
    return tuple(name for name, done in changes.items() if done)


def _near_in_a_position(thumbnails: Grey) -> list[CopyCandidate]:
    """Candidates whose hashes are near where one of them is put into one of the eight positions."""
    count, positions = len(thumbnails), len(DIHEDRAL_TRANSFORMS)
    words = np.array(
        [
            int(_hash(position.apply(one)), 16)
            for position in DIHEDRAL_TRANSFORMS
            for one in thumbnails
        ],
        np.uint64,
    )
    upright = np.arange(count * positions) < count
    found: dict[tuple[int, int], CopyCandidate] = {}
    for low, high in near_edges(words, upright).tolist():
        (of_low, row), (of_high, query) = divmod(low, count), divmod(high, count)
        if row == query or of_low != 0:
            continue
        found.setdefault(
            (row, query),
            CopyCandidate(query, row, 1.0, DIHEDRAL_TRANSFORMS[of_high], _WHOLE.copy(), False),
        )
    return list(found.values())
