"""Checkpoints that are whole or absent, and generators that go on where they were."""

from pathlib import Path

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

    def die(content: object, path: Path) -> None:
        path.write_bytes(b"half")
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
    with pytest.raises(StudioError, match="no checkpoint of a run"):
        checkpoint.load(tmp_path / "last.pt")
