import random
from array import array
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.imaging import Square
from studio.project import (
    KEPT,
    Box,
    BoxState,
    ImageRow,
    NewBox,
    NewSource,
    Project,
    SourceStatus,
)
from studio.review import (
    Filter,
    Reviewer,
    box_queue,
    count_review,
    deciders,
    image_queue,
    reviewers_of,
)


@pytest.fixture
def boxes(project: Project, images: list[ImageRow]) -> list[Box]:
    """Boxes of every kind on three of the four images."""
    dice = random.Random(0)
    new = [
        NewBox(
            dice.choice(images[:3]).id,
            Square(50, 50, 20),
            label_id=dice.choice([None, 1, 2]),
            origin=dice.choice(["blob", "can", "hand"]),
            score=dice.choice([None, 0.0, 0.25, 0.5, 0.75, 1.0]),
            state=dice.choice(list(BoxState)),
        )
        for _ in range(60)
    ]
    return project.boxes.by_ids(project.boxes.add(new))


def passes(box: Box, chosen: Filter, file: str) -> bool:
    """The same filter, written as plainly as can be."""
    return (
        (chosen.states is None or box.state in chosen.states)
        and (chosen.labels is None or box.label_id in chosen.labels)
        and (chosen.origins is None or box.origin in chosen.origins)
        and (chosen.min_score is None or (box.score is not None and box.score >= chosen.min_score))
        and (chosen.max_score is None or (box.score is not None and box.score <= chosen.max_score))
        and chosen.text.lower() in file.lower()
    )


scores = st.sampled_from([None, 0.0, 0.25, 0.6, 1.0])
filters = st.builds(
    Filter,
    states=st.none() | st.frozensets(st.sampled_from(BoxState)),
    labels=st.none() | st.frozensets(st.sampled_from([None, 1, 2])),
    origins=st.none() | st.frozensets(st.sampled_from(["blob", "can", "coco"])),
    min_score=scores,
    max_score=scores,
    text=st.sampled_from(["", "PHOTO1", "1", "%", "_", ".jpg"]),
    order=st.sampled_from(["image", "score", "random"]),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the boxes are only read
)
@given(chosen=filters)
def test_the_queues_equal_a_plain_filter(
    project: Project, images: list[ImageRow], boxes: list[Box], chosen: Filter
) -> None:
    files = {image.id: image.file for image in images}
    fitting = [box for box in boxes if passes(box, chosen, files[box.image_id])]
    queue = box_queue(project, chosen)
    assert isinstance(queue, array)
    assert sorted(queue) == sorted(box.id for box in fitting)

    found = image_queue(project, chosen)
    if chosen.filters_boxes:
        assert sorted(found) == sorted({box.image_id for box in fitting})
    else:
        matching = [image.id for image in images if chosen.text.lower() in image.file.lower()]
        assert sorted(found) == matching

    by_id = {box.id: box for box in boxes}
    ordered = [by_id[id_] for id_ in queue]
    if chosen.order == "image":
        assert ordered == sorted(ordered, key=lambda box: (box.image_id, box.position))
        assert list(found) == sorted(found)
    if chosen.order == "score":
        marks = [-1 if box.score is None else box.score for box in ordered]
        assert marks == sorted(marks, reverse=True)

    counted = count_review(project, chosen)
    any_state = replace(chosen, states=None)
    among = [box for box in boxes if passes(box, any_state, files[box.image_id])]
    undecided = [box for box in among if box.state is BoxState.UNDECIDED]
    assert (counted.strong, counted.left) == (len(among), len(undecided))


def test_the_random_order_hangs_on_seed_and_id_alone(project: Project, boxes: list[Box]) -> None:
    first = box_queue(project, Filter(order="random", seed=1))
    assert first == box_queue(project, Filter(order="random", seed=1))
    assert first != box_queue(project, Filter(order="random", seed=2))
    assert list(first) != sorted(first)
    some = box_queue(project, Filter(order="random", seed=1, labels=frozenset({1})))
    assert [id_ for id_ in first if id_ in set(some)] == list(some)


