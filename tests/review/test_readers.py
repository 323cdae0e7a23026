"""One reader or two, and what a box becomes by what each of them says."""

import pytest
from sqlalchemy import select

from studio.errors import UsageError
from studio.imaging import Square
from studio.project import Action, BoxState, Decision, ImageRow, NewBox, Project, events, schema
from studio.project.decisions import COLUMNS, decisions_on, from_log, log_of
from studio.review import Filter, Reviewer, box_queue, count_review, deciders, image_queue
from studio.review.readers import (
    ReadersRule,
    count_readings,
    readers_rule,
    set_readers_rule,
    settled,
    to_read,
)

NEVUS, MELANOMA = 1, 2
U, A, R, S, D = (
    BoxState.UNDECIDED,
    BoxState.ACCEPTED,
    BoxState.REJECTED,
    BoxState.UNSURE,
    BoxState.DISPUTED,
)
TWO, WITH_EVA = ReadersRule(2), ReadersRule(2, "Eva")


HERE = Square(100, 100, 40)


def says(
    reviewer: str, state: BoxState, label: int = NEVUS, square: Square = HERE
) -> tuple[str, BoxState, int, Square]:
    return reviewer, state, label, square


def in_order(*said: tuple[str, BoxState, int, Square]) -> list[Decision]:
    return [Decision(1, who, n, state, label, at) for n, (who, state, label, at) in enumerate(said)]


@pytest.mark.parametrize(
    ("rule", "said", "wanted"),
    [
        (ReadersRule(), [says("Ana", A), says("Bo", R)], "Bo"),
        (TWO, [], U),
        (TWO, [says("Ana", A)], U),
        (TWO, [says("Ana", A), says("Bo", U)], U),  # gave a label only
        (TWO, [says("Ana", A), says("Bo", A)], "Bo"),
        (TWO, [says("Ana", R), says("Bo", R)], "Bo"),
        (TWO, [says("Ana", A), says("Bo", R)], D),
        (TWO, [says("Ana", A), says("Bo", A, MELANOMA)], D),
        # An intersection over union of 1/3 is another place, one of 0.6 the same.
        (TWO, [says("Ana", A), says("Bo", A, NEVUS, Square(120, 100, 40))], D),
        (TWO, [says("Ana", A), says("Bo", A, NEVUS, Square(110, 100, 40))], "Bo"),
        (TWO, [says("Ana", S), says("Bo", S)], D),
        (TWO, [says("Ana", A), says("Bo", S)], D),
        (TWO, [says("Ana", A), says("Bo", R), says("Cy", R)], "Cy"),
        (TWO, [says("Ana", A), says("Bo", R), says("Cy", A, MELANOMA)], "Cy"),
        (TWO, [says("Ana", A), says("Bo", R), says("Cy", S)], D),
        (TWO, [says("Ana", A), says("Bo", A), says("Cy", R)], "Bo"),
        (WITH_EVA, [says("Ana", A), says("Bo", R), says("Cy", A, MELANOMA)], D),
        (WITH_EVA, [says("Ana", A), says("Bo", R), says("Cy", A)], D),  # agrees, and is a third
        (WITH_EVA, [says("Ana", A), says("Bo", A), says("Cy", R)], "Bo"),
        (WITH_EVA, [says("Ana", U), says("Bo", R), says("Cy", R)], "Cy"),  # Ana has not decided
        (WITH_EVA, [says("Ana", S), says("Bo", R), says("Cy", R)], D),
        (WITH_EVA, [says("Ana", A), says("Eva", S), says("Bo", A)], "Bo"),
        (WITH_EVA, [says("Ana", A), says("Bo", R), says("Eva", A, MELANOMA)], "Eva"),
        (WITH_EVA, [says("Eva", R), says("Ana", A), says("Bo", A)], "Eva"),
        (WITH_EVA, [says("Ana", A), says("Bo", R), says("Eva", S)], D),
    ],
)
def test_what_stands(
    rule: ReadersRule, said: list[tuple[str, BoxState, int, Square]], wanted: str | BoxState
) -> None:
    found = settled(in_order(*said), rule)
    assert (found.reviewer if isinstance(found, Decision) else found) == wanted


