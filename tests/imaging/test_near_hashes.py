"""Near hashes among very many: the same as comparing all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.imaging import NEAR
from studio.imaging.near_hashes import near_edges, near_pairs
from studio.workflows.stacks import groups

words = st.integers(0, 2**64 - 1)


def brute(hashes: list[int], fresh: list[bool]) -> set[tuple[int, int]]:
    return {
        (i, j)
        for i in range(len(hashes))
        for j in range(i + 1, len(hashes))
        if (hashes[i] ^ hashes[j]).bit_count() <= NEAR and (fresh[i] or fresh[j])
    }


@given(words, st.lists(st.tuples(st.sets(st.integers(0, 63), max_size=7), st.booleans())))
def test_pairs_are_those_of_comparing_all(word: int, changes: list[tuple[set[int], bool]]) -> None:
    hashes = [word ^ sum(1 << bit for bit in bits) for bits, _ in changes]
    fresh = [new for _, new in changes]
    found = near_pairs(np.array(hashes, np.uint64), np.array(fresh, bool))
    assert {(int(i), int(j)) for i, j in found} == brute(hashes, fresh)


@given(words, st.lists(st.tuples(st.sets(st.integers(0, 9), max_size=4), st.booleans())))
def test_edges_join_what_pairs_join(word: int, changes: list[tuple[set[int], bool]]) -> None:
    hashes = np.array([word ^ sum(1 << bit for bit in bits) for bits, _ in changes], np.uint64)
    fresh = np.array([new for _, new in changes], bool)
    by_pairs = groups(len(hashes), near_pairs(hashes, fresh))
    assert groups(len(hashes), near_edges(hashes, fresh)).tolist() == by_pairs.tolist()


def test_equals_cost_no_more_than_their_number() -> None:
    equal = np.full(20_000, 0x0F0F_3355_AA66_C3C3, np.uint64)
    assert len(near_edges(equal, np.ones(len(equal), bool))) == 19_999


def test_132673_hashes_take_seconds() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, 132_673, dtype=np.uint64)
    hashes[1000] = hashes[5] ^ np.uint64(0b1011)
    found = near_pairs(hashes, np.ones(len(hashes), bool))
    assert [5, 1000] in found.tolist()
