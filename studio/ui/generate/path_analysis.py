"""What classifiers and the perceptual distance make of a path, off the Qt thread.

One pool thread goes through it in order: the spacing that was asked for, each classifier's curve,
how even the strip is, the shares of the groups. Another path makes all of it stale.
"""

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal

from studio.ui.background import Control, Task
from studio.ui.generate import path_measurement
from studio.ui.generate.controller import MorphController, even
from studio.ui.generate.renderer import RenderedImage

if TYPE_CHECKING:
    from studio.generate.latent.path import PathSpacing
    from studio.generate.latent.probability import ProbabilityCurve
    from studio.generate.outputs.morph import Scorer
    from studio.generate.projection.distance import Distance

_REST_MS = 300


@dataclass
class PathFindings:
    """What is known of the present path."""

    spacing: "PathSpacing | None" = None
    curves: "dict[str, ProbabilityCurve]" = field(default_factory=dict)  # by run folder
    shares: dict[str, float] = field(default_factory=dict)
    length: float | None = None
    ratios: dict[str, float] = field(default_factory=dict)  # longest over mean step, by ruler
    here: float | None = None  # probability of the picture that is shown


class PathAnalysis(QObject):
    """Follows a controller; `changed(what)` names what became known or stale."""

    changed = Signal(str)  # "spacing", "curves", "shares", "evenness", "here", "scorers"
    failed = Signal(str)
    _round = Signal(object, str, object)  # from a pool thread: pictures, run, curve

    def __init__(self, controller: MorphController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.controller = controller
        self.found = PathFindings()
        self.scorers: dict[str, Scorer] = {}
        self.working = ""  # what is being measured now
        self.load_scorer: Callable[[Path], Scorer] = path_measurement.run_scorer
        self.load_distance: Callable[[], Distance] = path_measurement.lite0
        self._distance: Distance | None = None
        self._slow, self._quick = QThreadPool(self), QThreadPool(self)
        for pool in (self._slow, self._quick):
            pool.setMaxThreadCount(1)
        self._tasks: set[Task] = set()
        self._asked: tuple[Any, ...] = ()
        self._judges: list[str] = []  # the run, if any, whose probability and shares are shown
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._begin)
        self._round.connect(self._take_round, Qt.ConnectionType.QueuedConnection)
        controller.path_changed.connect(self._path_changed)
        controller.session_changed.connect(self._session_changed)
        controller.shown.connect(self._score_here)
        controller.closed.connect(self._forget)

    @property
    def busy(self) -> bool:
        return self._rest.isActive() or bool(self._tasks)

    @property
    def positive(self) -> str:
        """The name of the class whose probability is shown."""
        runs = [] if self.controller.session is None else self.controller.session.runs
        return next((self.scorers[run].positive for run in runs if run in self.scorers), "")

    def close(self) -> None:
        """Stop and wait; the renderer has to be closed before, so that nothing is waited for."""
        self._forget()
        self._slow.waitForDone()
        self._quick.waitForDone()

    @property
    def spacing(self) -> "PathSpacing":
        """The chosen spacing, or even in w until that is measured."""
        return self.found.spacing or even()

    def even_ts(self, n: int) -> list[float]:
        """`n` values of t in the chosen spacing."""
        return self.spacing.steps(n)

    # When

    def _forget(self) -> None:
        self._rest.stop()
        for task in self._tasks:
            task.stop()
        self.found = PathFindings()
        self._asked = ()

    def _path_changed(self) -> None:
        self._forget()
        for what in ("spacing", "curves", "shares", "evenness", "here"):
            self.changed.emit(what)
        self._rest.start()

    def _session_changed(self) -> None:
        session = self.controller.session
        if session is None or self.controller.path is None:
            return
        wanted = (session.spacing, session.steps, tuple(session.runs))
        if wanted != self._asked:
            self._rest.start()

    def again(self) -> None:
        """Measure anew, for another classifier or width of the strip."""
        self._asked = ()
        self._rest.start()

    def _begin(self) -> None:
        session, pictures = self.controller.session, self.controller.pictures
        if session is None or pictures is None:
            return
        self._asked = (session.spacing, session.steps, tuple(session.runs))
        for task in list(self._tasks):
            task.stop()
        if session.runs[:1] != self._judges:  # what the first classifier said is not another's
            self._judges, self.found.here, self.found.shares = session.runs[:1], None, {}
            self.changed.emit("here")
            self.changed.emit("shares")
        for run in [run for run in self.found.curves if run not in session.runs]:
            del self.found.curves[run]
        self.changed.emit("curves")
        look = path_measurement.PathMeasurement(pictures, session.spacing, session.runs, self)
        self._run(look.spacing, "spacing", self._slow)
        for run in session.runs:
            if run not in self.found.curves or session.spacing == "probability":
                self._run(partial(look.curve, run), "curves", self._slow)
        self._run(lambda c: look.evenness(session.steps), "evenness", self._slow)
        if session.runs and not self.found.shares:
            self._run(lambda c: look.shares(session.runs[0]), "shares", self._slow)
        if self.controller.last is not None:
            self._score_here(self.controller.last)

    def _run(self, work: Callable[[Control], Any], what: str, pool: QThreadPool) -> None:
        pictures = self.controller.pictures

        def stale() -> bool:
            return pictures is not self.controller.pictures or task.control.stop_requested()

        def guarded(control: Control) -> Any:
            return None if control.stop_requested() else work(control)

        def done(result: Any) -> None:
            if not stale() and result is not None:
                self._receive(what, result)

        def failed(error: BaseException) -> None:
            if not stale() and not isinstance(error, CancelledError):
                self.failed.emit(str(error))

        task = Task(guarded)
        task.done.connect(done)
        task.failed.connect(failed)
        task.ended.connect(lambda: self._ended(task))
        self._tasks.add(task)
        task.start(pool)

    def _ended(self, task: Task) -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self.changed.emit("idle")

    def _receive(self, what: str, result: Any) -> None:
        if what == "spacing":
            self.found.spacing = result
        elif what == "shares":
            self.found.shares = result
        elif what == "evenness":
            self.found.length, self.found.ratios = result
        elif what == "here":
            self.found.here = result
        elif what == "curves":
            self.found.curves[result[0]] = result[1]
        self.changed.emit(what)

    def take_curve(self, pictures: object, run: str, curve: "ProbabilityCurve") -> None:
        """A round of refinement, from the pool thread."""
        self._round.emit(pictures, run, curve)

    def _take_round(self, pictures: object, run: str, curve: "ProbabilityCurve") -> None:
        if pictures is self.controller.pictures:
            self._receive("curves", (run, curve))

    # What it works with

    def scorer(self, run: str) -> "Scorer":
        """The classifier of a run, loaded once; for the pool threads."""
        if run not in self.scorers:
            self.scorers[run] = self.load_scorer(Path(run))
        return self.scorers[run]

    def distance(self) -> "Distance":
        """The perceptual distance, loaded once; for the pool threads."""
        if self._distance is None:
            self._distance = self.load_distance()
        return self._distance

    def _score_here(self, made: RenderedImage) -> None:
        session = self.controller.session
        if session is None or not session.runs:
            return
        if not made.final:
            if self.found.here is not None:
                self.found.here = None
                self.changed.emit("here")
            return
        run = session.runs[0]

        def score(_control: Control) -> float | None:
            if self.controller.last is not made:
                return None
            return float(self.scorer(run).scores(made.picture[None])[0])

        self._run(score, "here", self._quick)

    def aside(
        self,
        work: Callable[[Control], Any],
        done: Callable[[Any], None],
        on_progress: Callable[[int, int, str], None] | None = None,
    ) -> Task:
        """Other slow work, such as a class boundary; its failure is said as all others are."""
        task = Task(work)
        task.done.connect(done)
        if on_progress is not None:
            task.progress.connect(on_progress)
        task.failed.connect(
            lambda error: (
                None if isinstance(error, CancelledError) else self.failed.emit(str(error))
            )
        )
        return task.start(self._quick)