def test_of_two_who_agree_the_one_who_adjusted_gives_the_square() -> None:
    moved = says("Ana", BoxState.ADJUSTED, NEVUS, Square(104, 100, 44))
    found = settled(in_order(moved, says("Bo", A)), TWO)
    assert isinstance(found, Decision)
    assert (found.state, found.square) == (BoxState.ADJUSTED, Square(104, 100, 44))


@pytest.fixture
def boxes(project: Project, images: list[ImageRow]) -> list[int]:
    """Four nevi proposed on four images."""
    new = [NewBox(image.id, Square(100, 100, 40), NEVUS, "blob", "0") for image in images]
    return project.boxes.add(new)


@pytest.fixture
def two(project: Project, boxes: list[int]) -> dict[str, Reviewer]:
    """Three reviewers of a project with two readers."""
    assert set_readers_rule(project, 2) == 0
    return {name: Reviewer(project, name) for name in ("Ana", "Bo", "Cy")}


def table_is_as_the_log_says(project: Project) -> None:
    with project.connect() as connection:
        held = {
            (row.box_id, row.reviewer_id): (row.event_id, {n: getattr(row, n) for n in COLUMNS})
            for row in connection.execute(select(schema.decision))
        }
        owners = connection.scalars(select(schema.reviewer.c.id)).all()
        read = {
            (box.id, own): found
            for box in project.boxes.by_ids(range(1, 99))
            for own in owners
            if (found := from_log(log_of(connection, box.id), own, events.columns_of(box)))
        }
    assert held == read


def state(project: Project, box_id: int) -> BoxState:
    return project.boxes.by_id(box_id).state


def test_two_readers_agree(project: Project, boxes: list[int], two: dict[str, Reviewer]) -> None:
    two["Ana"].relabel(boxes[0], MELANOMA)
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.label_id) == (U, NEVUS)  # nothing of it is seen by the second
    with pytest.raises(Exception, match="not rejected"):
        two["Ana"].set_reason(boxes[0], "blur")
    two["Bo"].relabel(boxes[0], MELANOMA)
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.label_id) == (A, MELANOMA)
    two["Bo"].undo()
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.label_id) == (U, NEVUS)
    two["Bo"].redo()
    assert state(project, boxes[0]) is A
    two["Ana"].undo()  # also where another has decided since
    assert state(project, boxes[0]) is U
    table_is_as_the_log_says(project)


def test_a_disagreement_waits_for_a_third(
    project: Project, boxes: list[int], two: dict[str, Reviewer]
) -> None:
    two["Ana"].adjust(boxes[0], Square(110, 100, 60))
    two["Bo"].reject(boxes[0])
    two["Bo"].set_reason(boxes[0], "blur")
    assert state(project, boxes[0]) is D
    assert list(box_queue(project, Filter(states=frozenset({D})))) == [boxes[0]]
    assert project.status()["boxes"]["by_state"]["disputed"] == 1
    assert boxes[0] in to_read(project, "Cy")
    assert boxes[0] not in to_read(project, "Ana")
    two["Cy"].reject(boxes[0])
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.reason) == (R, "blur")
    assert box.square == Square(100, 100, 40)
    assert count_readings(project) == {3: 1}
    assert deciders(project, box.image_id)[box.id].reviewer == "Cy"
    two["Cy"].undo()
    two["Bo"].undo()  # the reason, which was said in the same breath
    assert state(project, boxes[0]) is U
    table_is_as_the_log_says(project)


def test_only_the_adjudicator_who_is_named_settles(project: Project, boxes: list[int]) -> None:
    set_readers_rule(project, 2, "Eva")
    Reviewer(project, "Ana").accept(boxes[0])
    assert list(to_read(project, "Eva")) == []
    Reviewer(project, "Bo").reject(boxes[0])
    assert list(to_read(project, "Eva")) == [boxes[0]]
    assert boxes[0] not in to_read(project, "Cy")
    Reviewer(project, "Cy").relabel(boxes[0], MELANOMA)
    assert state(project, boxes[0]) is D
    Reviewer(project, "Eva").accept(boxes[0])
    assert state(project, boxes[0]) is A
    assert list(to_read(project, "Eva")) == []


