"""A process that runs one job after another."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio import jobs
from studio.jobs.kinds import REHEARSAL, RehearsalParams
from studio.jobs.worker import JobEnd, JobWorker
from studio.processes import start_of


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[JobWorker]:
    made = JobWorker(tmp_path / "log.txt")
    yield made
    made.close()


def job(folder: Path, **params: object) -> Path:
    given = RehearsalParams.model_validate({"total": 2, "pause_s": 0.0, **params})
    jobs.create(folder, jobs.JobSpec.of(REHEARSAL, "rehearsal", given))
    return folder


def ended(worker: JobWorker) -> JobEnd:
    end = None
    while end is None:
        end = worker.poll(30)
    return end


def test_jobs_one_after_another_in_one_process(tmp_path: Path, worker: JobWorker) -> None:
    pids = set()
    for number, (params, ending) in enumerate(
        [
            ({}, "finished"),
            ({"fail_at": 1}, "failed"),
            ({"break_at": 0}, "failed"),
            ({}, "finished"),
        ]
    ):
        run_dir = job(tmp_path / str(number), **params)
        worker.submit(run_dir)
        assert not worker.idle
        assert ended(worker) == JobEnd(run_dir, ending)
        assert jobs.status(run_dir).state == ending
        pids.add(worker.pid)
    assert len(pids) == 1
    assert worker.idle
    worker.submit(tmp_path / "nothing")
    assert ended(worker).ending == "refused"


def test_a_job_that_takes_its_process_down_costs_itself_alone(
    tmp_path: Path, worker: JobWorker
) -> None:
    dies, next_one = job(tmp_path / "dies", die_at=1), job(tmp_path / "next")
    worker.submit(dies)
    assert ended(worker) == JobEnd(dies, "died", "Its process ended by itself (code 9).")
    assert jobs.status(dies).state == "crashed"
    for run_dir in (dies, next_one):  # the one that died goes on from what it saved
        worker.submit(run_dir)
        assert ended(worker).ending == "finished"


def test_a_stop_that_came_first_is_obeyed(tmp_path: Path, worker: JobWorker) -> None:
    run_dir = job(tmp_path / "run", total=1000, pause_s=0.01)
    (run_dir / jobs.STOP_FILE).touch()
    worker.submit(run_dir)
    assert ended(worker).ending == "stopped"


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_worker_leaves_with_whoever_asked(tmp_path: Path, child) -> None:
    """Killed amid a job, the other end takes the worker with it, and the run can go on."""
    run_dir = job(tmp_path / "run", total=10_000, pause_s=0.01)
    code = (
        "import sys, pathlib; from studio.jobs.worker import JobWorker\n"
        "worker = JobWorker(pathlib.Path(sys.argv[1] + '.log')); "
        "worker.submit(pathlib.Path(sys.argv[1])); print(worker.pid, flush=True); worker.poll(60)"
    )
    asking = child([sys.executable, "-c", code, str(run_dir)], stdout=-1, text=True)
    pid = int(asking.stdout.readline())
    end = time.monotonic() + 30
    while jobs.status(run_dir).done == 0 and time.monotonic() < end:
        time.sleep(0.02)
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    asking.stdout.close()
    while start_of(pid) is not None and time.monotonic() < end:
        time.sleep(0.02)
    assert start_of(pid) is None
    assert jobs.status(run_dir).state == "crashed"
