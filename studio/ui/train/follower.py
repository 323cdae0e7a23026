"""Follows one run folder: a timer asks, a background task reads, the view hears what is new."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.ui.background import Task
from studio.ui.plots.curves import Detail
from studio.ui.train.run_reader import RunReader, Snapshot, load_detail

POLL_MS = 400
LIVE = frozenset({"queued", "running", "stopping"})


class RunFollower(QObject):
    """`changed(Snapshot)` when the run said something, `failed(str)` when it cannot be read.

    `loaded(key, Detail)` answers `ask(key)`: the scores and curves of one evaluation.
    """

    changed = Signal(object)
    failed = Signal(str)
    loaded = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot: Snapshot | None = None
        self._reader: RunReader | None = None
        self._reading = False
        self._details: dict[tuple[str, str], Detail] = {}
        self._asked = ""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def run_dir(self) -> Path | None:
        return self._reader.run_dir if self._reader else None

    @property
    def live(self) -> bool:
        """Whether more is to come."""
        return self.snapshot is None or self.snapshot.status.state in LIVE

    def follow(self, run_dir: Path | None) -> None:
        """Follow another run from its beginning, or none."""
        self.snapshot = None
        self._reader = RunReader(run_dir) if run_dir is not None else None
        self._details.clear()
        self._asked = ""
        if self._reader is None:
            self._timer.stop()
        else:
            self._timer.start()
            self.poll()

    def wake(self) -> None:
        """Look again although the run had ended: it was resumed."""
        if self._reader is not None:
            self._timer.start()

    def close(self) -> None:
        self._timer.stop()
        self._reader = None

    def poll(self) -> None:
        """Read what is new now."""
        reader = self._reader
        if reader is None or self._reading:
            return
        self._reading = True
        task = Task(lambda _: reader.read())
        task.done.connect(lambda snapshot: self._take(reader, snapshot))
        task.failed.connect(lambda error: self._fail(reader, error))
        task.ended.connect(self._read)
        task.start()

    def ask(self, key: str) -> None:
        """Load one evaluation; `loaded` comes at once when it is at hand."""
        snapshot = self.snapshot
        file = snapshot.files().get(key) if snapshot else None
        if snapshot is None or file is None:
            return
        self._asked = key
        known = self._details.get((key, file))
        if known is not None:
            self.loaded.emit(key, known)
            return
        task = Task(lambda _: load_detail(snapshot, key))
        task.done.connect(lambda found: self._have(snapshot.run_dir, key, file, found))
        task.failed.connect(lambda error: self.failed.emit(str(error)))
        task.start()

    def _have(self, run_dir: Path, key: str, file: str, found: Detail) -> None:
        if run_dir != self.run_dir:
            return
        while len(self._details) >= 8:
            self._details.pop(next(iter(self._details)))
        self._details[key, file] = found
        if key == self._asked:
            self.loaded.emit(key, found)

    def _take(self, reader: RunReader, snapshot: Snapshot) -> None:
        if reader is not self._reader:
            return
        new = snapshot is not self.snapshot
        self.snapshot = snapshot
        if not self.live:
            self._timer.stop()
        if new:
            self.changed.emit(snapshot)

    def _fail(self, reader: RunReader, error: Exception) -> None:
        if reader is self._reader:
            self._timer.stop()
            self.failed.emit(str(error))

    def _read(self) -> None:
        self._reading = False
        reader = self._reader
        if reader is not None and (
            self.snapshot is None or reader.run_dir != self.snapshot.run_dir
        ):
            self.poll()  # another run was chosen while this was read
