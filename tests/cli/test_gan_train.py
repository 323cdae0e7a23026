"""`gan train` and `gan resume`, alone and as torchrun's processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from studio import jobs
from studio.generate.training import checkpoint

Photo = Callable[..., Path]
SMALL = [
    *("--resolution", 16, "--gamma", 1, "--batch", 8, "--cbase", 128, "--cmax", 8),
    *("--z-dim", 8, "--w-dim", 8, "--metrics", "none", "--hold-out", 0, "--device", "cpu"),
]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def data(tmp_path: Path, photo: Photo) -> Path:
    for number in range(12):
        name = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / f"data/{name}/{number}.png", number, (16, 16))
    return tmp_path / "data"


def test_train_and_go_on(tmp_path: Path, data: Path, run) -> None:
    out = tmp_path / "run"
    words = ["--tick", 0.008, "--snap", 1, "--cond", "--mirror", "--aug", "fixed", "--p", 0.3]
    words = ["--data", data, "--out", out, *SMALL, *words]
    said = run("gan", "train", *words, "--kimg", 0.0155, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert (document["state"], document["run"]) == ("finished", str(out))
    assert document["plan"]["classes"] == ["melanoma", "nevus"]
    options = document["plan"]["options"]
    assert (options["mirror"], options["aug"], options["aug_p"]) == (True, "fixed", 0.3)
    assert [one["images"] for one in document["snapshots"]] == [8, 16]
    assert (document["step"]["images"], document["error"]) == (16, None)
    assert re.search(r"12 pictures to learn from, 0 held out; 16 px, G 0.00\d+ M", said.err)
    assert re.search(r"Training \d+ of 16 +0.01\d* of 0.0155 kimg, [\d.]+ s/kimg", said.err)
    assert "network-snapshot-000000016.safetensors" in said.err

    said = run("gan", "train", *words)
    assert said.code == 2
    assert "already holds a run" in said.err
    said = run("gan", "resume", out)
    assert said.code == 2
    assert "has finished; give a new total with --kimg" in said.err
    said = run("gan", "resume", out, "--kimg", 0.01)
    assert said.code == 2
    assert "at 0.016 kimg already" in said.err
    said = run("gan", "resume", out, "--kimg", 0.024)
    assert said.code == 0, said.err
    assert "has finished" in said.out
    assert checkpoint.images_shown(out) == 24
    expected = {"training_options.json", "stats.jsonl", "log.txt", "reals.png", "fakes_init.png"}
    assert expected <= {path.name for path in out.iterdir()}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--resolution", 48], "power of two, not 48"),
        (["--batch", 6], "6 at once are not whole groups"),
        (["--resume", "nowhere.safetensors"], "There is no network file nowhere.safetensors"),
        (["--gamma", -1], "--gamma should be a number from 0 to 1,000,000, not -1"),
        (
            ["--metrics", "bla"],
            "--metrics should be lite0, inception:FILE, dino:FILE or none",
        ),
        (["--data", "nowhere"], "There is no folder, zip or project nowhere"),
        (["--device", "abacus"], "Device 'abacus' is not known"),
        (["--aug", "some"], "'some' is not one of"),
        (["--kimg", "nan"], "kimg"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(
    tmp_path: Path, data: Path, run, words: list[object], sentence: str
) -> None:
    out = tmp_path / "run"
    said = run("gan", "train", "--data", data, "--out", out, *SMALL, *words)
    assert said.code == 2
    assert sentence in said.err
    assert not out.exists()


def test_resume_needs_a_run_of_a_network(tmp_path: Path, run) -> None:
    said = run("gan", "resume", tmp_path)
    assert said.code == 2
    assert "is not a run" in said.err
    jobs.create(tmp_path / "other", jobs.JobSpec(kind="rehearsal", title=""))
    assert "is not a run of a network" in run("gan", "resume", tmp_path / "other").err


def test_a_run_that_fails_says_why(tmp_path: Path, data: Path, run) -> None:
    out = tmp_path / "run"
    (tmp_path / "empty").mkdir()
    words = ["--data", tmp_path / "empty", "--out", out, *SMALL, "--kimg", 0.008]
    said = run("gan", "train", *words, "--json")
    assert said.code == 2
    assert said.document["state"] == "failed"
    assert "no picture that can be trained on" in said.document["error"]
    assert "no picture that can be trained on" in said.err
    assert not out.exists()
    out.mkdir()
    (tmp_path / "empty/note.txt").write_text("no picture")
    assert run("gan", "train", *words).code == 2
    assert list(out.iterdir()) == []
    words[1] = data
    assert run("gan", "train", *words).code == 0
    assert (out / "network-latest.safetensors").is_file()


def test_a_run_does_not_mix_with_what_is_there(tmp_path: Path, data: Path, run) -> None:
    before = sorted(tmp_path.rglob("*"))
    for out in (data, data / "run", tmp_path):
        said = run("gan", "train", "--data", data, "--out", out, *SMALL, "--kimg", 0.008)
        assert said.code == 2
        assert "choose a" in said.err
    assert sorted(tmp_path.rglob("*")) == before


def test_files_left_out_are_a_failure_that_is_listed(tmp_path: Path, data: Path, run) -> None:
    (data / "nevus/bad.png").write_bytes(b"no picture")
    words = ["--data", data, "--out", tmp_path / "run", *SMALL, "--kimg", 0.008]
    said = run("gan", "train", *words)
    assert said.code == 1
    assert "bad.png" in said.err
    assert "has finished" in said.out


def wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    while not path.exists():
        assert process.poll() is None, "it ended before it had begun"
        time.sleep(0.02)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is another signal elsewhere")
def test_ctrl_c_stops_where_resume_goes_on(tmp_path: Path, data: Path, run, child) -> None:
    out = tmp_path / "run"
    words = ["gan", "train", "--data", data, "--out", out, *SMALL, "--kimg", 1000]
    command = [sys.executable, "-m", "studio.cli", *map(str, words), "--tick", "0.008"]
    process = child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(out / "stats.jsonl", process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert b"has stopped" in stdout
    assert jobs.status(out).state == "stopped"
    shown = checkpoint.images_shown(out)
    assert shown > 0
    assert run("gan", "resume", out, "--kimg", (shown + 8) / 1000).code == 0
    assert checkpoint.images_shown(out) == shown + 8


@pytest.mark.skipif(os.name != "posix", reason="torchrun's processes are tried on POSIX")
def test_torchrun_trains_with_two_processes(tmp_path: Path, data: Path, child) -> None:
    out = tmp_path / "run"
    begin = ["gan", "train", "--data", data, "--out", out, *SMALL, "--kimg", 1000, "--snap", 1]
    process = together(child, *begin, "--tick", 0.04)
    wait_for(out / "checkpoint.json", process)
    jobs.request_stop(out)
    stdout, stderr = process.communicate()
    assert jobs.status(out).state == "stopped", stderr
    assert stdout.count("has stopped") == 1
    events, _ = jobs.read_events(out)
    assert [one["event"] for one in events].count("plan") == 1
    plan = json.loads((out / "training_options.json").read_text())
    assert (plan["processes"], plan["batch_gpu"]) == (2, 4)
    shown = checkpoint.images_shown(out)
    before = checkpoint.load(out)
    assert before is not None
    assert before["images"] == shown > 0

    process = together(child, "gan", "resume", out, "--kimg", (shown + 16) / 1000, "--json")
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    assert json.loads(stdout)["state"] == "finished"
    after = checkpoint.load(out)
    assert after is not None
    assert after["images"] == shown + 16
    assert not torch.equal(before["stepper"]["dice"], after["stepper"]["dice"])


@pytest.mark.skipif(os.name != "posix", reason="torchrun's processes are tried on POSIX")
@pytest.mark.parametrize("how", ["stop", "error"])
def test_processes_leave_together_while_pictures_are_read(
    tmp_path: Path, data: Path, how: str, child
) -> None:
    out, empty = tmp_path / "run", tmp_path / "empty"
    empty.mkdir()
    source = data if how == "stop" else empty
    process = together(
        child, "gan", "train", "--data", source, "--out", out, *SMALL, "--kimg", 1000
    )
    if how == "stop":
        wait_for(out / "process.json", process)
        jobs.request_stop(out)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode
    if how == "stop":
        assert jobs.status(out).state == "stopped", stderr
    else:
        assert "no picture that can be trained on" in stderr
        assert not out.exists()


def together(child, *words: object) -> "subprocess.Popen[str]":
    """The command in two processes."""
    command = [*TORCHRUN, "-m", "studio.cli", *words]
    return child(
        [sys.executable, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
