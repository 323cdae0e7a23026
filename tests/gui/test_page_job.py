"""A page's job from the moment that it is asked for."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.jobs.process import RunHolder
from studio.ui.context import StudioContext
from studio.ui.page_job import PageJob


def made(folder: Path) -> Path:
    """A job as if this process ran it."""
    jobs.create(folder, JobSpec(kind="rehearsal", title="x"))
    RunHolder.of(os.getpid(), 0).write(folder)
    return folder


def end(run_dir: Path) -> None:
    with EventWriter(run_dir) as writer:
        writer.write("finished", {"result": {}})
    RunHolder(1, "gone", RunHolder.of(os.getpid(), 0).host, 0).write(run_dir)


@pytest.fixture
def job(context: StudioContext) -> PageJob:
    return PageJob(context.jobs, context)


def test_there_is_one_at_a_time_until_it_ends(qtbot: QtBot, job: PageJob, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    assert job.begin(lambda: made(first), "First")
    assert job.busy
    assert not job.begin(lambda: made(second), "Second")
    qtbot.waitUntil(lambda: job.run_dir == first, timeout=8000)
    assert not job.begin(lambda: made(second), "Second")
    with qtbot.waitSignal(job.ended, timeout=8000):
        end(first)
    assert not job.busy
    assert not second.exists()


def test_a_job_whose_folder_has_gone_is_over(qtbot: QtBot, job: PageJob, tmp_path: Path) -> None:
    job.follow(made(tmp_path / "1"), "First")
    with qtbot.waitSignal(job.ended, timeout=8000):
        shutil.rmtree(tmp_path / "1")
    assert not job.busy


def test_a_project_that_is_left_ends_no_job(job: PageJob, context: StudioContext, tmp_path) -> None:
    heard: list[object] = []
    job.ended.connect(heard.append)
    job.follow(made(tmp_path / "1"), "First")
    context.jobs.clear()
    assert heard == []


def test_a_stop_before_there_is_a_process_reaches_it(
    qtbot: QtBot, job: PageJob, tmp_path: Path, settled: Callable[[], None]
) -> None:
    gate, folders = threading.Event(), [tmp_path / "stayed", tmp_path / "left"]

    def work(folder: Path) -> Path:
        assert gate.wait(20)
        return made(folder)

    job.begin(lambda: work(folders[1]), "Left")
    job.stop()
    job.leave()  # another project is opened: the wish stays
    job.begin(lambda: work(folders[0]), "Stayed")
    job.stop()
    gate.set()
    qtbot.waitUntil(lambda: all((one / "stop").exists() for one in folders), timeout=8000)
    settled()
    assert job.run_dir == folders[0]


def test_what_cannot_be_started_leaves_another_alone(
    qtbot: QtBot, job: PageJob, tmp_path: Path, settled: Callable[[], None]
) -> None:
    gate, said = threading.Event(), []
    job.failed.connect(lambda error, awaited: said.append((str(error), awaited)))

    def refuse() -> Path:
        assert gate.wait(20)
        raise StudioError("The disk is full.")

    job.begin(refuse, "First")
    job.leave()
    job.follow(made(tmp_path / "second"), "Second")
    gate.set()
    settled()
    assert said == [("The disk is full.", False)]
    assert job.run_dir == tmp_path / "second"
    job.leave()
    job.begin(refuse, "Third")
    settled()
    assert said[1:] == [("The disk is full.", True)]
    assert not job.busy
