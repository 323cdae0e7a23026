"""Learning rates, memory that runs out, losses that explode."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.classify import TrainConfig, train
from studio.classify.config import PAPER, STUDIO
from studio.classify.engine import Engine, is_out_of_memory
from studio.classify.loop import learning_rate
from studio.errors import StudioError


def test_the_paper_keeps_its_rate() -> None:
    assert {learning_rate(PAPER, p) for p in (0.001, 0.5, 1.0)} == {1e-3}


def test_the_studio_warms_up_and_comes_down() -> None:
    top = STUDIO.learning_rate
    rates = [learning_rate(STUDIO, p / 100) for p in range(1, 101)]
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[peak] == pytest.approx(top, rel=1e-3)
    assert rates[-1] == pytest.approx(0.01 * top)
    assert min(rates) > 0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (MemoryError(), True),
        (RuntimeError("shapes cannot be multiplied"), False),
    ],
)
def test_out_of_memory_is_told_from_other_faults(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def _limit_memory(monkeypatch: pytest.MonkeyPatch, pictures: int) -> list[int]:
    """Let a training batch of more than `pictures` fail as torch does; records batch sizes."""
    genuine, sizes = Engine.loss, []

    def loss(self: Engine, pixels: torch.Tensor, *rest: Any) -> torch.Tensor:
        if len(pixels) > pictures:
            raise torch.OutOfMemoryError("CUDA out of memory")
        sizes.append(len(pixels))
        return genuine(self, pixels, *rest)

    monkeypatch.setattr(Engine, "loss", loss)
    return sizes


def test_out_of_memory_halves_the_batch_says_so_and_loses_no_picture(
    config: TrainConfig,
    tmp_path: Path,
    recorder: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = _limit_memory(monkeypatch, 4)
    record = recorder()
    result = train(config.model_copy(update={"epochs": 1, "batch": 16}), tmp_path, record.emit)
    assert result["epochs"] == 1
    assert sum(sizes) == 26
    assert max(sizes) == 4
    halved = [fields["batch"] for fields in record.all("warning") if "batch" in fields]
    assert halved == [8, 4]


def test_memory_for_nothing_at_all_is_a_sentence(
    config: TrainConfig,
    tmp_path: Path,
    recorder: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _limit_memory(monkeypatch, 0)
    with pytest.raises(StudioError, match="Not even 2 pictures of 32 px fit"):
        train(config, tmp_path, recorder().emit)


def test_evaluation_out_of_memory_halves_as_well(
    config: TrainConfig,
    tmp_path: Path,
    recorder: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genuine = Engine.probabilities

    def probabilities(self: Engine, pixels: torch.Tensor, *, flips: bool = False) -> Any:
        if len(pixels) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return genuine(self, pixels, flips=flips)

    monkeypatch.setattr(Engine, "probabilities", probabilities)
    record = recorder()
    train(config.model_copy(update={"epochs": 1}), tmp_path, record.emit)
    assert record.all("test")[0]["n"] == 12


def test_a_loss_that_explodes_ends_with_a_sentence(
    config: TrainConfig,
    tmp_path: Path,
    recorder: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genuine = Engine.loss
    monkeypatch.setattr(Engine, "loss", lambda *args: genuine(*args) * float("nan"))
    with pytest.raises(StudioError, match="lower learning rate"):
        train(config, tmp_path, recorder().emit)


@pytest.mark.parametrize(("pretrained", "moves"), [(True, False), (False, True)])
def test_frozen_statistics_stay_unless_there_are_none(
    pretrained: bool,
    moves: bool,
    config: TrainConfig,
    weights_file: Path,
    tmp_path: Path,
    recorder: Callable[..., Any],
) -> None:
    weights = str(weights_file) if pretrained else "none"
    wish = {"epochs": 1, "weights": weights, "frozen_images": 0}
    train(config.model_copy(update=wish), tmp_path, recorder().emit)
    found = torch.load(tmp_path / "last.pt", weights_only=True)["model"]
    mean = next(key for key in found if key.endswith("running_mean"))
    started_at_zero = torch.zeros_like(found[mean])
    assert torch.equal(found[mean], started_at_zero) is not moves
