"""Time and memory of a stage from a short probe, in a process of its own."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThreadPool, Signal

from studio import jobs
from studio.errors import StudioError
from studio.jobs.event_models import FinishedEvent, ProbeEvent
from studio.results import RUNNING_STATES
from studio.ui.background import Control, Task
from studio.ui.generate.training.words import estimate_words
from studio.workflows.generate.stages import Stage

if TYPE_CHECKING:
    from studio.project import Project
    from studio.workflows.generate.stages import StagePlan

POLL_S = 0.3
_END_S = 3.0  # that a probe which is told to stop is waited for
_MOST = 4  # probes at once: one, and those that are still being stopped


@dataclass(frozen=True)
class Measured:
    """What a probe found; `sentence` is what else it has to say."""

    seconds_per_kimg: float | None
    memory_mb: float | None
    fits: bool
    sentence: str


class Estimator(QObject):
    """Asked by `toggle`; `said` gives the words for the stage that is shown, "" for none, and
    `busy_changed(bool)` whether a probe runs."""

    said = Signal(str)
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._stage: Stage | None = None
        self._known: dict[str, Measured] = {}
        self._probe: Control | None = None  # of the one that is waited for
        self._asked, self._far = "", ""
        # Not the pool of all: a probe takes minutes, and others would wait for its thread.
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_MOST)
        self._tidied: Project | None = None

    @property
    def busy(self) -> bool:
        return self._probe is not None

    def set_project(self, project: "Project | None") -> None:
        self.close()
        self._project, self._known, self._stage = project, {}, None
        self.said.emit("")

    def show_stage(self, stage: Stage | None) -> None:
        """Say what is known of this stage."""
        self._stage = stage
        self._show_estimate()

    def toggle(self, stage: Stage, plan: "StagePlan") -> None:
        """Probe a stage, or stop the probe that runs."""
        from studio.workflows.generate.stage_work import probe_options, start_probe

        project = self._project
        if project is None or self.busy:
            self.close()
            self._show_estimate()
            return
        self._stage, self._asked, self._far = stage, _key(stage), ""

        def begin(folder: Path) -> None:
            start_probe(folder, probe_options(project, plan, stage))

        folder, tidy = project.cache_dir / "gan-probe", self._tidied is not project
        self._tidied = project  # once: later a folder may be that of a probe being started

        def work(control: Control) -> Measured:
            if tidy:
                clear(folder)
            return measure(folder, begin, control)

        task = Task(work)
        self._probe = probe = task.control
        task.failed.connect(
            lambda error: self._done(probe, Measured(None, None, False, str(error)))
        )
        task.done.connect(lambda found: self._done(probe, found))
        task.progress.connect(lambda done, total, _: self._heard(probe, done, total))
        task.start(self._pool)
        self.busy_changed.emit(True)
        self._show_estimate()

    def close(self) -> None:
        """Ask for nothing more; a probe that runs, or is being started, is told to stop."""
        if self._probe is not None:
            self._probe.request_stop()
            self._probe = None
            self.busy_changed.emit(False)

    def _heard(self, probe: Control, done: int, total: int) -> None:
        """How far a probe is: on a slow machine a single step of large pictures takes minutes."""
        if probe is self._probe and total:
            self._far = self.tr(" {0} of {1} kinds of step are timed.").format(done, total)
            self._show_estimate()

    def _done(self, probe: Control, found: Measured) -> None:
        if probe is not self._probe:
            return  # of a project that was left
        self._probe = None
        self._known[self._asked] = found
        self.busy_changed.emit(False)
        self._show_estimate()

    def _show_estimate(self) -> None:
        stage = self._stage
        if stage is None:
            self.said.emit("")
        elif self.busy and self._asked == _key(stage):
            words = self.tr("Training a few steps apart to see what they take…")
            self.said.emit(words + self._far)
        else:
            found = self._known.get(_key(stage))
            self.said.emit(self._words(stage, found) if found is not None else "")

    def _words(self, stage: Stage, found: Measured) -> str:
        if found.seconds_per_kimg is None:
            return self.tr("No estimate: {0}").format(found.sentence)
        words = estimate_words(found.seconds_per_kimg * stage.kimg, found.memory_mb)
        words = f"{words[:1].upper()}{words[1:]}."
        return words if found.fits else f"{words} {found.sentence}"


def measure(parent: Path, begin: Callable[[Path], None], control: Control) -> Measured:
    """Let `begin` start a probe in a new folder of `parent`; wait for what it finds, or until the
    control says stop. Its folder goes, unless a probe that was told to stop still works in it: then
    it is for `clear` another time."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=parent))
    try:
        begin(folder)
        while (found := read_probe(folder)) is None and not control.stop_requested():
            status = jobs.status(folder)
            control.progress(status.done, status.total)
            time.sleep(POLL_S)
        if found is None:
            _end(folder)
        return found or Measured(None, None, False, "The probe was stopped.")
    finally:
        if not _runs(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _end(folder: Path) -> None:
    """Stop a probe, and wait until it writes no more into its folder."""
    jobs.request_stop(folder)
    until = time.monotonic() + _END_S
    while _runs(folder) and time.monotonic() < until:
        time.sleep(POLL_S / 10)


def clear(parent: Path) -> None:
    """Remove the folders of all probes that have ended, such as with a window that was killed; one
    that still runs finds in its folder that it is to stop."""
    for folder in parent.glob("*"):
        if not _runs(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(folder: Path) -> bool:
    try:
        return jobs.status(folder).state in jobs.ACTIVE
    except StudioError:
        return False  # it never became a job


def read_probe(folder: Path) -> Measured | None:
    """What a probe found; None while it works. Raises StudioError where there is no probe."""
    status = jobs.status(folder)
    if status.state in RUNNING_STATES:
        return None
    lines, _ = jobs.read_events(folder)
    ends = jobs.parse_events(lines, FinishedEvent)
    found = ProbeEvent.of(ends[-1].result) if ends and isinstance(ends[-1].result, dict) else None
    if found is None:
        gone = "The system ended the probe, most likely for want of memory: choose a smaller batch."
        said = gone if status.state == "crashed" else status.error or "The probe was stopped."
        return Measured(None, None, False, said)
    return Measured(found.seconds_per_kimg, found.memory_mb, found.fits, found.sentence)


def _key(stage: Stage) -> str:
    """What decides the pace: every setting but how long it goes on."""
    return repr(sorted((k, v) for k, v in stage.settings.items() if k not in ("kimg", "seed")))
