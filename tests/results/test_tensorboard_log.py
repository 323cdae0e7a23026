"""Event files of a training, read back by TensorBoard itself."""

from pathlib import Path
from typing import Any

import pytest

from studio.errors import StudioError
from studio.jobs.event_models import EpochEvent, TestEvent, TrainPlanEvent
from studio.results import tensorboard_log
from studio.results.tensorboard_log import TensorboardLog


def epoch(number: int, **more: Any) -> dict[str, Any]:
    return {"epoch": number, "loss": 1 / number, "auc": 0.5 + number / 100, **more}


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """(step, value) of each tag, in the order of the files."""
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    found: dict[str, list[tuple[int, float]]] = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in loader.EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                number = value.tensor.float_val[0]
                found.setdefault(value.tag, []).append((event.step, pytest.approx(number)))
    return found


def plan(*history: dict[str, Any]) -> TrainPlanEvent:
    return TrainPlanEvent.model_validate({"event": "plan", "history": list(history)})


def test_scalars_by_epoch_and_of_tests(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    with TensorboardLog(tmp_path / "logs", tmp_path / "first") as log:
        log.handle_event(plan())
        classes = {"nevus": {"auc": 0.7}, "acne": {"auc": None}}
        for number in (1, 2):
            fields = epoch(number, val_loss=None, lr=0.001, classes=classes)
            log.handle_event(EpochEvent.model_validate({"event": "epoch", **fields}))
        log.handle_event(
            TestEvent.model_validate({"event": "test", "name": "far", "n": 4, "auc": 0.8})
        )
    found = scalars(tmp_path / "logs/first")
    assert found["loss/train"] == [(1, 1.0), (2, 0.5)]
    assert found["auc/validation"] == [(1, 0.51), (2, 0.52)]
    assert found["auc_by_class/nevus"] == [(1, 0.7), (2, 0.7)]
    assert found["test/far/auc"] == [(2, 0.8)]
    assert not {"loss/validation", "auc_by_class/acne"} & found.keys()  # undefined


def test_a_training_that_goes_on_adds_what_is_new(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    run = tmp_path / "first"
    third = EpochEvent.model_validate({"event": "epoch", **epoch(3)})
    for folder in ("logs", "logs", "elsewhere"):
        with TensorboardLog(tmp_path / folder, run) as log:
            log.handle_event(plan(epoch(1), epoch(2)))
            log.handle_event(third)
        third = EpochEvent.model_validate({"event": "epoch", **epoch(4)})
    steps = sorted(step for step, _ in scalars(tmp_path / "logs/first")["loss/train"])
    assert steps == [1, 2, 3, 4]
    assert [step for step, _ in scalars(tmp_path / "elsewhere/first")["loss/train"]] == [1, 2, 4]


def test_without_the_extra_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorboard_log, "find_spec", lambda name: None)
    with pytest.raises(StudioError, match=r"install the extra tensorboard"):
        TensorboardLog(tmp_path / "logs", tmp_path / "first")
    assert not (tmp_path / "logs").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "logs").write_text("", "utf-8")
    with pytest.raises(StudioError, match=r"cannot be written to .*logs"):
        TensorboardLog(tmp_path / "logs", tmp_path / "first")
