"""Of ten proposals an image, a review is about the best three, until somebody asks for more."""

import csv
import random
from pathlib import Path

import pytest
from PIL import Image

from studio.imaging import Square, fit_square
from studio.project import Box, BoxState, ImageRow, NewBox, Project
from studio.propose import propose_file
from studio.propose.evaluate import rank_of, recall
from studio.propose.squares import side_for_diameter
from studio.review import (
    PROPOSALS_IN_PLAY,
    Filter,
    Reviewer,
    box_queue,
    count_review,
    image_queue,
    in_play,
)
from studio.review.in_play import is_weak, positions_of

UNDECIDED = Filter(states=frozenset({BoxState.UNDECIDED}))


def proposals(image: ImageRow, count: int) -> list[NewBox]:
    return [
        NewBox(image.id, Square(50 + n, 50, 20), 1, "blob", "0", score=1 - n / 20)
        for n in range(count)
    ]


@pytest.fixture
def boxes(project: Project, images: list[ImageRow]) -> list[Box]:
    """Ten proposals on the first image, and five boxes of a list on the second."""
    listed = [NewBox(images[1].id, Square(50 + n, 50, 20), 1, "can") for n in range(5)]
    return project.boxes.by_ids(project.boxes.add([*proposals(images[0], 10), *listed]))


def test_only_the_best_proposals_are_asked_about_and_all_boxes_of_a_list(
    project: Project, boxes: list[Box]
) -> None:
    wanted = [box.id for box in boxes[:PROPOSALS_IN_PLAY] + boxes[10:]]
    for chosen in (Filter(), UNDECIDED):
        assert list(box_queue(project, chosen)) == wanted
    assert count_review(project).strong == len(wanted)
    assert [in_play(box) for box in boxes] == [box.id in wanted for box in boxes]


def test_an_image_is_done_when_its_best_are(project: Project, boxes: list[Box]) -> None:
    reviewer = Reviewer(project, "Ana")
    image = boxes[0].image_id
    for box in boxes[:PROPOSALS_IN_PLAY]:
        assert image in image_queue(project, UNDECIDED)
        reviewer.reject(box.id)
    assert image not in image_queue(project, UNDECIDED)
    assert (count_review(project).strong_done, count_review(project).left) == (3, 5)


def test_a_weak_proposal_that_was_decided_counts_until_it_is_undone(
    project: Project, boxes: list[Box]
) -> None:
    reviewer, weak = Reviewer(project, "Ana"), boxes[7]
    reviewer.accept(weak.id)
    assert weak.id in box_queue(project)
    assert (count_review(project).strong_done, count_review(project).strong) == (1, 9)
    reviewer.undo()
    assert weak.id not in box_queue(project)
    assert (count_review(project).strong_done, count_review(project).strong) == (0, 8)


def test_rows_and_boxes_are_told_apart_alike(project: Project, images: list[ImageRow]) -> None:
    dice = random.Random(1)
    new = [
        NewBox(
            dice.choice(images).id,
            Square(50, 50, 20),
            1,
            *dice.choice([("blob", "0"), ("can", None)]),
            state=dice.choice(list(BoxState)),
        )
        for _ in range(80)
    ]
    boxes = project.boxes.by_ids(project.boxes.add(new))
    assert set(box_queue(project)) == {box.id for box in boxes if in_play(box)}
    assert not all(map(in_play, boxes))


def test_a_second_detector_is_seen_and_what_it_shows_again_is_not(
    project: Project, images: list[ImageRow]
) -> None:
    image = images[0].id
    first = [Square(20 + 40 * n, 50, 30) for n in range(6)]
    project.boxes.add([NewBox(image, square, 1, "blob", "0") for square in first])
    # The second finds the first two again, three new ones, and one that was not in play.
    second = [first[1], Square(20, 200, 30), first[0], Square(80, 200, 30), first[4]]
    second += [Square(140, 200, 30)]
    positions = positions_of(second, [0.5] * 6, project.boxes.of_image(image))
    new = [
        NewBox(image, square, 1, "net", "1", position=at)
        for square, at in zip(second, positions, strict=True)
    ]
    added = project.boxes.by_ids(project.boxes.add(new))
    assert [box.rank for box in added] == [0, 1, 2, 3, 4, 5]
    assert [in_play(box) for box in added] == [False, True, False, True, True, False]
    asked = project.boxes.by_ids(box_queue(project))
    assert [(box.origin, box.rank) for box in asked] == [
        ("blob", 0),
        ("net", 1),
        ("blob", 1),
        ("net", 3),
        ("blob", 2),
        ("net", 4),
    ]


