"""The sample project and the pipeline over it."""

from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.project import BoxState, Project
from studio.sample import SampleStoppedError
from studio.workflows import (
    demo,
    demo_generated,
    make_sample_project,
    photos_folder,
    run_demo,
)

SMALL = {
    "model": "test_efficientnet",
    "weights": "none",
    "size": 32,
    "batch": 8,
    "epochs": 1,
    "threads": 1,
}


def test_the_whole_pipeline_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "TEST_PER_CLASS", 3)
    monkeypatch.setattr(demo_generated, "PER_CLASS", 2)
    monkeypatch.setattr(demo_generated, "STEPS", 3)
    report = run_demo(tmp_path, 8, settings=SMALL)
    found = report.to_dict()
    assert found["photographs"] == 8
    assert found["recall"]["all"]["within 10"] >= 0.8
    assert sum(found["crops"].values()) == found["recall"]["all"]["lesions"]
    assert found["boxes"]["undecided"] == 0
    assert found["boxes"]["rejected"] == found["reading"]["rejected"]
    assert found["test"]["n"] == 6
    assert found["generated"]["n"] == 4
    assert len(list(Path(found["generated"]["morph"]["folder"]).glob("frame*.png"))) == 3
    assert "diagnosis" in found["notice"]
    with Project.open(report.project, "read") as project:
        assert all(image.synthetic for image in project.images.by_ids(project.images.ids()))
        states = {state for state, _ in project.boxes.count_by()}
        assert BoxState.UNDECIDED not in states
        assert {event.reviewer for event in project.events.of_reviewer("sample-reader")} == {
            "sample-reader"
        }
        events = project.events.last_id()
    again = run_demo(tmp_path, 8, settings=SMALL)
    assert again.run != report.run
    assert again.generated["morph"]["folder"] != report.generated["morph"]["folder"]
    assert (again.crops, again.boxes) == (report.crops, report.boxes)
    assert again.reading.rejected == 0
    with Project.open(report.project, "read") as project:
        assert project.events.last_id() == events


def test_a_sample_project_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def interrupt(done: int, total: int, message: str) -> None:
        if message == "Importing":
            raise KeyboardInterrupt

    folder = tmp_path / "sample"
    with pytest.raises(KeyboardInterrupt):
        make_sample_project(folder, 3, on_progress=interrupt)
    assert not folder.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["sample-photos"]
    told: list[int] = []
    make_sample_project(folder, 3, on_progress=lambda done, total, message: told.append(done))
    assert told == sorted(told)
    assert (photos_folder(folder) / "truth.json").is_file()
    with Project.open(folder, "read") as project:
        boxes = project.boxes.by_ids(project.boxes.ids())
        assert boxes
        assert all(box.label_id is not None for box in boxes)
    with pytest.raises(StudioError, match="not empty"):
        make_sample_project(folder, 3)


def test_a_sample_project_that_was_stopped_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    for phase in ("Rendering synthetic photographs", "Importing", "Proposing crop boxes"):
        reached: list[str] = []
        with pytest.raises(SampleStoppedError):
            make_sample_project(
                folder,
                3,
                on_progress=lambda done, total, message, reached=reached: reached.append(message),
                stop=lambda phase=phase, reached=reached: phase in reached,
            )
        assert reached[-1] == phase
        assert not folder.exists()
    make_sample_project(folder, 3)
    with Project.open(folder, "read") as project:
        assert project.images.count() == 3


def test_a_machine_without_pretrained_weights_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "TEST_PER_CLASS", 2)
    report = run_demo(tmp_path, 6, settings={**SMALL, "weights": "auto", "model": "resnet10t"})
    assert report.weights.startswith("none: ")
