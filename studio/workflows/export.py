"""What was reviewed, out of a project: here, or as a job of its own process."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio import jobs
from studio.datasets.exports import ExportReport, export
from studio.datasets.exports.writing import ExportStoppedError
from studio.jobs import JobContext, JobSpec
from studio.jobs.kinds import EXPORT, ExportParams
from studio.project import KEPT, Project
from studio.workflows.projects import open_project

_KEPT = ",".join(KEPT)


def export_project(
    project: Project,
    out: Path,
    format_: str,
    size: int | None = None,
    states: str = _KEPT,
    labels: Sequence[str] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write the boxes in `states` ("all" for any) with `labels` (None for any) as `format_`.

    `out` is a new or empty folder. Raises as `studio.datasets.exports.export` does.
    """
    return export(project, out, format_, size, states, labels, on_progress=on_progress, stop=stop)


def export_record(report: ExportReport) -> dict[str, Any]:
    """An export as JSON values."""
    return {
        "folder": str(report.folder),
        "format": report.manifest["format"],
        "files": report.files,
        "boxes": report.boxes,
        "snapshot": report.manifest["snapshot"],
        "event": report.manifest["event"],
        "labels": report.manifest["labels"],
        "unlabelled": report.unlabelled,
        "left_out": asdict(report.left_out),
        "failed": [
            {"file": one.image, "box": one.box, "sentence": one.sentence} for one in report.skipped
        ],
    }


def start_export(
    project: Project,
    out: Path,
    format_: str,
    size: int | None = None,
    states: str = _KEPT,
    labels: Sequence[str] | None = None,
) -> Path:
    """Export in a process of its own; return the run folder."""
    title = f"Export {format_} to {out.name}"
    run_dir = project.runs.new_folder(EXPORT.name, title)
    params = ExportParams(
        project=project.path,
        out=out,
        format=format_,
        size=size,
        states=states,
        labels=None if labels is None else list(labels),
    )
    jobs.create(run_dir, JobSpec.of(EXPORT, title, params))
    jobs.start(run_dir)
    return run_dir


def run_job_export(context: JobContext[ExportParams]) -> dict[str, Any]:
    """Run the export job. A stopped export leaves no files, and its resume begins anew."""
    params = context.params
    with open_project(params.project, "append") as project:
        try:
            report = export_project(
                project,
                params.out,
                params.format,
                params.size,
                params.states,
                params.labels,
                context.progress,
                context.stop_requested,
            )
        except ExportStoppedError:
            raise jobs.Stopped from None
    for skipped in report.skipped:
        context.warning(skipped.sentence)
    return export_record(report)
