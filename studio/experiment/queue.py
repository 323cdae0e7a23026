"""The queue of an experiment: its trainings one after another, or several at once.

Where they run is said by an `Executor`; the queue knows neither processes nor a cluster. A training
that ends with a failure or takes its process down is tried once more, from its last checkpoint,
and then reported; the others go on.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from studio import jobs
from studio.errors import StudioError
from studio.experiment.folder import training_folder
from studio.experiment.trainings import PlannedTraining
from studio.jobs.event_models import FinishedEvent, ProgressEvent, TrainingEvent
from studio.jobs.worker import JobEnd, JobWorker
from studio.wording import counted

ATTEMPTS = 2
_POLL_S = 0.5
_BEFORE_AGAIN_S = 1.0


class Executor(Protocol):
    """Where trainings run. A training is the folder of a run, which whoever runs it can reach."""

    @property
    def room(self) -> int:
        """How many more trainings could begin now."""

    def submit(self, run_dir: Path) -> None:
        """Begin a training, or go on with it."""

    def poll(self, timeout: float) -> list[JobEnd]:
        """The trainings that have ended, after at most `timeout` seconds."""

    def close(self) -> None:
        """End everything that was begun for this."""


class LocalExecutor:
    """Trainings in processes of this machine, each of which runs one after another."""

    def __init__(self, workers: int, log: Path) -> None:
        self._workers = [JobWorker(log) for _ in range(workers)]

    @property
    def room(self) -> int:
        """How many workers have no training."""
        return sum(worker.idle for worker in self._workers)

    def submit(self, run_dir: Path) -> None:
        """Give a training to a worker that has none."""
        next(worker for worker in self._workers if worker.idle).submit(run_dir)

    def poll(self, timeout: float) -> list[JobEnd]:
        """Ask each worker for an equal part of `timeout`."""
        busy = [worker for worker in self._workers if not worker.idle]
        ends = [worker.poll(timeout / len(busy)) for worker in busy]
        return [end for end in ends if end is not None]

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()


class TrainingQueue:
    """Runs `trainings` of the experiment in `folder` until all have ended or it is to stop.

    `create` writes a training down as a run where its folder holds none. `cost` is about how long
    each takes, in any unit. `say` gets `TrainingEvent` and `ProgressEvent`. `done` trainings of the
    experiment had finished before. `tidy` takes away what a finished training no longer needs.
    """

    def __init__(
        self,
        folder: Path,
        trainings: Sequence[PlannedTraining],
        executor: Executor,
        *,
        create: Callable[[PlannedTraining, Path], None],
        say: Callable[[TrainingEvent | ProgressEvent], None],
        stop_requested: Callable[[], bool],
        cost: Callable[[PlannedTraining], float] = lambda training: 1.0,
        done: int = 0,
        tidy: Callable[[Path], None] = lambda run_dir: None,
    ) -> None:
        self._folder, self._executor = folder, executor
        self._create, self._say, self._stop_requested = create, say, stop_requested
        self._tidy = tidy
        self._waiting = deque(trainings)
        self._running: dict[Path, tuple[PlannedTraining, float]] = {}
        self._attempts: Counter[str] = Counter()
        self._cost = {one.name: cost(one) for one in trainings}
        self._begun = time.monotonic()
        self._spent = 0.0  # cost of what has ended in this process
        self._done, self._total = done, done + len(trainings)
        self._failed: dict[str, str] = {}
        self._left = False  # a training was stopped by itself
        self._told: tuple[int, str] | None = None
        self._not_before = 0.0

    @property
    def failed(self) -> Mapping[str, str]:
        """Why each training that failed did so, by its name."""
        return self._failed

    def run(self) -> bool:
        """Run all; False when asked to stop before the end, or a training was stopped by itself,
        with every training resumable."""
        try:
            while self._waiting or self._running:
                stopping = self._stop_requested()
                if stopping and not self._running:
                    return False
                if stopping:
                    for run_dir in self._running:
                        jobs.request_stop(run_dir)
                else:
                    self._fill()
                self._tell_progress()
                if not self._running:
                    time.sleep(0.1)
                    continue
                for end in self._executor.poll(_POLL_S):
                    self._handle(end, stopping=stopping or self._stop_requested())
        finally:
            self._executor.close()
        return not self._left

    def _fill(self) -> None:
        while self._waiting and self._executor.room and time.monotonic() >= self._not_before:
            training = self._waiting.popleft()
            run_dir = training_folder(self._folder, training.name)
            self._attempts[training.name] += 1
            try:
                if not (run_dir / jobs.JOB_FILE).exists():
                    self._create(training, run_dir)
                (run_dir / jobs.STOP_FILE).unlink(missing_ok=True)  # asked of an earlier process
                finished = jobs.status(run_dir).state == "finished"
            except (StudioError, OSError) as error:
                self._report_failure(training, str(error))
                continue
            if finished:  # its queue was killed before it heard
                self._report_finished(training, run_dir, None)
                continue
            self._running[run_dir] = training, time.monotonic()
            self._say(_event(training, "running", attempt=self._attempts[training.name]))
            self._executor.submit(run_dir)

    def _handle(self, end: JobEnd, *, stopping: bool) -> None:
        training, begun = self._running.pop(end.run_dir)
        if end.ending == "finished":
            self._report_finished(training, end.run_dir, time.monotonic() - begun)
        elif end.ending == "stopped":
            self._say(_event(training, "stopped"))
            self._left = True  # where somebody stopped this one alone, too
        elif stopping:
            self._say(_event(training, "stopped"))
            self._waiting.appendleft(training)
        else:
            self._try_again(training, end)

    def _try_again(self, training: PlannedTraining, end: JobEnd) -> None:
        sentence = end.sentence or jobs.status(end.run_dir).error or "It failed."
        if self._attempts[training.name] < ATTEMPTS:
            self._say(_event(training, "again", error=sentence))
            self._waiting.append(training)
            # A run that a killed queue has left may still be held for a moment.
            self._not_before = time.monotonic() + _BEFORE_AGAIN_S
        else:
            self._report_failure(training, sentence)

    def _report_finished(
        self, training: PlannedTraining, run_dir: Path, seconds: float | None
    ) -> None:
        self._done += 1
        self._spent += self._cost[training.name]
        told: dict[str, Any] = finished_facts(run_dir)
        if seconds is not None:
            told["seconds"] = seconds
        self._tidy(run_dir)
        self._say(_event(training, "finished", **told))

    def _report_failure(self, training: PlannedTraining, sentence: str) -> None:
        self._failed[training.name] = sentence
        self._spent += self._cost[training.name]
        self._say(_event(training, "failed", error=sentence))

    def _tell_progress(self) -> None:
        parts, words = 0.0, []
        for run_dir, (training, _) in self._running.items():
            now = jobs.status(run_dir)
            parts += self._cost[training.name] * (now.done / now.total if now.total else 0)
            words.append(f"{training.name} {now.message}".strip())
        message = "; ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")
        told = (self._done, message)
        if told == self._told:
            return
        self._told = told
        spent = self._spent + parts
        left = sum(self._cost.values()) - spent
        elapsed = time.monotonic() - self._begun
        self._say(
            ProgressEvent(
                done=self._done,
                total=self._total,
                message=message,
                eta_s=elapsed * left / spent if spent > 0 else None,
            )
        )


def _event(training: PlannedTraining, state: str, **fields: Any) -> TrainingEvent:
    return TrainingEvent(name=training.name, state=state, **fields)


def finished_facts(run_dir: Path) -> dict[str, Any]:
    """What a finished training says of its tests, and where its time went: `preparation` until its
    first step, `training` with validation, and `evaluation` on the tests."""
    lines, _ = jobs.read_events(run_dir)
    kind = jobs.kind_of(jobs.load(run_dir).kind)
    events = jobs.parse_events(lines, *kind.every_event)
    result = next((e.result for e in reversed(events) if isinstance(e, FinishedEvent)), None)
    tests = result.get("tests", ()) if isinstance(result, dict) else ()
    figures = {
        str(one["name"]): {
            "auc": one.get("auc"),
            "low": one.get("auc_low"),
            "high": one.get("auc_high"),
            "n": one.get("n"),
        }
        for one in tests
    }
    return {"tests": figures, "parts": _parts(lines)}


def _parts(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Seconds by part of the last process that ran a training."""
    from datetime import datetime

    begin = max((n for n, line in enumerate(lines) if line["event"] == "started"), default=None)
    if begin is None:
        return {}
    own = lines[begin:]
    epochs = [line for line in own if line["event"] == "epoch"]
    if not epochs or not isinstance(epochs[0].get("seconds"), int | float):
        return {}

    def at(line: Mapping[str, Any]) -> float:
        return datetime.fromisoformat(str(line["t"])).timestamp()

    trained = at(epochs[0]) - float(epochs[0]["seconds"])
    last = at(epochs[-1])
    tests = [at(line) for line in own if line["event"] == "test"]
    return {
        "preparation": max(0.0, trained - at(own[0])),
        "training": last - trained,
        "evaluation": max(tests, default=last) - last,
        "closing": at(own[-1]) - max(tests, default=last),
    }


def remaining_words(state: Mapping[str, int], total: int) -> str:
    """How far the trainings are, in words: "5 of 9 trainings, 1 failed"."""
    words = f"{state.get('finished', 0):,} of {counted(total, 'training')}"
    return f"{words}, {state['failed']:,} failed" if state.get("failed") else words