def test_a_third_reader_who_agrees_with_one_does_not_settle_what_the_adjudicator_has_to(
    project: Project, boxes: list[int]
) -> None:
    set_readers_rule(project, 2, "Eva")
    ana, bo, cy = (Reviewer(project, name) for name in ("Ana", "Bo", "Cy"))
    ana.accept(boxes[0])
    bo.relabel(boxes[0], MELANOMA)
    cy.accept(boxes[0])
    assert state(project, boxes[0]) is D
    assert count_readings(project) == {3: 1}  # it is recorded
    ana.reject(boxes[0])  # who changes her mind stays a reader, and Bo and Cy do not become the two
    cy.relabel(boxes[0], MELANOMA)
    assert state(project, boxes[0]) is D
    ana.relabel(boxes[0], MELANOMA)
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.label_id) == (A, MELANOMA)  # Ana and Bo agree
    for _ in range(3):
        ana.undo()  # who takes her decision back is none of them any more
    assert state(project, boxes[0]) is A  # Bo and Cy say melanoma
    ana.reject(boxes[0])
    assert state(project, boxes[0]) is A
    table_is_as_the_log_says(project)


def test_each_counts_what_waits_for_them(project: Project, boxes: list[int]) -> None:
    set_readers_rule(project, 2, "Eva")
    for reviewer, said in (("Ana", boxes[:3]), ("Bo", boxes[2:3])):
        for box in said:
            Reviewer(project, reviewer).relabel(box, MELANOMA if reviewer == "Bo" else NEVUS)

    def done(name: str | None) -> tuple[int, int]:
        counts = count_review(project, reviewer=name)
        return counts.strong_done, counts.images_done

    # Ana has read 3 of 4, Bo 1; one is disputed, which waits for Eva and for nobody else.
    assert [done(name) for name in ("Ana", "Bo", "Eva", "Cy")] == [(3, 3), (1, 1), (3, 3), (1, 1)]
    assert done(None) == (0, 0)  # nothing is settled
    asked = Filter(states=frozenset({U}))
    queues = [list(box_queue(project, asked, name)) for name in ("Ana", "Bo", "Eva", None)]
    assert queues == [boxes[3:], [*boxes[:2], boxes[3]], [boxes[2]], [*boxes[:2], boxes[3]]]
    assert [len(image_queue(project, asked, name)) for name in ("Ana", "Eva")] == [1, 1]
    assert list(to_read(project, "Bo")) == queues[1]


def test_a_comment_is_everyones_and_changes_no_state(
    project: Project, boxes: list[int], two: dict[str, Reviewer]
) -> None:
    two["Ana"].reject(boxes[0])
    two["Ana"].comment(boxes[0], "look")
    box = project.boxes.by_id(boxes[0])
    assert (box.state, box.comment) == (U, "look")
    two["Ana"].undo()
    assert project.boxes.by_id(boxes[0]).comment is None
    table_is_as_the_log_says(project)


def test_a_box_that_one_reader_drew_waits_for_the_other(
    project: Project, images: list[ImageRow], two: dict[str, Reviewer]
) -> None:
    drawn = two["Ana"].create(images[0].id, Square(200, 200, 50), MELANOMA).box_id
    assert drawn is not None
    assert state(project, drawn) is U
    two["Bo"].accept(drawn)
    box = project.boxes.by_id(drawn)
    assert (box.state, box.label_id) == (A, MELANOMA)
    two["Ana"].undo()
    assert project.boxes.by_id(drawn).deleted
    table_is_as_the_log_says(project)


def test_a_page_of_two_readers(
    project: Project, boxes: list[int], two: dict[str, Reviewer]
) -> None:
    two["Ana"].accept_page(boxes, rejected=boxes[3:])
    assert count_review(project).strong_done == 0
    two["Bo"].accept_page(boxes, rejected=boxes[2:])
    assert [state(project, box) for box in boxes] == [A, A, D, R]
    two["Bo"].undo()
    assert count_review(project).strong_done == 0
    two["Bo"].redo()
    assert [state(project, box) for box in boxes] == [A, A, D, R]
    table_is_as_the_log_says(project)


def deciding(project: Project, boxes: list[int]) -> None:
    ana, bo = Reviewer(project, "Ana"), Reviewer(project, "Bo")
    ana.accept(boxes[0])
    bo.relabel(boxes[0], MELANOMA)
    ana.adjust(boxes[1], Square(120, 110, 60))
    ana.reject(boxes[2])
    ana.set_reason(boxes[2], "blur")
    bo.reject(boxes[2])
    bo.undo()
    ana.relabel(boxes[3], MELANOMA, accept=False)


