"""A run keeps its number of threads, which its last digits depend on."""

from pathlib import Path
from typing import Any

import pytest
import torch

from studio.generate.training import checkpoint
from studio.generate.training.threads import VARIABLE, pin_thread_count


@pytest.fixture(autouse=True)
def _nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_a_new_run_takes_what_is_there() -> None:
    torch.set_num_threads(2)
    assert pin_thread_count(None) == (2, None)
    assert torch.get_num_threads() == 2


def test_a_run_goes_on_with_its_own() -> None:
    torch.set_num_threads(1)
    assert pin_thread_count(2) == (2, None)
    assert torch.get_num_threads() == 2


def test_who_names_a_number_gets_it_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    torch.set_num_threads(1)
    count, said = pin_thread_count(2)
    assert (count, torch.get_num_threads()) == (1, 1)
    assert said is not None
    assert "computed by 2 threads and goes on with 1 thread, as OMP_NUM_THREADS says" in said
    assert pin_thread_count(1) == (1, None)


def test_a_resume_computes_as_the_run_began(tmp_path: Path, train_in, left) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    torch.set_num_threads(2)
    assert train_in(straight)
    torch.set_num_threads(2)
    assert not train_in(resumed, steps=3)
    torch.set_num_threads(1)  # as a process that was started another way
    said: list[tuple[str, dict[str, Any]]] = []
    assert train_in(resumed, emit=lambda event, **fields: said.append((event, fields)))
    assert left(resumed) == left(straight)
    assert "warning" not in [event for event, _ in said]
    assert next(fields for event, fields in said if event == "plan")["threads"] == 2


def test_a_resume_with_others_says_so(
    tmp_path: Path, train_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(2)
    assert not train_in(tmp_path / "run", steps=3)
    monkeypatch.setenv(VARIABLE, "1")
    torch.set_num_threads(1)
    said: list[str] = []
    train_in(tmp_path / "run", emit=lambda event, **more: said.append(more.get("message", "")))
    assert any("may differ from those of a run that was never stopped" in one for one in said)
    saved = checkpoint.load(tmp_path / "run")
    assert saved is not None
    assert saved["threads"] == 1
