"""The long jobs of the project, at the right of the hint bar."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout

from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.jobs_model import WatchedJob
from studio.ui.widgets import JobRow

_MOST = 2  # rows; more would push the keys away


class JobsBar(QObject):
    """Keeps a row for each live job."""

    def __init__(self, context: StudioContext, layout: QHBoxLayout) -> None:
        super().__init__(context)
        self._context, self._layout = context, layout
        self.rows: dict[Path, JobRow] = {}
        context.jobs.added.connect(self._add)
        context.jobs.changed.connect(self._show)
        context.jobs.ended.connect(self._end)
        context.jobs.removed.connect(lambda job: self._drop(job.run_dir))

    def _add(self, job: WatchedJob) -> None:
        row = JobRow(self._context.theme, job.title)
        row.stopped.connect(lambda: self._stop(job.run_dir))
        # It stands at the end of every page's order: Tab would reach it from anywhere. The keyboard
        # has the action below instead.
        row.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._context.registry.add(
            Action(
                _stop_id(job.run_dir),
                self.tr("Stop: {0}").format(job.title),
                lambda: self._stop(job.run_dir),
                self.tr("Jobs"),
                enabled=lambda: job.live and row.button.isEnabled(),
                passing=True,
            )
        )
        row.hide()  # until its status says that it lives
        self.rows[job.run_dir] = row
        self._layout.addWidget(row)

    def _show(self, job: WatchedJob) -> None:
        if job.live and job.run_dir not in self.rows:
            self._add(job)
        row = self.rows.get(job.run_dir)
        if row is None or job.status is None:
            return
        row.show_status(job.status)
        places = [r for r in self.rows.values() if r is row or not r.isHidden()]
        row.setVisible(job.live and places.index(row) < _MOST)

    def _end(self, job: WatchedJob) -> None:
        self._drop(job.run_dir)
        if job.in_sight:
            return
        state = str(job.status.state) if job.status else ""
        if state == "finished":
            self._context.toast(self.tr("{0}: finished.").format(job.title))
        elif state == "stopped":
            self._context.toast(self.tr("{0}: stopped. It can be resumed.").format(job.title))
        elif state in {"failed", "crashed"}:
            why = (job.status.error if job.status else "") or self.tr(
                "it ended without a word; its log.txt says more."
            )
            self._context.toast(f"{job.title}: {why}", "error")

    def _drop(self, run_dir: Path) -> None:
        row = self.rows.pop(run_dir, None)
        if row is not None:
            self._context.registry.remove([_stop_id(run_dir)])
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()

    def _stop(self, run_dir: Path) -> None:
        self.rows[run_dir].button.setEnabled(False)
        Task(lambda _: self._context.jobs.stop(run_dir)).start()


def _stop_id(run_dir: Path) -> str:
    return f"job.stop:{run_dir}"
