import pytest

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import Action, BoxState, ImageRow, NewBox, Project
from studio.review import HAND, NeedsLabel, Reviewer

NEVUS, MELANOMA = 1, 2


@pytest.fixture
def reviewer(project: Project) -> Reviewer:
    return Reviewer(project, "Ana")


@pytest.fixture
def boxes(project: Project, images: list[ImageRow]) -> list[int]:
    """Two nevi, a melanoma, one without label; all on 400 x 300 pixels."""
    labels = [NEVUS, NEVUS, MELANOMA, None]
    return project.boxes.add(
        [NewBox(images[0].id, Square(100, 100, 40), label, "blob", "0") for label in labels]
    )


def test_each_decision(project: Project, reviewer: Reviewer, boxes: list[int]) -> None:
    first, second, third, fourth = boxes
    accepted = reviewer.accept(first, ms_spent=700, on_screen={"mode": "single"})
    assert (accepted.action, accepted.reviewer, accepted.ms_spent) == (Action.ACCEPT, "Ana", 700)
    reviewer.reject(second, "off-topic")
    reviewer.unsure(third, "is it pigmented?")
    reviewer.relabel(fourth, NEVUS)
    states = [(b.state, b.label_id, b.reason, b.comment) for b in project.boxes.by_ids(boxes)]
    assert states == [
        (BoxState.ACCEPTED, NEVUS, None, None),
        (BoxState.REJECTED, NEVUS, "off_topic", None),
        (BoxState.UNSURE, MELANOMA, None, "is it pigmented?"),
        (BoxState.ACCEPTED, NEVUS, None, None),
    ]
    reviewer.accept(second)
    assert project.boxes.by_id(second).reason is None
    reviewer.relabel(first, MELANOMA, accept=False)
    reviewer.comment(first, "  look again\0 ")
    box = project.boxes.by_id(first)
    assert (box.label_id, box.state, box.comment) == (
        MELANOMA,
        BoxState.ACCEPTED,
        "look again\ufffd",
    )
    reviewer.comment(first, " ")
    assert project.boxes.by_id(first).comment is None


def test_a_box_without_a_label_asks_for_one(reviewer: Reviewer, boxes: list[int]) -> None:
    with pytest.raises(NeedsLabel, match="has no label yet"):
        reviewer.accept(boxes[3])
    assert isinstance(NeedsLabel(""), StudioError)


