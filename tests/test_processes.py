import os
import subprocess
import sys
import time

import pytest

from studio import processes


@pytest.mark.parametrize("start", [processes.start_of, processes._start])
def test_this_process_is_known_by_its_start(start: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "start_of", start)
    started = processes.start_of(os.getpid())
    assert started
    assert processes.is_running(os.getpid(), started)
    assert not processes.is_running(os.getpid(), "another time")
    assert processes.start_of(1 << 22) is None


def test_the_start_elsewhere_is_a_time_of_day() -> None:
    started = float(processes._start(os.getpid()) or "nan")
    assert 0 < time.time() - started < 24 * 3600


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has zombies")
@pytest.mark.parametrize("start", [processes.start_of, processes._start])
def test_a_process_that_ended_and_was_not_asked_for_is_gone(start: object, child) -> None:
    ended = child([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert callable(start)
    assert start(ended.pid)
    assert ended.stdin is not None
    ended.stdin.close()
    while start(ended.pid):
        time.sleep(0.01)
    assert ended.returncode is None
    ended.wait()
