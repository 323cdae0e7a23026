"""The program that sets the studio up: what it finds, what it gives pip, when it fails."""

import importlib.util
import sys
import time
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "packaging/bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bootstrap", module)
    spec.loader.exec_module(module)
    return module


def python(folder: Path, name: str, script: str) -> Path:
    """An executable of this name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def says(*version: object) -> str:
    return "echo '[" + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in version) + "]'"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no Python but those that the test makes in `bin` or in pyenv's folder."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tmp_path / 'gone'}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_the_newest_python_that_answers_is_found(bootstrap: ModuleType, machine: Path) -> None:
    assert bootstrap.newest_other_python() is None
    own = sys.version_info
    python(machine / "bin", f"python3.{own.minor}", says(3, own.minor, 1, "final", 0))
    python(machine / "bin", "python3.10", says(3, 10, 1, "final", 0))
    assert bootstrap.newest_other_python() is None
    python(machine / "bin", "python3.91", "echo 'pyenv: python3.91: command not found'; exit 127")
    python(machine / "bin", "python3.90", says(3, 90, 0, "candidate", 2))
    python(machine / "bin", "python3.89-config", says(3, 89, 0, "final", 0))
    older = python(machine / "bin", "python3.87", says(3, 87, 1, "final", 0))
    assert bootstrap.newest_other_python() == ((3, 87), str(older))
    newer = python(machine / "pyenv/versions/3.88.4/bin", "python3.88", says(3, 88, 4, "final", 0))
    assert bootstrap.newest_other_python() == ((3, 88), str(newer))


@pytest.mark.parametrize(
    ("setup", "test", "status", "said"),
    [
        ("exit 1", "exit 0", 0, "The tests with Python 3.88 did NOT run: its packages cannot"),
        ("sleep 60", "exit 0", 0, "cannot be had here within 0 minutes"),
        ("exit 0", "exit 0", 0, "the same with Python 3.88"),
        ("exit 0", "exit 1", 1, ""),
        ("exit 0", "sleep 60", 1, "the tests with Python 3.88 did not end within 0 minutes"),
    ],
)
def test_a_failed_test_fails_and_missing_packages_are_told(
    bootstrap: ModuleType,
    machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    setup: str,
    test: str,
    status: int,
    said: str,
) -> None:
    python(
        machine / "bin",
        "python3.88",
        f'case "$4" in setup) {setup};; test) {test};; *) {says(3, 88, 0, "final", 0)};; esac',
    )
    monkeypatch.setattr(bootstrap, "LEAST_MINUTES", 0)
    slow = "sleep" in setup + test
    began = time.monotonic()
    if slow:  # `sleep` is found all the same
        (machine / "bin" / "sleep").symlink_to("/bin/sleep")
    minutes = 0.05 if slow else 5.0
    assert bootstrap.main(["--minutes", str(minutes), "newest", "tests/stats"]) == status
    out, err = capfd.readouterr()
    assert said in out + err
    assert time.monotonic() - began < 40


def test_without_time_nothing_is_begun(
    bootstrap: ModuleType, machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python(machine / "bin", "python3.88", says(3, 88, 0, "final", 0))
    for minutes in ("-3", "14"):
        assert bootstrap.main(["--minutes", minutes, "newest"]) == 0
        assert "did NOT run: only" in capsys.readouterr().out


def test_without_room_for_the_packages_nothing_is_fetched(
    bootstrap: ModuleType,
    machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    python(machine / "bin", "python3.88", says(3, 88, 0, "final", 0))
    monkeypatch.setattr(bootstrap, "ROOM_BYTES", 1 << 60)
    assert bootstrap.main(["newest"]) == 0
    assert "did NOT run: its packages need" in capsys.readouterr().out


def test_every_dependency_has_a_lower_bound(bootstrap: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    named = {line.replace("<", ">").split(">")[0] for one in lists for line in one}
    lowest = dict(line.split("==") for line in bootstrap.lowest_versions())
    assert named == set(lowest)
    assert lowest["torch"] == "2.9"
