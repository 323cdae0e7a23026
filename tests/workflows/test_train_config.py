"""The file of a training: complete, read back as it was, and wrong ones told by name."""

import os
import tomllib
from pathlib import Path

import pytest

from studio.classify import TrainConfig
from studio.classify.config import RECIPES, Recipe
from studio.errors import StudioError, UsageError
from studio.workflows import SnapshotSource
from studio.workflows.train_config import (
    TrainingFile,
    read_settings,
    read_training_file,
    training_text,
    write_training_file,
)


def test_every_setting_stands_in_the_file_with_what_it_means() -> None:
    text = training_text(TrainingFile({"recipe": "paper"}))
    lines = text.splitlines()
    for name in set(TrainConfig.model_fields) - {"data", "leakage"}:
        (number,) = [
            n for n, line in enumerate(lines) if line.lstrip("# ").startswith(f"{name} = ")
        ]
        assert lines[number - 1].startswith("# ")
    told = tomllib.loads(text)
    assert {name: told[name] for name in Recipe.model_fields} == RECIPES["paper"].model_dump()


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    strange = os.fsdecode(b"not-\xff-unicode")
    asked = TrainingFile(
        {"learning_rate": 3e-5, "augment": "flips", "positive": 'a "b" \\ c\x7f', "seed": 2**62},
        "Häut\n#1",
        (tmp_path / "a b", SnapshotSource(tmp_path / "p", "first\u2028"), tmp_path / strange),
        tmp_path / "val",
        (tmp_path / "test",),
        (tmp_path / "groups.csv",),
        True,
        "age >= 40",
        tmp_path / "map.toml",
        False,
    )
    write_training_file(tmp_path / "c.toml", asked)
    assert read_training_file(tmp_path / "c.toml") == asked
    config = TrainConfig.parse(asked.settings)
    read = TrainConfig.parse(read_training_file(tmp_path / "c.toml").settings)
    assert read.resolved() == config.resolved()


def test_what_the_recipe_says_is_the_recipes(tmp_path: Path) -> None:
    """So that another recipe on the command line brings its own values."""
    write_training_file(tmp_path / "c.toml", TrainingFile({"recipe": "studio", "epochs": 4}))
    settings = {**read_training_file(tmp_path / "c.toml").settings, "recipe": "paper"}
    expected = RECIPES["paper"].model_copy(update={"epochs": 4})
    assert TrainConfig.parse(settings).resolved() == expected


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('weights = "w.pth"\n[data]\ntrain = "in"\n', encoding="utf-8")
    found = read_training_file(tmp_path / "c.toml")
    assert found.train == (tmp_path / "in",)
    assert found.settings == {"weights": str(tmp_path / "w.pth")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epochs = ", "not TOML"),
        ("lerning_rate = 1", "learning_rate"),
        ("leakage = {}", "leakage"),
        ("epochs = 0", "epochs"),
        ("learning_rate = nan", "learning_rate"),
        ("weight_decay = inf", "weight_decay"),
        ("data = 1", "data"),
        ("name = 1", "name"),
        ("[data]\ntrian = 'x'", "train"),
        ("[data]\ntrain = 1", "train"),
        ("[data]\ntrain = [{ project = 'x' }]", "train"),
        ("[data]\nallow_leakage = 'yes'", "allow_leakage"),
        ("[data]\ngroups = [{ project = 'x', snapshot = 'y' }]", "groups"),
        ('[data]\ntrain = "a\\u0000b"', "NUL"),
        ("a = " + "[" * 5000, "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_training_file(path)
    assert "c.toml" in str(caught.value)
    assert said in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "fifo")
    for name in ("c.toml", "fifo", "lost"):
        with pytest.raises(StudioError, match=name):
            read_training_file(tmp_path / name)


def test_settings_of_the_command_line() -> None:
    found = read_settings(["learning_rate=1e-4", "positive=a=b", "epochs=", "deterministic=false"])
    config = TrainConfig.parse({"epochs": 7, **found})
    assert (config.learning_rate, config.positive, config.epochs) == (1e-4, "a=b", None)
    assert config.deterministic is False
    for wrong in (["epochs"], ["=3"], ["size=3", "size=4"], ["data=x"], ["colour=1"]):
        with pytest.raises(UsageError):
            read_settings(wrong)
