"""A study that is being made: a job of its own process, followed by the form."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.jobs_model import WatchedJob
from studio.ui.study.form import StudyForm
from studio.workflows.study import StudyRequest, start_study

if TYPE_CHECKING:
    from studio.project import Project


class Making(QObject):
    """`made(Path)` with the folder of the study."""

    made = Signal(object)

    def __init__(self, context: StudioContext, form: StudyForm, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._form = context, form
        self._project: Project | None = None
        self._run_dir: Path | None = None
        self._out: Path | None = None
        form.requested.connect(self.start)
        form.stopped.connect(self.stop)
        context.jobs.changed.connect(self._job_changed)
        context.jobs.ended.connect(self._job_ended)

    @property
    def busy(self) -> bool:
        return self._out is not None

    def set_project(self, project: "Project | None") -> None:
        """Follow no more what another project makes; the job itself goes on."""
        self._project, self._run_dir, self._out = project, None, None
        self._form.set_busy(False)

    def start(self, request: StudyRequest) -> None:
        """Make the study."""
        project = self._project
        if project is None or self.busy:
            return
        self._out = request.out
        self._form.job.show_progress(0, 0, self.tr("starting…"))
        self._form.set_busy(True)

        def work(_control: object) -> Path:
            run_dir = project.runs.new_folder("study", f"Reader study {request.title}")
            start_study(run_dir, request)
            return run_dir

        task = Task(work)
        task.done.connect(lambda run_dir: self._started(project, run_dir, request.title))
        task.failed.connect(lambda error: self._end(str(error)))
        task.start()

    def stop(self) -> None:
        """Ask the job to stop; it leaves nothing behind."""
        if self._run_dir is not None:
            run_dir = self._run_dir
            self._form.show_stopping()
            Task(lambda _: self._context.jobs.stop(run_dir)).start()

    def _started(self, project: "Project", run_dir: Path, title: str) -> None:
        if project is self._project:
            self._run_dir = run_dir
            self._context.jobs.watch(run_dir, self.tr("Study {0}").format(title), "study")

    def _job_changed(self, job: WatchedJob) -> None:
        if job.run_dir != self._run_dir or job.status is None:
            return
        job.in_sight = self._form.isVisible()
        if job.live:
            self._form.show_status(job.status)

    def _job_ended(self, job: WatchedJob) -> None:
        if job.run_dir != self._run_dir or job.status is None:
            return
        state, out = str(job.status.state), self._out
        if state == "finished" and out is not None:
            self._end("")
            self.made.emit(out)
        elif state == "stopped":
            self._end("")
        else:
            self._end(job.status.error or self.tr("The study could not be made; see its log."))

    def _end(self, sentence: str) -> None:
        self._run_dir = self._out = None
        self._form.set_busy(False)
        self._form.show_trouble(sentence)
