import threading
from collections.abc import Callable

import pytest

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import Action, BoxState, ImageRow, NewBox, Project


@pytest.fixture
def box_id(project: Project, images: list[ImageRow]) -> int:
    return project.boxes.add([NewBox(images[0].id, Square(50, 60, 20), 1, "can")], Action.IMPORT)[0]


def test_a_change_is_in_the_box_and_in_the_log(project: Project, box_id: int) -> None:
    event = project.events.change(
        box_id,
        Action.ADJUST,
        {"cx": 51.5, "side": 20.0, "state": BoxState.ADJUSTED},
        "Ana",
        ms_spent=850,
        on_screen={"mode": "single", "clahe": True},
    )
    box = project.boxes.by_id(box_id)
    assert (box.square, box.state) == (Square(51.5, 60, 20), BoxState.ADJUSTED)
    assert event.before == {"cx": 50.0, "state": "undecided"}  # what stayed is not in it
    assert event.after == {"cx": 51.5, "state": "adjusted"}
    assert project.events.of_box(box_id)[-1] == event
    assert project.events.of_reviewer("Ana") == [event]
    assert project.events.since(event.id - 1) == [event]
    assert project.events.last_id() == event.id
    assert project.events.of_image(event.image_id or 0)[-1] == event
    assert (event.ms_spent, event.on_screen) == (850, {"mode": "single", "clahe": True})


def test_what_cannot_be_changed(project: Project, box_id: int) -> None:
    last = project.events.last_id()
    with pytest.raises(ValueError, match="image_id"):
        project.events.change(box_id, Action.ADJUST, {"image_id": 2}, "Ana")
    with pytest.raises(StudioError, match="no box 999"):
        project.events.change(999, Action.ACCEPT, {"state": BoxState.ACCEPTED}, "Ana")
    for name in ("", "   ", "a" * 121):
        with pytest.raises(StudioError, match="A reviewer needs a name"):
            project.events.change(box_id, Action.ACCEPT, {"state": BoxState.ACCEPTED}, name)
    assert project.events.last_id() == last
    assert project.boxes.by_id(box_id).state is BoxState.UNDECIDED


def test_box_and_event_are_written_together_or_not_at_all(
    project: Project, box_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.project.events.reviewer_id", lambda *_: 999)  # no such reviewer
    with pytest.raises(Exception, match="FOREIGN KEY"):
        project.events.change(box_id, Action.ACCEPT, {"state": BoxState.ACCEPTED}, "Ana")
    assert project.boxes.by_id(box_id).state is BoxState.UNDECIDED


def run_all(*workers: Callable[[], None]) -> list[BaseException]:
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # handed to the test, which fails on any
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_one_decides_while_jobs_add_and_others_read(
    project: Project, images: list[ImageRow], box_id: int
) -> None:
    def decide() -> None:
        for n in range(60):
            state = (BoxState.ACCEPTED, BoxState.REJECTED)[n % 2]
            project.events.change(box_id, Action.ACCEPT, {"state": state}, "Ana")

    def propose() -> None:
        with Project.open(project.path, mode="append") as job:
            for _ in range(20):
                new = [NewBox(images[1].id, Square(9, 9, 9), origin="blob", version="0")] * 10
                job.boxes.add(new, examined=[images[1].id], detector=("blob", "0"))

    def read() -> None:
        for _ in range(40):
            box = project.boxes.by_id(box_id)
            assert project.events.of_box(box_id)[0].action is Action.IMPORT
            assert box.state in set(BoxState)

    assert run_all(decide, propose, propose, read, read) == []
    assert project.boxes.by_id(box_id).state is BoxState.REJECTED
    assert len(project.boxes.of_image(images[1].id)) == 400
    ranks = [box.rank for box in project.boxes.of_image(images[1].id)]
    assert ranks == list(range(400))
    assert project.events.count() == 1 + 60 + 400


def test_a_writer_that_never_ends_is_a_sentence(
    project: Project, box_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.project.database.BUSY_MS", 50)
    with Project.open(project.path, mode="append") as job:
        with project.begin(), pytest.raises(StudioError, match="is busy"):
            job.add_label("new")
        job.add_label("new")
