"""Following a job of another process until it ends, for the command line and the demo."""

import time
from collections.abc import Callable
from pathlib import Path

from studio import jobs
from studio.jobs.event_models import JobEvent

_POLL_S = 0.1


def follow(run_dir: Path, on_event: Callable[[JobEvent], None]) -> jobs.JobStatus:
    """Hand on every event of a run until it has ended; Ctrl+C asks it to stop and waits."""
    offset, models = 0, jobs.kind_of(jobs.load(run_dir).kind).every_event
    while True:
        ended = jobs.status(run_dir).state not in jobs.ACTIVE
        # Read after the state was asked for, so that nothing said before the end is missed.
        events, offset = jobs.read_events(run_dir, offset)
        for event in jobs.parse_events(events, *models):
            on_event(event)
        if ended:
            return jobs.status(run_dir)
        try:
            time.sleep(_POLL_S)
        except KeyboardInterrupt:
            jobs.request_stop(run_dir)
