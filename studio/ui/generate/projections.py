"""Projections under way: one job for each end, its picture live, its result the end's latent."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from studio.jobs.event_models import ImageEvent, JobEvent
from studio.jobs.kinds import PROJECTION
from studio.ui.background import Control, Task
from studio.ui.context import StudioContext
from studio.ui.generate import path_measurement
from studio.ui.generate.controller import MorphController
from studio.ui.generate.endpoint_panel import EndpointPanel
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.generate.projection_row import SIDE, badge
from studio.ui.generate.renderer import to_image
from studio.ui.jobs_model import WatchedJob

if TYPE_CHECKING:
    from studio.generate.session import Endpoint
    from studio.project import Project

RESULT, PICTURE = "projection", "progress.png"  # as studio.workflows.generate.jobs writes them


@dataclass
class ProjectionRequest:
    """Who asked for a projection: an end, as it was then, of one morph."""

    document: object  # the controller's, of the morph that was open
    which: str  # the end; ends that are exchanged take their requests along
    endpoint: "Endpoint"
    photograph: str


class Projections(QObject):
    """Starts projection jobs and brings what they find to the ends that asked for them.

    A result whose morph is no longer open, or whose end has become something else, is kept where
    it lies and told of: it takes no end that did not ask for it.
    """

    # The nearest of 10,000 takes minutes without an accelerator; a tenth of them finds nearly as
    # near a start, and the steps do the rest.
    candidates = 1000

    def __init__(
        self,
        context: StudioContext,
        controller: MorphController,
        analyst: PathAnalysis,
        ends: dict[str, EndpointPanel],
    ) -> None:
        super().__init__(controller)
        self.context, self.controller, self.analyst, self.ends = context, controller, analyst, ends
        self.runs: dict[Path, ProjectionRequest] = {}  # by run folder
        self._judged: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._project: Project | None = None
        for which, panel in ends.items():
            panel.project_requested.connect(
                lambda path, steps, w=which: self.start(w, Path(path), steps)
            )
            panel.projection.stopped.connect(lambda w=which: self.stop(w))
        context.jobs.changed.connect(self._changed)
        context.jobs.events.connect(self._events)
        context.jobs.ended.connect(self._ended)
        controller.opened.connect(self._opened)
        controller.swapped.connect(self._swapped)
        controller.path_changed.connect(self.judge)
        controller.session_changed.connect(self.judge)

    def set_project(self, project: "Project | None") -> None:
        """Jobs of another project are not ours to show."""
        self._project = project
        self.runs.clear()
        self._judged.clear()

    def start(self, which: str, photograph: Path, steps: int) -> None:
        """Project a photograph for an end, in a process of its own."""
        project, session = self._project, self.controller.session
        if project is None or session is None:
            return
        row = self.ends[which].projection
        row.button.setEnabled(False)
        row.show_badge("", False)
        network = Path(session.network)
        request = ProjectionRequest(
            self.controller.document, which, getattr(session, which), str(photograph)
        )
        class_name, candidates = request.endpoint.class_name, self.candidates

        def work(_control: Control) -> Path:
            from studio.workflows.generate.jobs import start_projection

            run_dir = project.runs.new_folder(PROJECTION.name, f"Project {photograph.name}")
            start_projection(
                run_dir,
                network,
                photograph,
                steps=steps,
                class_name=class_name,
                candidates=candidates,
            )
            return run_dir

        def started(run_dir: Path) -> None:
            if project is self._project:
                self.runs[run_dir] = request
                title = self.tr("Project {0}").format(photograph.name)
                job = self.context.jobs.watch(run_dir, title)
                self._changed(job)

        def failed(error: Exception) -> None:
            if request.document is self.controller.document:
                row = self.ends[request.which].projection
                row.button.setEnabled(True)
                row.set_error(str(error))

        task = Task(work)
        task.done.connect(started)
        task.failed.connect(failed)
        task.start()

    def stop(self, which: str) -> None:
        """Stop the projection of an end; its best is kept."""
        self.ends[which].projection.stop_button.setEnabled(False)
        for run_dir, request in self.runs.items():
            job = self.context.jobs.get(run_dir)
            mine = request.which == which and request.document is self.controller.document
            if mine and job is not None and job.live:
                Task(partial(request_stop, run_dir)).start()

    def _opened(self) -> None:
        """Another morph: what runs for the one before shows in the jobs alone."""
        self._judged.clear()
        for panel in self.ends.values():
            panel.projection.clear()

    def _swapped(self) -> None:
        """The requests go with their ends."""
        exchanged = {"source": "target", "target": "source"}
        self._judged.clear()
        for panel in self.ends.values():
            panel.projection.clear()
        for run_dir, request in self.runs.items():
            request.which = exchanged[request.which]
            job = self.context.jobs.get(run_dir)
            if job is not None and job.live:
                self._changed(job)
        self.judge()

    def _request(self, job: WatchedJob) -> ProjectionRequest | None:
        """Who asked for a job, if that morph is open."""
        request = self.runs.get(job.run_dir)
        return request if request and request.document is self.controller.document else None

    def _changed(self, job: WatchedJob) -> None:
        request = self._request(job)
        if request is not None:
            self.ends[request.which].projection.show_job(job)

    def _events(self, job: WatchedJob, events: list[JobEvent]) -> None:
        request = self._request(job)
        if request is not None and any(isinstance(one, ImageEvent) for one in events):
            self._load(request.which, Path(request.photograph), job.run_dir / PICTURE)

    def _ended(self, job: WatchedJob) -> None:
        request = self.runs.pop(job.run_dir, None)
        latent = job.run_dir / RESULT / "projected_w.npz"
        if request is None or not latent.is_file():
            return
        session = self.controller.session
        if request.document is self.controller.document and session is not None:
            here: Endpoint = getattr(session, request.which)
            asked = request.endpoint
            if here.model_copy(update={"class_name": asked.class_name}) == asked:
                self.ends[request.which].take_projection(
                    request.photograph, latent.parent, asked.class_name
                )
                return
        self.context.toast(
            self.tr(
                "The projection of {0} is done, but the end that asked for it is not there any "
                "more. It is kept: choose {1} as a latent to use it."
            ).format(Path(request.photograph).name, latent)
        )

    def judge(self) -> None:
        """Show beside each projected end how far it stands for its photograph."""
        session = self.controller.session
        if session is None:
            return
        for which, panel in self.ends.items():
            endpoint = getattr(session, which)
            latent = endpoint.latent if endpoint.kind == "photograph" else None
            key = (latent or "", tuple(session.runs[:1]))
            if self._judged.get(which) == key:
                continue
            self._judged[which] = key
            if latent is not None:
                self._judge(which, panel, Path(latent).parent, session.runs, key)

    def _judge(
        self,
        which: str,
        panel: EndpointPanel,
        folder: Path,
        runs: list[str],
        key: tuple[str, tuple[str, ...]],
    ) -> None:
        self._load(which, folder / "target.png", folder / "proj.png")
        run = runs[0] if runs else None

        def done(found: dict[str, float | None]) -> None:
            if self._judged.get(which) == key:
                panel.projection.show_badge(*badge(found))

        self.analyst.aside(lambda _: path_measurement.fidelity(self.analyst, run, folder), done)

    def _load(self, which: str, target: Path, best: Path) -> None:
        document, endpoint = self.controller.document, getattr(self.controller.session, which, None)

        def show(pair: tuple[QImage | None, QImage | None]) -> None:
            now = getattr(self.controller.session, which, None)
            if document is self.controller.document and now == endpoint:
                self.ends[which].projection.show_pictures(*pair)

        task = Task(lambda _: (square(target), square(best)))
        task.done.connect(show)
        task.start()


def square(path: Path) -> QImage | None:
    """The middle square of a picture, small; None where there is none yet."""
    from studio.imaging import ImageError, decode

    try:
        pixels = decode(path, frame="exif", max_side=2 * SIDE)
    except (ImageError, OSError):
        return None
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return to_image(pixels[top : top + side, left : left + side])


def request_stop(run_dir: Path, _control: Control) -> None:
    """Ask a job to stop; for a background thread."""
    from studio import jobs

    jobs.request_stop(run_dir)
