"""A job that does nothing but count, so that starting, watching, stopping, killing and resuming
can be tried, by tests and by whoever sets up a cluster, without data or a model."""

import os
import time

from studio.errors import StudioError
from studio.files import write_text
from studio.jobs.context import JobContext
from studio.opening import as_int, read_json


def run(context: JobContext) -> dict[str, int]:
    """Count to `total`, `pause_s` seconds a step, from where an earlier process was.

    `fail_at` ends it with a sentence, `break_at` with a defect, `die_at` kills the process.
    """
    total, pause = int(context.params.get("total", 10)), float(context.params.get("pause_s", 0.1))
    saved = context.run_dir / "count.txt"
    begin = as_int(read_json(saved, 100)) if saved.exists() else 0
    for count in range(begin, total):
        context.raise_if_stopped()
        _misbehave(context, count)
        time.sleep(pause)
        write_text(saved, str(count + 1))
        context.emit("step", count=count + 1)
        context.progress(count + 1, total, f"{count + 1} of {total}")
    return {"counted": total - begin}


def _misbehave(context: JobContext, count: int) -> None:
    params = context.params
    if count == params.get("fail_at"):
        raise StudioError(f"This rehearsal was told to fail at {count}.")
    if count == params.get("break_at"):
        raise ZeroDivisionError("told to break")
    if count == params.get("die_at") and not context.resumed:
        os._exit(9)
