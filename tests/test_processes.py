import os

from studio import processes


def test_this_process_is_known_by_its_start() -> None:
    started = processes.start_of(os.getpid())
    assert started
    assert processes.is_running(os.getpid(), started)
    assert not processes.is_running(os.getpid(), "another time")
    assert processes.start_of(1 << 22) is None
