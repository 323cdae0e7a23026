"""Training and evaluation from the command line."""

import csv
import hashlib
import json
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_curve

from studio import jobs
from studio.classify import TrainConfig
from studio.jobs.event_models import EpochEvent, JobEvent
from studio.options import ModelOption, limits_of, options_of
from studio.results import tensorboard_log
from studio.results.model_results import read_results

Photo = Callable[..., Path]
SMALL = ["--model", "test_efficientnet", "--weights", "none", "--size", "32", "--batch", "8"]


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    for number in range(16):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"train/{name}/{number}.png", number, (48, 48))
        photo(tmp_path / f"test/{name}/{number}.png", 100 + number, (48, 48))
    return tmp_path


def test_event_files_without_the_extra_are_refused_before_anything_is_read(
    folder: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensorboard_log, "find_spec", lambda name: None)
    asked = ("train", "--train", folder / "train", *SMALL, "--out", folder / "run")
    said = run(*asked, "--tensorboard", folder / "logs")
    assert said.code == 2
    assert "install the extra tensorboard" in said.err
    assert not (folder / "run").exists()


def test_train_and_evaluate(folder: Path, run) -> None:
    out = folder / "run"
    said = run(
        "train",
        *("--train", folder / "train", "--test", folder / "test"),
        *SMALL,
        *("--epochs", 2, "--out", out, "--json"),
    )
    assert said.code == 0, said.err
    document = said.document
    assert (document["state"], len(document["epochs"])) == ("finished", 2)
    assert document["plan"]["positive"] == "melanoma"
    assert document["plan"]["weights"]["pretrained"] is False
    assert document["tests"][0]["n"] == 16
    assert "Epoch 2" in said.err

    said = run("evaluate", out, "--test", folder / "test", "--json")
    assert said.code == 0
    document = said.document
    assert {"n", "positive", "auc", "auc_low", "auc_high", "classes"} <= document.keys()
    assert (document["n"], document["positive"]) == (16, "melanoma")
    assert len(document["decision_curve"]) == 19
    assert document["calibration"]["temperature"]["t"] > 0
    assert document["subgroups"] == {}
    lines = (out / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[:3] == ["file", "label", "score"]
    assert len(lines) == 17
    files = sorted((folder / "test").rglob("*.png"))
    rows = [f"{f.relative_to(folder / 'test')},{('female', 'male')[n % 2]}" for n, f in
            enumerate(files)]  # fmt: skip
    (folder / "test/groups.csv").write_text("\n".join(["file,sex", *rows]), encoding="utf-8")
    said = run("evaluate", out, "--test", folder / "test")
    assert "AUC" in said.out
    assert "By sex, test of difference of AUC" in said.out
    assert "SE: test of difference p " in said.out
    assert "(Fisher's exact test); difference to female: male " in said.out
    assert run("train", "--train", folder / "train", *SMALL, "--out", out).code == 2
    assert "nothing to resume" in run("train", "--out", out, "--resume").err


def test_three_classes_from_the_command_line_to_the_window(tmp_path: Path, photo, run) -> None:
    """Each class has its own threshold; what was evaluated is kept in the run, with its verdict."""
    names = ("acne", "melanoma", "nevus")
    for number in range(36):
        name = names[number % 3]
        for split, first in (("train", 0), ("val", 100), ("test", 200), ("other", 300)):
            photo(tmp_path / f"{split}/{name}/{number}.png", first + number, (40, 40))
    out = tmp_path / "run"
    splits = ("train", "val", "test")
    folders = [word for split in splits for word in (f"--{split}", tmp_path / split)]
    more = ("--learning-rate", 0.002, "--threads", 1, "--precision", "float32", "--keep", "best")
    words = (*SMALL, *more, "--epochs", 2, "--out", out, "--rule", "se90", "--json")
    said = run("train", *folders, "--positive", "melanoma", *words)
    assert said.code == 0, said.err
    assert "Pictures by class, train: acne 12, melanoma 12, nevus 12" in said.err
    settings = said.document["plan"]["settings"]
    assert (settings["learning_rate"], settings["keep"]) == (0.002, "best")
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (record["threads"], record["precision"]) == (1, "float32")
    validation = read(out / f"scores/val_epoch_{said.document['validation']['epoch']:03d}.csv")
    check_points(said.document["tests"][0], read(out / "scores/test_test.csv"), validation, "se90")
    check_points(said.document, validation, validation, "se90")

    said = run("evaluate", out, "--test", tmp_path / "other", "--rule", "sp95", "--json")
    assert said.code == 0, said.err
    document = said.document
    check_points(document, read(out / "scores.csv"), validation, "sp95")
    assert document["thresholds"]["chosen_on"] == "validation"
    assert (document["leakage_verdict"], document["interval"]["level"]) == ("clean", 0.95)
    kept = Path(document["kept"])
    assert kept.parent == out / "evaluations"
    with (kept / "pictures.csv").open(newline="", encoding="utf-8") as stream:
        pictures = list(csv.DictReader(stream))
    assert len(pictures) == 36
    for row in (pictures[0], pictures[-1]):
        assert row["sha256"] == hashlib.sha256(Path(row["file"]).read_bytes()).hexdigest()
    assert row["sha256"] in (out / "scores.csv").read_text(encoding="utf-8")

    said = run("evaluate", out, "--test", tmp_path / "train")
    assert said.code == 1
    assert "Leakage: found" in said.out
    for words in ("macro", "se", "ppv", "confusion matrix", "intervals: 95 %", "wilson", "delong"):
        assert words in said.out.lower()
    assert re.search(r"Macro AUC, the mean over classes: [01]\.\d+ \(", said.out)
    found = read_results(None, out)
    verdicts = {Path(test.name).name: bool(test.leakage.found) for test in found.tests}
    assert verdicts == {"test": False, "other": False, "train": True}
    point = document["classes"]["nevus"]["operating_point"]
    assert found.threshold("sp95", "nevus") == point["threshold"]

    words = [sys.executable, "-m", "studio", "figures", str(out), str(tmp_path / "figures")]
    subprocess.run([*words, "--format", "pdf", "--test", "other"], check=True, timeout=120)
    figures = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert {"roc-02-other-nevus.pdf", "confusion-02-other.csv", "auc-by-epoch-acne.json"} <= set(
        figures
    )
    assert not [name for name in figures if "test" in name]

    before = sorted(path.name for path in (out / "evaluations").iterdir())
    assert run("evaluate", out, "--test", tmp_path / "nowhere").code == 2
    assert sorted(path.name for path in (out / "evaluations").iterdir()) == before


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def check_points(document, scored, validation, rule: str) -> None:
    """The operating points of a document, counted anew from the tables of scores."""
    target = {"se90": 0.9, "sp95": 0.95}[rule]
    assert document["operating_point"] == document["classes"]["melanoma"]["operating_point"]
    for name, one in document["classes"].items():
        truth = np.array([row["label"] == name for row in validation])
        fpr, tpr, thresholds = roc_curve(
            truth, [float(row[f"p_{name}"]) for row in validation], drop_intermediate=False
        )
        at = np.flatnonzero(tpr >= target)[0]
        if rule.startswith("sp"):
            at = np.flatnonzero(1 - fpr >= target)[-1]
        point = one["operating_point"]
        assert point["rule"] == rule
        assert point["threshold"] == pytest.approx(min(thresholds[at], 1.0), abs=1e-12)
        called = np.array([float(row[f"p_{name}"]) >= thresholds[at] for row in scored])
        flags = np.array([row["label"] == name for row in scored])
        tn, fp, fn, tp = confusion_matrix(flags, called, labels=[False, True]).ravel()
        assert [point[key] for key in ("tp", "fn", "fp", "tn")] == [tp, fn, fp, tn]
        assert point["prevalence"] == flags.mean()


def test_classes_that_are_far_apart_are_told(tmp_path: Path, photo, run) -> None:
    for number in range(20):
        photo(tmp_path / f"train/nevus/{number}.png", number, (40, 40))
    for number in range(4):
        photo(tmp_path / f"train/melanoma/{number}.png", 50 + number, (40, 40))
    words = ("--epochs", 1, "--no-frozen", "--out", tmp_path / "run", "--json")
    said = run("train", "--train", tmp_path / "train", "--val", tmp_path / "train", *SMALL, *words)
    assert said.code == 0, said.err
    assert [one for one in said.document["warnings"] if "far apart in number" in one]
    assert "nevus has 20 training pictures, melanoma 4, 5.0 times fewer" in said.err


def test_an_unknown_model_is_told_before_anything_is_read(tmp_path: Path, run) -> None:
    said = run(
        "train", "--train", tmp_path / "no", "--model", "nosuchmodel", "--out", tmp_path / "r"
    )
    assert said.code == 2
    assert "timm has no model named 'nosuchmodel'" in said.err
    assert not (tmp_path / "r").exists()


def test_a_resumed_run_keeps_its_settings(tmp_path: Path, run) -> None:
    words = ("--train", tmp_path, "--epochs", 5, "--no-frozen", "--seed", 0, "--json")
    said = run("train", "--out", tmp_path / "run", "--resume", *words)
    assert said.code == 2
    assert "leave out --train, --epochs, --seed, --frozen, or" in said.err
    assert "nothing to resume" not in said.err


def test_leakage_is_refused_with_the_way_out(folder: Path, run) -> None:
    words = ("train", "--train", folder / "train", "--test", folder / "train", *SMALL)
    said = run(*words, "--epochs", 1, "--out", folder / "run")
    assert said.code == 2
    assert "--allow-leakage" in said.err
    assert not (folder / "run").exists()
    said = run(*words, "--epochs", 1, "--out", folder / "run", "--allow-leakage", "--json")
    assert said.code == 0
    assert said.document["plan"]["leakage"]["allowed"] is True


def test_never_silently_from_scratch(folder: Path, run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    words = ("train", "--train", folder / "train", "--model", "resnet10t", "--weights", "auto")
    said = run(*words, "--epochs", 1, "--out", folder / "run", "--json")
    assert said.code == 2
    assert said.document["state"] == "failed"
    assert "weights" in said.document["error"]
    assert said.document["epochs"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_stops_where_resume_goes_on(folder: Path, run, child) -> None:
    out = folder / "run"
    words = ["train", "--train", str(folder / "train"), *SMALL, "--epochs", "400"]
    process = child(
        [sys.executable, "-m", "studio", *words, "--out", str(out)], stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 240
    while not (out / "last.pt").exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert jobs.status(out).state == "stopped"
    epochs = [e["epoch"] for e in jobs.read_events(out)[0] if e["event"] == "epoch"]
    assert epochs

    def stop(event: JobEvent) -> None:
        if isinstance(event, EpochEvent):
            jobs.request_stop(out)

    assert jobs.run_here(out, stop) == "stopped"
    later = [e["epoch"] for e in jobs.read_events(out)[0] if e["event"] == "epoch"]
    assert later == list(range(1, len(later) + 1))
    assert len(later) > len(epochs)


def test_the_file_of_a_run_gives_the_same_run(folder: Path, run) -> None:
    words = ("--train", folder / "train", *SMALL, "--epochs", 2, "--threads", 1, "--no-frozen")
    more = ("--set", "learning_rate=3e-3", "--set", "smoothing=0.1", "--test", folder / "test")
    first = run("train", *words, *more, "--name", "one", "--out", folder / "a", "--json")
    assert first.code == 0, first.err
    settings = first.document["plan"]["settings"]
    assert (settings["learning_rate"], settings["smoothing"]) == (3e-3, 0.1)
    again = run("train", "--config", folder / "a/config.toml", "--out", folder / "b", "--json")
    assert again.code == 0, again.err
    assert again.document["plan"]["settings"] == settings
    losses = [[epoch["loss"] for epoch in said.document["epochs"]] for said in (first, again)]
    assert losses[0] == losses[1]
    for name in ("scores/val_epoch_002.csv", "scores/test_test.csv"):
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes()
    assert jobs.status(folder / "b").title == jobs.status(folder / "a").title
    assert [(folder / name / "cache").exists() for name in "ab"] == [False, False]


def _two_values(option: ModelOption) -> tuple[Any, Any]:
    """One for the file and another for the command line: the default, where that is a value, since
    it must not be taken for one that was not given."""
    given, least = option.default, 3 * max(1, int(limits_of(option.field).get("ge", 1)))
    values = (
        option.choices
        or {
            bool: (False, True),
            str: ("/one", "/two"),
            int: (least, least + 1),
            float: (0.125, 0.25),
        }[option.type]
    )
    if given is None:
        return values[0], values[1]
    return next(one for one in values if one != given), given


@pytest.mark.parametrize("name", options_of(TrainConfig))
def test_the_command_line_goes_before_the_file(tmp_path: Path, run, name: str) -> None:
    option = options_of(TrainConfig)[name]
    of_file, given = _two_values(option)
    (tmp_path / "c.toml").write_text(f"{name} = {json.dumps(of_file)}\n", encoding="utf-8")
    start = ("train", "--config", tmp_path / "c.toml", "--print-config")
    assert tomllib.loads(run(*start).out)[name] == of_file
    ways = [["--set", f"{name}={json.dumps(given).strip(chr(34))}"]]
    if option.flag:
        ways.append(option.words(given))
        said = run(*start, *ways[0], *ways[1])
        assert said.code == 2
        assert name in said.err
    for words in ways:
        assert tomllib.loads(run(*start, *words).out)[name] == given


def test_frozen_goes_before_the_file(tmp_path: Path, run) -> None:
    def images(of_file: int | None, *words: str) -> int:
        text = "" if of_file is None else f"frozen_images = {of_file}"
        (tmp_path / "c.toml").write_text(text, encoding="utf-8")
        said = run("train", "--config", tmp_path / "c.toml", "--print-config", *words)
        return int(tomllib.loads(said.out)["frozen_images"])

    assert [images(one) for one in (None, 0, 300)] == [800, 0, 300]
    assert [images(one, "--frozen") for one in (None, 0, 300)] == [800, 800, 300]
    assert [images(one, "--no-frozen") for one in (None, 0, 300)] == [0, 0, 0]
    assert images(0, "--set", "frozen_images=5") == 5
    start = ("train", "--print-config", "--set", "frozen_images=5")
    assert [run(*start, one).code for one in ("--frozen", "--no-frozen")] == [2, 2]


def test_data_of_the_command_line_goes_before_the_file(tmp_path: Path, run) -> None:
    data = {
        "train": ["/a"],
        "val": "/b",
        "test": ["/c"],
        "groups": ["/d"],
        "hold_out": True,
        "allow_leakage": False,
    }
    data["where"] = "age > 40"
    lines = ["name = 'one'", "[data]", *(f"{k} = {json.dumps(v)}" for k, v in data.items())]
    (tmp_path / "c.toml").write_text("\n".join(lines), encoding="utf-8")
    start = ("train", "--config", tmp_path / "c.toml", "--print-config")
    flags = {"train": "--train", "val": "--val", "test": "--test", "groups": "--groups"}
    assert tomllib.loads(run(*start).out)["data"] == data
    for name, flag in flags.items():
        other = "/other" if isinstance(data[name], str) else ["/other"]
        said = tomllib.loads(run(*start, flag, "/other").out)
        assert said["data"] == {**data, name: other}
    said = tomllib.loads(run(*start, "--where", "age < 9").out)
    assert said["data"] == {**data, "where": "age < 9"}
    said = tomllib.loads(run(*start, "--allow-leakage", "--name", "").out)
    assert said["data"] == {**data, "hold_out": True, "allow_leakage": True}
    assert said["name"] == ""


def test_settings_are_printed_as_a_file_and_given_over_it(folder: Path, run) -> None:
    said = run("train", "--print-config", "--set", "learning_rate=1e-4", "--recipe", "paper")
    assert said.code == 0
    (folder / "c.toml").write_text(said.out, encoding="utf-8")
    more = ("--config", folder / "c.toml", "--epochs", 3, "--print-config")
    told = tomllib.loads(run("train", *more).out)
    assert (told["learning_rate"], told["epochs"], told["optimiser"]) == (1e-4, 3, "radam")
    assert run("train", *more, "--set", "epochs=4").code == 2
    assert "learning_rate" in run("train", "--set", "lerning_rate=1", "--print-config").err
    assert "--train" in run("train", "--config", folder / "c.toml", "--out", folder / "r").err
    assert "--out" in run("train", "--train", folder / "train").err


def test_a_condition_takes_a_part_of_every_folder(folder: Path, run) -> None:
    for name in ("train", "test"):
        rows = [
            f"{path.name},{('near', 'far')[int(path.stem) % 4 // 2]}"
            for path in sorted((folder / name).rglob("*.png"))
        ]
        (folder / name / "groups.csv").write_text("\n".join(["file,framing", *rows]), "utf-8")
    out = folder / "near"
    words = ("train", "--train", folder / "train", *SMALL, "--epochs", 1, "--out", out)
    said = run(*words, "--test", folder / "test", "--where", "framing == 'near'", "--json")
    assert said.code == 0, said.err
    assert said.document["tests"][0]["n"] == 8
    assert "8 images of train left out" in said.err
    assert tomllib.loads((out / "config.toml").read_text("utf-8"))["data"]["where"] == (
        "framing == 'near'"
    )
    said = run("evaluate", out, "--test", folder / "test", "--where", "framing == 'far'", "--json")
    assert said.document["n"] == 8
    assert "far" in said.document["name"]
    said = run("evaluate", out, "--test", folder / "test", "--where", "tone == 'far'")
    assert (said.code, "has no column tone" in said.err) == (2, True)


def test_folders_with_other_names_are_trained_on_together(tmp_path: Path, run, photo) -> None:
    names = {"a": ("ML", "mel"), "b": ("nevus", "melanoma"), "test": ("Naevi", "mel")}
    for place, (folder, (benign, malignant)) in enumerate(names.items()):
        for number in range(12):
            name = (benign, malignant, "scars")[number % 3]
            photo(tmp_path / folder / name / f"{number}.png", 100 * place + number, (48, 48))
    labels = tmp_path / "map.toml"
    labels.write_text(
        '"ML" = "nevus"\n"Naevi" = "nevus"\n"mel" = "melanoma"\n'
        '"scars" = ""\n"lentigo" = "nevus"\n',
        encoding="utf-8",
    )
    out, words = tmp_path / "run", ["--train", tmp_path / "a", "--train", tmp_path / "b"]
    small = [*SMALL, "--epochs", 1, "--threads", 1]
    said = run("train", *words, "--labels", labels, *small, "--out", out)
    assert said.code == 0, said.err
    assert "names labels that no folder has: naevi, lentigo. Correct them" in said.err
    assert "4 images of a/scars left out, as map.toml says." in said.err
    items = json.loads((out / "items.json").read_text(encoding="utf-8"))
    assert {i["label"] for split in items["train"] for i in split["items"]} == {"nevus", "melanoma"}
    kept = tomllib.loads((out / "config.toml").read_text(encoding="utf-8"))
    assert kept["data"]["labels"] == str(labels)
    test = ("--test", tmp_path / "test", "--json")
    assert run("evaluate", out, *test, "--labels", labels).document["n"] == 8
    assert "has a class 'Naevi'" in run("evaluate", out, *test).err
    labels.write_text('"ML" = "nevus"\n"mel" = "melanoma"\n', encoding="utf-8")
    said = run("train", *words, "--labels", labels, *small, "--out", tmp_path / "other")
    assert said.code == 2
    assert "does not say what the class folders scars of a are" in " ".join(said.err.split())
    assert not (tmp_path / "other").exists()


def test_all_pictures_are_trained_on_where_that_is_asked(folder: Path, run) -> None:
    out = folder / "run"
    words = ["train", "--train", folder / "train", "--test", folder / "test", *SMALL]
    said = run(*words, "--epochs", 1, "--no-hold-out", "--recipe", "small", "--out", out, "--json")
    assert said.code == 0, said.err
    items = json.loads((out / "items.json").read_text(encoding="utf-8"))
    assert len(items["train"][0]["items"]) == 16
    assert items.get("val") is None
    assert "recipe small suits them better" not in said.err
    assert said.document["plan"]["settings"]["augment"] == "classical"
    assert said.document["tests"][0]["thresholds"] is None
    kept = tomllib.loads((out / "config.toml").read_text(encoding="utf-8"))
    assert kept["data"]["hold_out"] is False
    refused = run(*words, "--no-hold-out", "--patience", 2, "--out", folder / "other")
    assert (refused.code, "told by a validation set" in refused.err) == (2, True)
    plain = run(*words, "--epochs", 1, "--out", folder / "third")
    assert "12 training pictures are few: --recipe small suits them better" in plain.err
