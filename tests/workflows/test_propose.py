"""Proposals over a project: here and in their own process, stopped and gone on with."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import jobs
from studio.errors import StudioError
from studio.imaging import Square
from studio.project import BoxState, Project
from studio.propose import Proposal
from studio.review import Filter, Reviewer, box_queue
from studio.workflows import import_source, propose_as_job, propose_project, start_proposing

Photo = Callable[..., Path]


@pytest.fixture
def filled(tmp_path: Path, project: Project, photo: Photo) -> Project:
    for number in range(5):
        photo(tmp_path / f"in/nevus/{number}.jpg", number, (320, 240))
    import_source(project, tmp_path / "in")
    return project


def boxes_of(project: Project) -> list[tuple[int, int]]:
    boxes = project.boxes.by_ids(project.boxes.ids())
    return [(box.image_id, box.rank) for box in boxes]


def test_boxes_inherit_the_label_and_come_best_first(filled: Project) -> None:
    report = propose_project(filled, keep=3)
    assert (report.proposed, report.already, report.failed) == (5, 0, [])
    assert 5 <= report.boxes <= 15
    nevus = filled.label_by_name("nevus")
    assert nevus is not None
    for image_id in filled.images.ids():
        boxes = filled.boxes.of_image(image_id)
        assert {box.label_id for box in boxes} == {nevus.id}
        scores = [box.score or 0 for box in boxes]
        assert scores == sorted(scores, reverse=True)
        assert {(box.origin, box.version) for box in boxes} == {("blob", "0")}


def test_looked_at_once(filled: Project) -> None:
    propose_project(filled)
    boxes = boxes_of(filled)
    report = propose_project(filled)
    assert (report.proposed, report.already, report.boxes) == (0, 5, 0)
    assert boxes_of(filled) == boxes


def test_stop_and_go_on(filled: Project) -> None:
    asked = iter([False] + [True] * 1000)
    first = propose_project(filled, stop=lambda: next(asked))
    assert first.stopped
    assert first.proposed < 5
    rest = propose_project(filled)
    assert (rest.proposed + first.proposed, rest.already) == (5, first.proposed)
    assert len(boxes_of(filled)) == len(set(boxes_of(filled)))


def test_a_lost_original_is_named_and_tried_again_when_it_is_back(filled: Project) -> None:
    image = filled.images.by_id(2)
    original = filled.images.path(image)
    away = original.rename(original.with_name("away"))
    report = propose_project(filled)
    assert [(f.file, f.reason) for f in report.failed] == [(image.file, "missing")]
    assert report.proposed == 4
    assert [f.file for f in propose_project(filled).failed] == [image.file]
    assert filled.boxes.of_image(2) == []
    away.rename(original)
    assert propose_project(filled).proposed == 1
    assert filled.boxes.of_image(2)


def test_as_a_job_beside_an_editor(filled: Project) -> None:
    told: list[tuple[int, int, str]] = []
    result = propose_as_job(filled, 4, lambda *one: told.append(one))
    assert (result["proposed"], result["stopped"], result["failed"]) == (5, False, [])
    assert told[-1][:2] == (5, 5)
    assert result["seconds_per_image"] > 0
    assert len(boxes_of(filled)) == result["boxes"]


def test_a_killed_job_is_resumed_without_a_box_twice(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    for number in range(45):
        photo(tmp_path / f"in/{number}.jpg", number, (320, 240))
    import_source(project, tmp_path / "in")
    run_dir = start_proposing(project)
    with pytest.raises(StudioError, match="already"):
        start_proposing(project)
    pid = jobs.status(run_dir).pid
    assert pid is not None
    end = time.monotonic() + 60
    while not project.boxes.ids() and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    while jobs.status(run_dir).state in jobs.ACTIVE:
        time.sleep(0.02)
    assert jobs.run_here(run_dir) == "finished"
    boxes = boxes_of(project)
    assert len(boxes) == len(set(boxes))
    assert len({image for image, _ in boxes}) == 45


def test_a_job_that_fails_says_why(filled: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (filled.path / "project.db").rename(filled.path / "away.db")
    monkeypatch.setattr(type(filled.runs), "list", lambda self, kind=None: [])
    monkeypatch.setattr(
        type(filled.runs), "new_folder", lambda self, kind, title: filled.path / "runs" / "x"
    )
    with pytest.raises(StudioError, match="not a CAN Studio project"):
        propose_as_job(filled, 4)


class Grid:
    """A second detector, which finds two squares on every picture."""

    name = "grid"
    version = "1"

    def propose(
        self, rgb: object, keep: int = 10, *, full_size: tuple[int, int] | None = None
    ) -> list[Proposal]:
        return [Proposal(Square(30, 30, 40), 0.9), Proposal(Square(280, 200, 40), 0.4)][:keep]


def test_a_second_detector_looks_at_all_images_and_its_boxes_are_seen(filled: Project) -> None:
    propose_project(filled, keep=5)
    reviewer = Reviewer(filled, "Ana")
    for box_id in box_queue(filled):
        reviewer.reject(box_id)
    report = propose_project(filled, detector=Grid())
    assert (report.detector, report.proposed, report.already, report.boxes) == ("grid", 5, 0, 10)
    again = propose_project(filled, detector=Grid())
    assert (again.proposed, again.already) == (0, 5)
    assert propose_project(filled).already == 5
    assert filled.status()["examined"] == {"blob 0": 5, "grid 1": 5}
    undecided = Filter(states=frozenset({BoxState.UNDECIDED}))
    asked = filled.boxes.by_ids(box_queue(filled, undecided))
    assert asked
    assert {box.origin for box in asked} == {"grid"}
    assert {box.rank for box in asked} <= {0, 1}
