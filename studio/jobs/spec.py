"""What a job is: one `job.json`, enough to run the same work here, later, or on another machine."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from studio import files
from studio.errors import StudioError
from studio.jobs.kinds import KINDS, JobKind, JobParams, kind_of
from studio.opening import FileProblem, FileRefused, read_json
from studio.validation import first_fault

VERSION = 1
JOB_FILE = "job.json"


def now() -> str:
    """This moment in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JobSpec(BaseModel):
    """A job as written down. `params` are JSON values; `studio.jobs.kinds` has their models."""

    model_config = ConfigDict(extra="forbid")

    version: int = VERSION
    kind: str
    title: str
    params: dict[str, Any] = Field(default_factory=dict)
    created: str = Field(default_factory=now)

    @field_validator("kind")
    @classmethod
    def _present_name(cls, kind: str) -> str:
        """The present name of a kind that an old file calls otherwise."""
        return next((one.name for one in KINDS.values() if kind in one.old_names), kind)

    @field_validator("title", mode="before")
    @classmethod
    def _printable(cls, title: object) -> object:
        return title.encode(errors="backslashreplace").decode() if isinstance(title, str) else title

    @classmethod
    def of(cls, kind: JobKind, title: str, params: JobParams) -> Self:
        """The specification of a job with these parameters."""
        return cls(kind=kind.name, title=title, params=params.to_json())

    @property
    def parsed_params(self) -> Any:
        """The parameters as the model of the kind. Raises StudioError, naming what is wrong."""
        return kind_of(self.kind).parse_params(self.params)


def create(run_dir: Path, spec: JobSpec) -> None:
    """Write `job.json` into a run folder, making the folder.

    Raises StudioError where the folder already holds a job: a run is never overwritten.
    """
    kind_of(spec.kind)
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
