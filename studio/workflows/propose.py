"""Proposals over a whole project, as a job of its own process.

A picture that a detector has looked at is marked in the same transaction as its boxes, so that a
stopped or killed job goes on exactly where it was and no picture gets its boxes twice.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studio import jobs
from studio.errors import StudioError
from studio.imaging import ImageError, Reason, shown_name
from studio.jobs import JobContext, JobSpec
from studio.jobs.event_models import FinishedEvent, JobEvent, PartialEvent, ProgressEvent
from studio.jobs.kinds import PROPOSE, ProposeParams
from studio.pool import OrderedPool
from studio.project import Action, ImageRow, NewBox, Project
from studio.project.examinations import not_examined_by
from studio.propose import DETECTOR, VERSION, Detector, Proposal, detector_by_name, propose_file
from studio.review.in_play import positions_of
from studio.workflows.importing.report import Failure
from studio.workflows.projects import open_project
from studio.workflows.watching import follow

OnProgress = Callable[[int, int, str], None]
_BATCH = 20  # pictures a transaction: a stop or a kill costs seconds, not minutes
# Decoding and OpenCV release the interpreter; more threads than this only cost memory.
_WORKERS = min(8, os.cpu_count() or 1)


@dataclass
class ProposeReport:
    """What a detector did in a project: `proposed` pictures were looked at, `already` ones had
    been, in `seconds` of wall-clock time."""

    detector: str = DETECTOR
    version: str = VERSION
    proposed: int = 0
    boxes: int = 0
    already: int = 0
    seconds: float = 0.0
    stopped: bool = False
    failed: list[Failure] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values, with seconds an image."""
        each = self.seconds / self.proposed if self.proposed else None
        return {**asdict(self), "seconds_per_image": each}


def propose_project(
    project: Project,
    keep: int = 10,
    on_progress: OnProgress = lambda done, total, message: None,
    stop: Callable[[], bool] = lambda: False,
    detector: Detector | None = None,
) -> ProposeReport:
    """Propose at most `keep` boxes for each picture that this detector has not looked at.

    The blob detector unless another is given. Boxes take the label of their image and come after
    imported ones; beside those of other detectors they come by their own rank. A picture that
    cannot be read is named in the report and tried again next time: its bytes were whole when they
    came in, so it is the disk that failed. Stops between pictures.
    """
    project.require_write()
    detector = detector or detector_by_name(DETECTOR)
    key = (detector.name, detector.version)
    ids = not_examined_by(project, *key)
    report = ProposeReport(*key, already=project.images.count() - len(ids))
    began = time.monotonic()
    for begin in range(0, len(ids), _BATCH):
        images = project.images.by_ids(ids[begin : begin + _BATCH])
        done = list(_proposals(project, detector, images, keep, stop))
        boxes = [box for image, found in done for box in _boxes(project, report, image, found)]
        examined = [image.id for image, found in done if not isinstance(found, StudioError)]
        project.boxes.add(boxes, Action.PROPOSE, examined=examined, detector=key)
        report.proposed += len(examined)
        report.boxes += len(boxes)
        if done:
            on_progress(begin + len(done), len(ids), done[-1][0].file)
        if stop():
            report.stopped = begin + len(done) < len(ids)
            break
    report.seconds = time.monotonic() - began
    return report


Found = list[Proposal] | StudioError


def _proposals(
    project: Project,
    detector: Detector,
    images: Sequence[ImageRow],
    keep: int,
    stop: Callable[[], bool],
) -> Iterator[tuple[ImageRow, Found]]:
    """Pictures with what was found on them, in order, ending early on a stop."""

    with OrderedPool(_WORKERS, "propose") as pool:
        yield from pool.try_map(
            lambda image: propose_file(project.images.path(image), keep, detector),
            images,
            StudioError,
            stop,
        )


def _boxes(
    project: Project, report: ProposeReport, image: ImageRow, found: Found
) -> Iterator[NewBox]:
    if isinstance(found, StudioError):
        reason = found.reason if isinstance(found, ImageError) else Reason.UNREADABLE
        sentence = f"{shown_name(image.file)}: {found}"
        report.failed.append(Failure(image.file, None, reason.value, sentence))
        return
    by = (report.detector, report.version)
    squares, scores = [one.square for one in found], [one.score for one in found]
    positions = positions_of(squares, scores, project.boxes.of_image(image.id))
    for proposal, position in zip(found, positions, strict=True):
        yield NewBox(
            image.id, proposal.square, image.label_id, *by, proposal.score, position=position
        )


def start_proposing(project: Project, keep: int = 10) -> Path:
    """Start the job in its own process; return its run folder for whoever watches it."""
    run_dir = create_propose_run(project, keep)
    jobs.start(run_dir)
    return run_dir


def create_propose_run(project: Project, keep: int) -> Path:
    """The job, written down and not yet started.

    Raises StudioError while another one runs: two would give every picture its boxes twice.
    """
    for run in project.runs.list(*PROPOSE.names):
        found = jobs.listed_status(run.folder)
        if found is not None and found.state in jobs.ACTIVE:
            raise StudioError(f"Boxes are being proposed for {project.path.name} already.")
    title = f"Propose crop boxes for {project.path.name}"
    run_dir = project.runs.new_folder(PROPOSE.name, title)
    params = ProposeParams(project=project.path, keep=keep)
    jobs.create(run_dir, JobSpec.of(PROPOSE, title, params))
    return run_dir


def propose_as_job(
    project: Project, keep: int, on_progress: OnProgress = lambda done, total, message: None
) -> dict[str, Any]:
    """Propose in a process of its own and wait for it; its report as JSON values.

    Ctrl+C stops it where it can go on. Raises StudioError with its sentence when it fails.
    """
    result: dict[str, Any] = {}

    def on_event(event: JobEvent) -> None:
        if isinstance(event, ProgressEvent):
            on_progress(event.done, event.total, event.message)
        elif isinstance(event, PartialEvent | FinishedEvent):
            result.update(event.result)

    run_dir = start_proposing(project, keep)
    ended = follow(run_dir, on_event)
    if ended.state not in ("finished", "stopped"):
        raise StudioError(f"{ended.error} The run is {run_dir}.")
    return {**ProposeReport(stopped=True).to_dict(), **result, "run": str(run_dir)}


def run_job_propose(context: JobContext[ProposeParams]) -> dict[str, Any]:
    """The job: the project is opened for adding only, so that its editor goes on deciding."""
    params = context.params
    with open_project(params.project, "append") as project:
        report = propose_project(project, params.keep, context.progress, context.stop_requested)
    for failure in report.failed:
        context.warning(failure.sentence)
    if report.stopped:
        context.emit(PartialEvent(result=report.to_dict()))
        raise jobs.Stopped
    return report.to_dict()
