"""A job that does nothing but count, so that starting, watching, stopping, killing and resuming
can be tried, by tests and by whoever sets up a cluster, without data or a model."""

import os
import time

from studio.errors import StudioError
from studio.files import write_text
from studio.jobs.context import JobContext
from studio.jobs.event_models import CountedEvent
from studio.jobs.kinds import RehearsalParams
from studio.opening import as_int, read_json


def run(context: "JobContext[RehearsalParams]") -> dict[str, int]:
    """Count to `total`, `pause_s` seconds a step, from where an earlier process was.

    `fail_at` ends it with a sentence, `break_at` with a defect, `die_at` kills the process.
    """
    total, pause = context.params.total, context.params.pause_s
    saved = context.run_dir / "count.txt"
    begin = as_int(read_json(saved, 100)) if saved.exists() else 0
    for count in range(begin, total):
        context.raise_if_stopped()
        _misbehave(context, count)
        time.sleep(pause)
        write_text(saved, str(count + 1))
        context.emit(CountedEvent(count=count + 1))
        context.progress(count + 1, total, f"{count + 1} of {total}")
    return {"counted": total - begin}


def _misbehave(context: "JobContext[RehearsalParams]", count: int) -> None:
    params = context.params
    if count == params.fail_at:
        raise StudioError(f"This rehearsal was told to fail at {count}.")
    if count == params.break_at:
        raise ZeroDivisionError("told to break")
    if count == params.die_at and not context.resumed:
        os._exit(9)
