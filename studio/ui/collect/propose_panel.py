"""Crop boxes proposed by a detector, in a process of their own: start, stop, go on."""

from pathlib import Path
from typing import TYPE_CHECKING

from studio.results import RUNNING_STATES
from studio.ui.background import Control, Task
from studio.ui.collect.facts import CollectSummary
from studio.ui.context import StudioContext
from studio.ui.jobs_model import WatchedJob
from studio.ui.review.words import progress_sentence
from studio.ui.widgets import Button, JobRow, Notice, Panel, label, row, set_role
from studio.wording import progress

if TYPE_CHECKING:
    from studio.project import Project
    from studio.review import ReviewCounts

_RESUMABLE = frozenset({"stopped", "crashed", "failed"})


class ProposePanel(Panel):
    """One detector over the pictures that it has not seen."""

    def __init__(self, context: StudioContext) -> None:
        super().__init__(self.tr("Crop boxes"))
        self._context = context
        self._project: Project | None = None
        self._run_dir: Path | None = None
        self._resumable = False
        self._unexamined = 0
        self.words = label("", "quiet", wrap=True)
        self.button = Button(self.tr("Propose crop boxes"), self.start)
        self.review = Button(self.tr("Review them"), lambda: context.go_to("review"))
        self.job = JobRow(context.theme, self.tr("Propose crop boxes"))
        self.job.title.hide()
        self.job.stopped.connect(self.stop)
        self.job.hide()
        self.trouble = Notice("error")  # why it could not begin
        self.add(self.words, row(self.button, self.review, None), self.trouble, self.job)
        context.jobs.changed.connect(self._job_changed)
        context.jobs.ended.connect(self._job_ended)

    def show_facts(self, project: "Project | None", facts: CollectSummary | None) -> None:
        """Show how far proposing is in a project."""
        self._project = project
        self._unexamined = facts.unexamined if facts else 0
        pictures = facts.status["images"] if facts else 0
        self._run_dir = facts.run_dir if facts else None
        state = str(facts.run_status.state) if facts and facts.run_status else ""
        self._resumable = state in _RESUMABLE and self._unexamined > 0
        if state in RUNNING_STATES and self._run_dir is not None:
            self._context.jobs.watch(self._run_dir, self.tr("Propose crop boxes"))
        self.words.setText(self._sentence(facts.counts if facts else None))
        go_on = self._resumable and self._unexamined < pictures
        self.button.setText(self.tr("Go on proposing") if go_on else self.tr("Propose crop boxes"))
        self.review.setVisible(facts is not None and facts.counts.strong > 0)
        self._enable()

    def can_start(self) -> bool:
        """Whether there is something to propose for, and nothing that does it already."""
        return self._unexamined > 0 and not self._context.read_only and self._live() is None

    def start(self) -> None:
        """Start the job, or go on with the one that was stopped."""
        project, run_dir = self._project, self._run_dir if self._resumable else None
        if project is None or not self.can_start():
            return
        self.button.setEnabled(False)
        self.trouble.clear()

        def work(_control: Control) -> Path:
            from studio import jobs
            from studio.jobs.kinds import PROPOSE
            from studio.workflows.propose import start_proposing

            if run_dir is None:
                return start_proposing(project)
            jobs.resume(run_dir, kind=PROPOSE.name)
            return run_dir

        task = Task(work)
        task.done.connect(self._started)
        task.failed.connect(self._failed)
        task.start()

    def stop(self) -> None:
        """Ask the job to stop where it can go on."""
        if self._run_dir is not None:
            run_dir = self._run_dir
            self.job.button.setEnabled(False)
            Task(lambda _: self._context.jobs.stop(run_dir)).start()

    def _sentence(self, counts: "ReviewCounts | None") -> str:
        if counts is None or not counts.images:
            return self.tr("Once pictures are here, a detector proposes where the lesions are.")
        if self._unexamined == 0:
            return progress_sentence(counts)
        words = self.tr("The detector has still to look at {0}.")
        return words.format(progress(self._unexamined, counts.images, self.tr("pictures")))

    def _started(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._context.jobs.watch(run_dir, self.tr("Propose crop boxes"))
        self.job.show_progress(0, 0, self.tr("starting…"))
        self.job.show()
        self._enable()

    def _failed(self, error: Exception) -> None:
        self.trouble.show_text(str(error))
        self._enable()

    def _live(self) -> WatchedJob | None:
        job = self._context.jobs.get(self._run_dir) if self._run_dir else None
        return job if job is not None and job.live else None

    def _enable(self) -> None:
        startable = self.can_start()
        self.button.setEnabled(startable)
        # The next step is the one that stands out.
        set_role(self.button, role="primary" if startable else "")
        set_role(self.review, role="" if startable else "primary")
        self.job.setVisible(self._live() is not None)

    def _job_changed(self, job: WatchedJob) -> None:
        if job.run_dir == self._run_dir and job.status is not None:
            self.job.show_status(job.status)
            self._enable()

    def _job_ended(self, job: WatchedJob) -> None:
        if job.run_dir == self._run_dir:
            self._enable()
            self._context.project_edited.emit()
