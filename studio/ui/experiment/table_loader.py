"""Makes the table of an experiment in the background as its trainings finish."""

import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.experiment.folder import ExperimentState
from studio.experiment.table import ExperimentTable, experiment_table
from studio.jobs import ACTIVE
from studio.ui.background import Task

_REST = 10  # times as long as the last table took: hundreds of trainings take seconds


class ExperimentTableLoader(QObject):
    """`made(ExperimentTable)` of the experiment that was asked for last, `failed(str)`.

    While trainings run, a table is made anew only after a rest; the one of a run that has ended is
    made at once.
    """

    made = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._finished = -1  # trainings in the table that was asked for last
        self._wanted: ExperimentState | None = None
        self._busy = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._make)

    @property
    def busy(self) -> bool:
        """Whether a table is being made."""
        return self._busy

    def forget(self) -> None:
        """Nothing is asked for any more."""
        self._folder, self._wanted, self._finished = None, None, -1
        self._rest.stop()

    def show(self, state: ExperimentState) -> None:
        """The experiment as it is now; a table follows where more trainings have finished."""
        if state.folder != self._folder:
            self.forget()
            self._folder = state.folder
        self._wanted = state
        if state.status.state not in ACTIVE:
            self._rest.stop()
        if not self._rest.isActive():
            self._make()

    def _make(self) -> None:
        state = self._wanted
        if state is None or self._busy or state.counts["finished"] == self._finished:
            return
        folder, begun = state.folder, time.monotonic()
        self._finished, self._busy = state.counts["finished"], True
        task = Task(lambda _: experiment_table(folder))
        task.done.connect(lambda table: self._give(folder, table))
        task.failed.connect(lambda error: self._fail(folder, error))
        task.ended.connect(lambda: self._ended(begun))
        task.start()

    def _give(self, folder: Path, table: ExperimentTable) -> None:
        if folder == self._folder:
            self._finished = table.finished
            self.made.emit(table)

    def _fail(self, folder: Path, error: Exception) -> None:
        if folder == self._folder:
            self.failed.emit(str(error))

    def _ended(self, begun: float) -> None:
        self._busy = False
        state = self._wanted
        if state is None:
            return
        if state.status.state in ACTIVE:
            self._rest.start(round(1000 * _REST * (time.monotonic() - begun)))
        else:
            self._make()
