"""Running a job in this process: the one loop that the command line and `-m studio.jobs` share."""

import contextlib
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from studio import files
from studio.errors import StudioError
from studio.jobs.context import STOP_FILE, Echo, JobContext, Stopped
from studio.jobs.event_models import FailedEvent, FinishedEvent, StartedEvent, StoppedEvent
from studio.jobs.events import EventWriter, size
from studio.jobs.kinds import JobKind, JobParams, kind_of
from studio.jobs.process import RunHolder, RunLock
from studio.jobs.spec import JobSpec, load

LOG_FILE = "log.txt"
Outcome = Literal["finished", "stopped", "failed"]


def run_here(
    run_dir: Path, echo: Echo | None = None, *, kind: str | None = None, keep_stop: bool = False
) -> Outcome:
    """Run, or go on with, the job in `run_dir` in this process, until it ends.

    `echo` gets every event as it is written. Ctrl+C and SIGTERM ask it to stop at its next safe
    place, a second Ctrl+C interrupts at once. A job that raises ends as `failed`, its sentence in
    the events and the traceback in log.txt; only a run that cannot begin (no job file, another
    process in it, another kind than the `kind` asked for) raises StudioError. `keep_stop` leaves a
    stop request that came before.
    """
    run_dir = run_dir.resolve()
    spec = load(run_dir)
    require_kind(run_dir, spec, kind)
    with RunLock(run_dir):
        files.sweep(run_dir)  # what a process of this run left that was killed
        before = size(run_dir)
        if not keep_stop:
            (run_dir / STOP_FILE).unlink(missing_ok=True)
        holder = RunHolder.of(os.getpid(), before)
        holder.write(run_dir)
        with EventWriter(run_dir) as writer:
            again, of = before > 0, kind_of(spec.kind)
            context = JobContext(run_dir, of, JobParams(), writer, resumed=again, echo=echo)
            with _signals(context.stop):
                context.emit(StartedEvent(pid=holder.pid, host=holder.host, resumed=again))
                outcome = _run(of, spec, context)
            (run_dir / STOP_FILE).unlink(missing_ok=True)
    return outcome


def require_kind(run_dir: Path, spec: JobSpec, kind: str | None) -> None:
    """Raise StudioError where the job is of another kind than the one asked for, if any: whoever
    resumes a training does not want the export that a changed job file asks for."""
    if kind is not None and spec.kind != kind:
        raise StudioError(
            f"{run_dir} is a run of the kind “{spec.kind}”, not “{kind}”: it is not begun."
        )


def run_beside(run_dir: Path, kind: str) -> Outcome:
    """Run the function of `kind` beside the process that holds the run, saying nothing and without
    parameters of its own: for work that several processes do together, such as torchrun's."""
    of = kind_of(kind)
    context = JobContext(run_dir.resolve(), of, JobParams(), None)
    with _signals(context.stop):
        try:
            of.function()(context)
        except Stopped:
            return "stopped"
    return "finished"


def _run(kind: JobKind, spec: JobSpec, context: JobContext[Any]) -> Outcome:
    try:
        context.params = kind.parse_params(spec.params)
        result = kind.function()(context)
    except Stopped:
        context.emit(StoppedEvent())
        return "stopped"
    except StudioError as error:
        context.emit(FailedEvent(message=str(error)))
        return "failed"
    except KeyboardInterrupt:
        context.emit(StoppedEvent(message="interrupted"))
        raise
    # A job may die of anything that its libraries raise; whoever watches it must be told.
    except Exception as error:
        _log_traceback(context.run_dir)
        sentence = f"A defect ({type(error).__name__}) ended this job; see {LOG_FILE}."
        context.emit(FailedEvent(message=sentence, detail=str(error)[:2000]))
        return "failed"
    context.emit(FinishedEvent(result=result))
    return "finished"


def _log_traceback(run_dir: Path) -> None:
    # Without its log a job still says that it failed.
    with contextlib.suppress(OSError, StudioError), files.open_append(run_dir / LOG_FILE) as file:
        file.write(traceback.format_exc().encode("utf-8", "backslashreplace"))


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """While inside, Ctrl+C and SIGTERM stop the job; a second Ctrl+C is Python's own again."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        stop()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in kept:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
