"""Experiments that are really trained: killed and resumed, refused, checked for leakage."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import jobs
from studio.errors import UsageError
from studio.experiment.folder import read_experiment, read_leakage
from studio.experiment.plan import MixFolder
from studio.experiment.table import experiment_table
from studio.jobs.event_models import JobEvent, TrainingEvent
from studio.jobs.kinds import ExperimentParams
from studio.processes import start_of
from studio.workflows.experiment.data import load_plan, part_of, read_data
from studio.workflows.experiment.leakage import check_plan
from studio.workflows.experiment.run import create_experiment

WritePlan = Callable[..., Path]
COMMAND = [sys.executable, "-m", "studio.cli", "experiment", "run"]


def all_scores(folder: Path) -> dict[str, str]:
    """The tables of scores of an experiment, by training and test."""
    found = sorted(folder.glob("trainings/*/scores/test_*.csv"))
    return {f"{one.parts[-3]}/{one.name}": one.read_text(encoding="utf-8") for one in found}


def wait_for_epoch(folder: Path, after: int) -> None:
    """Wait for the first epoch of a training, once so many others have finished."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        time.sleep(0.01)
        if not (folder / "events.jsonl").exists():
            continue
        state = read_experiment(folder)
        busy = [one for one in state.trainings.values() if one.state == "running"]
        if state.counts.get("finished", 0) >= after and any(
            (one.run_dir / "last.pt").exists() for one in busy
        ):
            return
    raise AssertionError("it took too long")


