"""Class weights and early stopping: what they do, and that a resume goes on with them exactly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from studio.classify import DataSplit, TrainConfig, train
from studio.classify.checkpoint import LAST
from studio.errors import StudioError

Recorder = Callable[..., Any]


def changed(config: TrainConfig, **fields: object) -> TrainConfig:
    return TrainConfig.model_validate({**config.model_dump(), **fields})


def test_patience_ends_a_run_that_gets_no_better_and_keeps_the_best(
    config: TrainConfig, tmp_path: Path, recorder: Recorder
) -> None:
    wanted = changed(config, patience=2, epochs=30, learning_rate=1e-7)
    assert wanted.resolved().keep == "best"
    assert changed(wanted, keep="last").resolved().keep == "last"
    record = recorder()
    result = train(wanted, tmp_path / "run", record.emit)
    aucs = [epoch["auc"] for epoch in record.all("epoch")]
    best = aucs.index(max(aucs))
    assert len(aucs) == best + 3 < 30
    assert (result["stopped"], result["epochs"]) == (False, len(aucs))
    assert any("no better for 2 epochs" in log["message"] for log in record.all("log"))
    kept = torch.load(tmp_path / "run/best.pt", weights_only=True)
    assert kept["epoch"] == best + 1
    again = recorder()
    assert train(wanted, tmp_path / "run", again.emit)["epochs"] == len(aucs)
    assert not again.all("epoch")


def test_without_patience_all_epochs_are_trained(
    config: TrainConfig, tmp_path: Path, recorder: Recorder
) -> None:
    record = recorder()
    train(changed(config, patience=0, learning_rate=1e-7), tmp_path / "run", record.emit)
    assert len(record.all("epoch")) == 3


def test_balanced_classes_count_alike(
    config: TrainConfig, tmp_path: Path, recorder: Recorder
) -> None:
    """Of 13 and 4 pictures the weights are 17 / (2 · 13) and 17 / (2 · 4), of mean 1."""
    data = config.data
    assert data is not None
    items = data.train[0].items
    rare = [one for one in items if one.label == "malignantmelanoma"][:4]
    common = [one for one in items if one.label != "malignantmelanoma"]
    few = data.model_copy(update={"train": [DataSplit(name="train", items=[*rare, *common])]})
    seen = []
    kept = functional.cross_entropy

    def loss(*args: Any, weight: torch.Tensor | None = None, **more: Any) -> torch.Tensor:
        seen.append(weight)
        return kept(*args, weight=weight, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functional, "cross_entropy", loss)
        wanted = changed(config, class_weights="balanced", data=few, epochs=1)
        train(wanted, tmp_path / "balanced", recorder().emit)
        balanced, seen[:] = list(seen), []
        train(changed(config, data=few, epochs=1), tmp_path / "plain", recorder().emit)
    weights = next(one for one in balanced if one is not None)
    assert weights.tolist() == pytest.approx([17 / 8, 17 / 26])
    assert all(one is None for one in seen)


def test_a_run_of_an_older_version_goes_on(
    config: TrainConfig, tmp_path: Path, recorder: Recorder
) -> None:
    """Its checkpoint knows nothing of settings that came later."""
    train(config, tmp_path / "run", recorder().emit)
    path = tmp_path / "run" / LAST
    content = torch.load(path, weights_only=True)
    for name in ("class_weights", "patience"):
        del content["settings"][name]
    torch.save(content, path)
    (tmp_path / "run/checkpoints.json").unlink(missing_ok=True)
    assert train(config, tmp_path / "run", recorder().emit)["epochs"] == 3
    with pytest.raises(StudioError, match="other settings"):
        train(changed(config, patience=3), tmp_path / "run", recorder().emit)
