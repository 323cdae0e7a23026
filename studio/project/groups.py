"""Which images belong together: one rule for splits, leakage, data sets, exports and studies.

The group of an image is its patient, else its lesion, else its stack of near-duplicates, else the
image itself. Images that are joined in a chain are one group: where an image of a stack has a
patient, all images of the stack belong to that patient. A lesion joins images only where one of
them has no patient, since many tables number the lesions of each patient anew.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from studio.errors import UsageError
from studio.origins import stack_key
from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.long_reads import rows_of

_image = schema.image
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Group:
    """What an image belongs to.

    `name` is the same for all images of the group: "patient 7", "lesion 12", "stack 3", or the
    SHA-256 of an image alone. `names` are what they share with the images of other projects,
    folders and tables; empty for an image alone.
    """

    name: str
    names: frozenset[str] = frozenset()


def image_groups(project: ProjectAccess) -> dict[int, Group]:
    """The group of each image, by its id."""
    query = select(
        _image.c.id, _image.c.sha256, _image.c.patient, _image.c.lesion, _image.c.stack_id
    ).order_by(_image.c.id)
    with project.connect() as connection:
        found = rows_of(connection, query)
    groups = {id_: Group(sha256) for id_, sha256, *keys in found if keys == [None] * 3}
    rows = [row for row in found if row[0] not in groups]
    ids, hashes, patients, given, stacks = zip(*rows, strict=True) if rows else ((),) * 5
    lesions = lesions_that_join(given, patients)
    joined = join_groups(patients, lesions, stacks)
    members: dict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(joined):
        members[number].append(index)
    keys: dict[int, str] = {}
    for stack, sha256 in sorted(zip(stacks, hashes, strict=True), key=lambda one: one[1]):
        if stack is not None:
            keys.setdefault(stack, stack_key([sha256]))  # the least of its hashes
    for indices in members.values():
        words = [
            [f"patient {one}" for one in _known(patients, indices)],
            [f"lesion {one}" for one in _known(lesions, indices)],
            [f"stack {one}" for one in _known(stacks, indices)],
        ]
        name = next((min(found) for found in words if found), hashes[indices[0]])
        shared = {*words[0], *words[1], *(keys[one] for one in _known(stacks, indices))}
        group = Group(name, frozenset(shared))
        groups.update((ids[index], group) for index in indices)
    return groups


def lesions_that_join(
    lesions: Sequence[_Key | None], patients: Sequence[Hashable | None]
) -> list[_Key | None]:
    """The lesions of which an image has no patient, None for the others, which their patients join.

    A lesion lies on one patient, so that nothing is lost; and where each patient's lesions are
    numbered anew, patients are not joined by a number.
    """
    bare = {lesion for lesion, patient in zip(lesions, patients, strict=True) if patient is None}
    return [lesion if lesion in bare else None for lesion in lesions]


def join_groups(*keys: Sequence[Hashable | None]) -> list[int]:
    """One group number for each item; items that share any key, directly or in a chain, share it.

    Each of `keys` (source photograph, stack, patient ...) runs parallel to the items; None is no
    key. Numbers count from 0 in the order of first items.
    """
    lengths = {len(column) for column in keys}
    if len(lengths) > 1:
        raise UsageError("Group keys need one value for every item.")
    parent = list(range(lengths.pop() if lengths else 0))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for column in keys:
        first: dict[Hashable, int] = {}
        for index, key in enumerate(column):
            if key is not None:
                a, b = root(first.setdefault(key, index)), root(index)
                parent[max(a, b)] = min(a, b)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(index), len(numbers)) for index in range(len(parent))]


def _known(column: Sequence[_Key | None], indices: Iterable[int]) -> set[_Key]:
    return {key for index in indices if (key := column[index]) is not None}
