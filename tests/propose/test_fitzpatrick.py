"""Proposals serve every type of skin: measured on rendered photographs of a seed apart."""

from studio.propose import BlobDetector
from studio.propose.evaluate import rank_of, recall
from studio.sample import MELANOMA, NEVUS, PhotographSpec, render
from studio.sample.body_shape import SCENES

PER_TYPE = 3


def test_no_type_of_skin_is_served_more_than_ten_points_worse_than_the_mean() -> None:
    recalls = {kind: recall(ranks_on(kind), within=10) for kind in range(1, 7)}
    mean = sum(recalls.values()) / len(recalls)
    assert mean > 0.85
    assert all(value >= mean - 0.10 for value in recalls.values()), recalls


def ranks_on(kind: int) -> list[int | None]:
    ranks: list[int | None] = []
    for index in range(PER_TYPE):
        labels = (MELANOMA, NEVUS, NEVUS)
        spec = PhotographSpec(880, 660, kind, SCENES[index], 130.0, labels)
        rgb, lesions = render((99, kind, index), spec)
        squares = [proposal.square for proposal in BlobDetector().propose(rgb)]
        ranks += [rank_of([lesion.square], squares) for lesion in lesions]
    return ranks
