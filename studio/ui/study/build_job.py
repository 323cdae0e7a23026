"""A study that is being made: a job of its own process, followed by the form."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.jobs.kinds import STUDY, StudyParams
from studio.ui.context import StudioContext
from studio.ui.jobs_model import WatchedJob
from studio.ui.page_job import PageJob
from studio.ui.study.form import StudyForm
from studio.workflows.study import start_study

if TYPE_CHECKING:
    from studio.project import Project


class StudyBuildJob(QObject):
    """`made(Path)` with the folder of the study."""

    made = Signal(object)

    def __init__(self, context: StudioContext, form: StudyForm, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._form = context, form
        self._project: Project | None = None
        self._job = PageJob(context.jobs, self)
        self._out: Path | None = None
        form.requested.connect(self.start)
        form.stopped.connect(self.stop)
        self._job.failed.connect(self._failed)
        self._job.changed.connect(self._job_changed)
        self._job.ended.connect(self._job_ended)

    @property
    def busy(self) -> bool:
        return self._job.busy

    def set_project(self, project: "Project | None") -> None:
        """Follow no more what another project makes; the job itself goes on."""
        self._project, self._out = project, None
        self._job.leave()
        self._form.set_busy(False)

    def start(self, request: StudyParams) -> None:
        """Make the study."""
        project = self._project
        if project is None:
            return

        def work() -> Path:
            run_dir = project.runs.new_folder(STUDY.name, f"Reader study {request.title}")
            start_study(run_dir, request)
            return run_dir

        if self._job.begin(work, self.tr("Study {0}").format(request.title)):
            self._out = request.out
            self._form.job.show_progress(0, 0, self.tr("starting…"))
            self._form.set_busy(True)

    def stop(self) -> None:
        """Ask the job to stop; it leaves nothing behind."""
        if self.busy:
            self._form.show_stopping()
            self._job.stop()

    def _failed(self, error: Exception, awaited: bool) -> None:
        if awaited:
            self._end(str(error))
        else:
            self._context.toast(str(error), "error")  # the form is of another project now

    def _job_changed(self, job: WatchedJob) -> None:
        job.in_sight = self._form.isVisible()
        if job.status is not None and job.live:
            self._form.show_status(job.status)

    def _job_ended(self, job: WatchedJob) -> None:
        state, out = str(job.status.state) if job.status is not None else "", self._out
        if state == "finished" and out is not None:
            self._end("")
            self.made.emit(out)
        elif state == "stopped":
            self._end("")
        else:
            error = job.status.error if job.status is not None else ""
            self._end(error or self.tr("The study could not be made; see its log."))

    def _end(self, sentence: str) -> None:
        self._out = None
        self._form.set_busy(False)
        self._form.show_trouble(sentence)
