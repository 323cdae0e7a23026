"""Training a network as a job: killed, stopped, made longer, refused."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio import jobs
from studio.errors import StudioError, UsageError
from studio.generate.files.network_file import NetworkFile, read_network, write_network
from studio.jobs.event_models import JobEvent, NetworkPlanEvent, SnapshotEvent
from studio.opening import sha256_file
from studio.project import Project
from studio.workflows.generate import training as gan_training
from studio.workflows.generate.training import create_training, extend_training, make_options

Photo = Callable[..., Path]
SMALL: dict[str, Any] = {
    "resolution": 16,
    "gamma": 1,
    "kimg": 0.24,
    "batch": 8,
    "cbase": 128,
    "cmax": 8,
    "z_dim": 8,
    "w_dim": 8,
    "cond": True,
    "mirror": True,
    "aug": "fixed",
    "metrics": "none",
    "tick": 0.048,
    "snap": 1,
}


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    for number in range(20):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"data/{name}/{number}.png", number, (24, 24))
    return tmp_path / "data"


def begin(run_dir: Path, data: Path, **changed: Any) -> Path:
    create_training(run_dir, data, make_options(**{**SMALL, **changed}), device="cpu")
    return run_dir


def left(run_dir: Path) -> dict[str, str]:
    """The networks, pictures and figures of a run: SHA-256 of each, since a difference of whole
    files takes minutes to be told."""
    files = [*run_dir.glob("*.safetensors"), *run_dir.glob("*.png"), run_dir / "metrics.jsonl"]
    return {path.name: sha256_file(path) for path in files}


def events_of(run_dir: Path, name: str) -> list[dict[str, Any]]:
    return [event for event in jobs.read_events(run_dir)[0] if event["event"] == name]


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    tmp_path: Path, folder: Path, child: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    straight = begin(tmp_path / "straight", folder)
    killed = tmp_path / "killed"
    killed.mkdir()
    shutil.copy(straight / "job.json", killed)
    dice = random.Random(time.time_ns())
    subprocess.run([sys.executable, "-m", "studio.jobs", str(straight)], check=True)
    snapshots = 0
    for _ in range(2):
        process = child([sys.executable, "-m", "studio.jobs", str(killed)])
        while len(events_of(killed, "snapshot")) <= snapshots and process.poll() is None:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.5))
        process.kill()
        assert process.wait() in (-signal.SIGKILL, 0)
        snapshots = len(events_of(killed, "snapshot"))
    assert snapshots
    if jobs.status(killed).state != "finished":
        assert jobs.status(killed).state == "crashed"
        assert jobs.run_here(killed) == "finished"
    assert left(killed) == left(straight)
    assert {"network-latest.safetensors", "fakes000000048.png"} <= left(straight).keys()
    assert not list(killed.glob("*.part"))


def test_a_job_says_how_it_goes(tmp_path: Path, folder: Path) -> None:
    (folder / "nevus" / "broken.png").write_bytes(b"no picture")
    run_dir = begin(tmp_path / "run", folder, kimg=0.016, tick=0.008, snap=2, hold_out=0.2)
    assert jobs.run_here(run_dir) == "finished"
    (plan,) = events_of(run_dir, "plan")
    assert plan == {**json.loads((run_dir / "training_options.json").read_text()), **plan}
    assert (plan["pictures"], plan["held_out"], plan["processes"]) == (16, 4, 1)
    assert (plan["classes"], plan["batch_gpu"]) == (["melanoma", "nevus"], 8)
    assert [one["file"] for one in plan["left_out"]] == ["nevus/broken.png"]
    assert any("broken.png" in one["message"] for one in events_of(run_dir, "warning"))
    (snapshot,) = events_of(run_dir, "snapshot")
    assert (snapshot["images"], snapshot["metrics"], snapshot["best"]) == (16, None, False)
    lines = [json.loads(line) for line in (run_dir / "stats.jsonl").read_text().splitlines()]
    assert [line["images"] for line in lines] == [8, 16]
    assert lines[0].keys() == events_of(run_dir, "step")[0].keys() - {"t", "event"}
    log = (run_dir / "log.txt").read_text()
    assert "training from 0 to 0.016 kimg" in log
    assert "wrote network-snapshot-000000016.safetensors" in log
    assert jobs.status(run_dir).done == 16


def test_a_folder_without_classes_has_one_network(tmp_path: Path, photo: Photo) -> None:
    for number in range(5):  # fewer than a batch
        photo(tmp_path / f"flat/{number}.png", number, (8, 8))  # and smaller than asked for
    run_dir = begin(tmp_path / "run", tmp_path / "flat", cond=False, kimg=0.016, mbstd_group=2)
    assert jobs.run_here(run_dir) == "finished"
    (plan,) = events_of(run_dir, "plan")
    assert (plan["classes"], plan["counts"], plan["pictures"]) == ([], None, 5)
    said = [event["message"] for event in events_of(run_dir, "warning")]
    assert said == ["Enlarged to 16 px, which adds no detail: 5 of 5 pictures."]


def test_classes_that_are_not_there_are_not_trained_without(tmp_path: Path, photo: Photo) -> None:
    for number in range(8):
        photo(tmp_path / f"flat/{number}.png", number, (16, 16))
    run_dir = begin(tmp_path / "run", tmp_path / "flat", cond=True)
    assert jobs.run_here(run_dir) == "failed"
    assert "flat has no classes" in str(jobs.status(run_dir).error)
    assert not (run_dir / "training_options.json").exists()


def test_a_run_is_made_longer_only_when_it_stands(tmp_path: Path, folder: Path) -> None:
    run_dir = begin(tmp_path / "run", folder, kimg=0.016)
    assert jobs.run_here(run_dir) == "finished"
    for kimg in (0.016, 0.001):
        with pytest.raises(UsageError, match=r"is at 0.016 kimg already"):
            extend_training(run_dir, kimg)
    for kimg in (float("nan"), float("inf"), -1.0):
        with pytest.raises(UsageError, match="kimg"):
            extend_training(run_dir, kimg)
    extend_training(run_dir, 0.024)

    def hear(event: JobEvent) -> None:
        if isinstance(event, NetworkPlanEvent):
            with pytest.raises(StudioError, match="is running; stop it first"):
                extend_training(run_dir, 1)

    assert jobs.run_here(run_dir, hear) == "finished"
    assert jobs.status(run_dir).done == 24
    other = tmp_path / "other"
    jobs.create(other, jobs.JobSpec(kind="rehearsal", title=""))
    with pytest.raises(StudioError, match="not a run of a network"):
        extend_training(other, 1)


@pytest.mark.parametrize("name", ["training_options.json", "reals.png", "fakes_init.png"])
def test_an_official_run_is_not_written_over(tmp_path: Path, folder: Path, name: str) -> None:
    theirs = tmp_path / "official" / name
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    with pytest.raises(UsageError, match=f"is not empty, {name} lies there"):
        begin(theirs.parent, folder)
    assert list(theirs.parent.iterdir()) == [theirs]


def test_a_run_is_no_folder_of_its_pictures(tmp_path: Path, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    (tmp_path / "round").symlink_to(folder)
    for inside in (folder, folder / "run", folder / "nevus", tmp_path / "round" / "run"):
        with pytest.raises(UsageError, match="lies among the pictures to learn from"):
            begin(inside, folder)
    with pytest.raises(UsageError, match="is not empty, data lies there"):
        begin(tmp_path / ".", folder)
    with pytest.raises(UsageError, match="is a file"):
        begin(folder / "nevus" / "0.png", folder / "melanoma")
    assert sorted(folder.rglob("*")) == before


def test_a_run_begins_in_the_folder_that_a_project_makes_for_it(
    tmp_path: Path, folder: Path
) -> None:
    with Project.create(tmp_path / "project", ["nevus"]) as project:
        run_dir = project.runs.new_folder("gan", "Moles")
    assert (begin(run_dir, folder) / "job.json").is_file()


def test_a_file_without_discriminator_is_said_to_have_none(tmp_path: Path, folder: Path) -> None:
    first = begin(tmp_path / "first", folder, kimg=0.008)
    assert jobs.run_here(first) == "finished"
    whole, bare = first / "network-latest.safetensors", tmp_path / "bare.safetensors"
    file = read_network(whole)
    tensors = {key: one for key, one in file.tensors.items() if not key.startswith("D.")}
    write_network(bare, NetworkFile(file.config, None, file.card, tensors))
    with pytest.raises(UsageError, match=r"--freezed 3 .* bare\.safetensors holds no disc"):
        begin(tmp_path / "no", folder, resume=str(bare), freezed=3)
    with pytest.raises(UsageError, match=r"--freezed 3 keeps .* there is no --resume: begin"):
        begin(tmp_path / "no", folder, freezed=3)
    assert not (tmp_path / "no").exists()
    said = []
    for name, network in (("a", whole), ("b", bare)):
        run_dir = begin(tmp_path / name, folder, kimg=0.008, resume=str(network))
        assert jobs.run_here(run_dir) == "finished"
        said.append([event["message"] for event in events_of(run_dir, "warning")])
    sentence = "It begins with a new discriminator: bare.safetensors holds none."
    assert sentence in said[1]
    assert said[0] == [one for one in said[1] if one != sentence]


def test_a_stop_while_pictures_are_read_is_a_stop(tmp_path: Path, folder: Path) -> None:
    run_dir = begin(tmp_path / "run", folder)
    (run_dir / "stop").touch()
    assert jobs.run_here(run_dir, keep_stop=True) == "stopped"
    assert not (run_dir / "network-latest.safetensors").exists()


def test_what_a_run_begins_from_is_found_from_anywhere(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin(tmp_path / "first", folder, kimg=0.008)
    assert jobs.run_here(first) == "finished"
    monkeypatch.chdir(first)
    second = begin(
        tmp_path / "second", folder, kimg=0.032, resume="network-latest.safetensors", tick=0.008
    )
    monkeypatch.chdir(tmp_path)

    def stop(event: JobEvent) -> None:
        if isinstance(event, SnapshotEvent):
            (second / "stop").touch()

    assert jobs.run_here(second, stop) == "stopped"
    # Once it is on its way it needs the file no longer.
    (first / "network-latest.safetensors").unlink()
    assert jobs.run_here(second) == "finished"
    assert jobs.status(second).done == 32


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"resolution": 32}, "is a network of 16 px: it cannot be trained on at 32 px"),
        ({"cond": False}, "knows classes: train with --cond"),
        (
            {"z_dim": 16},
            "of another shape: it has z_dim 8 and not 16. Train with the same .--z-dim 8., or",
        ),
        ({"cmax": 16, "map_depth": 1}, "channel_max 8 and not 16, mapping_layers 2 and not 1"),
        ({"img_channels": 1}, "it has img_channels 3 and not 1"),
    ],
)
def test_a_network_of_another_kind_is_refused_at_once(
    tmp_path: Path, folder: Path, changed: dict[str, Any], sentence: str
) -> None:
    first = begin(tmp_path / "first", folder, kimg=0.008)
    assert jobs.run_here(first) == "finished"
    with pytest.raises(UsageError, match=sentence):
        begin(tmp_path / "run", folder, resume=str(first / "network-latest.safetensors"), **changed)
    (tmp_path / "text.safetensors").write_text("no network")
    with pytest.raises(StudioError, match="is not a network file of the studio"):
        begin(tmp_path / "run", folder, resume=str(tmp_path / "text.safetensors"))
    assert not (tmp_path / "run").exists()


def test_classes_of_other_names_are_not_taken_for_those_of_the_network(
    tmp_path: Path, folder: Path
) -> None:
    first = begin(tmp_path / "first", folder, kimg=0.008)
    assert jobs.run_here(first) == "finished"
    network = str(first / "network-latest.safetensors")
    (folder / "melanoma").rename(folder / "zmelanoma")
    run_dir = begin(tmp_path / "run", folder, kimg=0.008, resume=network)
    assert jobs.run_here(run_dir) == "failed"
    said = "knows the classes melanoma, nevus and the pictures have nevus, zmelanoma"
    assert said in str(jobs.status(run_dir).error)


def test_the_shipped_network_answers_to_its_name(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = begin(tmp_path / "first", folder, kimg=0.008) / "network-latest.safetensors"
    assert jobs.run_here(shipped.parent) == "finished"
    monkeypatch.setattr("studio.generate.files.named.resource", lambda *parts: shipped)
    run_dir = begin(tmp_path / "run", folder, kimg=0.008, resume="sample")
    assert jobs.load(run_dir).params["options"]["resume"] == "sample"
    assert jobs.run_here(run_dir) == "finished"
    card = read_network(run_dir / "network-latest.safetensors").card
    assert card["begun_from"]["sha256"] == sha256_file(shipped)


def test_what_cannot_begin_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    run_dir = tmp_path / "run"
    for changed, sentence in (
        ({"resume": "no.safetensors"}, "There is no network file no.safetensors"),
        ({"metrics": "inception:no.pt"}, "There is no file no.pt with the weights of inception"),
    ):
        with pytest.raises(StudioError, match=sentence):
            begin(run_dir, folder, **changed)
    with pytest.raises(StudioError, match="There is no folder, zip or project"):
        begin(run_dir, tmp_path / "nowhere")
    assert not run_dir.exists()
    begin(run_dir, folder)
    with pytest.raises(StudioError, match="already holds a run"):
        begin(run_dir, folder)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"resolution": 48}, "power of two, not 48"),
        ({"resolution": 4}, "--resolution should be a whole number from 8 to 1,024, not 4."),
        ({"gamma": -1}, "--gamma should be a number from 0 to 1,000,000, not -1."),
        ({"batch_gpu": 0}, "--batch-gpu should be a whole number from 1 to 4,096, not 0."),
        (
            {"seed": 1 << 31},
            "--seed should be a whole number from 0 and below 2,147,483,648",
        ),
        ({"batch": 6}, "groups of 4 pictures, and 6 at once are not whole groups: choose"),
        ({"batch": 8, "batch_gpu": 3}, "a batch of 8 cannot be shared by rounds of 3 pictures"),
        ({"resolution": 128, "cbase": 64}, "cbase must be 128 or more"),
        ({"kimg": 0.0001}, "--kimg should be a number from 0.001 to 1,000,000, not 0.0001."),
        ({"glr": float("nan")}, "--glr should be a number above 0 and up to 1, not nan."),
        ({"aug_p": 2}, "--p should be a number from 0 to 1, not 2."),
        ({"aug": "some"}, "--aug should be ada, fixed or none, not some."),
        ({"metrics": "fid"}, "should be lite0, inception:FILE, dino:FILE or none, not fid."),
        ({"pipeline": "all"}, "bgcfn or bgcfnc, not all."),
        ({"gama": 1}, "--gama is not known."),
        ({"freezed": 8}, "freeze-D takes at most 7 layers at 16 px, not 8"),
    ],
)
def test_options_that_do_not_fit_are_named(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_options(**{**SMALL, **changed})
    assert sentence in str(caught.value)


def test_a_batch_is_shared_evenly_or_not_at_all() -> None:
    options = make_options(**SMALL)
    assert (options.at_once(1), options.at_once(2)) == (8, 4)
    with pytest.raises(UsageError, match=r"^A batch of 8 cannot be shared by 3 processes with 2"):
        options.at_once(3)
    with pytest.raises(UsageError, match=r"groups of 4 pictures, and 2 at once"):
        options.at_once(4)


def test_a_probe_is_a_job(tmp_path: Path) -> None:
    options = make_options(**SMALL).model_dump(mode="json")
    spec = jobs.JobSpec(kind="gan-probe", title="Estimate", params={"options": options})
    jobs.create(tmp_path / "probe", spec)
    assert jobs.run_here(tmp_path / "probe") == "finished"
    (found,) = events_of(tmp_path / "probe", "probe")
    assert found["fits"]
    assert found["seconds_per_kimg"] > 0


def test_ranks_are_torchruns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert gan_training.leads()
    assert gan_training.processes() == 1
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert not gan_training.leads()
    assert gan_training.processes() == 2
