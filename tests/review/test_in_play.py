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
    image_queue,
    in_play,
    progress,
)

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
    assert progress(project).total == len(wanted)
    assert [in_play(box) for box in boxes] == [box.id in wanted for box in boxes]


def test_an_image_is_done_when_its_best_are(project: Project, boxes: list[Box]) -> None:
    reviewer = Reviewer(project, "Ana")
    image = boxes[0].image_id
    for box in boxes[:PROPOSALS_IN_PLAY]:
        assert image in image_queue(project, UNDECIDED)
        reviewer.reject(box.id)
    assert image not in image_queue(project, UNDECIDED)
    assert (progress(project).done, progress(project).left) == (3, 5)


def test_a_weak_proposal_that_was_decided_counts_until_it_is_undone(
    project: Project, boxes: list[Box]
) -> None:
    reviewer, weak = Reviewer(project, "Ana"), boxes[7]
    reviewer.accept(weak.id)
    assert weak.id in box_queue(project)
    assert (progress(project).done, progress(project).total) == (1, 9)
    reviewer.undo()
    assert weak.id not in box_queue(project)
    assert (progress(project).done, progress(project).total) == (0, 8)


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
