"""Jobs in their own processes: they outlive a parent, survive kill -9, and are told from others."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.errors import StudioError
from studio.jobs import (
    JobSpec,
    create,
    listed_status,
    read_events,
    request_stop,
    resume,
    run_here,
    start,
    status,
)
from studio.jobs.process import read_holder
from studio.processes import start_of


def rehearse(folder: Path, **params: Any) -> Path:
    create(folder, JobSpec(kind="rehearsal", title="Count", params=params))
    return folder


def wait(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def counts(folder: Path) -> list[int]:
    return [event["count"] for event in read_events(folder)[0] if event["event"] == "step"]


def test_start_stop_resume(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=400, pause_s=0.01)
    pid = start(folder)
    assert status(folder).state == "running"
    wait(lambda: len(counts(folder)) > 2)
    found = status(folder)
    assert (found.state, found.pid) == ("running", pid)
    with pytest.raises(StudioError, match="already running"):
        start(folder)
    with pytest.raises(StudioError, match="already being run"):
        run_here(folder)
    request_stop(folder)
    wait(lambda: status(folder).state == "stopped")
    wait(lambda: start_of(pid) is None)
    so_far = len(counts(folder))
    resume(folder)
    assert status(folder).state == "running"
    wait(lambda: len(counts(folder)) > so_far)
    request_stop(folder)
    wait(lambda: status(folder).state == "stopped")
    assert counts(folder) == list(range(1, len(counts(folder)) + 1))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_sigterm_is_a_stop(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=2000, pause_s=0.01)
    pid = start(folder)
    wait(lambda: bool(counts(folder)))
    os.kill(pid, signal.SIGTERM)
    wait(lambda: status(folder).state == "stopped")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_kill_9_is_seen_and_resume_goes_on(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=60, pause_s=0.01)
    pid = start(folder)
    wait(lambda: len(counts(folder)) > 3)
    os.kill(pid, signal.SIGKILL)
    wait(lambda: status(folder).state == "crashed")
    assert "resume" in (status(folder).error or "")
    resume(folder)
    wait(lambda: status(folder).state == "finished")
    # A count that was saved but not said is the most that a kill may cost.
    said = counts(folder)
    assert said == sorted(set(said))
    assert len(said) >= 59
    assert said[-1] == 60
    with pytest.raises(StudioError, match="has finished"):
        resume(folder)


def test_a_process_that_dies_without_a_word_has_crashed(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=3, pause_s=0, die_at=1)
    start(folder)
    wait(lambda: status(folder).state == "crashed")
    assert run_here(folder) == "finished"


def test_another_process_with_the_same_number_is_not_ours(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=3, pause_s=0, die_at=1)
    start(folder)
    wait(lambda: status(folder).state == "crashed")
    holder = read_holder(folder)
    assert holder is not None
    replace(holder, pid=os.getpid()).write(folder)
    assert status(folder).state == "crashed"
    replace(holder, pid=os.getpid(), birth=start_of(os.getpid()) or "").write(folder)
    assert status(folder).state == "running"
    replace(holder, host="node-7").write(folder)
    assert status(folder).state == "running"


@pytest.mark.skipif(os.name != "posix", reason="sessions of POSIX")
def test_a_job_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=30, pause_s=0.02)
    script = (
        "import sys, pathlib; from studio.jobs import start; "
        "start(pathlib.Path(sys.argv[1])); import os, signal; os.kill(0, signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], start_new_session=True, check=False)
    wait(lambda: status(folder).state == "finished")
    assert counts(folder) == list(range(1, 31))


def test_a_stop_asked_for_at_once_is_obeyed(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=1000, pause_s=0.01)
    start(folder)
    request_stop(folder)
    assert status(folder).state == "stopping"
    wait(lambda: status(folder).state == "stopped")
    assert counts(folder) == []


def test_what_a_job_prints_goes_to_its_log(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=1, pause_s=0)
    start(folder, {"PYTHONVERBOSE": "1"})
    wait(lambda: status(folder).state == "finished")
    assert "import 'studio.jobs" in (folder / "log.txt").read_text(errors="replace")


def test_a_run_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    """One broken folder must not hide the others."""
    good, broken, pipe, nothing = (tmp_path / name for name in ("a", "b", "c", "d"))
    for folder in (good, broken, pipe):
        create(folder, JobSpec(kind="rehearsal", title=folder.name))
    (broken / "job.json").write_text("{" * 9999)
    (pipe / "process.json").mkdir()
    nothing.mkdir()
    found = [listed_status(folder) for folder in (good, broken, pipe, nothing)]
    assert [one and one.state for one in found] == ["queued", "unreadable", "unreadable", None]
    assert "job.json is not valid JSON" in str(found[1] and found[1].error)
    assert "is a folder, not a file" in str(found[2] and found[2].error)


def test_only_the_kind_that_was_asked_for_is_begun(tmp_path: Path) -> None:
    create(tmp_path, JobSpec(kind="rehearsal", title="Count", params={"total": 1}))
    for begin in (run_here, resume):
        with pytest.raises(StudioError, match="is a run of the kind “rehearsal”, not “train”"):
            begin(tmp_path, kind="train")
    assert status(tmp_path).state == "queued"


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("name", ["events.jsonl", "log.txt", "run.lock"])
def test_a_run_folder_does_not_make_a_job_write_elsewhere(tmp_path: Path, name: str) -> None:
    run, target = tmp_path / "run", tmp_path / "precious"
    create(run, JobSpec(kind="rehearsal", title="Count", params={"total": 1, "break_at": 0}))
    target.write_text("precious")
    (run / name).symlink_to(target)
    with pytest.raises(StudioError, match=f"{name} is a link"):
        (start if name == "log.txt" else run_here)(run)
    if name == "log.txt":
        assert run_here(run) == "failed"
    assert target.read_text() == "precious"
