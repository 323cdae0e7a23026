"""Long work in its own process: events, cancel, resume.

A run folder holds `job.json` (what to do), `events.jsonl` (all that was said), `process.json` (who
does it), `log.txt`, and a `stop` file while a stop is asked for. Nothing else is shared between
the window and a job, so either may be closed, crash or be killed without the other.
"""

from studio.jobs.context import STOP_FILE, JobContext, Stopped
from studio.jobs.control import request_stop, resume, start
from studio.jobs.event_models import parse_events
from studio.jobs.events import read_events
from studio.jobs.kinds import KINDS, JobKind, JobParams, kind_of
from studio.jobs.runner import Outcome, run_beside, run_here
from studio.jobs.spec import JOB_FILE, JobSpec, create, load
from studio.jobs.status import ACTIVE, JobStatus, State, listed_status, status

__all__ = [
    "ACTIVE",
    "JOB_FILE",
    "KINDS",
    "STOP_FILE",
    "JobContext",
    "JobKind",
    "JobParams",
    "JobSpec",
    "JobStatus",
    "Outcome",
    "State",
    "Stopped",
    "create",
    "kind_of",
    "listed_status",
    "load",
    "parse_events",
    "read_events",
    "request_stop",
    "resume",
    "run_beside",
    "run_here",
    "start",
    "status",
]
