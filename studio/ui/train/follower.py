"""Follows one run of a classifier, and loads its evaluations when they are asked for."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.results.classifier_run import ClassifierReader, ClassifierRun, load_detail
from studio.results.curves import Detail
from studio.ui.background import Task
from studio.ui.runs.follower import Follower


class RunFollower(Follower[ClassifierRun]):
    """`loaded(key, Detail)` answers `ask(key)`: the scores and curves of one evaluation."""

    loaded = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ClassifierReader, parent)
        self._details: dict[tuple[str, str], Detail] = {}
        self._asked = ""

    def follow(self, run_dir: Path | None) -> None:
        self._details.clear()
        self._asked = ""
        super().follow(run_dir)

    def request_detail(self, key: str) -> None:
        """Load one evaluation; `loaded` comes at once when it is at hand."""
        run = self.run
        file = run.files().get(key) if run else None
        if run is None or file is None:
            return
        self._asked = key
        known = self._details.get((key, file))
        if known is not None:
            self.loaded.emit(key, known)
            return
        task = Task(lambda _: load_detail(run, key))
        task.done.connect(lambda found: self._store_detail(run.run_dir, key, file, found))
        task.failed.connect(lambda error: self.failed.emit(str(error)))
        task.start()

    def _store_detail(self, run_dir: Path, key: str, file: str, found: Detail) -> None:
        if run_dir != self.run_dir:
            return
        while len(self._details) >= 8:
            self._details.pop(next(iter(self._details)))
        self._details[key, file] = found
        if key == self._asked:
            self.loaded.emit(key, found)