def test_an_adjusted_box_is_fitted_and_stays_adjusted(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    reviewer.adjust(boxes[0], Square(10, 290, 60))
    box = project.boxes.by_id(boxes[0])
    assert (box.square, box.state) == (Square(30, 270, 60), BoxState.ADJUSTED)
    reviewer.accept(boxes[0])
    assert project.boxes.by_id(boxes[0]).state is BoxState.ADJUSTED
    reviewer.adjust(boxes[3], Square(50, 50, 999))
    bare = project.boxes.by_id(boxes[3])
    assert (bare.square.side, bare.state) == (300, BoxState.UNDECIDED)
    reviewer.adjust(boxes[3], Square(50, 50, 20), NEVUS)
    assert project.boxes.by_id(boxes[3]).state is BoxState.ADJUSTED


def test_a_box_edited_before_it_has_a_label_is_adjusted_once_it_has_one(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    bare = boxes[3]
    reviewer.adjust(bare, Square(120, 110, 44.25))
    assert project.boxes.by_id(bare).state is BoxState.UNDECIDED
    reviewer.relabel(bare, NEVUS)
    assert project.boxes.by_id(bare).state is BoxState.ADJUSTED
    reviewer.undo()
    reviewer.accept_page([bare], label_id=NEVUS)
    assert project.boxes.by_id(bare).state is BoxState.ADJUSTED
    reviewer.undo()
    reviewer.undo()  # the edit, too: the square is as proposed
    reviewer.relabel(bare, NEVUS)
    assert project.boxes.by_id(bare).state is BoxState.ACCEPTED


def test_a_drawn_box(project: Project, reviewer: Reviewer, images: list[ImageRow]) -> None:
    event = reviewer.create(images[1].id, Square(5, 5, 20), MELANOMA, ms_spent=1500)
    assert (event.action, event.image_id, event.ms_spent) == (Action.CREATE, images[1].id, 1500)
    (box,) = project.boxes.of_image(images[1].id)
    assert box.id == event.box_id
    assert (box.square, box.state, box.origin) == (Square(10, 10, 20), BoxState.ACCEPTED, HAND)
    unlabelled = reviewer.create(images[1].id, Square(50, 50, 20), None)
    assert project.boxes.by_id(unlabelled.box_id or 0).state is BoxState.UNDECIDED


def test_undoing_a_creation_removes_the_box_softly(
    project: Project, reviewer: Reviewer, images: list[ImageRow]
) -> None:
    event = reviewer.create(images[1].id, Square(50, 50, 20), NEVUS)
    box_id = event.box_id or 0
    undone = reviewer.undo()
    assert undone is not None
    assert (undone.image_id, undone.box_id, undone.decision) == (
        images[1].id,
        box_id,
        Action.CREATE,
    )
    assert project.boxes.of_image(images[1].id) == []
    assert project.boxes.by_id(box_id).deleted
    with pytest.raises(StudioError, match="was removed"):
        reviewer.accept(box_id)
    reviewer.redo()
    assert [box.id for box in project.boxes.of_image(images[1].id)] == [box_id]


def test_what_cannot_be_decided(
    reviewer: Reviewer, boxes: list[int], project: Project, images: list[ImageRow]
) -> None:
    last = project.events.last_id()
    refused = [
        (lambda: reviewer.accept(999), "no box 999"),
        (lambda: reviewer.reject(boxes[0], "ugly"), "'ugly' is not a reason"),
        (lambda: reviewer.set_reason(boxes[0], "blur"), "is not rejected"),
        (lambda: reviewer.relabel(boxes[0], 9), "no label 9"),
        (lambda: reviewer.adjust(boxes[0], Square(1, 1, 1), 9), "no label 9"),
        (lambda: reviewer.create(999, Square(1, 1, 1), NEVUS), "no image 999"),
        (lambda: reviewer.create(images[0].id, Square(1, 1, 1), 9), "no label 9"),
        (lambda: Reviewer(project, " "), "needs a name"),
    ]
    for decide, sentence in refused:
        with pytest.raises(StudioError, match=sentence):
            decide()
    assert project.events.last_id() == last


def test_a_rejection_and_its_reason_are_one_step(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    reviewer.reject(boxes[0])
    reviewer.set_reason(boxes[0], "blur")
    reviewer.set_reason(boxes[0], "face")
    undone = reviewer.undo()
    assert undone is not None
    assert len(undone.events) == 3
    assert undone.decision is Action.REJECT
    assert project.boxes.by_id(boxes[0]).state is BoxState.UNDECIDED
    assert reviewer.undo() is None
    reviewer.redo()
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.reason) == (BoxState.REJECTED, "face")
    reviewer.comment(boxes[0], "later")
    reviewer.set_reason(boxes[0], "blur")  # no more right after the rejection: its own step
    reviewer.undo()
    assert project.boxes.by_id(boxes[0]).comment == "later"


def test_a_page_is_one_step_with_an_event_for_each_box(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    first, second, third, _ = boxes
    events = reviewer.accept_page([first, second], rejected=[third])
    assert [(e.box_id, e.action) for e in events] == [
        (first, Action.ACCEPT),
        (second, Action.ACCEPT),
        (third, Action.REJECT),
    ]
    undone = reviewer.undo()
    assert undone is not None
    assert undone.box_id == first
    assert {box.state for box in project.boxes.by_ids(boxes)} == {BoxState.UNDECIDED}
    redone = reviewer.redo()
    assert redone is not None
    assert redone.box_id == first
    assert [box.state for box in project.boxes.by_ids(boxes)][:3] == [
        BoxState.ACCEPTED,
        BoxState.ACCEPTED,
        BoxState.REJECTED,
    ]
    assert reviewer.accept_page([]) == []


def test_a_page_gives_its_label_to_those_that_have_none(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    first, second, _, bare = boxes
    with pytest.raises(StudioError, match="never accepted in bulk"):
        reviewer.accept_page([first, bare], label_id=MELANOMA)
    assert project.boxes.by_id(first).state is BoxState.UNDECIDED
    events = reviewer.accept_page([first, bare], rejected=[second], label_id=NEVUS)
    assert [e.action for e in events] == [Action.ACCEPT, Action.RELABEL, Action.REJECT]
    box = project.boxes.by_id(bare)
    assert (box.state, box.label_id) == (BoxState.ACCEPTED, NEVUS)
    reviewer.undo()
    box = project.boxes.by_id(bare)
    assert (box.state, box.label_id) == (BoxState.UNDECIDED, None)
    assert reviewer.undo() is None


@pytest.mark.parametrize(
    ("at", "sentence"), [(2, "never accepted in bulk"), (3, "no label yet"), (None, "no box 999")]
)
def test_a_page_is_decided_wholly_or_not_at_all(
    project: Project, reviewer: Reviewer, boxes: list[int], at: int | None, sentence: str
) -> None:
    last = project.events.last_id()
    with pytest.raises(StudioError, match=sentence):
        reviewer.accept_page([boxes[0], 999 if at is None else boxes[at]])
    assert project.events.last_id() == last
    assert project.boxes.by_id(boxes[0]).state is BoxState.UNDECIDED


def test_undo_returns_across_images_and_a_new_decision_ends_redo(
    project: Project, reviewer: Reviewer, images: list[ImageRow]
) -> None:
    new = [NewBox(image.id, Square(50, 50, 20), NEVUS) for image in images]
    ids = project.boxes.add(new)
    for box_id in ids:
        reviewer.accept(box_id)
    undone = [reviewer.undo() for _ in ids]
    assert [u.image_id for u in undone if u] == [image.id for image in reversed(images)]
    assert reviewer.undo() is None
    assert (redone := reviewer.redo()) is not None
    assert redone.image_id == images[0].id
    reviewer.reject(ids[3])
    assert reviewer.redo() is None


def test_a_proposal_is_nothing_to_undo(
    project: Project, reviewer: Reviewer, images: list[ImageRow]
) -> None:
    project.boxes.add([NewBox(images[0].id, Square(9, 9, 9))], Action.IMPORT, "Ana")
    assert reviewer.undo() is None


def test_what_another_decided_since_stays(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    ben = Reviewer(project, "Ben")
    reviewer.accept(boxes[0])
    ben.reject(boxes[0])
    undone = reviewer.undo()
    assert undone is not None
    assert (undone.left, undone.event.after) == (1, {})
    assert project.boxes.by_id(boxes[0]).state is BoxState.REJECTED
    ben.undo()
    assert project.boxes.by_id(boxes[0]).state is BoxState.ACCEPTED
    # Ben took his back, so Ana's redo and undo have their own way again.
    reviewer.redo()
    undone = reviewer.undo()
    assert undone is not None
    assert undone.left == 0
    assert project.boxes.by_id(boxes[0]).state is BoxState.UNDECIDED


def test_redo_leaves_what_another_decided_since(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    ben = Reviewer(project, "Ben")
    reviewer.accept(boxes[0])
    reviewer.undo()
    ben.reject(boxes[0])
    redone = reviewer.redo()
    assert redone is not None
    assert redone.left == 1
    assert project.boxes.by_id(boxes[0]).state is BoxState.REJECTED


def test_together_is_one_commit_of_several_steps(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    def fails() -> None:
        with reviewer.together():
            reviewer.accept(boxes[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert project.boxes.by_id(boxes[0]).state is BoxState.UNDECIDED
    with reviewer.together():
        reviewer.accept(boxes[0])
        reviewer.reject(boxes[1])
    reviewer.undo()
    states = [box.state for box in project.boxes.by_ids(boxes[:2])]
    assert states == [BoxState.ACCEPTED, BoxState.UNDECIDED]


def test_in_a_project_open_for_reading_nothing_is_decided(
    project: Project, boxes: list[int]
) -> None:
    with Project.open(project.path) as second:
        ben = Reviewer(second, "Ben")
        for decide in (lambda: ben.accept(boxes[0]), ben.undo, ben.redo):
            with pytest.raises(StudioError, match="open for reading only"):
                decide()


def test_a_page_with_labels_of_single_boxes(project: Project, images: list[ImageRow]) -> None:
    nevus, melanoma = (label.id for label in project.labels())
    keratosis = project.add_label("seborrheickeratosis").id
    square = Square(50, 50, 20)
    ids = project.boxes.add(
        [NewBox(images[0].id, square, label) for label in (nevus, nevus, None, None)]
    )
    reviewer = Reviewer(project, "Ana")
    with pytest.raises(StudioError, match="never accepted in bulk"):
        reviewer.accept_page(ids, label_id=nevus, labels={ids[0]: melanoma})
    assert all(box.state is BoxState.UNDECIDED for box in project.boxes.by_ids(ids))
    own = {ids[1]: keratosis, ids[3]: keratosis}
    events = reviewer.accept_page(ids, label_id=nevus, labels=own)
    assert [box.label_id for box in project.boxes.by_ids(ids)] == [nevus, keratosis] * 2
    assert [event.action for event in events] == [Action.ACCEPT, *[Action.RELABEL] * 3]
    reviewer.undo()
    assert [box.label_id for box in project.boxes.by_ids(ids)] == [nevus, nevus, None, None]


def test_what_is_left_is_rejected_and_undone_together(
    project: Project, images: list[ImageRow]
) -> None:
    ids = project.boxes.add([NewBox(images[0].id, Square(50, 50, 20), 1) for _ in range(4)])
    reviewer = Reviewer(project, "Ana")
    reviewer.accept(ids[0])
    events = reviewer.reject_together([*ids[1:], ids[1]])
    assert len(events) == 3
    states = [box.state for box in project.boxes.by_ids(ids)]
    assert states == [BoxState.ACCEPTED, *[BoxState.REJECTED] * 3]
    undone = reviewer.undo()
    assert undone is not None
    assert len(undone.events) == 3
    states = [box.state for box in project.boxes.by_ids(ids)]
    assert states == [BoxState.ACCEPTED, *[BoxState.UNDECIDED] * 3]
    assert reviewer.reject_together([]) == []


def test_a_reason_can_be_given_changed_and_taken_back_later(
    project: Project, images: list[ImageRow]
) -> None:
    ids = project.boxes.add([NewBox(images[0].id, Square(50, 50, 20), 1) for _ in range(2)])
    reviewer = Reviewer(project, "Ana")
    reviewer.reject(ids[0], "blur")
    reviewer.accept(ids[1])
    reviewer.set_reason(ids[0], "face")
    assert project.boxes.by_id(ids[0]).reason == "face"
    reviewer.set_reason(ids[0], None)
    assert project.boxes.by_id(ids[0]).reason is None
    reviewer.undo()
    assert project.boxes.by_id(ids[0]).reason == "face"
    reviewer.undo()
    assert project.boxes.by_id(ids[0]).reason == "blur"
    assert project.boxes.by_id(ids[1]).state is BoxState.ACCEPTED


def test_an_image_is_decided_in_one_step(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    first, second, melanoma, bare = boxes
    events = reviewer.decide_image(melanoma, [first, second, melanoma, bare], ms_spent=900)
    states = [box.state for box in project.boxes.by_ids(boxes)]
    accepted, rejected = BoxState.ACCEPTED, BoxState.REJECTED
    assert states == [rejected, rejected, accepted, rejected]
    assert [event.action for event in events] == [Action.ACCEPT] + [Action.REJECT] * 3
    assert {event.ms_spent for event in events} == {900}
    reviewer.undo()
    assert {box.state for box in project.boxes.by_ids(boxes)} == {BoxState.UNDECIDED}

    reviewer.decide_image(bare, [first], label_id=MELANOMA, square=Square(100, 100, 50))
    box = project.boxes.by_id(bare)
    assert (box.state, box.label_id, box.square.side) == (BoxState.ADJUSTED, MELANOMA, 50)
    reviewer.unsure(second)
    last = project.events.last_id()
    reviewer.decide_image(bare, [second, melanoma])
    assert project.events.last_id() == last + 1  # the melanoma; the others have been decided
    assert project.boxes.by_id(second).state is BoxState.UNSURE


def test_an_image_without_a_label_is_not_decided(
    project: Project, reviewer: Reviewer, boxes: list[int]
) -> None:
    with pytest.raises(NeedsLabel):
        reviewer.decide_image(boxes[3], boxes[:3])
    assert {box.state for box in project.boxes.by_ids(boxes)} == {BoxState.UNDECIDED}