def test_images_that_need_a_box(project: Project, images: list[ImageRow]) -> None:
    asked, proposed, done, bare = images
    project.sources.add_many(
        [
            NewSource("can", "l", SourceStatus.IMAGE, needs_box=True, image_id=image.id)
            for image in (asked, done)
        ]
    )
    project.boxes.add([NewBox(image.id, Square(9, 9, 9), 1) for image in (asked, proposed, done)])
    reviewer = Reviewer(project, "Ana")
    reviewer.create(done.id, Square(50, 50, 9), 1)
    assert list(image_queue(project, Filter(needs_box=True))) == [asked.id, bare.id]
    undecided = frozenset({BoxState.UNDECIDED})
    only_asked = Filter(needs_box=True, states=undecided)
    assert list(image_queue(project, only_asked)) == [asked.id]
    assert [b.image_id for b in project.boxes.by_ids(box_queue(project, only_asked))] == [asked.id]
    assert KEPT == (BoxState.ACCEPTED, BoxState.ADJUSTED)


def test_removed_boxes_are_in_no_queue(project: Project, images: list[ImageRow]) -> None:
    reviewer = Reviewer(project, "Ana")
    created = reviewer.create(images[0].id, Square(50, 50, 9), 1)
    assert list(box_queue(project)) == [created.box_id]
    reviewer.undo()
    assert list(box_queue(project)) == []
    assert list(image_queue(project, Filter(labels=frozenset({1})))) == []
    assert count_review(project).strong == 0
    assert len(image_queue(project)) == len(images)


def test_boxes_are_found_by_reviewer_reason_and_comment(
    project: Project, images: list[ImageRow]
) -> None:
    new = [NewBox(images[n // 2].id, Square(50, 50, 20), 1) for n in range(8)]
    ids = project.boxes.add(new)
    ana, ben = Reviewer(project, "Ana"), Reviewer(project, "Ben")
    ana.accept(ids[0])
    ana.accept(ids[1])
    ben.reject(ids[1], "blur")  # Ben has decided it last
    ana.reject(ids[2])
    ana.comment(ids[2], "A Ruler lies across")
    ben.comment(ids[3], "100 % sure")  # nothing is decided by that
    ana.accept(ids[4])
    ana.undo()
    ben.accept(ids[5])
    ben.undo()
    ben.redo()
    ana.accept(ids[6])
    ben.reject(ids[6])
    ben.undo()  # what Ana decided stands again

    def found(**wanted: object) -> list[int]:
        chosen = Filter(**wanted)
        assert Filter.from_dict(chosen.to_dict()) == chosen
        assert list(image_queue(project, chosen)) == sorted(
            {box.image_id for box in project.boxes.by_ids(box_queue(project, chosen))}
        )
        return [ids.index(id_) for id_ in box_queue(project, chosen)]

    assert found(reviewers=frozenset({"Ana"})) == [0, 2, 6]
    assert found(reviewers=frozenset({"Ben"})) == [1, 5]
    assert found(reviewers=frozenset({"Ana", "Ben"})) == [0, 1, 2, 5, 6]
    assert found(reviewers=frozenset({"Zoe"})) == []
    assert found(reasons=frozenset({"blur"})) == [1]
    assert found(reasons=frozenset({None})) == [2]
    assert found(reasons=frozenset({None, "blur"})) == [1, 2]
    assert found(comment="") == [2, 3]
    assert found(comment="ruler") == [2]
    assert found(comment="%") == [3]
    assert found(comment="ruler", reviewers=frozenset({"Ben"})) == []
    who = deciders(project, images[0].id) | deciders(project, images[3].id)
    assert {ids.index(id_): one.reviewer for id_, one in who.items()} == {
        0: "Ana",
        1: "Ben",
        6: "Ana",
    }
    assert who[ids[0]].time == project.events.of_box(ids[0])[-1].time
    assert reviewers_of(project) == ["Ana", "Ben"]


def test_a_filter_saved_before_there_were_reviewers_is_read() -> None:
    saved = Filter(text="a").to_dict()
    for name in ("reviewers", "reasons", "comment"):
        del saved[name]
    assert Filter.from_dict(saved) == Filter(text="a")
