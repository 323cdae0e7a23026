"""Checkpoints that are whole or absent, and generators that go on where they were."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest
import torch

from studio.classify import checkpoint
from studio.errors import StudioError

CPU = torch.device("cpu")


def test_generators_go_on_where_they_were() -> None:
    torch.manual_seed(3)
    state = checkpoint.random_state(CPU)
    expected = torch.rand(5)
    torch.manual_seed(99)
    checkpoint.restore_random_state(state, CPU)
    assert torch.equal(torch.rand(5), expected)


def test_the_best_stays_when_the_last_moves_on(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {"epoch": 1})
    checkpoint.promote(tmp_path)
    checkpoint.save(tmp_path, {"epoch": 2})
    assert checkpoint.load(tmp_path / checkpoint.BEST)["epoch"] == 1
    assert checkpoint.load(tmp_path / checkpoint.LAST)["epoch"] == 2
    checkpoint.promote(tmp_path)
    assert checkpoint.load(tmp_path / checkpoint.BEST)["epoch"] == 2


def test_a_disk_without_hard_links_gets_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(checkpoint.os, "link", refuse)
    checkpoint.save(tmp_path, {"epoch": 1})
    checkpoint.promote(tmp_path)
    assert checkpoint.load(tmp_path / checkpoint.BEST)["epoch"] == 1


def test_a_write_that_dies_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path, {"epoch": 1})

    def die(content: object, file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", die)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save(tmp_path, {"epoch": 2})
    assert checkpoint.load(tmp_path / checkpoint.LAST)["epoch"] == 1


def test_a_newer_version_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    torch.save({"version": checkpoint.VERSION + 1}, tmp_path / "last.pt")
    with pytest.raises(StudioError, match="newer studio"):
        checkpoint.load(tmp_path / "last.pt")
    torch.save({"epoch": 1}, tmp_path / "last.pt")
    with pytest.raises(StudioError, match="not a checkpoint of a run"):
        checkpoint.load(tmp_path / "last.pt")


def test_a_damaged_last_one_gives_way_to_the_one_before(tmp_path: Path) -> None:
    """One wrong byte in a tensor is not an error to torch: only the sum tells."""
    for epoch in (1, 2, 3):
        checkpoint.save(tmp_path, {"epoch": epoch, "model": torch.zeros(1000)})
    path = tmp_path / checkpoint.LAST
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert torch.load(path, weights_only=True)["epoch"] == 3
    assert checkpoint.load(path)["epoch"] == 2
    checkpoint.save(tmp_path, {"epoch": 4})
    assert checkpoint.load(path)["epoch"] == 4
    path.unlink()
    assert checkpoint.load(path)["epoch"] == 2
    (tmp_path / checkpoint.PREVIOUS).write_bytes(b"half")
    path.write_bytes(b"half")
    with pytest.raises(StudioError, match=r"last\.pt .* is damaged"):
        checkpoint.load(path)


def test_a_damaged_best_one_is_not_used(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {"epoch": 1})
    checkpoint.promote(tmp_path)
    checkpoint.save(tmp_path, {"epoch": 2})
    torch.save({"version": 1, "epoch": 7}, tmp_path / checkpoint.BEST)
    with pytest.raises(StudioError, match=r"best\.pt .* is damaged"):
        checkpoint.load(tmp_path / checkpoint.BEST)


def test_a_run_without_sums_is_read_as_it_is(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, {"epoch": 1})
    (tmp_path / checkpoint.INDEX).unlink()
    assert checkpoint.load(tmp_path / checkpoint.LAST)["epoch"] == 1


@pytest.mark.parametrize("at", range(1, 7))
def test_killed_between_any_two_steps_a_whole_one_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """A process that dies at a rename leaves the renames before it, and nothing of the rest."""
    checkpoint.save(tmp_path, {"epoch": 1})
    checkpoint.save(tmp_path, {"epoch": 2})
    count, replace = 0, Path.replace

    def die(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == at:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        try:
            checkpoint.save(tmp_path, {"epoch": 3})
            checkpoint.promote(tmp_path)
        except KeyboardInterrupt:
            pass
    assert checkpoint.load(tmp_path / checkpoint.LAST)["epoch"] == (2 if at <= 3 else 3)
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.skipif(os.name != "posix", reason="folders can be put on the disk on POSIX only")
def test_a_checkpoint_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        order.append("folder" if folder else "file")
        sync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        order.append(Path(target).name)
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    checkpoint.save(tmp_path, {"epoch": 1})
    index = ["file", checkpoint.INDEX, "folder"]
    assert order == [*index, "file", checkpoint.LAST, "folder"]
