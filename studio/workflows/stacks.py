"""Near-duplicates: the same photograph at another size or quality becomes one stack.

Two pictures belong together when their 64-bit perceptual hashes differ in at most
`studio.imaging.NEAR` bits and a close look at their pixels finds the same detail: two centred moles
share hashes, and a stack is one unit for decisions and for training splits. Copies that are
mirrored, turned or trimmed are not stacked, since a box on the one is elsewhere on the other;
splits and leakage checks find them. Nothing is ever dropped for a stack.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select, update

from studio.datasets.fingerprints import CloseUps, Fingerprint, small_picture
from studio.datasets.same_picture import is_same_upright
from studio.imaging.near_hashes import near_pairs
from studio.project import Project, schema
from studio.project.boxes import chunks
from studio.project.long_reads import rows_of

_FLAT = 8


def groups(count: int, pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """The smallest index of each one's group, for `count` items joined by `pairs`: [count]."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, names = connected_components(joined, directed=False)
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], np.intp)


def same_edges(
    hashes: NDArray[np.uint64], fresh: NDArray[np.bool_], same: Callable[[int, int], bool]
) -> NDArray[np.intp]:
    """Index pairs [M, 2] that join the near-duplicates with at least one `fresh` one.

    `same` looks at two pictures by index. Of pictures with one hash each is compared with one of
    every kind found before it, not with all: a thousand of one placeholder have half a million
    pairs.
    """
    values, place = np.unique(hashes, return_inverse=True)
    new = np.zeros(len(values), np.bool_)
    new[place[fresh]] = True
    near = near_pairs(values, new)
    looked_at = new.copy()
    looked_at[near.ravel()] = True
    order = np.argsort(place, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(place[order])) + 1)
    edges: list[tuple[int, int]] = []
    leaders: dict[int, list[int]] = {}
    for value in np.flatnonzero(looked_at).tolist():
        leaders[value] = []
        for index in members[value].tolist():
            leader = next((one for one in leaders[value] if same(one, index)), None)
            if leader is None:
                leaders[value].append(index)
            else:
                edges.append((leader, index))
    for first, second in near.tolist():
        edges += [(a, b) for a in leaders[first] for b in leaders[second] if same(a, b)]
    return np.array(edges, np.intp).reshape(-1, 2)


def _pixels_agree(project: Project, ids: NDArray[np.int64]) -> Callable[[int, int], bool]:
    """Whether two pictures, by index in `ids`, show the same detail."""
    close_ups = CloseUps()
    taken: dict[int, Fingerprint] = {}

    def of(index: int) -> Fingerprint:
        if index not in taken:
            image = project.images.by_id(int(ids[index]))
            path = project.images.path(image)
            taken[index] = Fingerprint(path, path, image.sha256, small_picture(path))
        return taken[index]

    return lambda first, second: is_same_upright(of(first), of(second), close_ups)


def stack_images(project: Project, fresh_ids: Sequence[int]) -> int:
    """Join the pictures `fresh_ids` to their near-duplicates; return how many stacks changed.

    The best frame of a stack is its largest, then its sharpest. Pictures without detail (a hash of
    almost one value) match everything and stay alone.
    """
    if not fresh_ids:
        return 0
    ids, stacks, hashes = _load(project)
    fresh = np.isin(ids, np.array(fresh_ids))
    pairs = same_edges(hashes, fresh, _pixels_agree(project, ids))
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
