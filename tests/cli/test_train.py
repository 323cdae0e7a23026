"""Training and evaluation from the command line."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import jobs

Photo = Callable[..., Path]
SMALL = ["--model", "test_efficientnet", "--weights", "none", "--size", "32", "--batch", "8"]


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    for number in range(16):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"train/{name}/{number}.png", number, (48, 48))
        photo(tmp_path / f"test/{name}/{number}.png", 100 + number, (48, 48))
    return tmp_path


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
    lines = (out / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[:3] == ["file", "label", "score"]
    assert len(lines) == 17
    assert "AUC" in run("evaluate", out, "--test", folder / "test").out
    assert run("train", "--train", folder / "train", *SMALL, "--out", out).code == 2
    assert "nothing to resume" in run("train", "--out", out, "--resume").err


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
def test_ctrl_c_stops_where_resume_goes_on(folder: Path, run) -> None:
    out = folder / "run"
    words = ["train", "--train", str(folder / "train"), *SMALL, "--epochs", "400"]
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", *words, "--out", str(out)], stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not (out / "last.pt").exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert jobs.status(out).state == "stopped"
    epochs = [e["epoch"] for e in jobs.read_events(out)[0] if e["event"] == "epoch"]
    assert epochs

    def stop(event: dict[str, object]) -> None:
        if event["event"] == "epoch":
            jobs.request_stop(out)

    assert jobs.run_here(out, stop) == "stopped"
    later = [e["epoch"] for e in jobs.read_events(out)[0] if e["event"] == "epoch"]
    assert later == list(range(1, len(later) + 1))
    assert len(later) > len(epochs)
