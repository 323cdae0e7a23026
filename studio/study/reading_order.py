"""In which order a reader sees the pictures."""

import hashlib
import random

from studio.study.models import Kind, StudyFile

BLOCK = 10
"""Pictures of each kind in a block: drifts of a reader's line fall on both kinds alike."""


def make_blocks(
    kinds: dict[Kind, list[str]], salt: str, size: int = BLOCK
) -> tuple[tuple[str, ...], ...]:
    """Blocks with up to `size` tokens of each kind, equally many of each; sorted, so mute.

    `kinds` maps a kind to its tokens; all kinds have the same number of them. `salt` is the key's:
    dealt by anything that `study.json` tells, such as the seed, the blocks would give away which
    tokens go together.
    """
    drawn = {}
    for kind in sorted(kinds):
        drawn[kind] = sorted(kinds[kind])
        random.Random(f"{salt} {kind}").shuffle(drawn[kind])
    longest = max((len(tokens) for tokens in drawn.values()), default=0)
    return tuple(
        tuple(sorted(t for tokens in drawn.values() for t in tokens[start : start + size]))
        for start in range(0, longest, size)
    )


def reader_order(study: StudyFile, reader: str) -> list[str]:
    """The reader's own order of all tokens: blocks shuffled, and each block within itself.

    The same reader gets the same order in every session; another reader another one, so that
    effects of the order average out.
    """
    text = f"{study.id}\n{study.seed}\n{reader}".encode("utf-8", "surrogatepass")
    rng = random.Random(int.from_bytes(hashlib.sha256(text).digest()[:8]))
    blocks = [list(block) for block in study.blocks]
    rng.shuffle(blocks)
    for block in blocks:
        rng.shuffle(block)
    return [token for block in blocks for token in block]
