"""A job run in this process: outcomes, stop, resume, one process at a time."""

import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from studio.errors import StudioError
from studio.jobs import (
    JobContext,
    JobParams,
    JobSpec,
    create,
    read_events,
    request_stop,
    run_beside,
    run_here,
    status,
)
from studio.jobs.__main__ import main
from studio.jobs.event_models import CountedEvent, JobEvent
from studio.jobs.process import RunLock


def rehearse(folder: Path, **params: Any) -> Path:
    create(folder, JobSpec(kind="rehearsal", title="Count", params={"pause_s": 0.0, **params}))
    return folder


def names(folder: Path) -> list[str]:
    return [event["event"] for event in read_events(folder)[0]]


def test_finished(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=3)
    assert status(folder).state == "queued"
    heard: list[JobEvent] = []
    assert run_here(folder, heard.append) == "finished"
    lines = [{"t": one.t, "event": one.event, **one.fields} for one in heard]
    assert lines == read_events(folder)[0]
    found = status(folder)
    assert (found.state, found.done, found.total, found.error) == ("finished", 3, 3, None)
    assert found.started is not None
    assert found.ended is not None
    assert found.started <= found.ended
    assert names(folder)[0] == "started"
    assert read_events(folder)[0][-1]["result"] == {"counted": 3}


def test_a_studio_error_is_its_sentence(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, fail_at=1)
    assert run_here(folder) == "failed"
    assert status(folder).error == "This rehearsal was told to fail at 1."
    assert not (folder / "log.txt").exists()


def test_a_defect_keeps_its_traceback_in_the_log(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, break_at=0)
    assert run_here(folder) == "failed"
    error = status(folder).error
    assert error is not None
    assert "ZeroDivisionError" in error
    assert "Traceback" not in error
    assert "told to break" in (folder / "log.txt").read_text(encoding="utf-8")


def test_stop_and_resume_go_on_in_the_same_history(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=5)

    def stop_at_two(event: JobEvent) -> None:
        if isinstance(event, CountedEvent) and event.count == 2:
            request_stop(folder)

    assert run_here(folder, stop_at_two) == "stopped"
    assert status(folder).state == "stopped"
    assert not (folder / "stop").exists()
    assert run_here(folder) == "finished"
    counts = [event["count"] for event in read_events(folder)[0] if event["event"] == "step"]
    assert counts == [1, 2, 3, 4, 5]
    assert [
        event["resumed"] for event in read_events(folder)[0] if event["event"] == "started"
    ] == [
        False,
        True,
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_it_and_are_given_back(tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)

    def send(event: JobEvent) -> None:
        if isinstance(event, CountedEvent) and event.count == 1:
            signal.raise_signal(number)

    assert run_here(rehearse(tmp_path), send) == "stopped"
    assert signal.getsignal(number) is before


def test_a_second_interrupt_leaves_at_once(tmp_path: Path) -> None:
    def send(event: JobEvent) -> None:
        if isinstance(event, CountedEvent) and event.count == 1:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_here(rehearse(tmp_path), send)
    assert status(tmp_path).state == "stopped"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    folder = rehearse(tmp_path)
    with RunLock(folder), pytest.raises(StudioError, match="already being run"):
        run_here(folder)
    assert run_here(folder) == "finished"


def test_it_runs_in_a_thread_too(tmp_path: Path) -> None:
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(run_here(rehearse(tmp_path, total=2))))
    thread.start()
    thread.join(20)
    assert outcome == ["finished"]


def test_progress_is_thinned_but_the_end_is_said(tmp_path: Path) -> None:
    began = time.monotonic()
    run_here(rehearse(tmp_path, total=200))
    spent = time.monotonic() - began
    said = [event for event in read_events(tmp_path)[0] if event["event"] == "progress"]
    assert said[-1]["done"] == 200
    assert len(said) <= 3 + spent / 0.1


def test_the_module_says_what_it_cannot_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main([str(tmp_path)]) == 2
    assert "is not a run" in capsys.readouterr().err
    assert main([str(rehearse(tmp_path / "run", total=1))]) == 0
    assert main([str(rehearse(tmp_path / "bad", fail_at=0))]) == 1


def test_a_process_beside_the_first_says_and_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(context: JobContext[JobParams]) -> None:
        context.emit(CountedEvent(count=1))
        context.progress(1, 1)
        context.warning("of no use here")
        assert context.params == JobParams()
        context.raise_if_stopped()

    monkeypatch.setattr("studio.jobs.rehearsal.run", run)
    assert run_beside(tmp_path, "rehearsal") == "finished"
    assert not list(tmp_path.iterdir())
    (tmp_path / "stop").touch()
    assert run_beside(tmp_path, "rehearsal") == "stopped"


def test_at_the_end_of_a_phase_no_time_left_is_told(tmp_path: Path) -> None:
    folder = rehearse(tmp_path, total=40, pause_s=0.01)
    assert run_here(folder) == "finished"
    told = [event for event in read_events(folder)[0] if event["event"] == "progress"]
    # Another phase may follow, which says for itself how long it takes.
    assert told[-1]["done"] == told[-1]["total"]
    assert told[-1]["eta_s"] is None
    assert any(event["eta_s"] for event in told[:-1])
