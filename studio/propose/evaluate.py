"""How good proposals are: the rank at which a known lesion is first met.

Pure functions on squares, so that a test, the bench and a report share one definition. A
*lesion* is a group of acceptable squares: published boxes are nested on one lesion, and a
proposal that agrees with any of them has found it.
"""

from collections.abc import Iterable, Sequence

from studio.imaging import Square

Lesion = Sequence[Square]


def cluster_boxes(boxes: Iterable[Square]) -> list[list[Square]]:
    """Groups boxes of one picture into lesions: two belong together when either holds the
    centre of the other, and so do all that are linked through others."""
    clusters: list[list[Square]] = []
    for box in boxes:
        linked = [cluster for cluster in clusters if any(_overlap(box, other) for other in cluster)]
        clusters = [cluster for cluster in clusters if cluster not in linked]
        clusters.append([box, *(other for cluster in linked for other in cluster)])
    return clusters


def rank_of(lesion: Lesion, proposals: Sequence[Square], least_iou: float = 0.5) -> int | None:
    """Rank, from 1, of the first proposal with IoU >= `least_iou` to a box of the lesion."""
    for rank, proposal in enumerate(proposals, start=1):
        if any(proposal.iou(box) >= least_iou for box in lesion):
            return rank
    return None


def recall(ranks: Sequence[int | None], within: int) -> float:
    """Share of lesions, 0..1, met among the first `within` proposals. NaN without lesions."""
    if not ranks:
        return float("nan")
    return sum(rank is not None and rank <= within for rank in ranks) / len(ranks)


def _overlap(one: Square, other: Square) -> bool:
    return one.contains(other.cx, other.cy) or other.contains(one.cx, one.cy)