@pytest.fixture(scope="module")
def uninterrupted(
    rendered: Path, plan_text_of: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Three trainings on three test sets each, that nothing disturbed."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    plan = folder / "plan.toml"
    plan.write_text(plan_text_of(rendered, repeats=1), encoding="utf-8")
    whole = folder / "experiment"
    create_experiment(plan, whole, params=ExperimentParams(check_leakage=False))
    assert jobs.run_here(whole) == "finished"
    return whole


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_killed_and_resumed_is_the_same_as_not_killed(
    tmp_path: Path, uninterrupted: Path, write_plan: WritePlan, child
) -> None:
    plan = write_plan(repeats=1)
    whole, killed = uninterrupted, tmp_path / "killed"
    state = read_experiment(whole)
    assert (state.counts, len(state.trainings)) == ({"finished": 3}, 3)
    assert len(all_scores(whole)) == 9
    kept = {one.name for run in state.trainings.values() for one in run.run_dir.glob("*.pt")}
    assert kept == {"last.pt"}, "of a finished training its model alone"

    create_experiment(plan, killed, params=ExperimentParams(check_leakage=False))
    command = [*COMMAND, str(plan), "--out", str(killed), "--resume", "--no-leakage", "--json"]
    asking = child(command, stdout=-3, stderr=-3, start_new_session=True)
    wait_for_epoch(killed, after=1)
    (busy,) = [
        o.run_dir for o in read_experiment(killed).trainings.values() if o.state == "running"
    ]
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    assert read_experiment(killed).status.state == "crashed"
    holder = json.loads((busy / "process.json").read_text(encoding="utf-8"))
    end = time.monotonic() + 20
    while start_of(holder["pid"]) is not None and time.monotonic() < end:
        time.sleep(0.02)
    assert start_of(holder["pid"]) is None, "the worker leaves with the queue"
    asking = child(command, stdout=-1, stderr=-3, text=True)
    document = json.loads(asking.communicate()[0])
    assert asking.returncode == 0
    assert (document["state"], document["finished"], document["failed"]) == ("finished", 3, {})
    assert all_scores(killed) == all_scores(whole)
    assert experiment_table(killed).to_dict() == experiment_table(whole).to_dict()
    epochs = {
        run_dir.name: (run_dir / "events.jsonl").read_text("utf-8").count('"event": "epoch"')
        for run_dir in (killed / "trainings").iterdir()
    }
    assert len(epochs) == 3
    # Of what had finished nothing was trained again; of what was killed one epoch at most.
    assert sum(epochs.values()) <= 3 * 2 + 1


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_cluster_gives_the_same_table_though_a_task_is_killed(
    tmp_path: Path, uninterrupted: Path, write_plan: WritePlan, child
) -> None:
    """By a Ray of two workers on this machine."""
    pytest.importorskip("ray", reason="Ray is not installed (extra “cluster”)")
    folder = tmp_path / "cluster"
    words = ["--executor", "ray", "--workers", "2", "--no-leakage", "--json"]
    command = [*COMMAND, str(write_plan(repeats=1)), "--out", str(folder), *words]
    asking = child(command, stdout=-1, stderr=-3, text=True)
    wait_for_epoch(folder, after=0)
    known = read_experiment(folder).trainings.values()
    busy = [one.run_dir for one in known if one.state == "running"]
    holder = json.loads((busy[0] / "process.json").read_text(encoding="utf-8"))
    os.kill(holder["pid"], signal.SIGKILL)
    document = json.loads(asking.communicate()[0])
    assert (document["state"], document["finished"], document["failed"]) == ("finished", 3, {})
    assert all_scores(folder) == all_scores(uninterrupted)
    made, expected = experiment_table(folder), experiment_table(uninterrupted)
    assert made.to_dict() == expected.to_dict()


def test_an_experiment_is_begun_once_and_by_one(tmp_path: Path, write_plan: WritePlan) -> None:
    plan, folder = write_plan(), tmp_path / "experiment"
    create_experiment(plan, folder)
    with pytest.raises(UsageError, match="already holds a run: choose another folder, or go on"):
        create_experiment(plan, folder)
    create_experiment(plan, folder, params=ExperimentParams(workers=2), resume=True)
    assert jobs.load(folder).parsed_params.workers == 2
    text = plan.read_text(encoding="utf-8")
    for old, new, said in (
        ("repeats = 3", "repeats = 4", r"another plan \(repeats differs\)"),
        ("epochs = 2", "epochs = 3", r"another plan \(\[settings\] differs\)"),
        ("both = ", '"both two" = ', r"another plan \(\[mixes\] differs\)"),
    ):
        plan.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(UsageError, match=said):
            create_experiment(plan, folder, resume=True)
    plan.write_text(text.replace("test_efficientnet", "test_eficientnet"), encoding="utf-8")
    with pytest.raises(UsageError, match="Did you mean test_efficientnet"):
        create_experiment(plan, tmp_path / "other")
    assert not (tmp_path / "other").exists()
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "job.json").write_text('{"kind": "rehearsal", "title": "x"}', encoding="utf-8")
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="holds a run that is not an experiment"):
        create_experiment(plan, folder, resume=True)


def test_images_that_changed_are_refused_and_leaks_are_kept(
    tmp_path: Path, rendered: Path, write_plan: WritePlan
) -> None:
    """Of a mix that holds two images of a test set; stopped after its first training."""
    leaky = tmp_path / "leaky"
    shutil.copytree(rendered / "two", leaky)
    for label in ("malignantmelanoma", "melanocyticnevus"):
        copied = sorted((rendered / "near" / label).iterdir())[0]
        shutil.copy(copied, leaky / label / "copied.jpg")
    plan = write_plan('two = ["two"]', f'two = ["{leaky}"]', repeats=1)
    folder = tmp_path / "experiment"
    create_experiment(plan, folder)

    def stop(event: JobEvent) -> None:
        if isinstance(event, TrainingEvent) and event.state == "running":
            jobs.request_stop(folder)

    assert jobs.run_here(folder, stop) == "stopped"
    state = read_experiment(folder)
    assert state.counts["stopped"] == 1
    assert state.counts["queued"] == 2
    found = read_leakage(folder)
    assert found is not None
    seen = found.of([MixFolder(leaky)], "near")
    assert sorted(Path(one.file).parent.name for one in seen) == [
        "malignantmelanoma",
        "melanocyticnevus",
    ]
    assert found.of([MixFolder(rendered / "one")], "near") == set()
    events, _ = jobs.read_events(folder)
    assert any("(2 in two): the table" in event.get("message", "") for event in events)
    (leaky / "melanocyticnevus" / "copied.jpg").unlink()
    assert jobs.run_here(folder) == "failed"
    assert "are not those that the experiment began with" in str(jobs.status(folder).error)


