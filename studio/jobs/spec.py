"""What a job is: one `job.json`, enough to run the same work here, later, or on another machine."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from studio import files
from studio.errors import StudioError
from studio.opening import FileProblem, FileRefused, read_json
from studio.validation import first_fault

VERSION = 1
JOB_FILE = "job.json"

# The only functions that a job file can name. Strings, so that this room imports no feature, and
# an allow-list, so that a job file from somewhere else cannot call what it likes.
KINDS: dict[str, str] = {
    "rehearsal": "studio.jobs.rehearsal:run",
    "propose": "studio.workflows.propose:run_job_propose",
    "export": "studio.workflows.export:run_job_export",
    "train": "studio.workflows.train:run_job_train",
    "evaluate": "studio.workflows.evaluate:run_job_evaluate",
    "project": "studio.workflows.generate.jobs:run_job_project",
    "morph": "studio.workflows.generate.jobs:run_job_morph",
    "gan-train": "studio.workflows.generate.training:run_job_train",
    "gan-probe": "studio.workflows.generate.training:run_job_probe",
    "build-set": "studio.workflows.generate.build:run_job_build_set",
    "study": "studio.workflows.study:run_job_study",
}


def now() -> str:
    """This moment in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JobSpec(BaseModel):
    """A job as written down. `params` are plain JSON values; each kind gives them their meaning."""

    model_config = ConfigDict(extra="forbid")

    version: int = VERSION
    kind: str
    title: str
    params: dict[str, Any] = Field(default_factory=dict)
    created: str = Field(default_factory=now)

    @field_validator("title", mode="before")
    @classmethod
    def _printable(cls, title: object) -> object:
        return title.encode(errors="backslashreplace").decode() if isinstance(title, str) else title


def create(run_dir: Path, spec: JobSpec) -> None:
    """Write `job.json` into a run folder, making the folder.

    Raises StudioError where the folder already holds a job: a run is never overwritten.
    """
    if spec.kind not in KINDS:
        raise StudioError(f"There is no kind of job called {spec.kind!r}.")
    run_dir.mkdir(parents=True, exist_ok=True)
    path = run_dir / JOB_FILE
    if path.exists():
        raise StudioError(f"{run_dir} already holds a run; choose another folder or resume it.")
    write(run_dir, spec)


def write(run_dir: Path, spec: JobSpec) -> None:
    """Write `job.json` in place of the one that is there: only for what may be changed of a run."""
    # json and not pydantic's writer: a file name that is no Unicode must come back as it was.
    files.write_text(run_dir / JOB_FILE, json.dumps(spec.model_dump(), indent=2) + "\n")


def load(run_dir: Path) -> JobSpec:
    """Read `job.json`. Raises StudioError for a missing, broken or newer file."""
    path = run_dir / JOB_FILE
    try:
        found = read_json(path)
    except FileRefused as error:
        if error.problem is not FileProblem.MISSING:
            raise
        if not run_dir.exists():
            raise StudioError(f"There is no folder {run_dir}.") from None
        raise StudioError(f"{run_dir} is not a run: it has no {JOB_FILE}.") from None
    version = found.get("version") if isinstance(found, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise StudioError(f"{path} was written by a newer CAN Studio; update to open this run.")
    try:
        return JobSpec.model_validate(found)
    except ValidationError as error:
        raise StudioError(f"{path} is not a job file: {first_fault(error)}.") from None
