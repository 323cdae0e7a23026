"""What the Collect workspace shows about a project, read off the Qt thread in one go."""

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.jobs import JobStatus
    from studio.project import Project, Source
    from studio.review import ReviewCounts

MOST_FAILURES = 5_000  # rows; nobody reads more, and the report can be copied from the command line


@dataclass(frozen=True)
class LeftOut:
    """One file or row that stayed out, or (`doubtful`) is in and needs review for its label."""

    file: str
    row: int | None
    reason: str
    sentence: str
    doubtful: bool = False


@dataclass(frozen=True)
class CollectSummary:
    """The project at a glance; `unexamined` counts pictures that the detector has not seen."""

    status: dict[str, Any]
    image_ids: "array[int]"
    counts: "ReviewCounts"
    left_out: list[LeftOut] = field(default_factory=list)
    unexamined: int = 0
    run_dir: Path | None = None  # of the last proposing
    run_status: "JobStatus | None" = None


def read_facts(project: "Project") -> CollectSummary:
    """Everything the workspace shows. Some hundred milliseconds on a large project."""
    from studio import jobs
    from studio.jobs.kinds import PROPOSE
    from studio.project.examinations import not_examined_by
    from studio.propose import DETECTOR, VERSION
    from studio.review import count_review

    sources = project.sources
    left_out = [_left_out(source) for source in sources.failures(MOST_FAILURES)]
    left_out += [_left_out(source, True) for source in sources.in_doubt(MOST_FAILURES)]
    runs = [run.folder for run in project.runs.list(*PROPOSE.names) if run.folder.is_dir()]
    last = runs[-1] if runs else None
    return CollectSummary(
        status=project.status(),
        image_ids=project.images.ids(),
        counts=count_review(project),
        left_out=left_out,
        unexamined=len(not_examined_by(project, DETECTOR, VERSION)),
        run_dir=last,
        run_status=jobs.listed_status(last) if last else None,
    )


def _left_out(source: "Source", doubtful: bool = False) -> LeftOut:
    file = source.path or source.list_name
    return LeftOut(file, source.line, source.reason or "", source.detail or "", doubtful)