def test_a_second_detector_is_seen_on_an_image_that_is_done(
    project: Project, images: list[ImageRow]
) -> None:
    image, reviewer = images[0].id, Reviewer(project, "Ana")
    ids = project.boxes.add(proposals(images[0], 10))
    for box_id in ids[:3]:
        reviewer.reject(box_id)
    assert list(box_queue(project, UNDECIDED)) == []
    positions = positions_of([Square(300, 200, 40)], [0.5], project.boxes.of_image(image))
    (new,) = project.boxes.add(
        [NewBox(image, Square(300, 200, 40), 1, "net", "1", position=positions[0])]
    )
    assert list(box_queue(project, UNDECIDED)) == [new]


def test_a_detector_alone_and_beside_a_list_comes_after_all_others(
    project: Project, images: list[ImageRow]
) -> None:
    squares = [Square(50, 50, 20)] * 3
    assert positions_of(squares, [0.5] * 3, []) == [None] * 3
    project.boxes.add([NewBox(images[0].id, Square(50, 50, 20), 1, "can")])
    assert positions_of(squares, [0.5] * 3, project.boxes.of_image(images[0].id)) == [None] * 3


@pytest.mark.parametrize(
    ("score", "best", "weak"),
    [
        (0.75, 0.75, False),  # odds 3
        (0.56, 0.75, False),  # odds 1.27, of which 0.4 of 3 is 1.2
        (0.54, 0.75, True),  # odds 1.17
        (0.08, 0.17, False),  # both faint: odds 0.087 of 0.205
        (0.0, 0.5, True),
        (0.0, 0.0, False),
        (0.9, 1.0, False),  # a score of 1 has no odds
        (None, 0.9, False),
        (0.1, None, False),
    ],
)
def test_weak_by_the_odds_of_the_best(score: float | None, best: float | None, weak: bool) -> None:
    assert is_weak(score, best) is weak


def test_weak_proposals_are_put_behind_and_out_of_play(
    project: Project, images: list[ImageRow]
) -> None:
    def propose(image: ImageRow, scores: list[float]) -> list[bool]:
        squares = [Square(20 + 40 * n, 50, 30) for n in range(len(scores))]
        places = positions_of(squares, scores, project.boxes.of_image(image.id))
        made = [
            NewBox(image.id, square, 1, "blob", "0", score, position=at)
            for square, score, at in zip(squares, scores, places, strict=True)
        ]
        return [in_play(box) for box in project.boxes.by_ids(project.boxes.add(made))]

    assert propose(images[0], [0.75, 0.5, 0.3]) == [True, False, False]
    assert propose(images[1], [0.75, 0.7, 0.6, 0.57, 0.2]) == [True] * 3 + [False] * 2
    assert propose(images[2], [0.3]) == [True]
    project.boxes.add([NewBox(images[3].id, Square(200, 200, 30), 1, "can")])
    assert propose(images[3], [0.75, 0.6, 0.5, 0.2]) == [True, True, False, False]
    ranks = [(box.position, box.rank) for box in project.boxes.of_image(images[0].id)]
    assert ranks == [(0, 0), (3, 1), (4, 2)]


def test_a_second_detectors_weak_proposals_are_out_of_play_too(
    project: Project, images: list[ImageRow]
) -> None:
    image = images[0].id
    project.boxes.add([NewBox(image, Square(20, 50, 30), 1, "blob", "0", 0.7)])
    new = [Square(20, 200, 30), Square(80, 200, 30), Square(140, 200, 30)]
    assert positions_of(new, [0.9, 0.85, 0.1], project.boxes.of_image(image)) == [0, 1, 3]


@pytest.mark.data
def test_what_is_hidden_as_weak_loses_no_lesion_of_the_first_three(shared_data: Path) -> None:
    folder = shared_data / "pad-ufes-20"
    with (folder / "lesion_boxes.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for n, row in enumerate(csv.DictReader(lines)) if n % 4 == 0]
    shown, strong = [], []
    for row in rows:
        path = folder / "images" / row["file"]
        with Image.open(path) as picture:
            width, height = picture.size
        x0, y0, x1, y1 = (float(row[name]) for name in ("x0", "y0", "x1", "y1"))
        side = side_for_diameter(max(x1 - x0, y1 - y0), width, height)
        lesion = [fit_square(Square((x0 + x1) / 2, (y0 + y1) / 2, side), width, height)]
        first = propose_file(path)[:PROPOSALS_IN_PLAY]
        kept = [one for one in first if not is_weak(one.score, first[0].score)]
        shown.append((len(first), rank_of(lesion, [one.square for one in first])))
        strong.append((len(kept), rank_of(lesion, [one.square for one in kept])))
    assert [rank for _, rank in shown] == [rank for _, rank in strong]
    assert recall([rank for _, rank in strong], 3) > 0.55
    assert sum(n for n, _ in strong) < 0.85 * sum(n for n, _ in shown)
