"""A run that was stopped, killed or made longer is the run that was not, byte for byte."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.compute import interruption
from studio.errors import StudioError
from studio.generate.training import checkpoint, step
from studio.generate.training import options as defaults
from studio.generate.training.snapshots import Snapshots

Left = Callable[[Path], dict[str, Any]]
ALL_ON = {"aug": "ada"}


@pytest.fixture(autouse=True)
def _quick_augmentation(monkeypatch: pytest.MonkeyPatch) -> None:
    """D is sure of every real picture, and p reaches .64 in a run."""

    def sure(logits: torch.Tensor) -> torch.Tensor:
        return torch.full((2,), float(logits.numel()))

    monkeypatch.setattr(step, "count_signs", sure)
    monkeypatch.setattr(defaults, "ADA_KIMG", 0.1)


def saved(run_dir: Path) -> dict:
    content = checkpoint.load(run_dir)
    assert content is not None
    return content


@pytest.mark.parametrize("steps", [1, 5, 6])
def test_stopped_and_resumed_is_never_stopped(tmp_path, train_in, left: Left, steps: int) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train_in(straight, **ALL_ON)
    assert not train_in(resumed, steps=steps, **ALL_ON)
    assert saved(resumed)["images"] == 8 * steps
    torch.manual_seed(steps)  # a run has a random source of its own
    assert train_in(resumed, **ALL_ON)

    assert left(resumed) == left(straight)
    assert {"network-latest.safetensors", "network-best.safetensors"} <= left(straight).keys()
    assert {"fakes_init.png", "fakes000000016.png", "metrics.jsonl"} <= left(straight).keys()
    end = saved(straight)
    assert (end["images"], end["steps"], len(end["history"])) == (80, 10, 5)
    assert end["stepper"]["strength"]["p"] == pytest.approx(0.64)
    assert end["stepper"]["path_length"] > 0


def test_a_stop_between_two_lines_loses_no_statistics(tmp_path, train_in) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    train_in(straight, tick=0.04)
    for steps in (3, 4, None):
        train_in(resumed, steps=steps, tick=0.04)
    # Path lengths come every fourth step, and weigh what was shown with them.
    names = ("images", "loss_g", "loss_d", "r1")
    said, wanted = (
        [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
        for run in (resumed, straight)
    )
    assert len(said) == len(wanted) == 2
    for one, other in zip(said, wanted, strict=True):
        assert [one[name] for name in names] == pytest.approx([other[name] for name in names])
        assert min(one["images_per_s"], one["pl"]) > 0


def test_stops_within_steps_change_nothing(
    tmp_path, train_in, left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a phase, forwards or backwards; batches are taken in two rounds."""
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    few = {**ALL_ON, "batch_gpu": 4, "kimg": 0.072, "tick": 0.024}
    assert train_in(straight, **few)
    monkeypatch.setattr(interruption, "EVERY_S", 0)
    run_phase, begun = step.TrainingStep.run_phase, [0]

    def stop_in(number: int, name: str, asks: int) -> None:
        """From here on, in this phase after so many times of Gmain in a process."""
        begun[0] = 0

        def run(stepper: Any, phase: Any, batch: Any, stop: Any) -> None:
            begun[0] += phase.name == "Gmain"
            asked = itertools.count(1)
            here = (begun[0], phase.name) == (number, name)
            run_phase(stepper, phase, batch, lambda: here and next(asked) == asks)

        monkeypatch.setattr(step.TrainingStep, "run_phase", run)

    for number, name, asks, expected in [
        (1, "Gmain", 60, None),
        (2, "Dmain", 100, (8, 2)),
        (0, "Dmain", 3, (8, 2)),
        (1, "Gmain", 90, (16, 0)),
        (3, "Greg", 75, (32, 1)),
    ]:
        stop_in(number, name, asks)
        assert not train_in(resumed, **few), (number, name)
        content = checkpoint.load(resumed)
        assert (content and (content["images"], content["phases_done"])) == expected
        torch.manual_seed(number)
    stop_in(0, "", 0)
    assert train_in(resumed, **few)
    assert left(resumed) == left(straight)
    said, wanted = (
        [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
        for run in (resumed, straight)
    )
    names = ("images", "loss_g", "loss_d", "r1", "pl", "ada_p")
    assert len(said) == len(wanted) == 3
    for one, other in zip(said, wanted, strict=True):
        assert [one[name] for name in names] == pytest.approx([other[name] for name in names])


def test_a_snapshot_that_was_left_is_made_first(
    tmp_path, train_in, left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train_in(straight, kimg=0.048)
    write = Snapshots.write
    for images in (32, 48):
        with monkeypatch.context() as patch:

            def leave(snapshots: Snapshots, images: int = images) -> dict[str, Any]:
                entry = write(snapshots)
                if snapshots.training.images == images:
                    raise interruption.Interrupted
                return entry

            patch.setattr(Snapshots, "write", leave)
            assert not train_in(resumed, kimg=0.048)
        assert saved(resumed)["images"] == images
        assert len(saved(resumed)["history"]) == images // 16 - 1
    assert train_in(resumed, kimg=0.048)
    assert left(resumed) == left(straight)


def test_a_stop_while_the_first_grid_is_drawn_is_obeyed(
    tmp_path, train_in, left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train_in(straight, kimg=0.048)
    with monkeypatch.context() as patch:
        patch.setattr(interruption, "EVERY_S", 0)
        assert not train_in(resumed, kimg=0.048, steps=1)
    assert not (resumed / "fakes_init.png").exists()
    assert train_in(resumed, kimg=0.048)
    assert left(resumed) == left(straight)


def test_a_longer_run_is_one_that_was_meant_to_be(tmp_path, train_in, left: Left) -> None:
    once, twice = tmp_path / "once", tmp_path / "twice"
    assert train_in(once, **ALL_ON)
    assert train_in(twice, kimg=0.048, **ALL_ON)
    assert train_in(twice, **ALL_ON)
    assert left(twice) == left(once)


def test_what_was_done_after_the_last_checkpoint_is_done_again(
    tmp_path, train_in, left: Left
) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    train_in(straight, **ALL_ON)
    train_in(killed, kimg=0.064, **ALL_ON)
    # As if it had been killed before its last checkpoint was named.
    index = json.loads((killed / "checkpoint.json").read_text())
    index["checkpoints"].pop(0)
    (killed / "checkpoint.json").write_text(json.dumps(index))
    leftovers = ["network-latest.safetensors.part", "fakes000000.png.part", "stats.jsonl.part"]
    for name in [*leftovers, "checkpoint-000000072.pt.part", "checkpoint.json.part"]:
        (killed / name).write_bytes(b"half")
    with (killed / "stats.jsonl").open("a") as file:
        file.write('{"images": 6')
    train_in(killed, **ALL_ON)
    assert left(killed) == left(straight)
    shown = [
        json.loads(line)["images"] for line in (killed / "stats.jsonl").read_text().splitlines()
    ]
    assert shown == [16, 32, 48, 64, 80]


def test_the_best_network_is_that_of_the_history(tmp_path, train_in) -> None:
    """A killed run may have named one that is no longer of its course."""
    train_in(tmp_path, kimg=0.048)
    name = tmp_path / "network-best.safetensors"
    best = [one["network"] for one in saved(tmp_path)["history"] if one["best"]][-1]
    assert name.samefile(tmp_path / best)
    for other in ("network-latest.safetensors", best):
        name.unlink()
        name.hardlink_to(tmp_path / other)
        assert not train_in(tmp_path, steps=1)
        kept = [one["network"] for one in saved(tmp_path)["history"] if one["best"]]
        assert name.read_bytes() == (tmp_path / kept[-1]).read_bytes()
        assert not list(tmp_path.glob("*.part"))


def test_a_best_network_without_a_history_is_none(tmp_path, train_in) -> None:
    (tmp_path / "network-best.safetensors").write_bytes(b"of a run that was killed")
    assert not train_in(tmp_path, steps=1)
    assert not (tmp_path / "network-best.safetensors").exists()


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_checkpoint_is_never_taken(tmp_path, train_in, left: Left, damage: str) -> None:
    straight, damaged = tmp_path / "straight", tmp_path / "damaged"
    train_in(straight, **ALL_ON)
    train_in(damaged, kimg=0.064, **ALL_ON)
    newest = damaged / "checkpoint-000000064.pt"
    content = newest.read_bytes()
    if damage == "cut":
        newest.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        newest.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    else:
        newest.unlink()
    assert saved(damaged)["images"] == 48
    train_in(damaged, **ALL_ON)
    assert left(damaged) == left(straight)


def test_names_are_on_the_disk_before_others_rely_on_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for images in (8, 16):
        checkpoint.save(tmp_path, images, {"images": images})
    synced: list[tuple[str, set[str]]] = []

    def sync(folder: Path) -> None:
        newest = json.loads((folder / "checkpoint.json").read_text())["checkpoints"][0]["file"]
        synced.append((newest, {path.name for path in folder.glob("*.pt")}))

    monkeypatch.setattr("studio.files.sync_folder", sync)
    checkpoint.save(tmp_path, 24, {"images": 24})
    files = [f"checkpoint-{images:09d}.pt" for images in (8, 16, 24)]
    # First that there is a new file, then that the index names it; the oldest goes after that.
    assert synced == [(files[1], set(files)), (files[2], set(files))]
    assert {path.name for path in tmp_path.glob("*.pt")} == set(files[1:])


def test_a_damaged_checkpoint_is_not_kept_for_a_bad_day(tmp_path: Path) -> None:
    for images in (8, 16):
        checkpoint.save(tmp_path, images, {"images": images})
    (tmp_path / "checkpoint-000000016.pt").write_bytes(b"half")
    checkpoint.save(tmp_path, 24, {"images": 24})
    (tmp_path / "checkpoint-000000024.pt").write_bytes(b"half")
    assert saved(tmp_path)["images"] == 8
    assert not (tmp_path / "checkpoint-000000016.pt").exists()
    (tmp_path / "checkpoint-000000008.pt").unlink()
    with pytest.raises(StudioError, match=r"No checkpoint of the run .* is whole"):
        checkpoint.load(tmp_path)


def test_a_run_whose_checkpoints_were_taken_away_does_not_begin_again(
    tmp_path: Path, train_in
) -> None:
    train_in(tmp_path, kimg=0.048)
    for path in tmp_path.glob("checkpoint*"):
        path.unlink()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StudioError, match=r"No checkpoint of the run .* is whole"):
        train_in(tmp_path, kimg=0.08)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    assert checkpoint.load(tmp_path) is None
    assert checkpoint.images_shown(tmp_path) == 0
    checkpoint.save(tmp_path, 8, {"images": 8})
    assert checkpoint.images_shown(tmp_path) == 8
    infinite = '{"checkpoints": [{"file": "a", "sha256": "b", "images": Infinity}]}'
    for text in ("", "{", "[]", '{"checkpoints": [{"file": 1}]}', '{"checkpoints": 5}', infinite):
        (tmp_path / "checkpoint.json").write_text(text)
        with pytest.raises(StudioError, match=r"is damaged.*--resume"):
            checkpoint.load(tmp_path)


def test_an_index_names_files_of_its_folder_only(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    checkpoint.save(run, 8, {"images": 8})
    (run / "checkpoint-000000008.pt").rename(tmp_path / "checkpoint-000000008.pt")
    text = (run / "checkpoint.json").read_text()
    (run / "checkpoint.json").write_text(text.replace("checkpoint-0", "../checkpoint-0"))
    with pytest.raises(StudioError, match="is whole"):
        checkpoint.load(run)


def test_a_newer_checkpoint_is_told(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(checkpoint, "VERSION", 2)
        checkpoint.save(tmp_path, 8, {})
    with pytest.raises(StudioError, match="newer studio"):
        checkpoint.load(tmp_path)


def test_another_kind_of_device_is_refused(tmp_path, train_in) -> None:
    train_in(tmp_path, steps=1)
    content = saved(tmp_path)
    assert content["device"] == "cpu"
    checkpoint.save(tmp_path, 16, {**content, "device": "cuda"})
    with pytest.raises(StudioError, match=r"on a GPU \(cuda\) .*not on a CPU: resume it on a mach"):
        train_in(tmp_path)


def test_another_run_is_refused(tmp_path, train_in, make_pictures) -> None:
    train_in(tmp_path, steps=1)
    with pytest.raises(StudioError, match="another dlr, gamma: go on with the same"):
        train_in(tmp_path, gamma=2, dlr=0.1)
    with pytest.raises(StudioError, match="pictures of noise are no longer those"):
        train_in(tmp_path, pictures=make_pictures(21))
    with pytest.raises(StudioError, match="pictures of noise are no longer those"):
        train_in(tmp_path, pictures=make_pictures(classes=False))
    before = saved(tmp_path)["networks"]["G"]["mapping.fc0.weight"]
    assert train_in(tmp_path, kimg=0.016, tick=0.5, snap=2, batch_gpu=4)
    assert not torch.equal(before, saved(tmp_path)["networks"]["G"]["mapping.fc0.weight"])
