"""Time and memory of a stage from a short probe, in a process of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from studio import jobs
from studio.errors import StudioError
from studio.ui.background import Task
from studio.ui.generate.training.story import number
from studio.ui.generate.training.words import estimate_words
from studio.workflows.gan_stages import Stage

if TYPE_CHECKING:
    from studio.project import Project
    from studio.workflows.gan_stages import StagePlan

POLL_MS = 300


@dataclass(frozen=True)
class Measured:
    """What a probe found; `sentence` is what else it has to say."""

    seconds_per_kimg: float | None
    memory_mb: float | None
    fits: bool
    sentence: str


class Estimator(QObject):
    """Asked by `start`; `said` gives the words for the stage that is shown, "" for none."""

    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._stage: Stage | None = None
        self._known: dict[str, Measured] = {}
        self._folder: Path | None = None
        self._asked = ""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._reading = False

    @property
    def busy(self) -> bool:
        return self._folder is not None

    def set_project(self, project: "Project | None") -> None:
        self.close()
        self._project, self._known, self._stage = project, {}, None
        self.said.emit("")

    def show_stage(self, stage: Stage | None) -> None:
        """Say what is known of this stage."""
        self._stage = stage
        self._say()

    def start(self, stage: Stage, plan: "StagePlan") -> None:
        """Probe a stage, unless one is being probed."""
        from studio.workflows.gan_stage_work import probe_options, start_probe

        project = self._project
        if project is None or self.busy:
            return
        self._stage, self._asked = stage, _key(stage)
        folder = _new_folder(project.cache_dir / "gan-probe")
        self._folder = folder
        task = Task(lambda _: start_probe(folder, probe_options(project, plan, stage)))
        task.failed.connect(lambda error: self._done(Measured(None, None, False, str(error))))
        task.done.connect(lambda _: self._timer.start())
        task.start()
        self._say()

    def close(self) -> None:
        """Ask for nothing more; a running probe is told to stop."""
        self._timer.stop()
        folder, self._folder = self._folder, None
        if folder is not None and (folder / "job.json").is_file():
            try:
                jobs.request_stop(folder)
            except StudioError:
                return  # nothing runs in it any more

    def _poll(self) -> None:
        folder = self._folder
        if folder is None or self._reading:
            return
        self._reading = True
        task = Task(lambda _: read_probe(folder))
        task.done.connect(lambda found: self._done(found) if found is not None else None)
        task.failed.connect(lambda error: self._done(Measured(None, None, False, str(error))))
        task.ended.connect(self._read)
        task.start()

    def _read(self) -> None:
        self._reading = False

    def _done(self, found: Measured) -> None:
        folder, self._folder = self._folder, None
        self._timer.stop()
        if folder is not None:
            Task(lambda _: shutil.rmtree(folder, ignore_errors=True)).start()
            self._known[self._asked] = found
        self._say()

    def _say(self) -> None:
        stage = self._stage
        if stage is None:
            self.said.emit("")
        elif self.busy and self._asked == _key(stage):
            self.said.emit(self.tr("Training a few steps apart to see what they take…"))
        else:
            found = self._known.get(_key(stage))
            self.said.emit(self._words(stage, found) if found is not None else "")

    def _words(self, stage: Stage, found: Measured) -> str:
        if found.seconds_per_kimg is None:
            return self.tr("No estimate: {0}").format(found.sentence)
        words = estimate_words(found.seconds_per_kimg * stage.kimg, found.memory_mb)
        words = f"{words[:1].upper()}{words[1:]}."
        return words if found.fits else f"{words} {found.sentence}"


def read_probe(folder: Path) -> Measured | None:
    """What a probe found; None while it works. Raises StudioError where there is no probe."""
    status = jobs.status(folder)
    if status.state in ("queued", "running", "stopping"):
        return None
    events, _ = jobs.read_events(folder)
    result = next((e.get("result") for e in reversed(events) if e["event"] == "finished"), None)
    if not isinstance(result, dict):
        gone = "The system ended the probe, most likely for want of memory: choose a smaller batch."
        said = gone if status.state == "crashed" else status.error or "The probe was stopped."
        return Measured(None, None, False, said)
    return Measured(
        number(result.get("seconds_per_kimg")),
        number(result.get("memory_mb")),
        bool(result.get("fits", True)),
        str(result.get("sentence") or ""),
    )


def _key(stage: Stage) -> str:
    """What decides the pace: every setting but how long it goes on."""
    return repr(sorted((k, v) for k, v in stage.settings.items() if k not in ("kimg", "seed")))


def _new_folder(parent: Path) -> Path:
    number_ = 1
    while (folder := parent / str(number_)).exists():
        number_ += 1
    return folder
