"""The queue with an executor that trains nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio import jobs
from studio.errors import StudioError
from studio.experiment import queue as queue_module
from studio.experiment.folder import PLAN_FILE, read_experiment, training_folder
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder, plan_text
from studio.experiment.queue import TrainingQueue
from studio.experiment.trainings import PlannedTraining, list_trainings
from studio.jobs.event_models import (
    FailedEvent,
    FinishedEvent,
    ProgressEvent,
    StartedEvent,
    TrainingEvent,
)
from studio.jobs.events import EventWriter
from studio.jobs.kinds import EXPERIMENT, REHEARSAL, ExperimentParams, RehearsalParams
from studio.jobs.process import RunHolder
from studio.jobs.worker import JobEnd

TESTS = [{"name": "far", "n": 4, "auc": 0.75, "auc_low": 0.5, "auc_high": 0.9}]


class ScriptedExecutor:
    """Ends each training as `endings` has it for its folder, else well."""

    def __init__(self, endings: dict[str, list[str]], at_once: int = 1) -> None:
        self.endings, self.at_once = endings, at_once
        self.running: list[Path] = []
        self.order: list[str] = []
        self.most = 0
        self.closed = False

    @property
    def room(self) -> int:
        return self.at_once - len(self.running)

    def submit(self, run_dir: Path) -> None:
        self.running.append(run_dir)
        self.order.append(run_dir.name)
        self.most = max(self.most, len(self.running))
        RunHolder.of(1, 0).write(run_dir)

    def poll(self, timeout: float) -> list[JobEnd]:
        run_dir = self.running.pop(0)
        left = self.endings.get(run_dir.name, [])
        ending = left.pop(0) if left else "finished"
        if ending == "finished":
            with EventWriter(run_dir) as writer:
                writer.write(StartedEvent.event, {})
                writer.write(FinishedEvent.event, {"result": {"tests": TESTS}})
        if ending == "failed":  # its own events say why
            with EventWriter(run_dir) as writer:
                writer.write(FailedEvent.event, {"message": "No such weights."})
        return [JobEnd(run_dir, ending, "It died." if ending == "died" else "")]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(queue_module, "_BEFORE_AGAIN_S", 0.0)
    for name in ("a", "b", "far"):
        (tmp_path / name).mkdir()
    mixes = tuple(Mix(name, (MixFolder(tmp_path / name),)) for name in "ab")
    plan = ExperimentPlan(mixes, {"far": tmp_path / "far"}, repeats=2, models=("m",))
    folder = tmp_path / "experiment"
    jobs.create(folder, jobs.JobSpec.of(EXPERIMENT, "experiment", ExperimentParams()))
    (folder / PLAN_FILE).write_text(plan_text(plan), encoding="utf-8")
    return folder


def create(training: PlannedTraining, run_dir: Path) -> None:
    jobs.create(run_dir, jobs.JobSpec.of(REHEARSAL, training.name, RehearsalParams()))


def work(
    folder: Path,
    executor: ScriptedExecutor,
    *,
    write: Callable[[PlannedTraining, Path], None] = create,
    stop_after: int = 1000,
) -> tuple[bool, TrainingQueue, list[TrainingEvent], list[ProgressEvent]]:
    said: list[TrainingEvent | ProgressEvent] = []
    known = read_experiment(folder)
    waiting = [o for o in known.listed.trainings if known.trainings[o.name].state != "finished"]

    with EventWriter(folder) as writer:

        def say(event: TrainingEvent | ProgressEvent) -> None:
            said.append(event)
            writer.write(event.event, event.fields)

        queue = TrainingQueue(
            folder, waiting, executor, create=write, say=say,
            stop_requested=lambda: len(executor.order) >= stop_after,
            done=len(known.trainings) - len(waiting),
        )  # fmt: skip
        whole = queue.run()
    trainings = [one for one in said if isinstance(one, TrainingEvent)]
    return whole, queue, trainings, [one for one in said if isinstance(one, ProgressEvent)]


def test_all_are_run_in_their_order_and_told(experiment: Path) -> None:
    executor = ScriptedExecutor({})
    whole, queue, said, progress = work(experiment, executor)
    assert (whole, executor.order, executor.closed) == (
        True, ["a.m.s0", "b.m.s0", "a.m.s1", "b.m.s1"], True,
    )  # fmt: skip
    assert [one.state for one in said] == ["running", "finished"] * 4
    assert [one.done for one in progress] == [0, 1, 2, 3]
    assert progress[-1].eta_s is not None
    assert queue.failed == {}
    state = read_experiment(experiment)
    assert state.counts == {"finished": 4}
    (cell,) = [one for one in state.listed.cells if one.mix == "a"]
    assert state.aucs(cell) == [0.75, 0.75]


def test_a_crash_is_tried_once_more_and_then_reported(experiment: Path) -> None:
    executor = ScriptedExecutor({"a.m.s0": ["died"], "b.m.s0": ["died", "failed"]})
    whole, queue, said, _ = work(experiment, executor)
    assert whole
    assert executor.order == ["a.m.s0", "b.m.s0", "a.m.s1", "b.m.s1", "a.m.s0", "b.m.s0"]
    assert queue.failed == {"b.m.s0": "No such weights."}
    told = [(one.state, one.error) for one in said if one.name == "b.m.s0"]
    assert told == [
        ("running", ""), ("again", "It died."), ("running", ""), ("failed", "No such weights."),
    ]  # fmt: skip
    assert read_experiment(experiment).counts == {"finished": 3, "failed": 1}
    # a resume tries what failed again, and nothing else
    executor = ScriptedExecutor({})
    assert work(experiment, executor)[0]
    assert executor.order == ["b.m.s0"]
    assert read_experiment(experiment).counts == {"finished": 4}


def test_a_stop_leaves_what_runs_to_a_resume(experiment: Path) -> None:
    executor = ScriptedExecutor({"a.m.s1": ["stopped"]})
    whole, queue, said, _ = work(experiment, executor, stop_after=3)
    assert (whole, queue.failed, said[-1].state) == (False, {}, "stopped")
    assert read_experiment(experiment).counts == {"finished": 2, "stopped": 1, "queued": 1}
    executor = ScriptedExecutor({})
    assert work(experiment, executor)[0]
    assert executor.order == ["a.m.s1", "b.m.s1"]


def test_several_at_once_and_what_cannot_be_written_down(experiment: Path) -> None:
    def write(training: PlannedTraining, run_dir: Path) -> None:
        if training.name == "a.m.s1":
            raise StudioError("No room.")
        create(training, run_dir)

    executor = ScriptedExecutor({}, at_once=3)
    whole, queue, _, _ = work(experiment, executor, write=write)
    assert (whole, executor.most, queue.failed) == (True, 3, {"a.m.s1": "No room."})


def test_what_finished_while_the_queue_was_gone_is_not_trained_again(experiment: Path) -> None:
    planned = list_trainings(read_experiment(experiment).plan).trainings[0]
    run_dir = training_folder(experiment, planned.name)
    create(planned, run_dir)
    ScriptedExecutor({}).submit(run_dir)
    with EventWriter(run_dir) as writer:
        writer.write(FinishedEvent.event, {"result": {"tests": TESTS}})
    executor = ScriptedExecutor({})
    assert work(experiment, executor)[0]
    assert planned.name not in executor.order
    assert read_experiment(experiment).counts == {"finished": 4}


def test_a_training_that_was_stopped_by_itself_is_left_for_a_resume(experiment: Path) -> None:
    executor = ScriptedExecutor({"a.m.s0": ["stopped"]})
    whole, queue, _, _ = work(experiment, executor)
    assert (whole, queue.failed) == (False, {})
    assert read_experiment(experiment).counts == {"finished": 3, "stopped": 1}
    executor = ScriptedExecutor({})
    assert work(experiment, executor)[0]
    assert executor.order == ["a.m.s0"]


def test_a_training_whose_job_is_damaged_does_not_end_the_others(experiment: Path) -> None:
    run_dir = training_folder(experiment, "a.m.s0")
    run_dir.mkdir(parents=True)
    (run_dir / jobs.JOB_FILE).write_bytes(b"")
    whole, queue, _, _ = work(experiment, ScriptedExecutor({}))
    assert whole
    assert set(queue.failed) == {"a.m.s0"}
    assert jobs.JOB_FILE in queue.failed["a.m.s0"]
    assert read_experiment(experiment).counts == {"finished": 3, "failed": 1}
