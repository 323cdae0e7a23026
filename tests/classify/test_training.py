"""A run from pictures to scores; stopped and resumed it gives the numbers of one never stopped."""

import csv
import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.classify import (
    DataSplit,
    Item,
    TrainConfig,
    TrainData,
    evaluate,
    load_classifier,
    train,
)
from studio.classify.loop import Trainer
from studio.compute import interruption
from studio.errors import StudioError
from studio.imaging import decode

CURVE = ("epoch", "loss", "val_loss", "auc", "auc_low", "auc_high", "lr", "estimable")


def curve(run_dir: Path) -> list[tuple[Any, ...]]:
    epochs = json.loads((run_dir / "history.json").read_text())["epochs"]
    return [tuple(epoch[key] for key in CURVE) for epoch in epochs]


def network(run_dir: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(run_dir / "last.pt", weights_only=True)["model"]
    return found


def test_events_tell_the_whole_run(
    config: TrainConfig, weights_file: Path, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    record = recorder()
    wanted = config.model_copy(update={"weights": str(weights_file), "leakage": {"same_bytes": 0}})
    result = train(wanted, tmp_path / "run", record.emit)
    names = [name for name, _ in record.events]
    first = [names.index(n) for n in ("plan", "frozen", "step", "epoch", "test")]
    assert first == sorted(first)
    (plan,) = record.all("plan")
    assert plan["classes"] == ["malignantmelanoma", "melanocyticnevus"]
    assert plan["positive"] == "malignantmelanoma"
    assert plan["counts"]["train"] == {"malignantmelanoma": 13, "melanocyticnevus": 13}
    assert plan["counts"]["test"]["test"]["malignantmelanoma"] == 6
    assert plan["weights"]["source"] == "file tiny.pth"
    assert plan["leakage"] == {"same_bytes": 0}
    (frozen,) = record.all("frozen")
    assert (frozen["n"], frozen["trained_on"]) == (16, 26)
    assert frozen["low"] is None or frozen["low"] <= frozen["auc"] <= frozen["high"]
    epochs = record.all("epoch")
    assert [e["epoch"] for e in epochs] == [1, 2, 3]
    assert epochs[-1]["seconds_left"] == 0
    assert all((tmp_path / "run" / e["scores"]).is_file() for e in epochs)
    (test,) = record.all("test")
    assert (test["name"], test["n"]) == ("test", 12)
    assert result["tests"][0]["auc"] == test["auc"]
    assert result["stopped"] is False


def test_the_record_traces_figures_to_bytes(
    config: TrainConfig, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    train(config, tmp_path, recorder().emit)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["seed"] == 0
    assert record["weights"]["source"].startswith("scratch (random weights)")
    assert {"torch", "timm"} <= set(record["versions"])
    assert record["settings"]["batch"] == 8
    assert "not a diagnosis" in record["notice"]
    lines = (tmp_path / "pictures.csv").read_text().splitlines()
    assert len(lines) == 1 + 26 + 16 + 12
    tested = [line.split(",") for line in lines if line.startswith("test,")]
    digest = hashlib.sha256(Path(tested[0][2]).read_bytes()).hexdigest()
    assert tested[0][-1] == digest
    with (tmp_path / "scores/test_test.csv").open(newline="") as stream:
        scored = list(csv.DictReader(stream))
    assert [row["sha256"] for row in scored] == [row[-1] for row in tested]
    checkpoint = torch.load(tmp_path / "last.pt", weights_only=True)
    assert checkpoint["positive"] == "malignantmelanoma"
    assert len(checkpoint["history"]) == 3
    assert {"optimiser", "sampler", "random"} <= set(checkpoint)
    assert not list(tmp_path.rglob("*.part"))


def test_a_network_from_scratch_has_no_frozen_result_and_says_so(
    config: TrainConfig, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    record = recorder()
    train(config.model_copy(update={"epochs": 1}), tmp_path, record.emit)
    assert record.all("frozen") == []
    assert "random weights" in record.all("log")[0]["message"]


@pytest.fixture(scope="module")
def never_stopped(
    splits: TrainData, weights_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainConfig, Path]:
    run_dir = tmp_path_factory.mktemp("whole")
    config = TrainConfig(
        model="test_efficientnet", weights=str(weights_file), epochs=3, size=32, batch=8,
        threads=1, data=splits,
    )  # fmt: skip
    train(config, run_dir, lambda event, **fields: None)
    return config, run_dir


@pytest.mark.parametrize("stop_after", [1, 26, 27, 28, 29, 31, 32, 35, 39])
def test_stopped_anywhere_and_resumed_is_bit_identical(
    stop_after: int,
    never_stopped: tuple[TrainConfig, Path],
    tmp_path: Path,
    recorder: Callable[..., Any],
) -> None:
    config, whole = never_stopped
    first = recorder(stop_after)
    stopped = train(config, tmp_path, first.emit, first.stop_requested)
    assert stopped["stopped"]
    assert stopped["tests"] == []
    torch.manual_seed(12345)  # whatever happened in between must not matter
    second = recorder()
    assert train(config, tmp_path, second.emit)["stopped"] is False
    assert curve(tmp_path) == curve(whole)
    expected = network(whole)
    assert all(torch.equal(value, expected[key]) for key, value in network(tmp_path).items())
    for name in ("val_epoch_003.csv", "test_test.csv"):
        assert (tmp_path / "scores" / name).read_bytes() == (whole / "scores" / name).read_bytes()


@pytest.mark.parametrize("within", [1, 60, 110, 150])
def test_a_step_is_left_in_its_middle_and_taken_again(
    within: int,
    splits: TrainData,
    tmp_path: Path,
    recorder: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Forwards and backwards, with statistics of batches and dice that the step has moved."""
    config = TrainConfig(
        model="test_efficientnet", weights="none", recipe="paper", epochs=1, size=32, batch=8,
        threads=1, data=splits,
    )  # fmt: skip
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    record = recorder()
    train(config, whole, record.emit)
    steps, asked = itertools.count(), itertools.count(1)
    take, inside = Trainer._step, [False]

    def second_step(trainer: Trainer, chosen: torch.Tensor) -> bool:
        inside[0] = next(steps) == 1
        done = take(trainer, chosen)
        inside[0] = False
        return done

    monkeypatch.setattr(Trainer, "_step", second_step)
    monkeypatch.setattr(interruption, "EVERY_S", 0)
    told = train(config, stopped, record.emit, lambda: inside[0] and next(asked) >= within)
    assert told["stopped"]
    assert inside[0], "the step was taken whole"
    assert torch.load(stopped / "last.pt", weights_only=True)["sampler"]["position"] == 8
    inside[0] = False
    torch.manual_seed(12345)
    assert train(config, stopped, record.emit)["stopped"] is False
    expected = network(whole)
    assert all(torch.equal(value, expected[key]) for key, value in network(stopped).items())
    assert curve(stopped) == curve(whole)


def test_a_model_later_than_its_last_validation_says_so(
    never_stopped: tuple[TrainConfig, Path], tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    config, whole = never_stopped
    record, asked = recorder(), itertools.count()
    # The second step of the second epoch is not taken.
    train(config, tmp_path, record.emit, lambda: bool(record.all("epoch")) and next(asked) >= 1)
    assert config.data is not None
    items = config.data.test[0].items
    warnings = {}
    for run_dir in (whole, tmp_path):
        heard = recorder()
        evaluate(run_dir, items, "again", threads=1, emit=heard.emit)
        warnings[run_dir] = [one["message"] for one in heard.all("warning")]
    assert warnings[whole] == []
    (sentence,) = warnings[tmp_path]
    assert sentence.startswith("The run stopped within epoch 2, after its last validation")


def test_the_stops_above_cover_reading_epochs_and_their_middle(
    never_stopped: tuple[TrainConfig, Path], tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    config, _ = never_stopped
    positions = set()
    for stop_after in (1, 26, 27, 28, 29, 31, 32, 35, 39):
        run_dir = tmp_path / str(stop_after)
        record = recorder(stop_after)
        train(config, run_dir, record.emit, record.stop_requested)
        if (run_dir / "last.pt").is_file():
            saved = torch.load(run_dir / "last.pt", weights_only=True)
            positions.add((saved["epoch"], saved["sampler"]["position"]))
        else:
            positions.add(None)
    assert None in positions
    assert (0, 26) in positions, "no stop fell into a validation"
    assert any(p and p[0] == 0 and 0 < p[1] < 26 for p in positions)
    assert any(p and p[0] >= 1 and p[1] > 0 for p in positions)


def test_a_finished_run_called_again_trains_nothing_more(
    never_stopped: tuple[TrainConfig, Path], recorder: Callable[..., Any]
) -> None:
    config, whole = never_stopped
    before = curve(whole)
    record = recorder()
    result = train(config, whole, record.emit)
    assert result["epochs"] == 3
    assert record.all("step") == record.all("epoch") == []
    assert len(record.all("plan")[0]["history"]) == 3
    assert curve(whole) == before


@pytest.mark.parametrize("change", [{"epochs": 4}, {"seed": 1}, {"recipe": "paper"}])
def test_a_resume_with_other_settings_is_refused(
    change: dict[str, Any], never_stopped: tuple[TrainConfig, Path], recorder: Callable[..., Any]
) -> None:
    config, whole = never_stopped
    with pytest.raises(StudioError, match="begun with other settings"):
        train(config.model_copy(update=change), whole, recorder().emit)


@pytest.mark.parametrize("which", ["training", "validation"])
def test_a_resume_on_other_pictures_is_refused(
    which: str,
    never_stopped: tuple[TrainConfig, Path],
    splits: TrainData,
    recorder: Callable[..., Any],
) -> None:
    config, whole = never_stopped
    before = (whole / "pictures.csv").read_bytes()
    assert splits.val is not None
    if which == "training":
        kept = splits.train[0].model_copy(update={"items": splits.train[0].items[1:]})
        changed = splits.model_copy(update={"train": [kept]})
    else:
        kept = splits.val.model_copy(update={"items": splits.val.items[1:]})
        changed = splits.model_copy(update={"val": kept})
    with pytest.raises(StudioError, match=f"The {which} pictures of the run .* have changed"):
        train(config.model_copy(update={"data": changed}), whole, recorder().emit)
    none = config.model_copy(update={"data": splits.model_copy(update={"val": None})})
    with pytest.raises(StudioError, match="The validation pictures"):
        train(none, whole, recorder().emit)
    assert (whole / "pictures.csv").read_bytes() == before


def test_the_seed_decides_the_numbers(config: TrainConfig, tmp_path: Path) -> None:
    def silent(event: str, **fields: Any) -> None:
        return None

    short = config.model_copy(update={"epochs": 1})
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(short.model_copy(update={"seed": seed}), tmp_path / name, silent)
    assert curve(tmp_path / "a") == curve(tmp_path / "b") != curve(tmp_path / "c")


def test_unreadable_pictures_are_named_and_the_rest_trains(
    config: TrainConfig, splits: TrainData, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"<html>")
    items = [*splits.train[0].items, Item(file=str(broken), label="malignantmelanoma")]
    data = splits.model_copy(update={"train": [DataSplit(name="train", items=items)]})
    record = recorder()
    train(config.model_copy(update={"data": data, "epochs": 1}), tmp_path / "run", record.emit)
    (warning,) = [fields for fields in record.all("warning") if "unreadable" in fields]
    assert "broken.jpg" in warning["message"]
    assert [one["file"] for one in warning["unreadable"]] == [str(broken)]
    assert str(broken) in json.loads((tmp_path / "run" / "run.json").read_text())["unreadable"]


def test_a_class_of_which_nothing_can_be_read(
    config: TrainConfig, splits: TrainData, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    items = [
        item if item.label == "melanocyticnevus" else Item(file="gone.png", label=item.label)
        for item in splits.train[0].items
    ]
    data = splits.model_copy(update={"train": [DataSplit(name="train", items=items)]})
    with pytest.raises(StudioError, match="Not one picture of class 'malignantmelanoma'"):
        train(config.model_copy(update={"data": data}), tmp_path, recorder().emit)


def test_without_validation_there_is_no_curve_but_a_model(
    config: TrainConfig, splits: TrainData, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    record = recorder()
    data = splits.model_copy(update={"val": None})
    train(config.model_copy(update={"data": data, "epochs": 1}), tmp_path, record.emit)
    (epoch,) = record.all("epoch")
    assert epoch["auc"] is None
    assert epoch["scores"] is None
    assert any("No validation" in fields["message"] for fields in record.all("warning"))
    assert record.all("test")[0]["auc"] is not None


def test_validation_within_epochs_does_not_change_the_numbers(
    config: TrainConfig, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    short = config.model_copy(update={"epochs": 1})
    train(short, tmp_path / "plain", recorder().emit)
    record = recorder()
    train(short.model_copy(update={"validate_steps": 2}), tmp_path / "often", record.emit)
    assert len(record.all("validation")) == 2
    assert curve(tmp_path / "often") == curve(tmp_path / "plain")


@pytest.mark.parametrize("at", [2, 4])  # amid the epoch and at its end
def test_a_validation_within_an_epoch_that_a_stop_cut_short_is_repeated(
    at: int,
    config: TrainConfig,
    tmp_path: Path,
    recorder: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = config.model_copy(update={"epochs": 1, "validate_steps": 2})
    straight = recorder()
    train(short, tmp_path / "straight", straight.emit)
    within, validate = [False], Trainer._validate

    def watched(trainer: Trainer, scores_file: str) -> dict[str, Any] | None:
        within[0] = scores_file == f"scores/val_step_{at:06d}.csv"
        try:
            return validate(trainer, scores_file)
        finally:
            within[0] = False

    monkeypatch.setattr(Trainer, "_validate", watched)
    cut, rest = recorder(), recorder()
    assert train(short, tmp_path / "cut", cut.emit, lambda: within[0])["stopped"]
    assert len(cut.all("validation")) == at // 2 - 1
    assert train(short, tmp_path / "cut", rest.emit)["stopped"] is False
    assert cut.all("validation") + rest.all("validation") == straight.all("validation")
    assert curve(tmp_path / "cut") == curve(tmp_path / "straight")
    scores = f"scores/val_step_{at:06d}.csv"
    assert (tmp_path / "cut" / scores).read_bytes() == (tmp_path / "straight" / scores).read_bytes()


@pytest.fixture(scope="module")
def three_classes(tmp_path_factory: pytest.TempPathFactory, splits: TrainData) -> Path:
    folder = tmp_path_factory.mktemp("three")
    items = [
        Item(file=item.file, label=["a", "b", "c"][number % 3])
        for number, item in enumerate(splits.train[0].items)
    ]
    two = [item for item in items if item.label != "c"]
    data = TrainData(
        train=[DataSplit(name="train", items=items)],
        val=DataSplit(name="val", items=items),
        test=[DataSplit(name="no c", items=two)],
    )
    config = TrainConfig(
        model="test_efficientnet", weights="none", epochs=1, size=32, batch=8, threads=1, data=data
    )
    events: list[tuple[str, dict[str, Any]]] = []
    train(config, folder, lambda event, **fields: events.append((event, fields)))
    (folder / "seen.json").write_text(json.dumps(events))
    return folder


def test_three_classes_are_scored_each_and_on_average(three_classes: Path) -> None:
    events = json.loads((three_classes / "seen.json").read_text())
    epoch = next(fields for name, fields in events if name == "epoch")
    assert set(epoch["classes"]) == {"a", "b", "c"}
    values = [entry["auc"] for entry in epoch["classes"].values()]
    assert epoch["macro"] == pytest.approx(sum(values) / 3)
    test = next(fields for name, fields in events if name == "test")
    assert test["positive"] == "c"
    assert test["auc"] is None
    assert test["estimable"] is False
    messages = " ".join(fields["message"] for name, fields in events if name == "warning")
    assert "'c' is taken" in messages
    assert "no c has no picture of class 'c'" in messages


def test_evaluate_repeats_the_test_of_the_training(
    never_stopped: tuple[TrainConfig, Path], splits: TrainData, recorder: Callable[..., Any]
) -> None:
    _, whole = never_stopped
    record = recorder()
    pairs = [(item.file, item.label) for item in splits.test[0].items]
    result = evaluate(whole, pairs, "test", threads=1, emit=record.emit)
    expected = json.loads((whole / "history.json").read_text())["tests"][0]
    assert result["auc"] == pytest.approx(expected["auc"])
    assert result["classes"] == expected["classes"]
    assert (whole / "scores.csv").read_bytes() == (whole / "scores/test_test.csv").read_bytes()
    assert result["positive"] == "malignantmelanoma"
    assert "not a diagnosis" in result["notice"]


def test_evaluate_of_one_class_is_undefined(
    never_stopped: tuple[TrainConfig, Path], splits: TrainData
) -> None:
    _, whole = never_stopped
    only = [item for item in splits.test[0].items if item.label == "malignantmelanoma"]
    result = evaluate(whole, only, "../../x y", threads=1)
    assert result["auc"] is None
    assert (whole / result["scores"]).parent == whole / "scores"


@pytest.mark.parametrize(
    ("items", "sentence"),
    [([], "nothing to evaluate"), ([("x.png", "zebra")], "a class 'zebra'")],
)
def test_evaluate_refuses_with_a_sentence(
    items: list[tuple[str, str]], sentence: str, never_stopped: tuple[TrainConfig, Path]
) -> None:
    with pytest.raises(StudioError, match=sentence):
        evaluate(never_stopped[1], items, "folder", threads=1)


def test_a_run_that_never_trained_and_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"has no last\.pt"):
        evaluate(tmp_path, [("x.png", "a")], "folder", threads=1)
    (tmp_path / "last.pt").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(StudioError, match="is damaged"):
        evaluate(tmp_path, [("x.png", "a")], "folder", threads=1)


def test_the_classifier_of_the_window_gives_the_scores_of_the_table(
    never_stopped: tuple[TrainConfig, Path], splits: TrainData
) -> None:
    _, whole = never_stopped
    items = splits.test[0].items
    model = load_classifier(whole, "cpu")
    found = model.scores([decode(Path(item.file), frame="exif") for item in items])
    with (whole / "scores/test_test.csv").open(newline="") as stream:
        expected = [float(row["score"]) for row in csv.DictReader(stream)]
    assert found.tolist() == pytest.approx(expected, abs=1e-6)
    assert model.classes.positive == "malignantmelanoma"
    with pytest.raises(StudioError, match="not 8-bit RGB"):
        model.scores([found])


def test_the_first_result_keeps_to_its_number_of_pictures(
    config: TrainConfig, weights_file: Path, tmp_path: Path, recorder: Callable[..., Any]
) -> None:
    record = recorder()
    wish = {"weights": str(weights_file), "frozen_images": 10, "epochs": 1}
    train(config.model_copy(update=wish), tmp_path, record.emit)
    (frozen,) = record.all("frozen")
    assert (frozen["trained_on"], frozen["n"]) == (10, 10)
    rows = (tmp_path / frozen["scores"]).read_text().splitlines()[1:]
    assert sum("malignantmelanoma" in row.split(",")[1] for row in rows) == 5


def test_scored_crops_of_one_file_are_told_apart(
    config: TrainConfig,
    splits: TrainData,
    weights_file: Path,
    tmp_path: Path,
    recorder: Callable[..., Any],
) -> None:
    """The first result takes a part of the validation set: a box's place in it says nothing."""
    assert splits.val is not None
    first = {item.label: item.file for item in reversed(splits.val.items)}
    crops = [
        Item(file=first[item.label], label=item.label, square=(20.0, 20.0, 20.0 + number / 2))
        for number, item in enumerate(splits.val.items)
    ]
    data = splits.model_copy(update={"val": DataSplit(name="val", items=crops)})
    wish = {"weights": str(weights_file), "frozen_images": 10, "epochs": 1, "data": data}
    record = recorder()
    train(config.model_copy(update=wish), tmp_path, record.emit)
    (frozen,) = record.all("frozen")
    known = {(item.file, item.label, item.square) for item in crops}
    found = []
    with (tmp_path / frozen["scores"]).open(newline="") as stream:
        for row in csv.DictReader(stream):
            found.append((row["file"], row["label"], tuple(map(float, row["square"].split()))))
    assert len(set(found)) == len(found) == 10
    assert set(found) < known
