"""Of ten proposals an image, a review is about the best three, until somebody asks for more."""

import random

import pytest

from studio.imaging import Square
from studio.project import Box, BoxState, ImageRow, NewBox, Project
from studio.review import (
    PROPOSALS_IN_PLAY,
    Filter,
    Reviewer,
    box_queue,
    count_review,
    image_queue,
    in_play,
)
from studio.review.in_play import positions_of

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
    positions = positions_of(second, project.boxes.of_image(image))
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
    positions = positions_of([Square(300, 200, 40)] * 1, project.boxes.of_image(image))
    (new,) = project.boxes.add(
        [NewBox(image, Square(300, 200, 40), 1, "net", "1", position=positions[0])]
    )
    assert list(box_queue(project, UNDECIDED)) == [new]


def test_a_detector_alone_and_beside_a_list_comes_after_all_others(
    project: Project, images: list[ImageRow]
) -> None:
    squares = [Square(50, 50, 20)] * 3
    assert positions_of(squares, []) == [None] * 3
    project.boxes.add([NewBox(images[0].id, Square(50, 50, 20), 1, "can")])
    assert positions_of(squares, project.boxes.of_image(images[0].id)) == [None] * 3
