"""Exports as jobs."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import jobs
from studio.errors import UsageError
from studio.jobs.event_models import JobEvent, StartedEvent
from studio.project import Project
from studio.workflows import export_project, import_source, propose_project, start_export

Photo = Callable[..., Path]


@pytest.fixture
def filled(tmp_path: Path, project: Project, photo: Photo) -> Project:
    for number in range(4):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"in/{name}/{number}.jpg", number)
    import_source(project, tmp_path / "in")
    propose_project(project, keep=1)
    return project


def finished(run_dir: Path) -> jobs.JobStatus:
    end = time.monotonic() + 60
    while (found := jobs.status(run_dir)).state in jobs.ACTIVE:
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_job_writes_what_was_asked_for(tmp_path: Path, filled: Project) -> None:
    run_dir = start_export(filled, tmp_path / "out", "folder", 32, "undecided", ["nevus"])
    assert finished(run_dir).state == "finished"
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["nevus"]
    result = jobs.read_events(run_dir)[0][-1]["result"]
    assert (result["boxes"], result["failed"]) == (2, [])
    assert result["snapshot"]


def test_a_stopped_job_leaves_nothing_and_begins_anew(tmp_path: Path, filled: Project) -> None:
    run_dir = start_export(filled, tmp_path / "out", "folder", 32, "undecided")
    assert finished(run_dir).state == "finished"
    again = start_export(filled, tmp_path / "other", "folder", 32, "undecided")
    finished(again)
    for path in sorted((tmp_path / "other").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()

    def stop(event: JobEvent) -> None:
        if isinstance(event, StartedEvent):
            jobs.request_stop(again)

    assert jobs.run_here(again, stop) == "stopped"
    assert list((tmp_path / "other").iterdir()) == []
    assert jobs.run_here(again) == "finished"
    assert (tmp_path / "other/manifest.json").is_file()


def test_a_full_folder_is_refused(tmp_path: Path, filled: Project) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").touch()
    run_dir = start_export(filled, tmp_path / "full", "csv")
    found = finished(run_dir)
    assert found.state == "failed"
    assert "not an empty folder" in (found.error or "")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    with pytest.raises(UsageError):
        export_project(filled, tmp_path / "out", "zip")