def test_of_a_part_only_what_is_trained_on_is_a_leak(
    tmp_path: Path, rendered: Path, write_plan: WritePlan
) -> None:
    """Two images are copied into a folder of which four are taken: neither is among them."""
    leaky = tmp_path / "leaky"
    shutil.copytree(rendered / "two", leaky)
    plan = write_plan('two = ["two"]', f'two = [{{ folder = "{leaky}", count = 4 }}]', repeats=1)
    data = read_data(load_plan(plan), lambda done, total, message: None)
    taken = {Path(one.file).name for one in part_of(data.sources[leaky], 4).split.items}
    copied: list[Path] = []
    for label in ("malignantmelanoma", "melanocyticnevus"):
        spare = next(o for o in sorted((leaky / label).iterdir()) if o.name not in taken)
        copied.append(sorted((rendered / "near" / label).iterdir())[0])
        shutil.copy(copied[-1], spare)
    found = check_plan(plan, lambda done, total, message: None)
    two = [one for one in found.to_document()["checks"] if one["mix"] == "two"]
    assert [one["test_images"] for one in two] == [0, 0, 0]
    assert [one["train"] for one in two] == [4, 4, 4]
    assert not found.record.leaking
    plan.write_text(plan.read_text("utf-8").replace("count = 4", "count = 24"), "utf-8")
    whole = check_plan(plan, lambda done, total, message: None)
    seen = {one.file for one in whole.record.of([MixFolder(leaky, 24)], "near")}
    assert seen >= {str(one) for one in copied}


def test_a_plan_whose_folders_cannot_be_read_may_be_mended(
    tmp_path: Path, rendered: Path, write_plan: WritePlan
) -> None:
    odd = tmp_path / "odd"
    shutil.copytree(rendered / "two" / "melanocyticnevus", odd / "nevus")
    plan = write_plan('two = ["two"]', f'two = ["{odd}"]', repeats=1)
    folder = tmp_path / "experiment"
    create_experiment(plan, folder)
    assert jobs.run_here(folder) == "failed"
    write_plan(repeats=1)
    create_experiment(plan, folder, resume=True)
    assert read_experiment(folder).plan.mixes[1].folders == (MixFolder(rendered / "two"),)


def test_trainings_whose_folders_are_gone_are_trained_again(
    uninterrupted: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "experiment"
    shutil.copytree(uninterrupted, folder)
    before = all_scores(folder)
    gone = sorted((folder / "trainings").iterdir())[0]
    shutil.rmtree(gone)
    assert jobs.run_here(folder) == "finished"
    assert all_scores(folder) == before


def test_images_that_cannot_be_read_are_told(
    tmp_path: Path, rendered: Path, write_plan: WritePlan
) -> None:
    broken = tmp_path / "far"
    shutil.copytree(rendered / "far", broken)
    image = sorted((broken / "melanocyticnevus").iterdir())[0]
    image.write_bytes(image.read_bytes()[:200])
    plan = write_plan('far = "far"', f'far = "{broken}"', repeats=1)
    folder = tmp_path / "experiment"
    create_experiment(plan, folder, params=ExperimentParams(check_leakage=False))

    def stop(event: JobEvent) -> None:
        if isinstance(event, TrainingEvent) and event.state == "finished":
            jobs.request_stop(folder)

    assert jobs.run_here(folder, stop) == "stopped"
    events, _ = jobs.read_events(folder)
    said = [one["message"] for one in events if one["event"] == "warning"]
    assert said == [
        "1 of 16 images of the test set far could not be read and are in no figure of it."
    ]
