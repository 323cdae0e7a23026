"""The yardstick: clusters of published boxes, ranks and recall."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.imaging import Square
from studio.propose import propose_file
from studio.propose.evaluate import cluster_boxes, rank_of, recall


def published_lesions(folder: Path) -> dict[Path, list[list[Square]]]:
    """Lesions by photograph: specific predictions only, nested boxes together."""
    boxes: dict[Path, list[Square]] = defaultdict(list)
    with (folder / "modelderm_boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["prediction"] not in ("", "-"):
                corners = (float(row[key]) for key in ("x0", "y0", "x1", "y1"))
                boxes[folder / row["file"]].append(Square.from_corners(*corners))
    return {path: cluster_boxes(found) for path, found in boxes.items()}


def test_nested_boxes_are_one_lesion_and_neighbours_two() -> None:
    nested = [Square(100, 100, 50), Square(104, 98, 120)]
    neighbour = Square(190, 100, 60)
    clusters = cluster_boxes([nested[0], neighbour, nested[1]])
    assert sorted(len(cluster) for cluster in clusters) == [1, 2]


def test_a_box_that_links_two_joins_them() -> None:
    ends = [Square(0, 0, 10), Square(40, 0, 10)]
    assert len(cluster_boxes(ends)) == 2
    assert len(cluster_boxes([*ends, Square(20, 0, 100)])) == 1


squares = st.builds(Square, st.floats(0, 300), st.floats(0, 300), st.floats(5, 150))


@given(st.lists(squares, max_size=8), st.randoms())
def test_clusters_keep_every_box_and_do_not_hang_on_order(boxes: list[Square], random) -> None:  # type: ignore[no-untyped-def]
    def canonical(clusters: Sequence[Sequence[Square]]) -> list[list[tuple[float, ...]]]:
        return sorted(sorted((b.cx, b.cy, b.side) for b in cluster) for cluster in clusters)

    shuffled = list(boxes)
    random.shuffle(shuffled)
    assert canonical(cluster_boxes(boxes)) == canonical(cluster_boxes(shuffled))
    assert sum(map(len, cluster_boxes(boxes))) == len(boxes)


def test_rank_and_recall() -> None:
    lesion = [Square(50, 50, 20), Square(50, 50, 60)]
    proposals = [Square(10, 10, 20), Square(52, 50, 58), Square(50, 50, 20)]
    assert rank_of(lesion, proposals) == 2
    assert rank_of([Square(90, 90, 4)], proposals) is None
    assert recall([1, 4, None, 2], within=3) == 0.5
    assert isnan(recall([], within=3))


@pytest.mark.data
def test_published_lesions_of_the_wide_field_photographs_are_among_the_first(
    shared_data: Path,
) -> None:
    ranks = [
        rank_of(lesion, [proposal.square for proposal in propose_file(path)])
        for path, lesions in published_lesions(shared_data / "widefield").items()
        for lesion in lesions
    ]
    assert len(ranks) == 9
    assert recall(ranks, 10) >= 8 / 9
    assert recall(ranks, 3) >= 6 / 9
