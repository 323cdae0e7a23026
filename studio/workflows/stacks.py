"""Near-duplicates: the same photograph at another size or quality becomes one stack.

Two pictures belong together when their 64-bit perceptual hashes differ in at most
`studio.imaging.NEAR` bits. A stack is one unit for decisions and for training splits; nothing is
ever dropped for it.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select, update

from studio.imaging import NEAR
from studio.project import Project, schema
from studio.project.boxes import chunks
from studio.project.long_reads import rows_of

_BANDS = NEAR + 1
_FLAT = 8


def near_pairs(hashes: NDArray[np.uint64], fresh: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index pairs [M, 2] (i < j) within `NEAR` bits of which at least one is `fresh`.

    Pigeonhole: hashes that differ in at most NEAR bits agree wholly in one of NEAR + 1 bands, so
    only those that share a band are compared; 132,673 hashes take seconds and not minutes.
    """
    found = [_band_pairs(hashes, fresh, band) for band in _bands(hashes)]
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.intp)
    return np.unique(pairs, axis=0)


def near_edges(hashes: NDArray[np.uint64], fresh: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Index pairs [M, 2] that join the same groups as `near_pairs`, with equals only chained.

    A thousand pictures of one hash, such as a host's "not available" saved anew each time, have
    half a million pairs.
    """
    values, first, place = np.unique(hashes, return_index=True, return_inverse=True)
    new = np.zeros(len(values), np.bool_)
    new[place[fresh]] = True
    pairs = near_pairs(values, new)
    joined = new.copy()
    joined[pairs.ravel()] = True
    followers = np.flatnonzero(joined[place] & (first[place] != np.arange(len(hashes))))
    chains = np.stack([first[place[followers]], followers], axis=1)
    return np.asarray(np.concatenate([first[pairs], chains]), np.intp)


def _bands(hashes: NDArray[np.uint64]) -> Iterable[NDArray[np.uint64]]:
    edges = np.linspace(0, 64, _BANDS + 1).astype(int)
    for low, high in pairwise(edges):
        mask = np.uint64((1 << int(high - low)) - 1)
        yield (hashes >> np.uint64(low)) & mask


def _band_pairs(
    hashes: NDArray[np.uint64], fresh: NDArray[np.bool_], band: NDArray[np.uint64]
) -> NDArray[np.intp]:
    order = np.argsort(band, kind="stable")
    edges = np.flatnonzero(np.diff(band[order])) + 1
    found = []
    for bucket in np.split(order, edges):
        if len(bucket) > 1 and fresh[bucket].any():
            found += list(_bucket_pairs(hashes, fresh, bucket))
    return np.concatenate(found) if found else np.empty((0, 2), np.intp)


def _bucket_pairs(
    hashes: NDArray[np.uint64], fresh: NDArray[np.bool_], bucket: NDArray[np.intp]
) -> Iterable[NDArray[np.intp]]:
    """Pairs within one bucket, in slices that keep the comparison matrix small."""
    news = bucket[fresh[bucket]]
    step = max(1, 4_000_000 // len(bucket))
    for begin in range(0, len(news), step):
        part = news[begin : begin + step]
        near = np.bitwise_count(hashes[part][:, None] ^ hashes[bucket][None, :]) <= NEAR
        rows, columns = np.nonzero(near)
        pairs = np.stack([part[rows], bucket[columns]], axis=1)
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        pairs.sort(axis=1)
        yield pairs


def groups(count: int, pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """The smallest index of each one's group, for `count` items joined by `pairs`: [count]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, names = connected_components(joined, directed=False)
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], np.intp)


def stack_images(project: Project, fresh_ids: Sequence[int]) -> int:
    """Join the pictures `fresh_ids` to their near-duplicates; return how many stacks changed.

    The best frame of a stack is its largest, then its sharpest. Pictures without detail (a hash of
    almost one value) match everything and stay alone.
    """
    if not fresh_ids:
        return 0
    ids, stacks, hashes = _load(project)
    pairs = near_edges(hashes, np.isin(ids, np.array(fresh_ids)))
    if not len(pairs):
        return 0
    # Old stacks join whole: else two groups could each take a part of one and tear it apart.
    heads = groups(len(ids), np.concatenate([pairs, _stack_pairs(stacks)]))
    members: dict[int, list[int]] = {}
    for index in np.unique(pairs):
        members.setdefault(int(heads[index]), []).append(int(index))
    with project.begin() as connection:
        for indices in members.values():
            known = sorted({stacks[index] for index in indices} - {0})
            _write(connection, [int(ids[index]) for index in indices], known)
    return len(members)


def _stack_pairs(stacks: Sequence[int]) -> NDArray[np.intp]:
    """Index pairs [M, 2] that chain the members of each stack (0 is none)."""
    first: dict[int, int] = {}
    chained = [(first.setdefault(stack, i), i) for i, stack in enumerate(stacks) if stack]
    return np.array(chained, np.intp).reshape(-1, 2)


def _load(project: Project) -> tuple[NDArray[np.int64], list[int], NDArray[np.uint64]]:
    """Ids, stacks (0 for none) and hashes of the pictures that have detail."""
    image = schema.image.c
    query = select(image.id, image.stack_id, image.phash).where(image.phash.is_not(None))
    with project.connect() as connection:
        found = rows_of(connection, query)
    rows = [(id_, stack or 0, int(phash, 16)) for id_, stack, phash in found]
    rows = [row for row in rows if _FLAT <= row[2].bit_count() <= 64 - _FLAT]
    ids = np.array([row[0] for row in rows], np.int64)
    return ids, [row[1] for row in rows], np.array([row[2] for row in rows], np.uint64)


def _write(connection: Connection, ids: list[int], known: list[int]) -> None:
    """One stack for the pictures `ids` and for all of the stacks `known` that they were in."""
    image, stack = schema.image, schema.stack
    stack_id = known[0] if known else connection.scalar(insert(stack).returning(stack.c.id))
    for column, values in ((image.c.id, ids), (image.c.stack_id, known)):
        for part in chunks(values):
            connection.execute(update(image).where(column.in_(part)).values(stack_id=stack_id))
    for part in chunks(known[1:]):
        connection.execute(delete(stack).where(stack.c.id.in_(part)))
    best = (
        select(image.c.id)
        .where(image.c.stack_id == stack_id)
        .order_by((image.c.width * image.c.height).desc(), image.c.sharpness.desc())
        .limit(1)
    )
    connection.execute(
        update(stack).where(stack.c.id == stack_id).values(best_image_id=best.scalar_subquery())
    )
