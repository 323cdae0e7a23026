"""The demonstration from the command line, as a newcomer runs it."""

import json
from pathlib import Path

import pytest

from studio.workflows import demo

SMALL = {
    "model": "test_efficientnet",
    "weights": "none",
    "size": 32,
    "batch": 8,
    "epochs": 1,
    "threads": 1,
}


def test_headless(tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "TEST_PER_CLASS", 2)
    monkeypatch.setattr(demo, "SETTINGS", SMALL)
    words = ("demo", "--headless", "--dir", tmp_path / "demo", "--photographs", 6)
    said = run(*words, "--no-screenshots")
    assert said.code == 0, said.err
    for told in ("photographs (synthetic sample)", "boxes rejected", "Fitzpatrick 1", "diagnosis"):
        assert told in said.out
    assert "Demo:" in said.err
    said = run(*words, "--no-screenshots", "--json")
    assert json.loads(said.out)["photographs"] == 6


def test_the_window_opens_on_the_sample(
    tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(
        "studio.cli.commands.demo.open_window", lambda *a, **k: opened.append((a, k)) or 0
    )
    assert run("demo").code == 0
    (tmp_path / "demo/project").mkdir(parents=True)
    (tmp_path / "demo/project/project.db").touch()
    assert run("demo", "--dir", tmp_path / "demo").code == 0
    assert opened == [((), {"demo": True}), ((tmp_path / "demo/project",), {})]