def test_the_rule_can_be_set_and_set_back(project: Project, boxes: list[int]) -> None:
    deciding(project, boxes)
    before = project.boxes.by_ids(boxes)
    assert set_readers_rule(project, 2, "Eva", by="Ana") == 4
    assert readers_rule(project) == WITH_EVA
    assert [box.state for box in project.boxes.by_ids(boxes)] == [D, U, U, U]
    assert project.boxes.by_id(boxes[1]).square == Square(100, 100, 40)
    assert project.events.since(project.events.last_id() - 1)[0].action is Action.RULE
    table_is_as_the_log_says(project)
    assert set_readers_rule(project, 1) == 4
    assert project.boxes.by_ids(boxes) == before
    assert readers_rule(project) == ReadersRule()


def test_undo_takes_decisions_back_that_were_made_under_the_other_rule(
    project: Project, boxes: list[int], two: dict[str, Reviewer]
) -> None:
    two["Ana"].accept(boxes[0])
    two["Bo"].reject(boxes[0])
    set_readers_rule(project, 1)
    assert state(project, boxes[0]) is R
    two["Bo"].undo()
    assert state(project, boxes[0]) is A
    two["Ana"].undo()
    assert state(project, boxes[0]) is U
    two["Ana"].redo()
    assert state(project, boxes[0]) is A
    table_is_as_the_log_says(project)


def test_with_one_reader_each_has_a_decision_and_the_last_one_stands(
    project: Project, boxes: list[int]
) -> None:
    deciding(project, boxes)
    with project.connect() as connection:
        said = {one.reviewer: one.state for one in decisions_on(connection, boxes[0])}
    assert said == {"Ana": A, "Bo": A}
    assert state(project, boxes[0]) is A
    assert project.boxes.by_id(boxes[0]).label_id == MELANOMA
    assert list(to_read(project, "Cy")) == [boxes[3]]
    table_is_as_the_log_says(project)


@pytest.mark.parametrize(
    ("number", "name", "says"),
    [(3, None, "one reader or two"), (1, "Eva", "nothing to adjudicate"), (2, " ", "not a name")],
)
def test_a_rule_that_cannot_be_is_a_sentence(
    project: Project, number: int, name: str | None, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        set_readers_rule(project, number, name)
    assert readers_rule(project) == ReadersRule()


def test_a_label_that_one_reader_gave_is_in_use(
    project: Project, boxes: list[int], two: dict[str, Reviewer]
) -> None:
    two["Ana"].relabel(boxes[0], MELANOMA)
    with pytest.raises(Exception, match="is in use"):
        project.remove_label("malignantmelanoma")


def test_deciding_an_image_keeps_what_this_reader_has_said(
    project: Project, images: list[ImageRow]
) -> None:
    boxes = project.boxes.add([NewBox(images[0].id, HERE, NEVUS, "blob", "0")] * 3)
    set_readers_rule(project, 2)
    reader = Reviewer(project, "Bo")
    reader.accept(boxes[0])  # undecided for the project, until a second reader agrees
    reader.decide_image(boxes[1], [boxes[0], boxes[2]])
    with project.connect() as connection:
        said = [decisions_on(connection, box_id)[0].state for box_id in boxes]
    assert said == [A, A, R]


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        # Ana and Bo came first; Bo changed his mind to no, then to yes.
        ([("Ana", A), ("Bo", A), ("Cy", A), ("Bo", R)], D),
        ([("Ana", A), ("Bo", A), ("Cy", R), ("Bo", A)], A),
    ],
)
def test_the_first_two_readers_count_though_they_changed_nothing_of_the_box(
    project: Project, boxes: list[int], last: list[tuple[str, BoxState]], wanted: BoxState
) -> None:
    """With one reader, who accepts an accepted box leaves no trace but the event."""
    for name, said in last:
        reviewer = Reviewer(project, name)
        if said is A:
            reviewer.accept(boxes[0])
        else:
            reviewer.reject(boxes[0])
    set_readers_rule(project, 2, "Eva")
    assert state(project, boxes[0]) is wanted
